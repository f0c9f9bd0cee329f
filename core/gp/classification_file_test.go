package gp

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestAClassifierFromAFilePredictsTheSame(t *testing.T) {
	x, labels := labelled(90, 2, 3, 1)
	test := shifted(x, 9, 0.2)
	path := filepath.Join(t.TempDir(), "classifier.lithe")
	for _, o := range []ClassificationOptions{
		{MultiClass: OneVsRest, MaxIter: 2, Seed: 1<<63 + 7}, {MultiClass: OneVsOne, MaxIter: 2}, {MultiClass: Softmax, MaxIter: 2},
		{Solver: MethodCG, Optimizer: OptimizerNone, NoLikelihood: true},
	} {
		m := classified(t, x, labels, plainKernel, o)
		m.Names = []json.RawMessage{json.RawMessage(`"no"`), json.RawMessage("1"), json.RawMessage("true")}
		require.NoError(t, m.Save(path))
		again, err := LoadClassification(path)
		require.NoError(t, err)
		require.Equal(t, classesAt(t, m, test, ClassPredictOptions{}), classesAt(t, again, test, ClassPredictOptions{}))
		require.Equal(t, []any{m.Seed, m.Names, m.Labels, m.Iterations, m.Converged, m.Diagnostics, m.NewtonSteps},
			[]any{again.Seed, again.Names, again.Labels, again.Iterations, again.Converged, again.Diagnostics, again.NewtonSteps})
	}
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o666))
	_, err = LoadClassification(path)
	require.ErrorIs(t, err, core.ErrFile)
	_, err = LoadRegression(path)
	require.ErrorIs(t, err, core.ErrFile)
}

func TestInterruptedClassifiersKeepTheirParameters(t *testing.T) {
	x, labels := labelled(90, 2, 3, 1)
	for _, multi := range []string{OneVsRest, Softmax} {
		ctx, cancel := context.WithCancel(context.Background())
		m, err := FitClassification(ctx, x, labels, plainKernel, &ClassificationOptions{MultiClass: multi, Progress: func(p core.Progress) {
			if p.Iteration == 3 {
				cancel()
			}
		}})
		var stopped *Interrupted
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorAs(t, err, &stopped)
		require.Len(t, m.Kernels, 1)
		require.NotEqual(t, Theta(plainKernel), Theta(stopped.Kernel))
		require.Equal(t, stopped.Kernel, m.Kernels[0])
		require.Less(t, stopped.LogLikelihood, 0.0)
		_, err = PredictClasses(context.Background(), m, x, nil)
		require.ErrorContains(t, err, "interrupted")
		require.ErrorContains(t, m.Save(filepath.Join(t.TempDir(), "m")), "interrupted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m, err := FitClassification(ctx, x, labels, plainKernel, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, m)
}

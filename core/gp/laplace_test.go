package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// labelled returns n points and labels of c classes that depend on them, all of which occur.
func labelled(n, d, c int, seed uint64) (core.Matrix[float64], []int) {
	x, r := cloud(n, d, seed), rng.New(seed, 7)
	labels := make([]int, n)
	for i := range labels {
		v := x.Row(i)[0] + 0.5*math.Sin(3*x.Row(i)[d-1]) + 0.4*r.NormFloat64()
		labels[i] = min(max(int(math.Floor((v+1.5)/3*float64(c))), 0), c-1)
		if i < c {
			labels[i] = i
		}
	}
	return x, labels
}

func latentFunctions(c int) int {
	if c == 2 {
		return 1
	}
	return c
}

var classKernel = Add(Multiply(Constant{Value: 3}, Matern{Nu: 2.5, LengthScale: []float64{0.8, 1.2}}), White{Noise: 0.2})

func evidenceOf(t *testing.T, x core.Matrix[float64], labels []int, c int, k Kernel, threads int) *exactEvidence {
	op, err := NewOperator(x, k, nil, &OperatorOptions{Precision: Float64, Threads: threads})
	require.NoError(t, err)
	return newExactEvidence(op, classes{labels, latentFunctions(c)}, 1e-9, 100, threads)
}

func TestEvidenceGradient(t *testing.T) {
	for _, c := range []int{2, 3, 5} {
		x, labels := labelled(70, 2, c, uint64(c))
		e := evidenceOf(t, x, labels, c, classKernel, 2)
		theta := Theta(classKernel)
		grad := make([]float64, len(theta))
		_, err := e.evaluate(context.Background(), theta, grad)
		require.NoError(t, err)
		for p := range theta {
			const step = 1e-4
			value := func(by float64) float64 {
				moved := append([]float64(nil), theta...)
				moved[p] += by
				v, err := e.evaluate(nil, moved, nil)
				require.NoError(t, err)
				return v
			}
			require.InDelta(t, (value(step)-value(-step))/(2*step), grad[p], 1e-6*(1+math.Abs(grad[p])), "%d classes, parameter %d", c, p)
		}
	}
}

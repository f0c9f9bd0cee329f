package gp

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

var plainKernel = Multiply(Constant{Value: 2}, RBF{LengthScale: []float64{0.9, 1.1}})

func classified(t *testing.T, x core.Matrix[float64], labels []int, k Kernel, o ClassificationOptions) *Classification {
	m, err := FitClassification(context.Background(), x, labels, k, &o)
	require.NoError(t, err)
	return m
}

func classesAt(t *testing.T, m *Classification, x core.Matrix[float64], o ClassPredictOptions) *ClassPrediction {
	p, err := PredictClasses(context.Background(), m, x, &o)
	require.NoError(t, err)
	return p
}

func TestTrainingFindsTheTop(t *testing.T) {
	x, labels := labelled(90, 2, 3, 1)
	for _, multi := range []string{OneVsRest, OneVsOne, Softmax} {
		m := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: multi})
		require.True(t, m.Converged, multi)
		var theta []float64
		for _, k := range m.Kernels {
			theta = append(theta, Theta(k)...)
		}
		grad := make([]float64, len(theta))
		value, err := m.Evidence(nil, theta, grad)
		require.NoError(t, err)
		require.InDelta(t, m.LogLikelihood(), value, 1e-8)
		lower, upper := ThetaBounds(plainKernel)
		for p, g := range grad {
			if at := p % len(lower); theta[p] > lower[at] && theta[p] < upper[at] {
				require.InDelta(t, 0, g, 0.02, "%s, parameter %d", multi, p)
			}
		}
		start, err := m.Evidence(nil, Theta(plainKernel), nil)
		require.NoError(t, err)
		require.Greater(t, value, start)
	}
}

// Two functions of softmax are one function of twice the variance.
func TestSoftmaxOfTwoClasses(t *testing.T) {
	x, labels := labelled(40, 2, 2, 3)
	softmax := newExactEvidence(newOperator(t, x, plainKernel, nil, Float64), classes{labels, 2}, 1e-9, 100, 1)
	grad := make([]float64, 3)
	value, err := softmax.evaluate(nil, Theta(plainKernel), grad)
	require.NoError(t, err)
	theta := Theta(plainKernel)
	theta[0] += math.Ln2
	want := make([]float64, 3)
	binary, err := evidenceOf(t, x, labels, 2, plainKernel, 1).evaluate(nil, theta, want)
	require.NoError(t, err)
	require.InDelta(t, binary, value, 1e-9)
	require.InDeltaSlice(t, want, grad, 1e-8)
}

func TestConjugateGradientsAgree(t *testing.T) {
	x, labels := labelled(260, 2, 3, 5)
	test := cloud(20, 2, 6)
	two := make([]int, len(labels))
	for i, v := range labels {
		two[i] = min(v, 1)
	}
	for _, c := range []struct {
		labels []int
		multi  string
	}{{two, OneVsRest}, {labels, OneVsRest}, {labels, Softmax}} {
		o := ClassificationOptions{MultiClass: c.multi, Optimizer: OptimizerNone}
		exact := classified(t, x, c.labels, classKernel, o)
		o.Solver, o.Seed = MethodCG, 3
		close := classified(t, x, c.labels, classKernel, o)
		require.True(t, close.Converged)
		require.InDeltaSlice(t, exact.Latent.Data, close.Latent.Data, 2e-3)
		for i, v := range exact.LogLikelihoods {
			require.LessOrEqual(t, close.Lower[i], v+1e-3)
			require.GreaterOrEqual(t, close.Upper[i], v-1e-3)
		}
		want := classesAt(t, exact, test, ClassPredictOptions{})
		p := classesAt(t, close, test, ClassPredictOptions{Variance: VarianceNeighbors, Neighbors: 260})
		require.InDeltaSlice(t, want.Probabilities.Data, p.Probabilities.Data, 2e-3)
		few := classesAt(t, close, test, ClassPredictOptions{Variance: VarianceNeighbors, Neighbors: 40})
		for i, v := range want.Variance.Data {
			require.Greater(t, few.Variance.Data[i], v-1e-3)
		}
		// Most of the points are asked for: a quarter and less of them do for most, in factors that test points share.
		most := classesAt(t, close, test, ClassPredictOptions{Variance: VarianceNeighbors, Neighbors: 200})
		for i, v := range want.Variance.Data {
			require.InDelta(t, v, most.Variance.Data[i], 1e-3+5e-3*(1+v))
		}
		chunks := classesAt(t, close, test, ClassPredictOptions{Variance: VarianceNeighbors, Neighbors: 200, Chunk: 7})
		require.Equal(t, most.Variance, chunks.Variance)
		require.InDeltaSlice(t, most.Probabilities.Data, chunks.Probabilities.Data, 1e-6) // means are products of float32
	}
}

func TestVariancesFromColumns(t *testing.T) {
	x, labels := labelled(300, 2, 3, 5)
	test := cloud(40, 2, 6)
	smooth := Add(Multiply(Constant{Value: 20}, RBF{LengthScale: []float64{1.5}}), White{Noise: 0.1})
	for _, c := range []struct {
		kernel    Kernel
		explained bool
	}{{smooth, true}, {Multiply(Constant{Value: 100}, Matern{Nu: 0.5, LengthScale: []float64{0.5}}), false}} {
		o := ClassificationOptions{Optimizer: OptimizerNone, Rank: 60}
		exact := classified(t, x, labels, c.kernel, o)
		want := classesAt(t, exact, test, ClassPredictOptions{})
		o.Solver = MethodCG
		m := classified(t, x, labels, c.kernel, o)
		columns := classesAt(t, m, test, ClassPredictOptions{Variance: VarianceColumns})
		m.Reset() // whatever has been asked for before, the choice is the same
		byItself := classesAt(t, m, test, ClassPredictOptions{})
		require.Equal(t, c.explained, slices.Equal(columns.Variance.Data, byItself.Variance.Data))
		for i, v := range want.Variance.Data {
			require.Greater(t, columns.Variance.Data[i], v*(1-1e-3)-1e-3, i)
			if c.explained {
				require.Less(t, columns.Variance.Data[i], v*1.05, i)
			}
		}
		if c.explained {
			require.InDeltaSlice(t, want.Probabilities.Data, byItself.Probabilities.Data, 5e-3)
		}
	}
}

// Weights of a part keep their points, whether the problem has all points or those of a pair.
func TestWeightsOfAPartAreLifted(t *testing.T) {
	p := problem{points: []int{1, 3, 4, 7}, y: classes{[]int{0, 1, 0, 1}, 1}}
	part := problem{points: []int{3, 7}, y: classes{[]int{1, 1}, 1}}
	weights := core.Matrix[float64]{Data: []float64{5, 6}, Rows: 2, Cols: 1, Stride: 1}
	require.Equal(t, []float64{0, 5, 0, 6}, p.lifted(part, weights).Data)
	p.points = nil
	part.points = []int{0, 2}
	require.Equal(t, []float64{5, 0, 6, 0}, p.lifted(part, weights).Data)
}

func TestPartsOfThePoints(t *testing.T) {
	x, labels := labelled(300, 2, 3, 5)
	for i := range labels {
		labels[i] = min(labels[i], 1)
	}
	labels[17], labels[201] = 2, 2
	m := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: Softmax, Solver: MethodCG, TrainSize: 120, Seed: 1})
	require.Equal(t, TrainedOnPart, m.Diagnostics[0].Code)
	require.InDelta(t, 120/math.Cbrt(3), m.Diagnostics[0].Value, 4)
	f := &classFit{o: ClassificationOptions{TrainSize: 120, Seed: 1}}
	part := f.part(problems(labels, 3, Softmax)[0])
	count := make([]int, 3)
	for _, label := range part.y.labels {
		count[label]++
	}
	require.Equal(t, 2, count[2])
	all := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: Softmax, Solver: MethodCG, TrainSize: 500, Seed: 1})
	exact := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: Softmax})
	require.InDeltaSlice(t, Theta(exact.Kernels[0]), Theta(all.Kernels[0]), 1e-6)
	require.Empty(t, all.Diagnostics)
}

func TestClassifierThreads(t *testing.T) {
	x, labels := labelled(150, 2, 3, 5)
	test := cloud(30, 2, 6)
	for _, o := range []ClassificationOptions{{}, {MultiClass: Softmax}, {MultiClass: Softmax, Solver: MethodCG}, {Solver: MethodCG}} {
		var want *ClassPrediction
		for _, threads := range []int{1, 2, 5} {
			o.Threads, o.MaxIter = threads, 3
			m := classified(t, x, labels, plainKernel, o)
			got := classesAt(t, m, test, ClassPredictOptions{Integral: MonteCarlo, Draws: 20})
			got.Diagnostics = nil
			if want == nil {
				want = got
			}
			require.Equal(t, want, got, "%+v", o)
		}
	}
}

func TestMeanFieldIsClose(t *testing.T) {
	x, labels := labelled(120, 2, 4, 2)
	m := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: Softmax})
	test := cloud(25, 2, 8)
	draws := classesAt(t, m, test, ClassPredictOptions{Integral: MonteCarlo, Draws: 20000})
	require.InDeltaSlice(t, draws.Probabilities.Data, classesAt(t, m, test, ClassPredictOptions{}).Probabilities.Data, 0.06)
	for i := range test.Rows {
		sum := 0.0
		for _, p := range draws.Probabilities.Row(i) {
			sum += p
		}
		require.InDelta(t, 1, sum, 1e-12)
	}
	chunks := classesAt(t, m, test, ClassPredictOptions{Chunk: 7})
	require.InDeltaSlice(t, chunks.Probabilities.Data, classesAt(t, m, test, ClassPredictOptions{}).Probabilities.Data, 1e-12)
}

func TestPairsVote(t *testing.T) {
	x, labels := labelled(120, 2, 4, 2)
	m := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: OneVsOne, Optimizer: OptimizerNone})
	require.Equal(t, 6, m.Weights.Cols)
	for i, label := range labels {
		for j, p := range problems(labels, 4, OneVsOne) {
			require.Equal(t, label == p.positive || label == p.versus, m.Weights.Row(i)[j] != 0)
		}
	}
	p := classesAt(t, m, x, ClassPredictOptions{})
	require.Equal(t, 0, p.Probabilities.Rows)
	right := 0
	for i, label := range p.Labels {
		if label == labels[i] {
			right++
		}
	}
	require.Greater(t, right, 80)
}

// Far apart and sure of everything: probabilities of 0 and 1 leave nothing of W.
func TestCertainLabels(t *testing.T) {
	x := core.NewMatrix[float64](50, 1)
	labels := make([]int, 50)
	for i := range labels {
		x.Data[i] = 30 * (-1 + 2*float64(i)/49)
		if i >= 25 {
			labels[i] = 1
		}
	}
	k := Multiply(Constant{Value: 1e4}, RBF{LengthScale: []float64{1}})
	exact := classified(t, x, labels, k, ClassificationOptions{Optimizer: OptimizerNone})
	close := classified(t, x, labels, k, ClassificationOptions{Optimizer: OptimizerNone, Solver: MethodCG})
	require.InDeltaSlice(t, exact.Latent.Data, close.Latent.Data, 1e-3)
	trained := classified(t, x, labels, k, ClassificationOptions{MultiClass: Softmax})
	for i, p := range classesAt(t, trained, x, ClassPredictOptions{}).Labels {
		require.Equal(t, labels[i], p)
	}
}

func TestFewPointsAndDuplicates(t *testing.T) {
	pair := core.Matrix[float64]{Data: []float64{0, 1}, Rows: 2, Cols: 1, Stride: 1}
	k := Multiply(Constant{Value: 1}, RBF{})
	for _, solver := range []string{MethodCholesky, MethodCG} {
		p := classesAt(t, classified(t, pair, []int{0, 1}, k, ClassificationOptions{Solver: solver}), pair, ClassPredictOptions{})
		require.InDelta(t, 1, p.Probabilities.Row(0)[0]+p.Probabilities.Row(1)[0], 1e-6)
	}
	same := core.NewMatrix[float64](40, 1)
	labels := make([]int, 40)
	for i := range labels {
		labels[i] = i % 4 / 3
	}
	m := classified(t, same, labels, k, ClassificationOptions{})
	require.InDelta(t, 0.25, classesAt(t, m, same, ClassPredictOptions{}).Probabilities.Row(3)[1], 0.05)
}

func TestClassifierErrors(t *testing.T) {
	x, labels := labelled(30, 2, 3, 1)
	for _, c := range []struct {
		labels []int
		o      ClassificationOptions
		want   string
	}{
		{make([]int, 30), ClassificationOptions{}, "at least 2 classes"},
		{labels[:7], ClassificationOptions{}, "7 labels for 30 points"},
		{append([]int{-1}, labels[1:]...), ClassificationOptions{}, "labels[0] is -1"},
		{append([]int{9}, labels[1:]...), ClassificationOptions{}, "no point has label"},
		{labels, ClassificationOptions{MultiClass: "all"}, "multi_class must be one of"},
		{labels, ClassificationOptions{Priors: []Prior{{Parameter: "nu", Kind: GammaPrior, A: 1, B: 1}}}, "prior of \"nu\""},
	} {
		_, err := FitClassification(nil, x, c.labels, plainKernel, &c.o)
		require.ErrorContains(t, err, c.want)
	}
	m := classified(t, x, labels, plainKernel, ClassificationOptions{MultiClass: Softmax, Optimizer: OptimizerNone})
	_, err := PredictClasses(nil, m, x, &ClassPredictOptions{Variance: VarianceLanczos})
	require.ErrorContains(t, err, "use neighbors")
	_, err = PredictClasses(nil, m, cloud(3, 1, 1), nil)
	require.ErrorContains(t, err, "1 columns")
	_, err = m.Evidence(nil, make([]float64, 2), nil)
	require.ErrorContains(t, err, "3 free parameters each")
	m.Weights = core.NewMatrix[float64](30, 2)
	require.ErrorIs(t, m.Validate(), core.ErrShape)

	ctx, cancel := context.WithCancel(context.Background())
	_, err = FitClassification(ctx, x, labels, plainKernel, &ClassificationOptions{Progress: func(core.Progress) { cancel() }})
	require.True(t, errors.Is(err, context.Canceled))
}

func TestPriorsOfClassifier(t *testing.T) {
	x, labels := labelled(60, 2, 2, 4)
	free := classified(t, x, labels, plainKernel, ClassificationOptions{})
	near := Prior{Parameter: "length_scale", Kind: LogNormalPrior, A: math.Log(0.3), B: 0.01}
	tight := classified(t, x, labels, plainKernel, ClassificationOptions{Priors: []Prior{near}})
	require.InDelta(t, math.Log(0.3), Theta(tight.Kernels[0])[1], 0.05)
	require.Less(t, tight.LogLikelihood(), free.LogLikelihood())
}

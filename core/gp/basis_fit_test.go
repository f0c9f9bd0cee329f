package gp

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

// mixed returns points with two continuous and two categorical features, of 3 and 4 categories, and y = a function of
// feature 0 + one of feature 0 for each category of feature 2 + noise.
func mixed(n int, noise float64) (core.Matrix[float64], []float64) {
	r := rand.New(rand.NewPCG(9, 2))
	x, y := core.NewMatrix[float64](n, 4), make([]float64, n)
	for i := range n {
		row := x.Row(i)
		row[0], row[1] = 10+6*r.Float64(), r.NormFloat64()
		row[2], row[3] = float64(r.IntN(3)), float64(r.IntN(4))
		y[i] = 50 + 3*math.Sin(row[0]) + deviation(row) + noise*r.NormFloat64()
	}
	return x, y
}

func deviation(row []float64) float64 { return 2 * (row[2] - 1) * math.Cos(0.7*row[0]) }

// varied has terms of every sort.
func varied() *BasisOptions {
	return &BasisOptions{Categories: []int{0, 0, 3, 4}, Count: 6, Terms: []BasisTerm{
		{}, {Features: []int{0}}, {Features: []int{2, 0}}, {Features: []int{3}, CategoryKernel: Identity},
		{Features: []int{1, 0}, Count: 4}, {Features: []int{0, 3}, CategoryKernel: Hamming, Count: 5},
		{Features: []int{2}, CategoryMatrix: [][]float64{{2, 1, 0.5}, {1, 1, 0.2}, {0.5, 0.2, 3}}}}}
}

func basisFixture(t *testing.T, n int, o *BasisOptions) (*BasisDesign, *BasisStatistics, core.Matrix[float64], []float64) {
	x, y := mixed(n, 0.3)
	d, err := NewBasisDesign(x, o)
	require.NoError(t, err)
	s := noStatistics(t, d)
	require.NoError(t, AddBasis(context.Background(), d, s, x, y, 2))
	return d, s, x, y
}

func noStatistics(t *testing.T, d *BasisDesign) *BasisStatistics {
	s, err := NewBasisStatistics(d)
	require.NoError(t, err)
	return s
}

func functionsAt(t *testing.T, d *BasisDesign, x core.Matrix[float64]) *mat.Dense {
	v := core.NewMatrix[float64](x.Rows, d.Columns())
	require.NoError(t, d.evaluate(context.Background(), v, pointsOf(x), 0, 1))
	return mat.NewDense(x.Rows, d.Columns(), v.Data)
}

// The model is the exact Gaussian process with the kernel that the basis makes.
func TestBasisIsTheDenseModel(t *testing.T) {
	o := varied()
	o.MaxIter, o.Restarts = -1, -1
	d, s, x, y := basisFixture(t, 70, o)
	m, err := TrainBasis(context.Background(), d, s, o)
	require.NoError(t, err)
	for i := range m.Theta {
		m.Theta[i] += 0.1 * float64(i%5)
	}
	list := d.params(o)
	e, center, scale := newBasisObjective(d, list, s, 1)
	value, err := e.evaluate(context.Background(), m.Theta, make([]float64, len(m.Theta)))
	require.NoError(t, err)

	test, _ := mixed(20, 0)
	v, vt := functionsAt(t, d, x), functionsAt(t, d, test)
	noise := math.Exp(m.Theta[len(list)])
	prior := d.prior(list, m.Theta[:len(list)])
	product := func(a, b *mat.Dense, lo, hi int) *mat.Dense {
		rows, _ := a.Dims()
		left := mat.NewDense(rows, hi-lo, nil)
		left.Apply(func(_, j int, w float64) float64 { return w * math.Exp(prior.log[lo+j]) }, a.Slice(0, rows, lo, hi))
		others, _ := b.Dims()
		var k mat.Dense
		k.Mul(left, b.Slice(0, others, lo, hi).T())
		return &k
	}
	k := product(v, v, 0, d.Columns())
	sym := mat.NewSymDense(70, nil)
	for i := range 70 {
		for j := range i + 1 {
			sym.SetSym(i, j, k.At(i, j))
		}
		sym.SetSym(i, i, k.At(i, i)+noise)
	}
	var c mat.Cholesky
	require.True(t, c.Factorize(sym))
	r := mat.NewVecDense(70, nil)
	for i, w := range y {
		r.SetVec(i, (w-center)/scale)
	}
	var a mat.VecDense
	require.NoError(t, c.SolveVecTo(&a, r))
	require.InDelta(t, -0.5*mat.Dot(r, &a)-0.5*c.LogDet()-35*math.Log(2*math.Pi), value, 1e-8*math.Abs(value))

	m.Reset()
	p, err := PredictBasis(context.Background(), m, test, &BasisPredictOptions{Effects: true})
	require.NoError(t, err)
	sum := make([]float64, 20)
	for j, term := range append(append([]basisTerm{}, d.terms...), basisTerm{first: 0, columns: d.Columns()}) {
		cross := product(vt, v, term.first, term.first+term.columns)
		own := product(vt, vt, term.first, term.first+term.columns)
		var mean mat.VecDense
		mean.MulVec(cross, &a)
		var solved mat.Dense
		require.NoError(t, c.SolveTo(&solved, cross.T()))
		for i := range 20 {
			variance := own.At(i, i) - mat.Dot(cross.RowView(i), solved.ColView(i))
			if j == len(d.terms) {
				require.InDelta(t, center+scale*mean.AtVec(i), p.Mean[i], 1e-8)
				require.InDelta(t, center+sum[i], p.Mean[i], 1e-8)
				missing := 0.0
				for term := range d.terms {
					missing += (&basisPredicting{post: m.cache, d: d, row: test.Row(i)}).missing(term, vt.RawRowView(i))
				}
				require.InDelta(t, scale*scale*(variance+missing), p.Variance[i], 1e-7)
				continue
			}
			sum[i] += p.Effects.Row(i)[j]
			missing := (&basisPredicting{post: m.cache, d: d, row: test.Row(i)}).missing(j, vt.RawRowView(i))
			require.InDelta(t, scale*mean.AtVec(i), p.Effects.Row(i)[j], 1e-8)
			require.InDelta(t, scale*scale*(variance+missing), p.EffectVariances.Row(i)[j], 1e-7)
		}
	}
}

func TestBasisGradient(t *testing.T) {
	for _, kernel := range []string{BasisRBF, BasisMatern12, BasisMatern32, BasisMatern52} {
		o := varied()
		o.Kernel = kernel
		d, s, _, _ := basisFixture(t, 90, o)
		list := d.params(o)
		e, _, _ := newBasisObjective(d, list, s, 1)
		theta := make([]float64, len(list)+1)
		for i, p := range list {
			theta[i] = math.Log(p.start) + 0.1*float64(i%3)
		}
		theta[len(list)] = math.Log(0.2)
		grad, scratch := make([]float64, len(theta)), make([]float64, len(theta))
		_, err := e.evaluate(context.Background(), theta, grad)
		require.NoError(t, err)
		for i := range theta {
			const h = 1e-5
			at := theta[i]
			theta[i] = at + h
			above, _ := e.evaluate(context.Background(), theta, scratch)
			theta[i] = at - h
			below, _ := e.evaluate(context.Background(), theta, scratch)
			theta[i] = at
			require.InDelta(t, (above-below)/(2*h), grad[i], 1e-5*(1+math.Abs(grad[i])), "%s %d", kernel, i)
		}
	}
}

func TestBasisStatisticsOfParts(t *testing.T) {
	o := varied()
	d, want, x, y := basisFixture(t, 5000, o)
	single := noStatistics(t, d)
	require.NoError(t, AddBasis(context.Background(), d, single, x, y, 1))
	require.Equal(t, want, single)

	parts, rest := noStatistics(t, d), noStatistics(t, d)
	part := func(s *BasisStatistics, lo, hi int) {
		p := core.Matrix[float64]{Data: x.Data[lo*x.Stride:], Rows: hi - lo, Cols: 4, Stride: x.Stride}
		require.NoError(t, AddBasis(context.Background(), d, s, p, y[lo:hi], 2))
	}
	part(parts, 0, 1)
	part(parts, 1, 900)
	part(rest, 900, 950) // few, whose mean is not that of the others
	part(rest, 950, 5000)
	require.Greater(t, math.Abs(rest.Sum), 1.0)
	require.NoError(t, parts.Merge(rest))
	require.NoError(t, parts.Merge(noStatistics(t, d)))
	require.Equal(t, 5000, parts.Rows)
	require.InDeltaSlice(t, want.Gram.Data, parts.Gram.Data, 1e-9)
	a, ca, sa := newBasisObjective(d, d.params(o), want, 1)
	b, cb, sb := newBasisObjective(d, d.params(o), parts, 1)
	require.InDelta(t, ca, cb, 1e-10)
	require.InDelta(t, sa, sb, 1e-10)
	require.InDeltaSlice(t, a.cross, b.cross, 1e-9)
	require.Error(t, parts.Merge(&BasisStatistics{}))

	// A model that is updated is the model of all data.
	o = &BasisOptions{Categories: o.Categories, Terms: []BasisTerm{{Features: []int{0}}, {Features: []int{0, 2}}},
		Ranges: [][]float64{{10, 16}, {0, 0}, {0, 0}, {0, 0}}}
	first, err := FitBasis(context.Background(), core.Matrix[float64]{Data: x.Data, Rows: 300, Cols: 4, Stride: 4}, y[:300], o)
	require.NoError(t, err)
	rows := first.Stats.Rows
	second, err := UpdateBasis(context.Background(), first, core.Matrix[float64]{Data: x.Data[1200:], Rows: 700, Cols: 4, Stride: 4},
		y[300:1000], &BasisOptions{Restarts: -1})
	require.NoError(t, err)
	whole, err := FitBasis(context.Background(), core.Matrix[float64]{Data: x.Data, Rows: 1000, Cols: 4, Stride: 4}, y[:1000], o)
	require.NoError(t, err)
	require.Equal(t, rows, first.Stats.Rows)
	require.InDelta(t, whole.LogLikelihood, second.LogLikelihood, 1e-3)
}

func TestBasisFindsTheStructure(t *testing.T) {
	x, y := mixed(800, 0.5)
	o := &BasisOptions{Categories: []int{0, 0, 3, 4}, Terms: []BasisTerm{{Features: []int{0}}, {Features: []int{1}},
		{Features: []int{0, 2}}, {Features: []int{0, 3}}}}
	m, err := FitBasis(context.Background(), x, y, o)
	require.NoError(t, err)
	require.True(t, m.Converged)
	noise, err := m.Noise()
	require.NoError(t, err)
	require.InDelta(t, 0.25, noise, 0.03)
	terms, err := m.Summaries()
	require.NoError(t, err)
	require.Greater(t, terms[0].Magnitude, 1.0)
	require.Greater(t, terms[2].Magnitude, 0.5)
	require.Less(t, terms[1].Magnitude, 0.2)
	require.Less(t, terms[3].Magnitude, 0.2)
	require.Equal(t, "x0:x2", terms[2].Label)

	test, _ := mixed(200, 0)
	p, err := PredictBasis(context.Background(), m, test, &BasisPredictOptions{Effects: true})
	require.NoError(t, err)
	inside := 0
	for i := range test.Rows {
		want := deviation(test.Row(i))
		require.InDelta(t, want, p.Effects.Row(i)[2], 0.4)
		if math.Abs(want-p.Effects.Row(i)[2]) < 2*math.Sqrt(p.EffectVariances.Row(i)[2]) {
			inside++
		}
	}
	require.Greater(t, inside, 160)

	again, err := FitBasis(context.Background(), x, y, &BasisOptions{Categories: o.Categories, Terms: o.Terms, Threads: 3})
	require.NoError(t, err)
	require.Equal(t, m.Theta, again.Theta)
}

// The kernel of the basis goes to the exact one, and where it does not, a diagnostic tells.
func TestBasisKernelError(t *testing.T) {
	for _, kernel := range []string{BasisRBF, BasisMatern32, BasisMatern52} {
		d := &BasisDesign{Kernel: kernel, Boundary: 2}
		before := math.Inf(1)
		for _, count := range []int{4, 8, 16, 32, 64} {
			now := d.basisError(0.3, count)
			require.LessOrEqual(t, now, before)
			before = now
		}
		require.Less(t, before, 0.02, kernel)
		for _, length := range []float64{0.1, 0.3, 1} {
			d.Boundary = 1 + 2*length
			count := int(math.Ceil(functionsPerScale(kernel) * d.Boundary / length))
			require.Less(t, d.basisError(length, count), tolerableError, kernel)
		}
	}

	n := 400
	x, y := core.NewMatrix[float64](n, 1), make([]float64, n)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		x.Data[i] = float64(i) / float64(n)
		y[i] = 0.1 * r.NormFloat64()
		for bump := range 10 {
			u := (x.Data[i] - 0.1*float64(bump) - 0.03*math.Cos(9*float64(bump))) / 0.025
			y[i] += math.Cos(7*float64(bump)) * math.Exp(-u*u/2)
		}
	}
	m, err := FitBasis(context.Background(), x, y, nil)
	require.NoError(t, err)
	require.Equal(t, BasisTooSmall, m.Diagnostics[0].Code)
	require.Contains(t, m.Diagnostics[0].Action, "raise n_basis to ")
	m, err = FitBasis(context.Background(), x, y, &BasisOptions{Count: 80})
	require.NoError(t, err)
	require.Empty(t, m.Diagnostics)
	for i := range n {
		y[i] = x.Data[i]
	}
	m, err = FitBasis(context.Background(), x, y, &BasisOptions{LengthLower: 3, LengthUpper: 5})
	require.NoError(t, err)
	require.Equal(t, BoundaryNear, m.Diagnostics[len(m.Diagnostics)-1].Code)
}

func TestBasisFarFromData(t *testing.T) {
	x, y := mixed(300, 0.2)
	x.Cols = 1
	m, err := FitBasis(context.Background(), x, y, nil)
	require.NoError(t, err)
	p, err := PredictBasis(context.Background(), m, core.Matrix[float64]{Data: []float64{13, 17.4, 18, 1e6}, Rows: 4, Cols: 1, Stride: 1}, nil)
	require.NoError(t, err)
	terms, err := m.Summaries()
	require.NoError(t, err)
	prior := terms[0].Magnitude * terms[0].Magnitude
	require.Less(t, p.Variance[0], 0.1*prior)
	require.Greater(t, p.Variance[1], 0.3*prior)
	require.InDelta(t, prior, p.Variance[3], 1e-9*prior)
	require.InDelta(t, m.Center(), p.Mean[3], 1e-9)
}

func TestCategoryKernels(t *testing.T) {
	for kernel, off := range map[string]float64{ZeroSum: -0.25, Identity: 0, Hamming: 0.4} {
		b, err := newCategoryBasis(kernel, 5, nil)
		require.NoError(t, err)
		for i := range 5 {
			for j := range 5 {
				sum, want := 0.0, off
				for r, v := range b.row(i) {
					value, _ := b.eigenvalue(r, 0.4)
					sum += v * value * b.row(j)[r]
				}
				if i == j {
					want = 1
				}
				require.InDelta(t, want, sum, 1e-12, kernel)
			}
		}
	}
}

func TestBasisTrouble(t *testing.T) {
	x, y := mixed(50, 0.1)
	c := []int{0, 0, 3, 4}
	fit := func(o BasisOptions) error {
		_, err := FitBasis(context.Background(), x, y, &o)
		return err
	}
	for message, o := range map[string]BasisOptions{
		"categories has 1 elements for 4":          {Categories: []int{1}},
		"ranges has 1 elements for 4":              {Ranges: [][]float64{{0, 1}}},
		"term 0 names feature 4":                   {Terms: []BasisTerm{{Features: []int{4}}}},
		"term 1 names feature 0 twice":             {Terms: []BasisTerm{{}, {Features: []int{0, 0}}}},
		"boundary must be more than 1":             {Boundary: 1},
		"kernel must be one of":                    {Kernel: "cubic"},
		"n_basis must be at least 1":               {Count: -3},
		"row 0, column 2, whose categories":        {Categories: []int{0, 0, 1, 4}, Terms: []BasisTerm{{Features: []int{0}}}},
		"feature 2 has 1073741824 categories":      {Categories: []int{0, 0, 1 << 30, 4}},
		"functions of one category that add":       {Categories: []int{0, 0, 1, 4}},
		"category_kernel must be one of":           {Categories: c, Terms: []BasisTerm{{Features: []int{2}, CategoryKernel: "x"}}},
		"belong together":                          {Categories: c, Terms: []BasisTerm{{Features: []int{2}, CategoryKernel: Given}}},
		"category_matrix has 1 rows for 3":         {Categories: c, Terms: []BasisTerm{{Features: []int{2}, CategoryMatrix: [][]float64{{1}}}}},
		"has the eigenvalues":                      {Categories: c, Terms: []BasisTerm{{Features: []int{2}, CategoryMatrix: [][]float64{{1, 2, 0}, {2, 1, 0}, {0, 0, 1}}}}},
		"and 0 categorical features; it needs one": {Terms: []BasisTerm{{Features: []int{2}, CategoryMatrix: [][]float64{{1}}}}},
		"more than 6000 basis functions":           {Terms: []BasisTerm{{Features: []int{0, 1, 2}}}},
		"there is a prior of \"period\"":           {Priors: []Prior{{Parameter: "period", Kind: GammaPrior, A: 1, B: 1}}},
		"far out of the range of 0 to 1":           {Ranges: [][]float64{{0, 1}, {0, 0}, {0, 0}, {0, 0}}},
		"must be two numbers in ascending":         {Ranges: [][]float64{{1, 0}, {0, 0}, {0, 0}, {0, 0}}},
	} {
		require.ErrorContains(t, fit(o), message)
	}
	m, err := FitBasis(context.Background(), x, y, &BasisOptions{Categories: c, Priors: []Prior{
		{Parameter: "magnitude", Kind: LogNormalPrior, A: -2, B: 0.01}, {Parameter: "noise", Kind: HalfCauchyPrior, A: 1}}})
	require.NoError(t, err)
	for _, p := range m.Params()[:1] {
		require.InDelta(t, math.Exp(-2), p.Value, 0.01, p.Name)
	}
	bad := core.NewMatrix[float64](1, 4)
	bad.Data[3] = 4
	_, err = PredictBasis(context.Background(), m, bad, nil)
	require.ErrorContains(t, err, "X is 4 at row 0, column 3, whose categories are the integers from 0 to 3")
	bad.Data[0], bad.Data[3] = 13, math.NaN()
	_, err = PredictBasis(context.Background(), m, bad, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)
	_, err = PredictBasis(context.Background(), m, core.NewMatrix[float64](1, 3), nil)
	require.ErrorIs(t, err, core.ErrShape)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = FitBasis(ctx, x, y, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = UpdateBasis(context.Background(), m, bad, []float64{1}, nil)
	require.ErrorIs(t, err, core.ErrNotFinite)

	// One point, constant features and constant targets are no trouble.
	one, err := FitBasis(context.Background(), core.NewMatrix[float64](1, 2), []float64{7}, nil)
	require.NoError(t, err)
	p, err := PredictBasis(context.Background(), one, core.NewMatrix[float64](1, 2), nil)
	require.NoError(t, err)
	require.Equal(t, 7.0, p.Mean[0])
}

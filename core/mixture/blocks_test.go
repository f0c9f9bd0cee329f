package mixture

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// inBlocks yields the rows of x in blocks of the given sizes, over and over, each in the same piece of memory.
func inBlocks[T core.Float](x core.Matrix[T], sizes ...int) Blocks[T] {
	return func(_ context.Context, visit func(core.Matrix[T]) error) error {
		buffer := core.Matrix[T]{}
		for lo, i := 0, 0; lo < x.Rows; i++ {
			n := min(sizes[i%len(sizes)], x.Rows-lo)
			buffer.Data = append(buffer.Data[:0], x.Data[lo*x.Stride:(lo+n)*x.Stride]...)
			buffer.Rows, buffer.Cols, buffer.Stride = n, x.Cols, x.Stride
			if err := visit(buffer); err != nil {
				return err
			}
			lo += n
		}
		return nil
	}
}

func mustFitBlocks[T core.Float](t *testing.T, blocks Blocks[T], o *Options) *Model {
	t.Helper()
	m, err := FitBlocks(background, blocks, o)
	require.NoError(t, err)
	requireSound(t, m)
	return m
}

func TestBlocksAreTheWhole(t *testing.T) {
	const C, D, N = 3, 7, 400
	for _, p := range []struct {
		kind string
		h    int
	}{{Factor, 2}, {Factor, 6}, {Diag, 0}, {Spherical, 0}} {
		t.Run(fmt.Sprint(p.kind, p.h), func(t *testing.T) {
			m := truth(7, C, D, p.h, 1)
			x := matrix[float64](draw(m, 3, N), D)
			o := Options{Components: C, CovarianceType: p.kind, Factors: p.h, Tol: -1, MaxIter: 5, Start: shaken(m, 4, p.h)}
			r := rng.New(5)
			for range N {
				o.SampleWeight = append(o.SampleWeight, max(0, r.Float64()-0.2))
			}
			want := mustFit(t, x, &o)
			requireSame(t, want, mustFitBlocks(t, inBlocks(x, N), &o), 1e-9)
			requireSame(t, want, mustFitBlocks(t, inBlocks(x, 1, 50, 0, 113), &o), 1e-9)
		})
	}
}

// With missing values and heavy tails, too; blocks of nothing but NaN do not count.
func TestBlocksOfTailsAndMissingValuesAreTheWhole(t *testing.T) {
	const C, D, N = 3, 7, 400
	m := truth(7, C, D, 2, 1)
	flat := holed(draw(m, 3, N), D, 0.3, 2)
	for i := 50 * D; i < 55*D; i++ {
		flat[i] = math.NaN()
	}
	x := matrix[float64](flat, D)
	for _, family := range []string{Gaussian, StudentT, Tyler} {
		o := Options{Components: C, Family: family, Factors: 2, Tol: -1, MaxIter: 5, Start: shaken(m, 4, 2), Missing: MissingNaN}
		r := rng.New(5)
		for range N {
			o.SampleWeight = append(o.SampleWeight, max(0, r.Float64()-0.2))
		}
		for range 2 {
			want, got := mustFit(t, x, &o), mustFitBlocks(t, inBlocks(x, 50, 5, 113), &o)
			requireSame(t, want, got, 1e-8)
			require.InDeltaSlice(t, want.DOF, got.DOF, 1e-6)
			require.Equal(t, []any{want.Family, want.DOFEstimated, want.inference}, []any{got.Family, got.DOFEstimated, got.inference})
			o.SampleWeight = nil
		}
	}
	o := Options{Components: 12, Neighbors: 5, Factors: 2, Family: StudentT, Missing: MissingNaN, Threads: 1, MaxIter: 8, Tol: -1}
	one := mustFitBlocks(t, inBlocks(x, 130), &o)
	requireMonotone(t, one, 1e-9)
	require.False(t, math.IsNaN(one.CoverageGap))
	o.Threads = 3
	requireBits(t, one, mustFitBlocks(t, inBlocks(x, 130), &o), "threads")
	for i := range N {
		x.Data[i*D+2] = math.NaN()
	}
	_, err := FitBlocks(background, inBlocks(x, 90), &o)
	require.ErrorContains(t, err, "column 2 of X has no observed value")
	x.Data[7] = math.Inf(1)
	_, err = FitBlocks(background, inBlocks(x, 90), &o)
	require.ErrorContains(t, err, "block 1 of rows: ")
	require.ErrorContains(t, err, "it holds +Inf at row 1, column 0")
}

// Heavy tails keep outliers from attracting one of very many seeds.
func TestBlocksOfManyTails(t *testing.T) {
	const D = 2
	n := greedySeeds + 300
	x := matrix[float32](soiled(truth(1, 5, D, 0, 2), n, 1e4), D)
	got := mustFitBlocks(t, inBlocks(x, 700), &Options{Components: greedySeeds + 1, CovarianceType: Diag, Family: StudentT, DOF: 3, RegCovar: 0.01, MaxIter: 2, Tol: -1})
	require.Greater(t, got.LowerBound, got.History[0].Objective)
}

// The search of a fit to blocks is its own, but ends as high, and never goes down.
func TestTruncatedFitOfBlocks(t *testing.T) {
	const C, D, H = 40, 8, 2
	n := scaled(8000)
	m := truth(1, C, D, H, 2)
	x := matrix[float32](draw(m, 2, n), D)
	o := Options{Components: C, Factors: H, Neighbors: 8, MaxIter: 30, Seed: 1}
	got := mustFitBlocks(t, inBlocks(x, 3000, 500), &o)
	for i := range got.History[1:] {
		require.Greater(t, got.History[i+1].Objective, got.History[i].Objective-1e-4, "iteration %d", i+1)
	}
	require.Less(t, got.History[1].Evaluations, int64(n*C))
	require.InDelta(t, mustFit(t, x, &o).LowerBound, got.LowerBound, 0.3)
	require.Less(t, got.CoverageGap, 0.05)
	for _, threads := range []int{1, 3} {
		o.Threads = threads
		requireBits(t, got, mustFitBlocks(t, inBlocks(x, 3000, 500), &o), fmt.Sprint(threads, " threads"))
	}
}

// More components than k-means++ is used for, and sums in float32.
func TestBlocksOfManyComponents(t *testing.T) {
	const D = 2
	n := greedySeeds + 200
	x := matrix[float32](draw(truth(1, 5, D, 0, 2), 2, n), D)
	got := mustFitBlocks(t, inBlocks(x, 2000), &Options{Components: greedySeeds + 1, CovarianceType: Diag, RegCovar: 0.01, MaxIter: 2, Tol: -1})
	require.Greater(t, got.LowerBound, got.History[0].Objective)
}

func TestStatisticsAddUp(t *testing.T) {
	const C, D, H = 2, 3, 6
	dp := 16
	r := rng.New(1)
	moment := func() *moments {
		m := &moments{n: r.Float64(), m: make([]float64, 2*7*dp)}
		for i := range m.m {
			m.m[i] = r.NormFloat64()
		}
		return m
	}
	a, b, got := moment(), moment(), moment()
	for _, single := range []bool{false, true} {
		s := newTotals(C, D, H, false)
		if single {
			s.wide, s.slim = nil, make([]float32, len(s.wide))
		}
		s.add(1, a, dp)
		s.add(1, b, dp)
		s.load(1, got, dp)
		require.Equal(t, a.n+b.n, got.n)
		for _, row := range []int{0, 1, 2, 6, 7 + 2} {
			for d := range D {
				require.InDelta(t, a.m[row*dp+d]+b.m[row*dp+d], got.m[row*dp+d], 1e-5)
			}
		}
	}
}

func TestBlocksThatFail(t *testing.T) {
	const C, D, N = 2, 3, 300
	x := matrix[float64](draw(truth(1, C, D, 0, 3), 2, N), D)
	o := Options{Components: C, CovarianceType: Diag, Tol: -1, MaxIter: 9}
	broken := errors.New("the disk is gone")
	passes := 0
	failing := func(pass int) Blocks[float64] {
		passes = 0
		return func(ctx context.Context, visit func(core.Matrix[float64]) error) error {
			passes++
			blocks := 0
			return inBlocks(x, 100)(ctx, func(b core.Matrix[float64]) error {
				if blocks++; passes == pass && blocks == 3 {
					return broken
				}
				return visit(b)
			})
		}
	}
	for _, pass := range []int{1, 2} {
		_, err := FitBlocks(background, failing(pass), &o)
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "mixture: reading the blocks of rows: the disk is gone")
	}
	_, err := FitBlocks(background, failing(5), &o)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "the model after 3 iterations is kept")
	var stopped *Interrupted
	require.ErrorAs(t, err, &stopped)
	o.MaxIter = 3
	want := mustFitBlocks(t, inBlocks(x, 100), &o)
	require.Equal(t, want.Means, stopped.Model.Means)
	require.Equal(t, want.History[2].Objective, stopped.Model.LowerBound)

	ctx, cancel := context.WithCancel(background)
	o.MaxIter, o.Progress = 9, func(p core.Progress) {
		if p.Phase == "em" && p.Iteration == 2 {
			cancel()
		}
	}
	_, err = FitBlocks(ctx, inBlocks(x, 100), &o)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorAs(t, err, &stopped)
	require.Equal(t, 2, stopped.Model.Iterations)
}

func TestBlocksAreChecked(t *testing.T) {
	good := core.NewMatrix[float64](4, 2)
	bad := core.NewMatrix[float64](3, 2)
	bad.Data[3] = math.NaN()
	list := func(blocks ...core.Matrix[float64]) Blocks[float64] {
		return func(_ context.Context, visit func(core.Matrix[float64]) error) error {
			for _, b := range blocks {
				if err := visit(b); err != nil {
					return err
				}
			}
			return nil
		}
	}
	shrinking := func() Blocks[float64] {
		n := 10
		return func(_ context.Context, visit func(core.Matrix[float64]) error) error {
			n--
			return visit(core.NewMatrix[float64](n, 2))
		}
	}
	for _, p := range []struct {
		blocks Blocks[float64]
		o      Options
		kind   error
		text   string
	}{
		{list(), Options{}, core.ErrShape, "mixture: invalid shape: the blocks have 0 rows"},
		{list(good, core.NewMatrix[float64](4, 3)), Options{}, core.ErrShape, "mixture: block 2 of rows: invalid shape: it has 3 columns, expected 2"},
		{list(core.NewMatrix[float64](4, 0)), Options{}, core.ErrShape, "it has 0 columns"},
		{list(good, bad), Options{}, core.ErrNotFinite, "it contains NaN at row 1, column 1"},
		{list(good, good), Options{Components: 9}, core.ErrShape, "n_components = 9 needs at least as many rows (of positive weight), got 8"},
		{list(good), Options{SampleWeight: make([]float64, 4)}, core.ErrOption, "every sample_weight is zero"},
		{list(good), Options{SampleWeight: ones(5)}, core.ErrShape, "sample_weight has 5 entries, the blocks have 4 rows"},
		{list(good), Options{SampleWeight: []float64{1, 2}}, core.ErrShape, "sample_weight has 2 entries, fewer than there are rows"},
		{list(good), Options{SampleWeight: []float64{1, 2, -1, 0}}, core.ErrOption, "sample_weight of row 2 is negative"},
		{list(good), Options{Factors: 2}, core.ErrOption, "n_factors = 2 must be below the number of features, 2"},
		{list(good), Options{MStep: UpdateMeans}, core.ErrOption, "m_step must be \"em\" for rows that come in blocks"},
		{list(good), Options{NInit: 2}, core.ErrOption, "n_init must be 1 for rows that come in blocks, got 2"},
		{list(good), Options{Start: &Start{Labels: make([]int64, 4)}}, core.ErrOption, "labels cannot start a fit to rows that come in blocks"},
		{shrinking(), Options{CovarianceType: Diag}, core.ErrShape, "the blocks have 8 rows, but had 9 at the first pass"},
	} {
		_, err := FitBlocks(background, p.blocks, &p.o)
		require.ErrorIs(t, err, p.kind, p.text)
		require.ErrorContains(t, err, p.text)
	}
	m := mustFitBlocks(t, list(good, good), &Options{CovarianceType: Diag})
	require.Equal(t, []float64{0, 0}, m.Means)
}

package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// SearchReport compares answers found by search with those of every component.
type SearchReport struct {
	Rows        int     // rows compared
	Gap         float64 // mean of the exact log-density minus that found, nats per row; never negative but for rounding
	WorstGap    float64 // the largest of these differences
	Agreement   float64 // part of the rows whose most probable component was found
	Evaluations float64 // components evaluated per row and by the search; those of exact answers are C
}

// CheckSearch compares, on at most 2,000 evenly spaced rows of x, the answers of algorithm search with exact ones. Every
// row is looked up alone; in a call with many rows it also meets the components that rows beside it look at. It needs a
// model with a component graph, which truncated fits leave. O(C D H) for each of these rows.
func CheckSearch[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int) (SearchReport, error) {
	if err := m.checkRows(x.Check("X"), x.Cols); err != nil {
		return SearchReport{}, err
	}
	if m.Graph == 0 {
		return SearchReport{}, fmt.Errorf("mixture: %w: the model cannot search: it needs the component graph that truncated fits leave",
			core.ErrOption)
	}
	if x.Rows == 0 {
		return SearchReport{}, fmt.Errorf("mixture: %w: X has 0 rows; at least 1 is needed", core.ErrShape)
	}
	return compare(ctx, m, x, coverageRows, threads)
}

// by returns m with another algorithm.
func (m *Model) by(algorithm string) *Model {
	other := *m
	other.inference.Algorithm = algorithm
	return &other
}

// answers are the log-density and best component of some rows.
type answers struct {
	score  []float64
	best   []int64
	looked []int // components evaluated
}

func answer[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], threads int) (*answers, error) {
	a := &answers{make([]float64, x.Rows), make([]int64, x.Rows), make([]int, x.Rows)}
	return a, infer(ctx, m, x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		for lane := range n {
			i := w.row[lane]
			a.score[i], a.best[i], a.looked[i] = w.logSum[lane], int64(w.ids[w.top.index[lane]]), len(w.ids)
		}
	})
}

// compare answers at most the given number of evenly spaced rows in both ways.
func compare[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], most, threads int) (r SearchReport, err error) {
	r.Rows = min(x.Rows, most)
	some := core.NewMatrix[T](r.Rows, x.Cols)
	for i := range r.Rows {
		copy(some.Row(i), x.Row(i*x.Rows/r.Rows))
	}
	search := m.by("search")
	search.inference.alone = true
	found, err := answer(ctx, search, some, threads)
	if err != nil {
		return r, err
	}
	exact, err := answer(ctx, m.by("exact"), some, threads)
	if err != nil {
		return r, err
	}
	r.WorstGap = math.Inf(-1)
	agreed, looked := 0, 0
	for i, s := range exact.score {
		gap := s - found.score[i]
		r.Gap += gap / float64(r.Rows)
		r.WorstGap = max(r.WorstGap, gap)
		if found.best[i] == exact.best[i] {
			agreed++
		}
		looked += found.looked[i]
	}
	r.Agreement, r.Evaluations = float64(agreed)/float64(r.Rows), float64(looked)/float64(r.Rows)
	return r, nil
}

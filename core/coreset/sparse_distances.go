package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// sparseMeasure finds squared distances from one sparse row, which is laid out with its zeros, to others.
type sparseMeasure interface {
	distances
	// lay makes row i the one that distances are from, instead of the row before (-1: none).
	lay(i int)
	// to returns the squared distance from the row that is laid out to row k. It may be called by several goroutines.
	to(k int) float64
	// outermost returns the row farthest from the mean, the first of several.
	outermost() int
}

// sparseDistances are squared distances |x_i|^2 + |x_k|^2 - 2 x_i . x_k in float64, of rows or of rows over their norms and
// the root of two, whose squared distances are 1 - cos. A distance much smaller than the norms is summed up from differences.
type sparseDistances[T core.Float, I int32 | int64] struct {
	rows  *sparseRows[T, I]
	own   []float64 // squared norms of the rows
	scale []float64 // what rows are multiplied by; nil: 1. A row of zeros has 0, and a column to itself
	row   []float64 // the row that is laid out, and nothing but zeros besides
	at    int       // its number; -1: none
}

// smallPart is the part of the norms from which on a squared distance is found from differences.
const smallPart = 1e-6

func newSparseDistances[T core.Float, I int32 | int64](rows *sparseRows[T, I], cosine bool) *sparseDistances[T, I] {
	d := &sparseDistances[T, I]{rows: rows, own: make([]float64, rows.n), row: make([]float64, rows.m), at: -1}
	for i := range d.own {
		_, values := rows.row(i)
		for _, v := range values {
			d.own[i] += float64(v) * float64(v)
		}
	}
	if cosine {
		d.scale = make([]float64, rows.n)
		for i, v := range d.own {
			if v > 0 {
				d.scale[i] = math.Sqrt(0.5 / v)
			}
		}
	}
	return d
}

func (d *sparseDistances[T, I]) lay(i int) {
	if d.at >= 0 {
		columns, _ := d.rows.row(d.at)
		for _, j := range columns {
			d.row[j] = 0
		}
	}
	if d.at = i; i >= 0 {
		columns, values := d.rows.row(i)
		for e, j := range columns {
			d.row[j] = float64(values[e])
		}
	}
}

func (d *sparseDistances[T, I]) to(k int) float64 {
	if k == d.at {
		return 0
	}
	columns, values := d.rows.row(k)
	dot := 0.0
	for e, j := range columns {
		dot += float64(values[e]) * d.row[j]
	}
	if d.scale == nil {
		all := d.own[k] + d.own[d.at]
		if square := all - 2*dot; square > smallPart*all {
			return square
		}
		return d.difference(k, 1, 1)
	}
	a, b := d.scale[k], d.scale[d.at]
	switch {
	case a == 0 && b == 0:
		return 0
	case a == 0 || b == 0:
		return 1
	}
	if square := 1 - 2*a*b*dot; square > smallPart {
		return square
	}
	return d.difference(k, a, b)
}

// difference returns |a x_k - b x_i|^2 for the row i that is laid out.
func (d *sparseDistances[T, I]) difference(k int, a, b float64) float64 {
	first, x := d.rows.row(k)
	second, y := d.rows.row(d.at)
	sum, at := 0.0, 0
	for e, j := range first {
		for ; at < len(second) && second[at] < j; at++ {
			v := b * float64(y[at])
			sum += v * v
		}
		v := a * float64(x[e])
		if at < len(second) && second[at] == j {
			v -= b * float64(y[at])
			at++
		}
		sum += v * v
	}
	for ; at < len(second); at++ {
		v := b * float64(y[at])
		sum += v * v
	}
	return sum
}

func (d *sparseDistances[T, I]) from(ctx context.Context, threads, i int, dst []float64) error {
	d.lay(i)
	return par.For(ctx, threads, par.Tiles(len(dst), gradientTile), func(_, t int) {
		lo, hi := par.Span(t, len(dst), gradientTile)
		for k := lo; k < hi; k++ {
			dst[k] = d.to(k)
		}
	})
}

func (d *sparseDistances[T, I]) norms(dst []float64) { copy(dst, d.own) }

func (d *sparseDistances[T, I]) outermost() int {
	n, zeros := float64(d.rows.n), 0.0 // zeros: what the mean has in the column of rows of zeros
	mean, square := make([]float64, d.rows.m), 0.0
	for i := range d.rows.n {
		w := 1 / n
		if d.scale != nil {
			w *= d.scale[i]
			if d.scale[i] == 0 {
				zeros += math.Sqrt(0.5) / n
			}
		}
		d.rows.addTo(mean, i, w)
	}
	for _, v := range mean {
		square += v * v
	}
	best, most := 0, math.Inf(-1)
	for i := range d.rows.n {
		away := 0.0
		switch {
		case d.scale == nil:
			away = d.rows.offset(i, mean, square)
		case d.scale[i] == 0:
			away = 0.5 - math.Sqrt2*zeros
		default:
			columns, values := d.rows.row(i)
			for e, j := range columns {
				away -= 2 * d.scale[i] * float64(values[e]) * mean[j]
			}
			away += 0.5
		}
		if away > most {
			best, most = i, away
		}
	}
	return best
}

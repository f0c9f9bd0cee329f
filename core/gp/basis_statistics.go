package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// BasisStatistics is all that training needs to know of n points: with V (n x Q) the basis functions at the points and r = y -
// Offset, V^T V, V^T r, V^T 1 and sums of r. Statistics of parts of the data add to those of the whole.
type BasisStatistics struct {
	Gram    core.Matrix[float64] // Q x Q: V^T V
	Moments core.Matrix[float64] // 2 x Q: V^T r, V^T 1
	Rows    int                  // n
	Sum     float64              // of r
	Squares float64              // sum of r^2
	Offset  float64              // the mean of the first y that came
}

// NewBasisStatistics returns statistics of no points. The error wraps [core.ErrOption] or [core.ErrShape] if the design is
// impossible.
func NewBasisStatistics(d *BasisDesign) (*BasisStatistics, error) {
	if err := d.prepare(); err != nil {
		return nil, err
	}
	if err := memory.Check("gp", fmt.Sprintf("sums of %d basis functions", d.columns), 32*float64(d.columns)*float64(d.columns),
		"take fewer functions or terms"); err != nil {
		return nil, err
	}
	return &BasisStatistics{Gram: core.NewMatrix[float64](d.columns, d.columns), Moments: core.NewMatrix[float64](2, d.columns)}, nil
}

// basisTile is how many points a goroutine evaluates at a time, basisBytes bounds the values that are held together.
const (
	basisTile  = 128
	basisBytes = 16 << 20
)

// blockRows returns how many points are evaluated together.
func (d *BasisDesign) blockRows() int {
	return max(basisTile, min(4096, basisBytes/8/max(d.columns, 1)))
}

// AddBasis adds points x (n x d) with targets y (n) to the statistics, block by block in memory of O(Q) numbers per point
// of a block: n Q^2 operations. The result does not depend on the number of threads, and on how points are cut into calls
// but for rounding. After an error of ctx the statistics are undefined.
//
// Errors wrap [core.ErrShape], [core.ErrNotFinite], or [core.ErrOption] for categories and numbers that the design does not
// know, or come from ctx.
func AddBasis[T core.Float](ctx context.Context, d *BasisDesign, s *BasisStatistics, x core.Matrix[T], y []float64, threads int) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := x.Check("X"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if err := checkTargets(tall(y, len(y)), x.Rows); err != nil {
		return err
	}
	p := pointsOf(x)
	if err := d.check(p, true); err != nil {
		return err
	}
	if s.Rows == 0 {
		for i, v := range y {
			s.Offset += (v - s.Offset) / float64(i+1)
		}
	}
	q, rows := d.columns, d.blockRows()
	v := core.NewMatrix[float64](min(rows, x.Rows), q)
	r := make([]float64, v.Rows)
	ones := make([]float64, v.Rows)
	for i := range ones {
		ones[i] = 1
	}
	for lo := 0; lo < x.Rows; lo += rows {
		m := min(rows, x.Rows-lo)
		v.Rows = m
		if err := d.evaluate(ctx, v, p, lo, threads); err != nil {
			return err
		}
		for i := range m {
			r[i] = y[lo+i] - s.Offset
			s.Sum += r[i]
			s.Squares += r[i] * r[i]
		}
		blas.Syrk(threads, false, true, q, m, 1, v.Data, q, 1, s.Gram.Data, s.Gram.Stride)
		blas.Gemv(true, q, m, 1, v.Data, q, r[:m], 1, s.Moments.Row(0))
		blas.Gemv(true, q, m, 1, v.Data, q, ones[:m], 1, s.Moments.Row(1))
	}
	if math.IsInf(s.Squares, 0) {
		return fmt.Errorf("gp: %w: squares of y overflow; divide y by a large number", core.ErrNotFinite)
	}
	s.Rows += x.Rows
	for i := range q {
		for j := range i {
			s.Gram.Row(i)[j] = s.Gram.Row(j)[i]
		}
	}
	return ctx.Err()
}

// Merge adds statistics of other points with the same design. The error wraps [core.ErrShape].
func (s *BasisStatistics) Merge(other *BasisStatistics) error {
	if err := other.check(s.Gram.Rows); err != nil {
		return err
	}
	if other.Rows == 0 {
		return nil
	}
	if s.Rows == 0 {
		s.Offset = other.Offset
	}
	shift, n := other.Offset-s.Offset, float64(other.Rows)
	for i := range s.Gram.Rows {
		blas.Axpy(1, other.Gram.Row(i), s.Gram.Row(i))
	}
	blas.Axpy(1, other.Moments.Row(0), s.Moments.Row(0))
	blas.Axpy(shift, other.Moments.Row(1), s.Moments.Row(0))
	blas.Axpy(1, other.Moments.Row(1), s.Moments.Row(1))
	s.Squares += other.Squares + 2*shift*other.Sum + n*shift*shift
	s.Sum += other.Sum + n*shift
	s.Rows += other.Rows
	return nil
}

// check reports statistics that are not those of q functions.
func (s *BasisStatistics) check(q int) error {
	for _, m := range []struct {
		core.Matrix[float64]
		name string
		rows int
	}{{s.Gram, "Gram", q}, {s.Moments, "Moments", 2}} {
		if err := m.Check(m.name); err != nil {
			return fmt.Errorf("gp: %w", err)
		}
		if m.Rows != m.rows || m.Cols != q {
			return fmt.Errorf("gp: %w: %s is %d x %d for %d basis functions", core.ErrShape, m.name, m.Rows, m.Cols, q)
		}
		if err := m.CheckFinite(m.name); err != nil {
			return fmt.Errorf("gp: %w", err)
		}
	}
	return nil
}

// evaluate writes the basis functions at the points from lo on to the rows of dst. Points have been checked.
func (d *BasisDesign) evaluate(ctx context.Context, dst core.Matrix[float64], p points, lo, threads int) error {
	return par.For(ctx, threads, par.Tiles(dst.Rows, basisTile), func(_, t int) {
		row, scratch := make([]float64, p.d), make([]float64, d.columns)
		first, last := par.Span(t, dst.Rows, basisTile)
		for i := first; i < last; i++ {
			p.row(lo+i, row)
			for j := range d.terms {
				d.values(dst.Row(i), &d.terms[j], row, scratch)
			}
		}
	})
}

// values writes the functions of one term at one point to their columns of dst, by growing products part by part.
func (d *BasisDesign) values(dst []float64, t *basisTerm, row, scratch []float64) {
	out := dst[t.first : t.first+t.columns]
	out[0] = 1
	size := 1
	for _, p := range t.parts {
		part := scratch[:p.count]
		if p.categories != nil {
			part = p.categories.row(int(row[p.feature]))
		} else {
			d.fill(part, (row[p.feature]-d.Center[p.feature])/d.HalfRange[p.feature])
		}
		for i := size - 1; i >= 0; i-- { // from the end, so that what is read has not been overwritten
			v := out[i]
			for b, w := range part {
				out[i*p.count+b] = v * w
			}
		}
		size *= p.count
	}
}

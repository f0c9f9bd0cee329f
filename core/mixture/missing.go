package mixture

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// What a NaN means; values of Options.Missing and Inference.Missing.
const (
	MissingError = "error" // NaN is refused
	MissingNaN   = "nan"   // NaN marks a value that was not observed
)

// patterns says which features each point lacks. It exists only when some point lacks one: 4 bytes a point and 4 bytes
// for every entry of every distinct pattern.
type patterns struct {
	of      []uint32   // n: pattern of each point; 0 means complete
	gap     []uint32   // n: 1 where the pattern is not 0
	byPoint []uint32   // n: the points ordered by pattern, the complete ones first
	lacks   [][]uint32 // features that each pattern lacks, ascending; lacks[0] is empty
}

// missing fills lists with the features that the points idx lack, and reports whether there are any.
func (d *data[T]) missing(lists *[16][]uint32, idx []uint32) bool {
	if d.patterns == nil {
		return false
	}
	any := false
	for lane := range lists {
		lists[lane] = nil
	}
	for lane, i := range idx {
		lists[lane] = d.patterns.lacks[d.patterns.of[i]]
		any = any || len(lists[lane]) > 0
	}
	return any
}

// incomplete reports whether point i lacks a feature.
func (d *data[T]) incomplete(i uint32) bool { return d.patterns != nil && d.patterns.of[i] != 0 }

// findMissing makes d.patterns if there is a NaN. Points without a single value say nothing about the parameters and
// are left out, like points of weight zero; there may be no others.
func (d *data[T]) findMissing(ctx context.Context, threads int) error {
	found := make([][]uint32, par.Tiles(d.n, momentTile)) // incomplete points of each tile
	if err := par.For(ctx, threads, len(found), func(_, t int) {
		lo, hi := par.Span(t, d.n, momentTile)
		for i := lo; i < hi; i++ {
			for _, v := range d.row(uint32(i)) {
				if v != v {
					found[t] = append(found[t], uint32(i))
					break
				}
			}
		}
	}); err != nil {
		return err
	}
	var incomplete, empty []uint32
	ids := map[string]uint32{}
	lacks := [][]uint32{nil}
	of := make([]uint32, d.n)
	key := make([]byte, (d.x.Cols+7)/8)
	for _, points := range found {
		for _, i := range points {
			clear(key)
			count := 0
			for j, v := range d.row(i) {
				if v != v {
					key[j/8] |= 1 << (j % 8)
					count++
				}
			}
			if count == d.x.Cols {
				empty = append(empty, i)
				continue
			}
			id, known := ids[string(key)]
			if !known {
				id = uint32(len(lacks))
				ids[string(key)] = id
				list := make([]uint32, 0, count)
				for j := range d.x.Cols {
					if key[j/8]>>(j%8)&1 == 1 {
						list = append(list, uint32(j))
					}
				}
				lacks = append(lacks, list)
			}
			of[i] = id
			incomplete = append(incomplete, i)
		}
	}
	d.patterns = nil
	d.leaveOut(empty)
	if len(incomplete) == 0 {
		return nil
	}
	kept := of[:0]
	for i, id := range of {
		if len(empty) > 0 && empty[0] == uint32(i) {
			empty = empty[1:]
			continue
		}
		kept = append(kept, id)
	}
	d.patterns = &patterns{of: kept, lacks: lacks, gap: make([]uint32, d.n), byPoint: make([]uint32, d.n)}
	for i, id := range kept {
		d.patterns.gap[i] = min(id, 1)
	}
	var byPattern sorter
	return byPattern.points(ctx, d.patterns.byPoint, nil, d.n, kept, 1, len(lacks), threads)
}

// byPattern returns the rows of x ordered by what they lack, the complete ones first.
func byPattern[T core.Float](ctx context.Context, x core.Matrix[T], threads int) ([]uint32, error) {
	ids, of := map[string]uint32{}, make([]uint32, x.Rows)
	key := make([]byte, (x.Cols+7)/8)
	ids[string(key)] = 0
	for i := range of {
		clear(key)
		for j, v := range x.Row(i) {
			if v != v {
				key[j/8] |= 1 << (j % 8)
			}
		}
		id, known := ids[string(key)]
		if !known {
			id = uint32(len(ids))
			ids[string(key)] = id
		}
		of[i] = id
	}
	var s sorter
	order := make([]uint32, x.Rows)
	return order, s.points(ctx, order, nil, x.Rows, of, 1, len(ids), threads)
}

// errNothingObserved is the error of rows without a single value.
var errNothingObserved = fmt.Errorf("mixture: %w: every value of X is NaN", core.ErrNotFinite)

// leaveOut drops points, given in increasing order.
func (d *data[T]) leaveOut(points []uint32) {
	if len(points) == 0 {
		return
	}
	rows, w := make([]uint32, 0, d.n-len(points)), []float64(nil)
	if d.w != nil {
		w = make([]float64, 0, cap(rows))
	}
	lost := 0.0
	for i := range uint32(d.n) {
		if len(points) > 0 && points[0] == i {
			points, lost = points[1:], lost+d.weight(i)
			continue
		}
		row := i
		if d.rows != nil {
			row = d.rows[i]
		}
		rows = append(rows, row)
		if w != nil {
			w = append(w, d.w[i])
		}
	}
	d.mass *= (d.total - lost) / d.total
	d.rows, d.w, d.n, d.total = rows, w, len(rows), d.total-lost
}

// observedMoments is moments of rows that lack features.
func (d *data[T]) observedMoments(ctx context.Context, threads int) (*spread, error) {
	D, tiles := d.x.Cols, par.Tiles(d.n, momentTile)
	means, scatters, weights := make([]float64, tiles*D), make([]float64, tiles*D), make([]float64, tiles*D)
	err := par.For(ctx, threads, tiles, func(_, t int) {
		m, s, sum := means[t*D:(t+1)*D], scatters[t*D:(t+1)*D], weights[t*D:(t+1)*D]
		origin := make([]float64, D)
		lo, hi := par.Span(t, d.n, momentTile)
		for i := lo; i < hi; i++ {
			w := d.weight(uint32(i))
			for j, v := range d.row(uint32(i)) {
				if v != v {
					continue
				}
				if sum[j] == 0 {
					origin[j] = float64(v)
				}
				sum[j] += w
				m[j] += w * (float64(v) - origin[j])
			}
		}
		for j := range m {
			if sum[j] > 0 {
				m[j] = origin[j] + m[j]/sum[j]
			}
		}
		for i := lo; i < hi; i++ {
			w := d.weight(uint32(i))
			for j, v := range d.row(uint32(i)) {
				if v == v {
					e := float64(v) - m[j]
					s[j] += w * e * e
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	all := &spread{mean: means[:D], scatter: scatters[:D], weight: weights[:D]}
	for t := 1; t < tiles; t++ {
		at := func(sums []float64) []float64 { return sums[t*D : (t+1)*D] }
		all.merge(&spread{mean: at(means), scatter: at(scatters), weight: at(weights)})
	}
	return all, nil
}

// observedJacobian returns the weighted mean over points of the sum of log scale over the features they have.
func (d *data[T]) observedJacobian() float64 {
	lost := make([]float64, len(d.patterns.lacks))
	for id, list := range d.patterns.lacks {
		lost[id] = logScale(d.scale, list)
	}
	sum := 0.0
	for i, id := range d.patterns.of {
		sum += d.weight(uint32(i)) * lost[id]
	}
	return d.logJac - sum/d.total
}

// logScale returns the sum of log scale over some features.
func logScale[T core.Float](scale []T, features []uint32) float64 {
	sum := 0.0
	for _, j := range features {
		sum += math.Log(float64(scale[j]))
	}
	return sum
}

// checkValues reports the first value of x that is not finite, unless it is NaN and NaN means missing.
func checkValues[T core.Float](x core.Matrix[T], missing string) error {
	if missing == MissingNaN {
		return checkNoInfinity(x)
	}
	if err := x.CheckFinite("X"); err != nil {
		return explain(x, err)
	}
	return nil
}

// explain tells what the error about a NaN in x could mean, and completes other errors.
func explain[T core.Float](x core.Matrix[T], err error) error {
	if errors.Is(err, core.ErrNotFinite) && checkNoInfinity(x) == nil {
		return fmt.Errorf("mixture: %w, or take them for missing values with missing=\"nan\"", err)
	}
	return fmt.Errorf("mixture: %w", err)
}

// checkNoInfinity is infinity for rows that are X.
func checkNoInfinity[T core.Float](x core.Matrix[T]) error {
	if err := infinity(x, "X"); err != nil {
		return fmt.Errorf("mixture: %w", err)
	}
	return nil
}

// infinity reports the first infinity of the rows.
func infinity[T core.Float](x core.Matrix[T], name string) error {
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v-v != 0 && v == v {
				return fmt.Errorf("%w: %s holds %v at row %d, column %d; only NaN marks a missing value",
					core.ErrNotFinite, name, v, i, j)
			}
		}
	}
	return nil
}

// subset returns the patterns of some of the points, which become the points 0, 1, ...
func (p *patterns) subset(points []uint32) *patterns {
	if p == nil {
		return nil
	}
	n := len(points)
	v := &patterns{of: make([]uint32, n), gap: make([]uint32, n), byPoint: make([]uint32, n), lacks: p.lacks}
	for i, point := range points {
		v.of[i], v.gap[i] = p.of[point], p.gap[point]
	}
	var byPattern sorter
	_ = byPattern.points(nil, v.byPoint, nil, n, v.of, 1, len(v.lacks), 1)
	return v
}

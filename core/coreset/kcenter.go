package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// KCenterOptions of [KCenter]. The zero value means the defaults; one of Centers and Radius must be set. Fields with a json
// name travel across the C ABI as JSON text and are listed by lithe_describe; doc is the line shown there.
type KCenterOptions struct {
	Centers int     `json:"n_centers" default:"0" doc:"number of centres k; 0: as many as radius needs"`
	Radius  float64 `json:"radius" default:"0" doc:"stop once every row is within this distance of a centre; 0: never"`
	Assign  bool    `json:"assign" default:"false" doc:"find the nearest centre of every row, and so the weights, too"`

	// Initial are distinct rows that are centres from the start. They come first in Indices and count towards Centers.
	Initial []int `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every hundred centres.
	Progress func(core.Progress) `json:"-"`
}

// Centers are rows that lie near all others.
type Centers struct {
	Indices    []int     // the centres, in the order they were chosen
	Distances  []float64 // distance of each centre to those before it when it was chosen; +Inf for the first
	Weights    []float64 // rows to which it is the nearest centre; none unless Assign was set
	Assignment []int     // number of the nearest centre of each row, the first of several; none unless Assign was set

	Radius      float64 // largest distance of a row to its nearest centre: at most twice the least possible with as many centres
	Evaluations int     // distances evaluated, of n k
	Seconds     float64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *KCenterOptions) Validate() error {
	switch {
	case o == nil || o.Centers == 0 && o.Radius == 0:
		return errorf(core.ErrOption, "k-centre needs n_centers, radius or both")
	case o.Centers < 0:
		return errorf(core.ErrOption, "n_centers must not be negative, got %d", o.Centers)
	case !(o.Radius >= 0) || math.IsInf(o.Radius, 1):
		return errorf(core.ErrOption, "radius must be a number >= 0, got %v", o.Radius)
	}
	return nil
}

// KCenter chooses rows of x (n x D) by farthest-first traversal: the next centre is the row farthest from all centres so far,
// the first of several, and the first centre the row farthest from the mean. The radius is at most twice the least possible
// (Gonzalez, 1985). Distances are Euclidean.
//
// The choice is exact, yet most of the n k distances are not evaluated: rows lie in small groups of neighbours, and a group
// is compared with the centres it has missed only when it could hold the farthest row, and only with centres that can matter
// to it. A copy of x and about 16 n bytes of memory are needed.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], or come from ctx.
func KCenter[T core.Float](ctx context.Context, x core.Matrix[T], o *KCenterOptions) (*Centers, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkRows("X", x); err != nil {
		return nil, err
	}
	if err := checkDistinct("the initial centres", o.Initial, x.Rows); err != nil {
		return nil, err
	}
	most := o.Centers
	switch {
	case most > x.Rows:
		return nil, errorf(core.ErrOption, "n_centers = %d exceeds the %d rows of X", most, x.Rows)
	case most == 0:
		most = x.Rows
	case most < len(o.Initial):
		return nil, errorf(core.ErrOption, "n_centers = %d is less than the %d initial centres", most, len(o.Initial))
	}
	b := newBuckets(x)
	c := &Centers{Radius: math.Inf(1)}
	for len(c.Indices) < most {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := 0
		switch at := len(c.Indices); {
		case at < len(o.Initial):
			row = o.Initial[at]
			if c.Radius = math.Inf(1); at > 0 {
				c.Radius = b.distanceOf(row)
			}
		case at == 0:
			row = outermost(x)
		default:
			row, c.Radius = b.farthest()
		}
		if len(c.Indices) >= max(1, len(o.Initial)) && o.Radius > 0 && c.Radius <= o.Radius {
			break
		}
		if len(c.Indices) > 0 && math.IsInf(c.Radius, 1) {
			return nil, overflows("X")
		}
		b.add(x, row)
		c.Indices, c.Distances = append(c.Indices, row), append(c.Distances, c.Radius)
		if o.Progress != nil && len(c.Indices)%100 == 0 {
			o.Progress(core.Progress{Phase: "centres", Iteration: len(c.Indices), MaxIterations: most, Objective: c.Radius,
				Evaluations: b.evaluations(), Seconds: time.Since(began).Seconds()})
		}
	}
	if _, c.Radius = b.farthest(); math.IsInf(c.Radius, 1) {
		return nil, overflows("X")
	}
	if o.Assign {
		if err := b.assign(ctx, o.Threads, c); err != nil {
			return nil, err
		}
	}
	c.Evaluations = int(b.evaluations())
	c.Seconds = time.Since(began).Seconds()
	return c, nil
}

// outermost returns the row farthest from the mean, the first of several.
func outermost[T core.Float](x core.Matrix[T]) int {
	mean := make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(x.Rows)
	}
	best, most := 0, -1.0
	for i := range x.Rows {
		sum := 0.0
		for j, v := range x.Row(i) {
			e := float64(v) - mean[j]
			sum += e * e
		}
		if sum > most {
			best, most = i, sum
		}
	}
	return best
}

// assign compares all points with what they have missed, and collects the owners.
func (b *buckets[T]) assign(ctx context.Context, threads int, c *Centers) error {
	scratch := make([][]T, par.Threads(threads))
	err := par.For(ctx, len(scratch), len(b.heap), func(worker, k int) {
		if scratch[worker] == nil {
			scratch[worker] = make([]T, mostPending*b.lanes)
		}
		b.look(k, scratch[worker])
	})
	c.Assignment, c.Weights = make([]int, b.n), make([]float64, len(c.Indices))
	for i, at := range b.place {
		c.Assignment[i] = int(b.owner[at])
		c.Weights[b.owner[at]]++
	}
	return err
}

// evaluations returns how many distances were evaluated so far, those to the middles of buckets among them.
func (b *buckets[T]) evaluations() int64 {
	sum := int64(len(b.zero)) * int64(b.balls.n)
	for _, v := range b.looked {
		sum += v
	}
	return sum
}

package coreset

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// KCenterOptions of [KCenter]. The zero value means the defaults; one of Centers and Radius must be set. Fields with a json
// name travel across the C ABI as JSON text and are listed by lithe_describe; doc is the line shown there.
type KCenterOptions struct {
	Centers int     `json:"n_centers" default:"0" doc:"number of centres k; 0: as many as radius needs"`
	Radius  float64 `json:"radius" default:"0" doc:"stop once every row is within this distance of a centre; 0: never"`
	Metric  string  `json:"metric" default:"euclidean" doc:"euclidean, or cosine (1 - cos of the angle; a row of zeros is at 1 from all others)"`
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

	// Radius is the largest distance of a row to its nearest centre: at most twice the least possible with as many centres, of
	// cosine distances at most four times.
	Radius      float64
	Evaluations int // distances evaluated, of n k
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
	case !slices.Contains([]string{"", Euclidean, Cosine}, o.Metric):
		return errorf(core.ErrOption, "metric must be one of [euclidean cosine], got %q", o.Metric)
	}
	return nil
}

// KCenter chooses rows of x (n x D) by farthest-first traversal: the next centre is the row farthest from all centres so far,
// the first of several, and the first centre the row farthest from the mean. The radius is at most twice the least possible
// (Gonzalez, 1985). Cosine distances are half of the squared Euclidean ones between rows of norm one.
//
// The choice is exact, yet many of the n k distances are not evaluated: rows lie in small groups of neighbours, and a group
// is compared with the centres it has missed only when it could hold the farthest row, and only with centres that can matter
// to it. A copy of x and about 16 n bytes of memory are needed, for cosine distances two copies.
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
	if o.Metric == Cosine {
		x = directions(x)
	}
	return traverse(ctx, x.Rows, o, began, func() (traversal, error) { return newBuckets(ctx, x, o.Threads) })
}

// SparseKCenter is [KCenter] of sparse rows, exact as well: a row is not compared with a centre twice as far from its own. O(n)
// memory besides the data.
func SparseKCenter(ctx context.Context, x SparsePoints, o *KCenterOptions) (*Centers, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := x.check(); err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	return traverse(ctx, n, o, began, func() (traversal, error) {
		d, err := x.between(o.Metric)
		return newSparseTraversal(d, n, o.Threads), err
	})
}

// traversal finds the farthest of n rows. Distances are Euclidean.
type traversal interface {
	// outermost returns the row farthest from the mean, the first of several.
	outermost() int
	// add makes a row a centre.
	add(ctx context.Context, row int) error
	// distanceOf returns that of a row from the nearest centre.
	distanceOf(row int) float64
	// farthest returns the row farthest from all centres, the first of several, and its distance.
	farthest() (row int, distance float64)
	// assign finds the nearest centre of every row.
	assign(ctx context.Context, c *Centers) error
	// evaluations returns how many distances were evaluated so far.
	evaluations() int64
}

// traverse chooses among n rows.
func traverse(ctx context.Context, n int, o *KCenterOptions, began time.Time, begin func() (traversal, error)) (*Centers, error) {
	if err := checkDistinct("the initial centres", o.Initial, n); err != nil {
		return nil, err
	}
	most := o.Centers
	switch {
	case most > n:
		return nil, errorf(core.ErrOption, "n_centers = %d exceeds the %d rows of X", most, n)
	case most == 0:
		most = n
	case most < len(o.Initial):
		return nil, errorf(core.ErrOption, "n_centers = %d is less than the %d initial centres", most, len(o.Initial))
	}
	t, err := begin()
	if err != nil {
		return nil, err
	}
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
				c.Radius = o.distance(t.distanceOf(row))
			}
		case at == 0:
			row = t.outermost()
		default:
			row, c.Radius = t.farthest()
			c.Radius = o.distance(c.Radius)
		}
		if len(c.Indices) >= max(1, len(o.Initial)) && o.Radius > 0 && c.Radius <= o.Radius {
			break
		}
		if len(c.Indices) > 0 && math.IsInf(c.Radius, 1) {
			return nil, overflows("X")
		}
		if err := t.add(ctx, row); err != nil {
			return nil, err
		}
		c.Indices, c.Distances = append(c.Indices, row), append(c.Distances, c.Radius)
		if o.Progress != nil && len(c.Indices)%100 == 0 {
			o.Progress(core.Progress{Phase: "centres", Iteration: len(c.Indices), MaxIterations: most, Objective: c.Radius,
				Evaluations: t.evaluations(), Seconds: time.Since(began).Seconds()})
		}
	}
	_, c.Radius = t.farthest()
	if c.Radius = o.distance(c.Radius); math.IsInf(c.Radius, 1) {
		return nil, overflows("X")
	}
	if o.Assign {
		if err := t.assign(ctx, c); err != nil {
			return nil, err
		}
	}
	c.Evaluations = int(t.evaluations())
	c.Seconds = time.Since(began).Seconds()
	return c, nil
}

// distance turns a Euclidean distance into that of the metric.
func (o *KCenterOptions) distance(d float64) float64 {
	if o.Metric == Cosine {
		return d * d
	}
	return d
}

// directions returns the rows of x over their norms and the root of two, so that squared distances are 1 - cos. Rows of zeros get
// a column to themselves, if there are any.
func directions[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	norms, zeros := make([]float64, x.Rows), 0
	for i := range norms {
		largest := 0.0
		for _, v := range x.Row(i) {
			largest = max(largest, math.Abs(float64(v)))
		}
		for _, v := range x.Row(i) {
			e := float64(v) / max(largest, math.SmallestNonzeroFloat64)
			norms[i] += e * e
		}
		if norms[i] = largest * math.Sqrt(2*norms[i]); norms[i] == 0 {
			zeros = 1
		}
	}
	y := core.NewMatrix[T](x.Rows, x.Cols+zeros)
	for i, norm := range norms {
		row := y.Row(i)
		if norm == 0 {
			row[x.Cols] = T(math.Sqrt(0.5))
			continue
		}
		for j, v := range x.Row(i) {
			row[j] = T(float64(v) / norm)
		}
	}
	return y
}

package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	quartileRows = 4096 // rows whose quartiles stand for those of the data
	normalIQR    = 1.3489795003921634
	aloneRank    = 3    // a row's distance to this neighbour tells whether it lies alone
	aloneRatio   = 4    // ... more than this many times the upper quartile of all distances
	perCluster   = 8    // rows per cluster among which neighbours are sought,
	leastOthers  = 512  // at least this many,
	mostOthers   = 4096 // at most this many
)

// standardizeByQuartiles replaces mean and standard deviation by median and interquartile range, which outliers do not
// move, and makes gather draw rows that are too far away for the squares of T to a finite distance. A feature that
// is the same in half of the rows keeps its standard deviation.
func (d *data[T]) standardizeByQuartiles(ctx context.Context, common bool, seed uint64, threads int) error {
	D := d.x.Cols
	rows := sampleRows(d.n, quartileRows, seed)
	sum, varying := make([]float64, D), make([]float64, D)
	err := par.For(ctx, threads, D, func(_, j int) {
		column := make([]weighted, 0, len(rows))
		for _, r := range rows {
			if v := float64(d.row(r)[j]); v == v {
				column = append(column, weighted{v, d.weight(r)})
			}
		}
		if len(column) == 0 {
			return
		}
		slices.SortFunc(column, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
		spread := (quantile(column, 0.75) - quantile(column, 0.25)) / normalIQR
		if !(spread > core.Epsilon[T]()*math.Abs(column[len(column)/2].value)) || math.IsInf(spread, 1) {
			return
		}
		d.shift[j], d.scale[j] = T(quantile(column, 0.5)), T(1/spread)
		sum[j], varying[j] = spread*spread, 1
	})
	if err != nil {
		return err
	}
	if common {
		total, count := 0.0, 0.0
		for j, v := range sum {
			total, count = total+v, count+varying[j]
		}
		for j := range d.scale {
			if count > 0 {
				d.scale[j] = T(1 / math.Sqrt(total/count))
			}
		}
	}
	d.logJac = 0
	for _, v := range d.scale {
		d.logJac += math.Log(float64(v))
	}
	if d.patterns != nil {
		d.logJac = d.observedJacobian()
	}
	d.limit = farLimit[T]()
	return nil
}

// farLimit returns the size to which rows too far away for the squares of T are shrunk.
func farLimit[T core.Float]() T {
	limit := 1e9
	if panel.Lanes[T]() == 8 {
		limit = 1e60
	}
	return T(limit)
}

// weighted is a value with its weight.
type weighted struct{ value, weight float64 }

// quantile returns the p-quantile of sorted values, interpolated between the middles of their weights, so that the
// quantiles of -x are those of x with the opposite sign.
func quantile(sorted []weighted, p float64) float64 {
	total := 0.0
	for _, v := range sorted {
		total += v.weight
	}
	at, before := p*total, 0.0
	last, lastAt := sorted[0].value, math.Inf(-1)
	for _, v := range sorted {
		middle := before + v.weight/2
		if middle >= at {
			if math.IsInf(lastAt, -1) {
				return v.value
			}
			return last + (v.value-last)*(at-lastAt)/(middle-lastAt)
		}
		last, lastAt, before = v.value, middle, before+v.weight
	}
	return last
}

// crowd returns a random subsample of the points without those that lie alone: whose distance to their third nearest
// among others is several times what is usual. They would attract seeds. At most a quarter of the subsample is left out.
// The result is a copy of d where too few points would remain.
func (d *data[T]) crowd(ctx context.Context, clusters int, seed uint64, threads int) (*data[T], error) {
	sample := sampleRows(d.n, max(seedSample, seedPerCluster*clusters), seed)
	n, others := len(sample), min(len(sample), max(leastOthers, min(perCluster*clusters, mostOthers)))
	lanes, D, dp := panel.Lanes[T](), d.x.Cols, panel.Pad[T](d.x.Cols)
	comp, zero, ids := make([]T, others*2*D), make([]T, others), make([]uint32, others)
	row := make([]T, dp)
	for k := range others {
		d.gather(row, dp, sample[k*n/others:k*n/others+1])
		for j, v := range row[:D] {
			comp[(k*D+j)*2], comp[(k*D+j)*2+1] = v, 1
		}
		ids[k] = uint32(k)
	}
	dist := make([]float64, n)
	if err := par.For(ctx, threads, par.Tiles(n, lanes), func(_, t int) {
		rows, x, l := make([]T, lanes*dp), make([]T, lanes*dp), make([]T, others*lanes)
		lo, hi := par.Span(t, n, lanes)
		d.gather(rows, dp, sample[lo:hi])
		panel.Transpose(x, rows, dp)
		panel.Evaluate(l, x, D, 0, comp, zero, ids)
		top := newLeaders[T](aloneRank + 1) // one more for the point itself
		top.reset()
		top.add(l, others, 0)
		for i := lo; i < hi; i++ {
			dist[i] = math.Sqrt(math.Max(0, -2*float64(top.value[aloneRank*lanes+i-lo])))
		}
	}); err != nil {
		return nil, err
	}
	sorted := slices.Sorted(slices.Values(dist))
	limit := aloneRatio * sorted[3*(n-1)/4]
	kept := *d
	kept.rows, kept.w, kept.n, kept.total, kept.mass = nil, nil, 0, 0, 0
	var points []uint32
	for i, point := range sample {
		if dist[i] > limit && limit > 0 {
			continue
		}
		origin := point
		if d.rows != nil {
			origin = d.rows[point]
		}
		kept.rows = append(kept.rows, origin)
		if d.w != nil {
			kept.w = append(kept.w, d.w[point])
		}
		kept.n++
		kept.total += d.weight(point)
		points = append(points, point)
	}
	kept.patterns = d.patterns.subset(points)
	kept.mass = kept.total * d.mass / d.total
	if kept.n < clusters || !(kept.total > 0) {
		kept = *d
	}
	return &kept, nil
}

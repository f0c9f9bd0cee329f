package mixture

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

const (
	lloydRows    = 128  // points per product
	lloydCenters = 1024 // centres per product
	lloydTile    = 2048 // points per tile
)

// unlabelled marks points that belong to no cluster yet; they take no part in update.
const unlabelled = math.MaxUint32

// lloyd alternates nearest-centre assignment by matrix products with the M-step of a mixture without factors, whose
// noise variances are the within-cluster variances.
type lloyd[T core.Float] struct {
	d       *data[T]
	p       *params // C x D, H = 0: centres, weights and within-cluster variances
	k       *packed[T]
	m       *mstep[T]
	labels  []uint32 // n: nearest centre
	sqDist  []T      // n: squared distance to it, up to rounding of the product
	found   []pairs[T]
	changed []int     // per tile: points whose label changed
	spread  []float64 // per tile: weighted sum of squared distances
	centers []blas.Packed[T]
	threads int
	workers []*lscratch[T]
}

type lscratch[T core.Float] struct {
	ws    blas.Workspace[T]
	rows  []T      // lloydRows x dp; column D is 1
	dot   []T      // lloydRows x lloydCenters
	best  []T      // lloydRows
	label []uint32 // lloydRows
}

func newLloyd[T core.Float](d *data[T], c, threads int) *lloyd[T] {
	D := d.x.Cols
	l := &lloyd[T]{d: d, p: newParams(c, D, 0), k: newPacked[T](c, D, 0), labels: make([]uint32, d.n), sqDist: make([]T, d.n),
		threads: par.Threads(threads)}
	l.m = newMstep(d, l.k, &Options{Threads: threads})
	if d.patterns != nil {
		l.k.marginal = newMarginals(l.k)
		for i := range l.p.noise {
			l.p.noise[i] = 1
		}
	}
	tiles := par.Tiles(d.n, lloydTile)
	l.changed, l.spread = make([]int, tiles), make([]float64, tiles)
	l.centers = make([]blas.Packed[T], par.Tiles(c, lloydCenters))
	for range l.threads {
		dp := panel.Pad[T](D + 1)
		l.workers = append(l.workers, &lscratch[T]{rows: make([]T, lloydRows*dp),
			dot: make([]T, lloydRows*min(c, lloydCenters)), best: make([]T, lloydRows), label: make([]uint32, lloydRows)})
	}
	return l
}

// place sets the centres (C x D, in the units of the data).
func (l *lloyd[T]) place(centers []float64) {
	for i, v := range centers {
		d := i % l.p.D
		l.p.mu[i] = (v - float64(l.d.shift[d])) * float64(l.d.scale[d])
	}
}

// placeOnRows sets the centres to distinct random points.
func (l *lloyd[T]) placeOnRows(seed uint64) {
	D := l.p.D
	row := make([]T, D)
	for c, i := range rng.New(seed, streamStart).Perm(l.d.n)[:l.p.C] {
		l.d.gather(row, D, []uint32{uint32(i)})
		for j, v := range row {
			l.p.mu[c*D+j] = float64(v)
		}
	}
}

// placeApart sets the centres by greedy k-means++.
func (l *lloyd[T]) placeApart(ctx context.Context, seed uint64) error {
	means, err := plusPlus(ctx, l.d, l.p.C, seed, l.threads)
	copy(l.p.mu, means)
	return err
}

// pack prepares the centres for product.
func (l *lloyd[T]) pack() {
	D, C := l.p.D, l.p.C
	buf := make([]T, min(C, lloydCenters)*(D+1))
	for b := range l.centers {
		lo, hi := par.Span(b, C, lloydCenters)
		for c := lo; c < hi; c++ {
			row := buf[(c-lo)*(D+1) : (c-lo+1)*(D+1)]
			half := 0.0
			for j, v := range l.p.mu[c*D : (c+1)*D] {
				row[j] = T(v)
				half += v * v / 2
			}
			row[D] = T(-half)
		}
		blas.PackRight(&l.centers[b], true, D+1, hi-lo, buf, D+1)
	}
}

// gather writes the standardised points lo ... hi-1, and the one that meets the constant of each centre, to w.rows.
func (l *lloyd[T]) gather(w *lscratch[T], lo, hi int) {
	D, dp := l.p.D, panel.Pad[T](l.p.D+1)
	for i := lo; i < hi; i++ {
		row := w.rows[(i-lo)*dp : (i-lo+1)*dp]
		l.d.point(row, uint32(i))
		row[D] = 1
	}
}

// product writes x c - |c|^2/2, whose largest value marks the nearest centre, for n gathered points and the centres of one
// block to w.dot, and returns the number of these centres, the length of a row.
func (l *lloyd[T]) product(w *lscratch[T], block, n int) (width int) {
	width = l.centers[block].N()
	blas.GemmPacked(&w.ws, false, n, 1, w.rows, panel.Pad[T](l.p.D+1), &l.centers[block], 0, w.dot, width)
	return width
}

// assign finds the nearest centre of every point and returns how many labels changed.
func (l *lloyd[T]) assign(ctx context.Context) (changed int, err error) {
	l.pack()
	err = par.For(ctx, l.threads, len(l.changed), func(worker, t int) {
		w := l.workers[worker]
		tileLo, tileHi := par.Span(t, l.d.n, lloydTile)
		l.changed[t], l.spread[t] = 0, 0
		for lo := tileLo; lo < tileHi; lo += lloydRows {
			l.assignRows(w, lo, min(lo+lloydRows, tileHi), t)
		}
	})
	for _, n := range l.changed {
		changed += n
	}
	return changed, err
}

func (l *lloyd[T]) assignRows(w *lscratch[T], lo, hi, tile int) {
	D, dp := l.p.D, panel.Pad[T](l.p.D+1)
	l.gather(w, lo, hi)
	for b := range l.centers {
		n := l.product(w, b, hi-lo)
		for i := range hi - lo {
			if j, v := vmath.ArgMax(w.dot[i*n : (i+1)*n]); b == 0 || v > w.best[i] {
				w.best[i], w.label[i] = v, uint32(b*lloydCenters+j)
			}
		}
	}
	for i, v := range w.best[:hi-lo] {
		row := w.rows[i*dp : i*dp+D]
		l.sqDist[lo+i] = max(0, blas.Dot(row, row)-2*v)
		l.spread[tile] += l.d.weight(uint32(lo+i)) * float64(l.sqDist[lo+i])
		if l.labels[lo+i] != w.label[i] {
			l.labels[lo+i] = w.label[i]
			l.changed[tile]++
		}
	}
}

// update moves every centre to the mean of its points, after giving each empty cluster the farthest point that no
// other empty cluster took. It returns the sum of the squared moves.
func (l *lloyd[T]) update(ctx context.Context) (float64, error) {
	l.refill()
	before := append([]float64(nil), l.p.mu...)
	for c := range l.p.C {
		component := l.k.component(c)
		for d, v := range l.p.mu[c*l.p.D : (c+1)*l.p.D] {
			component[2*d], component[2*d+1] = T(v), 1
		}
	}
	l.found = spans(l.found, l.d.n, 1, l.labels, nil, nil)
	if l.k.marginal != nil {
		if err := l.k.marginal.prepare(ctx, l.p, l.threads); err != nil {
			return 0, err
		}
	}
	if err := l.m.run(ctx, l.p, l.found); err != nil {
		return 0, err
	}
	move := 0.0
	for i, v := range l.p.mu {
		move += (v - before[i]) * (v - before[i])
	}
	return move, nil
}

// refill relabels the farthest points so that no cluster is empty, as far as there are points with a distance left.
func (l *lloyd[T]) refill() {
	count := make([]int, l.p.C)
	for _, c := range l.labels {
		if c != unlabelled {
			count[c]++
		}
	}
	var far []uint32 // points by decreasing distance, made when first needed
	for c, n := range count {
		if n > 0 {
			continue
		}
		if far == nil {
			far = farthest(l.sqDist, l.p.C)
		}
		for len(far) > 0 && (l.labels[far[0]] == unlabelled || count[l.labels[far[0]]] < 2 || l.sqDist[far[0]] == 0) {
			far = far[1:]
		}
		if len(far) == 0 {
			return
		}
		count[l.labels[far[0]]]--
		l.labels[far[0]], count[c] = uint32(c), 1
		l.sqDist[far[0]] = 0
	}
}

// farthest returns the at most k points of largest distance, farthest first, the earlier of equals first.
func farthest[T core.Float](sqDist []T, k int) []uint32 {
	all := make([]uint32, len(sqDist))
	for i := range all {
		all[i] = uint32(i)
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return cmp.Compare(sqDist[b], sqDist[a]) })
	return all[:min(k, len(all))]
}

// inertia returns the mean over the weights of the squared distance to the nearest centre, in standardised units.
func (l *lloyd[T]) inertia() float64 {
	sum := 0.0
	for _, v := range l.spread {
		sum += v
	}
	return sum / l.d.total
}

// run iterates until fewer than stop*N labels change or the squared moves sum to at most tol, at most limit times, and leaves
// the labels of the final centres. report is called after every iteration.
func (l *lloyd[T]) run(ctx context.Context, limit int, stop, tol float64, report func(it int)) (its int, converged bool, err error) {
	if _, err := l.assign(ctx); err != nil {
		return 0, false, err
	}
	for its = 1; its <= limit; its++ {
		move, err := l.update(ctx)
		if err != nil {
			return its, false, err
		}
		changed, err := l.assign(ctx)
		if err != nil {
			return its, false, err
		}
		report(its)
		if move <= tol || float64(changed) <= stop*float64(l.d.n) {
			return its, true, nil
		}
	}
	return limit, false, nil
}

package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/neighbors"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

const (
	mostLandmarks    = 512
	landmarkFeatures = 32
	landmarkSurplus  = 2       // at least so many near rows for each that is kept are looked for among the features
	mostSurplus      = 1 << 29 // bytes that the lists of these may take
	landmarkSlower   = 16      // a cost of a single pair takes about as long as so many of a tile
	mostPairs        = 1 << 33 // of all rows that are compared where features do not tell who is near: about a minute or two
)

// pairwise is a geometry that costs of single pairs can be asked for.
type pairwise[T core.Float] interface {
	geometry[T]
	between(dst []T, i int, others []int32) // the costs of row i and some others
}

// landmarks searches rows that are known by their distances only, such as products that are never multiplied out and sparse rows:
// by features from the distances to some rows drawn at random, which multidimensional scaling lays out in 32 dimensions (de Silva
// and Tenenbaum, 2004). Of the near rows that are found among these the nearest stay, by their true costs.
type landmarks[T core.Float] struct {
	g       pairwise[T]
	sign    T
	similar bool // costs are similarities, and 2 - 2 of these squared distances
	rooted  bool // costs are distances
	panels  []T  // of the landmarks
	blocks  int
	mean    []T // of the squared distances from each
	weights []T // of each in each feature
	workers []landmarkWorker[T]
	pairs   int64
}

type landmarkWorker[T core.Float] struct {
	g                           pairwise[T]
	panel, costs, scratch, list []T
	order                       []int32
	other                       []T
	near                        []nearestRows[T]
}

// throughLandmarks returns a selection on a graph of nearest neighbours.
func throughLandmarks[T core.Float](ctx context.Context, g pairwise[T], o *FacilityOptions, ids []int, phase func(string, int, int)) selection {
	sign, _, _ := g.orientation()
	w := &landmarks[T]{g: g, sign: T(sign), similar: sign > 0, rooted: o.Metric == Euclidean, workers: make([]landmarkWorker[T], par.Threads(o.Threads))}
	for t := range w.workers {
		w.workers[t] = landmarkWorker[T]{g: g.local().(pairwise[T]), panel: make([]T, g.panel()), costs: make([]T, tile.Elements),
			scratch: make([]T, max(g.scratch(), tile.Elements))}
	}
	return &nearby[T]{ctx: ctx, g: g, way: w, o: o, ids: ids, phase: phase}
}

// pack fills a panel with rows; places beyond them repeat the last.
func (w *landmarkWorker[T]) pack(panel []T, rows func(slot int) int, count int) {
	for slot := range tile.Size {
		w.g.fill(panel, slot, rows(min(slot, count-1)))
	}
}

// squares turns costs into squared distances.
func (w *landmarks[T]) squares(costs []T) {
	for i, v := range costs {
		switch {
		case w.similar:
			costs[i] = 2 - 2*v
		case w.rooted:
			costs[i] = v * v
		}
	}
}

func (w *landmarks[T]) place(s *nearby[T]) (core.Matrix[T], error) {
	n, draw := w.g.size(), rng.New(s.o.Seed, 0x4c414e44)
	count := min(n, mostLandmarks)
	marks := without(draw, countTo(n), count)
	slices.Sort(marks)
	w.blocks = par.Tiles(count, tile.Size)
	w.panels = make([]T, w.blocks*w.g.panel())
	for b := range w.blocks {
		lo, hi := par.Span(b, count, tile.Size)
		w.workers[0].pack(w.panelOf(b), func(slot int) int { return marks[lo+slot] }, hi-lo)
	}
	if err := w.lay(s, count); err != nil {
		return core.Matrix[T]{}, err
	}
	x := hugepage.NewMatrix[T](n, landmarkFeatures)
	w.pairs = int64(n) * int64(count)
	return x, par.For(s.ctx, s.o.Threads, par.Tiles(n, tile.Size), func(t, p int) {
		me := &w.workers[t]
		lo, hi := par.Span(p, n, tile.Size)
		me.pack(me.panel, func(slot int) int { return lo + slot }, hi-lo)
		for b := range w.blocks {
			from, to := par.Span(b, count, tile.Size)
			me.g.costs(me.costs, me.scratch, me.panel, w.panelOf(b))
			w.squares(me.costs)
			for i := range tile.Size {
				row := me.costs[i*tile.Size:][:to-from]
				for l := range row {
					row[l] -= w.mean[from+l]
				}
			}
			blas.Gemm(1, false, false, hi-lo, landmarkFeatures, to-from, 1, me.costs, tile.Size, w.weights[from*landmarkFeatures:], landmarkFeatures,
				1, x.Data[lo*x.Stride:], x.Stride)
		}
	})
}

func (w *landmarks[T]) panelOf(b int) []T { return w.panels[b*w.g.panel() : (b+1)*w.g.panel()] }

// lay finds the features of the landmarks, and what others get theirs by: minus half of their centred squared distances from all
// landmarks times the leading eigenvectors over the roots of the eigenvalues.
func (w *landmarks[T]) lay(s *nearby[T], count int) error {
	me := &w.workers[0]
	square, mean, all := make([]float64, count*count), make([]float64, count), 0.0
	for a := range w.blocks {
		for b := range w.blocks {
			me.g.costs(me.costs, me.scratch, w.panelOf(a), w.panelOf(b))
			w.squares(me.costs)
			lo, hi := par.Span(a, count, tile.Size)
			from, to := par.Span(b, count, tile.Size)
			for i := lo; i < hi; i++ {
				for j := from; j < to; j++ {
					square[i*count+j] = float64(me.costs[(i-lo)*tile.Size+j-from])
				}
			}
		}
	}
	for i := range mean {
		for _, v := range square[i*count : (i+1)*count] {
			mean[i] += v / float64(count)
		}
		all += mean[i] / float64(count)
	}
	for i := range count {
		for j := range count {
			square[i*count+j] = -0.5 * (square[i*count+j] - mean[i] - mean[j] + all)
		}
	}
	k := min(landmarkFeatures, count)
	values, vectors := make([]float64, k), make([]float64, count*k)
	if err := dense.EigenSymLeading(s.ctx, s.o.Threads, square, count, k, values, vectors); err != nil {
		return err
	}
	w.mean, w.weights = make([]T, count), make([]T, count*landmarkFeatures)
	for l := range count {
		w.mean[l] = T(mean[l])
		for q, value := range values {
			if value > 1e-6*values[0] {
				w.weights[l*landmarkFeatures+q] = T(-0.5 * vectors[l*k+q] / math.Sqrt(value))
			}
		}
	}
	return nil
}

func (w *landmarks[T]) search(s *nearby[T], k int, candidates []bool) (*neighbors.Lists[T], error) {
	n, count := w.g.size(), w.g.size()
	if candidates != nil {
		count = 0
		for _, ok := range candidates {
			if ok {
				count++
			}
		}
	}
	wide, many, err := w.width(s, k, count, candidates)
	if err != nil {
		return nil, err
	}
	if many && float64(n)*float64(n) <= mostPairs {
		return w.compareAll(s, k, candidates)
	}
	found, err := neighbors.Search(s.ctx, s.x, &neighbors.Options{K: wide, Recall: wantedRecall, Seed: s.o.Seed, Threads: s.o.Threads,
		Candidates: candidates, Progress: func(done, of int) { s.phase("neighbors", done, of) }})
	if err != nil {
		return nil, err
	}
	lists := &neighbors.Lists[T]{K: k, IDs: hugepage.Make[int32](n * k), Squares: hugepage.Make[T](n * k), Pairs: found.Pairs + w.pairs + int64(n*wide)}
	err = par.For(s.ctx, s.o.Threads, par.Tiles(n, tile.Size), func(t, p int) {
		me := &w.workers[t]
		if me.order == nil {
			me.order, me.list = make([]int32, wide), make([]T, wide)
		}
		lo, hi := par.Span(p, n, tile.Size)
		for i := lo; i < hi; i++ {
			ids := found.IDs[i*wide : (i+1)*wide]
			me.g.between(me.list, i, ids)
			for e := range me.order {
				me.order[e] = int32(e)
				me.list[e] *= -w.sign
			}
			slices.SortStableFunc(me.order, func(a, b int32) int {
				switch {
				case me.list[a] < me.list[b]:
					return -1
				case me.list[a] > me.list[b]:
					return 1
				}
				return int(ids[a] - ids[b])
			})
			for e, at := range me.order[:k] {
				lists.IDs[i*k+e], lists.Squares[i*k+e] = ids[at], me.list[at]
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return lists, w.recall(s, lists, candidates)
}

func (w *landmarks[T]) assign(s *nearby[T], selected []int32) (*neighbors.Lists[T], error) {
	n, blocks, size := w.g.size(), par.Tiles(len(selected), tile.Size), w.g.panel()
	panels := hugepage.Make[T](blocks * size)
	for b := range blocks {
		lo, hi := par.Span(b, len(selected), tile.Size)
		w.workers[0].pack(panels[b*size:(b+1)*size], func(slot int) int { return int(selected[lo+slot]) }, hi-lo)
	}
	lists := &neighbors.Lists[T]{K: 1, IDs: make([]int32, n), Pairs: int64(n) * int64(len(selected))}
	own := make([]bool, n)
	for _, j := range selected {
		own[j] = true
	}
	return lists, par.For(s.ctx, s.o.Threads, par.Tiles(n, tile.Size), func(t, p int) {
		me := &w.workers[t]
		lo, hi := par.Span(p, n, tile.Size)
		me.pack(me.panel, func(slot int) int { return lo + slot }, hi-lo)
		var best [tile.Size]T
		for b := range blocks {
			from, to := par.Span(b, len(selected), tile.Size)
			me.g.costs(me.costs, me.scratch, me.panel, panels[b*size:(b+1)*size])
			for i := lo; i < hi; i++ {
				row := me.costs[(i-lo)*tile.Size:][:to-from]
				least, most, _ := cover.Extent(row)
				if w.similar {
					least = most
				}
				if b == 0 || least < best[i-lo] && !w.similar || least > best[i-lo] && w.similar {
					best[i-lo], lists.IDs[i] = least, selected[from+slices.Index(row, least)]
				}
			}
		}
		for i := lo; i < hi; i++ {
			if own[i] { // whatever rounding makes of a distance that is nothing
				lists.IDs[i] = int32(i)
			}
		}
	})
}

func (w *landmarks[T]) cost(_ *nearby[T], i, j int) float64 {
	var one [1]T
	w.workers[0].g.between(one[:], i, []int32{int32(j)})
	return float64(-w.sign * one[0])
}

// countTo returns 0 to n-1.
func countTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

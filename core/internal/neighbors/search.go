package neighbors

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/quickselect"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// Lists holds the neighbours of n points, nearest first: row i has those of point i.
type Lists[T core.Float] struct {
	K       int
	IDs     []int32 // n x K, candidates as rows of the points
	Squares []T     // n x K, squared distances
	Recall  float64 // share of the true neighbours found, on the sample that the effort was settled with
	Pairs   int64   // distances evaluated
}

// Options of [Search].
type Options struct {
	K       int     // neighbours of each point, itself among them where it is a candidate
	Recall  float64 // share of the true neighbours to find; 1: all of them, for sure
	Seed    uint64
	Threads int
	// Candidates, if set, tells which points may be neighbours.
	Candidates []bool
	// Progress, if set, is told how many of how many blocks are done, on the goroutine of the call.
	Progress func(done, of int)
}

// products is the number of features beyond which squared distances are multiplied out; the data should be centred then.
const products = 32

// rounds is how many times a search comes back to its goroutine to report.
const rounds = 32

// Search finds the K nearest candidates of each row of x (n x d). Equal distances are ordered as they are met. The error wraps
// core.ErrShape if there are fewer candidates than K, or is the context's. The memory is that of x, the result, and some
// kilobytes for each thread.
func Search[T core.Float](ctx context.Context, x core.Matrix[T], o *Options) (*Lists[T], error) {
	line, err := order(ctx, o.Threads, x, o.Seed)
	if err != nil {
		return nil, err
	}
	s := &search[T]{x: x, o: o, line: line, candidates: line, threads: par.Threads(o.Threads)}
	if o.Candidates != nil {
		s.candidates = nil
		for _, i := range line {
			if o.Candidates[i] {
				s.candidates = append(s.candidates, i)
			}
		}
	}
	if len(s.candidates) < o.K {
		return nil, fmt.Errorf("%w: %d neighbours wanted, but there are %d candidates", core.ErrShape, o.K, len(s.candidates))
	}
	if err := s.pack(ctx); err != nil {
		return nil, err
	}
	return s.run(ctx)
}

// search is a call of [Search].
type search[T core.Float] struct {
	x          core.Matrix[T]
	o          *Options
	threads    int
	line       []int32 // all points, in blocks
	candidates []int32 // the same of candidates
	panels     []T     // of blocks of candidates: feature q of point i at q*Block+i, and the squared norms
	centers    core.Matrix[T]
	radius     []float64 // of each block of candidates, about its centre
	workers    []worker[T]
}

type worker[T core.Float] struct {
	query, left, tile, limit []T
	center                   []float64
	mask                     [Block]uint64
	far                      []float64 // of each block of candidates
	near                     []int32   // blocks, nearest first
	found                    [Block]kept[T]
	pairs                    int64
}

func (s *search[T]) size() int { return (s.x.Cols + 1) * Block }

// pack fills the panels of candidates, and the centres of their blocks.
func (s *search[T]) pack(ctx context.Context) error {
	d, blocks := s.x.Cols, par.Tiles(len(s.candidates), Block)
	s.panels = hugepage.Make[T](blocks * s.size())
	s.centers, s.radius = core.NewMatrix[T](blocks, d), make([]float64, blocks)
	s.workers = make([]worker[T], s.threads)
	for w := range s.workers {
		me := &s.workers[w]
		me.query, me.left = make([]T, s.size()), make([]T, s.size())
		me.tile, me.limit = make([]T, tile.Elements), make([]T, Block)
		me.center, me.far, me.near = make([]float64, d), make([]float64, blocks), make([]int32, blocks)
		for i := range me.found {
			me.found[i] = newKept[T](s.o.K)
		}
	}
	return par.For(ctx, s.threads, blocks, func(w, b int) {
		panel := s.panels[b*s.size() : (b+1)*s.size()]
		lo, hi := par.Span(b, len(s.candidates), Block)
		s.fill(panel, s.candidates[lo:hi])
		s.center(s.workers[w].center, s.candidates[lo:hi])
		for q, v := range s.workers[w].center {
			s.centers.Row(b)[q] = T(v)
		}
		s.radius[b] = s.reach(s.workers[w].center, s.candidates[lo:hi])
	})
}

// fill writes a panel; places beyond the points hold points at an infinite distance.
func (s *search[T]) fill(panel []T, points []int32) {
	d := s.x.Cols
	for slot := range Block {
		if slot >= len(points) {
			for q := range d {
				panel[q*Block+slot] = panel[q*Block]
			}
			panel[d*Block+slot] = T(math.Inf(1))
			continue
		}
		sum := 0.0
		for q, v := range s.x.Row(int(points[slot])) {
			panel[q*Block+slot] = v
			sum += float64(v) * float64(v)
		}
		panel[d*Block+slot] = T(sum)
	}
}

func (s *search[T]) center(mean []float64, points []int32) {
	clear(mean)
	for _, i := range points {
		for q, v := range s.x.Row(int(i)) {
			mean[q] += float64(v) / float64(len(points))
		}
	}
}

// reach returns the largest distance of some points from a centre.
func (s *search[T]) reach(center []float64, points []int32) float64 {
	most := 0.0
	for _, i := range points {
		sum := 0.0
		for q, v := range s.x.Row(int(i)) {
			e := float64(v) - center[q]
			sum += e * e
		}
		most = max(most, sum)
	}
	return math.Sqrt(most)
}

func (s *search[T]) run(ctx context.Context) (*Lists[T], error) {
	n, k := s.x.Rows, s.o.K
	l := &Lists[T]{K: k, IDs: hugepage.Make[int32](n * k), Squares: hugepage.Make[T](n * k)}
	effort, err := s.settle(ctx, l)
	if err != nil {
		return nil, err
	}
	blocks := par.Tiles(n, Block)
	for round := range rounds {
		lo, hi := blocks*round/rounds, blocks*(round+1)/rounds
		err := par.For(ctx, s.threads, hi-lo, func(w, b int) {
			me := &s.workers[w]
			from, to := par.Span(lo+b, n, Block)
			s.look(me, s.line[from:to], effort)
			for c, i := range s.line[from:to] {
				me.found[c].write(l.IDs[int(i)*k:(int(i)+1)*k], l.Squares[int(i)*k:(int(i)+1)*k])
			}
		})
		if err != nil {
			return nil, err
		}
		if s.o.Progress != nil {
			s.o.Progress(hi, blocks)
		}
	}
	for w := range s.workers {
		l.Pairs += s.workers[w].pairs
	}
	return l, nil
}

// settle finds how many blocks of candidates are to be looked at, from some blocks of points that are compared with all.
func (s *search[T]) settle(ctx context.Context, l *Lists[T]) (int, error) {
	all, samples := len(s.workers[0].near), min(16, par.Tiles(s.x.Rows, Block))
	if s.o.Recall >= 1 {
		l.Recall = 1
		return all, nil
	}
	place := make([]int32, s.x.Rows)
	for c, i := range s.candidates {
		place[i] = int32(c / Block)
	}
	met := make([][]int, samples) // of each sample: neighbours found in the block that is looked at as the r-th
	err := par.For(ctx, s.threads, samples, func(w, t int) {
		me := &s.workers[w]
		g := rng.At(s.o.Seed, 0x52454341, uint64(t))
		from, to := par.Span(g.Below(par.Tiles(s.x.Rows, Block)), s.x.Rows, Block)
		s.look(me, s.line[from:to], all)
		rank, ids, squares := make([]int, all), make([]int32, s.o.K), make([]T, s.o.K)
		for r, b := range me.near {
			rank[b] = r
		}
		met[t] = make([]int, all)
		for c := range to - from {
			me.found[c].write(ids, squares)
			for _, j := range ids {
				met[t][rank[place[j]]]++
			}
		}
	})
	if err != nil {
		return 0, err
	}
	total, sum := 0, 0
	for _, counts := range met {
		for _, c := range counts {
			total += c
		}
	}
	for r := range all {
		for _, counts := range met {
			sum += counts[r]
		}
		if float64(sum) >= s.o.Recall*float64(total) {
			l.Recall = float64(sum) / float64(total)
			return max(r+1, par.Tiles(2*s.o.K, Block)), nil
		}
	}
	l.Recall = 1
	return all, nil
}

// look compares some points with as many of the nearest blocks of candidates as effort says.
func (s *search[T]) look(me *worker[T], points []int32, effort int) {
	d := s.x.Cols
	s.center(me.center, points)
	for b := range me.far {
		sum := 0.0
		for q, v := range s.centers.Row(b) {
			e := float64(v) - me.center[q]
			sum += e * e
		}
		me.far[b], me.near[b] = sum, int32(b)
	}
	effort = min(effort, len(me.near))
	nearest(me.near, me.far, effort)
	s.fill(me.query, points)
	if d > products {
		tile.Expand(me.left, me.left[d*Block:], me.query, make([]T, d))
	}
	for i := range me.limit {
		me.limit[i] = T(math.Inf(1))
		me.found[i].clear()
		if i >= len(points) {
			me.limit[i] = T(math.Inf(-1))
		}
	}
	reach, farthest := s.reach(me.center, points), math.Inf(1)
	for _, b := range me.near[:effort] {
		// No pair of points of two balls is nearer than the balls are; a thousandth is for the rounding of all of these.
		if gap := math.Sqrt(me.far[b])*0.999 - (reach+s.radius[b])*1.001; gap > farthest {
			continue
		}
		panel := s.panels[int(b)*s.size() : (int(b)+1)*s.size()]
		if d > products {
			tile.Products(me.tile, me.left, panel, d, me.left[d*Block:], panel[d*Block:], 0)
		} else {
			tile.Distances(me.tile, me.query, panel, d)
		}
		Below(me.mask[:], me.tile, me.limit)
		me.pairs += Block * Block
		first := int(b) * Block
		valid := ^uint64(0)
		if left := len(s.candidates) - first; left < Block {
			valid = 1<<left - 1
		}
		for i := range points {
			if mask := me.mask[i] & valid; mask != 0 {
				me.limit[i] = me.found[i].add(mask, me.tile[i*Block:(i+1)*Block], s.candidates[first:], me.limit[i])
			}
		}
		farthest = math.Sqrt(float64(slices.Max(me.limit[:len(points)])))
	}
}

// nearest puts the count nearest blocks first, in order of their distance and then of their number.
func nearest(blocks []int32, far []float64, count int) {
	if count < len(blocks) {
		keys := make([]float64, len(far))
		copy(keys, far)
		quickselect.Partition(keys, blocks, count, quickselect.Middle)
	}
	slices.SortFunc(blocks[:count], func(a, b int32) int {
		switch {
		case far[a] < far[b]:
			return -1
		case far[a] > far[b]:
			return 1
		}
		return int(a) - int(b)
	})
}

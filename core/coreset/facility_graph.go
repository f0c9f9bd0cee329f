package coreset

import (
	"context"
	"math"
	"slices"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// graphGround is a sparse matrix of similarities, a row for each client.
type graphGround[T core.Float, I int32 | int64] struct {
	n       int
	ptr     []I
	index   []I
	value   []T
	largest float64
	faced   []facing // of each candidate
	slab    hugepage.Slab
}

// Graph returns rows whose similarities are the entries of a sparse n x n matrix, none negative, kept by rows: entries
// index[p], value[p] for p from ptr[i] to ptr[i+1] are the candidates that may serve client i, in any order; those named twice are added up. It need not be symmetric.
// A client without a selected candidate gains nothing, counts in [Facilities].Uncovered, and has the assignment -1. The
// distance that losses are made of is what a similarity, or nothing, lacks of the largest one.
func Graph[T core.Float, I int32 | int64](n int, ptr, index []I, value []T) Ground {
	return &graphGround[T, I]{n: n, ptr: ptr, index: index, value: value}
}

func (g *graphGround[T, I]) Len() int { return g.n }

func (g *graphGround[T, I]) exact() string { return Neighbors }

// graph tells this ground from others: no engine but greedy selection on the graph applies.
func (g *graphGround[T, I]) graph() {}

func (g *graphGround[T, I]) check(_ context.Context, o *FacilityOptions) error {
	if g.n < 0 || len(g.ptr) != g.n+1 || g.ptr[0] != 0 {
		return errorf(core.ErrShape, "indptr of a graph of %d rows needs %d positions that begin with 0, got %d", g.n, g.n+1, len(g.ptr))
	}
	for i := range g.n {
		if g.ptr[i+1] < g.ptr[i] {
			return errorf(core.ErrShape, "indptr falls from %d to %d at row %d; it must not decrease", g.ptr[i], g.ptr[i+1], i)
		}
	}
	if count := int(g.ptr[g.n]); len(g.index) < count || len(g.value) < count {
		return errorf(core.ErrShape, "indptr announces %d entries, but there are %d indices and %d values", count, len(g.index), len(g.value))
	}
	sound, twice := g.survey(o)
	if !sound {
		return g.fault()
	}
	if twice {
		g.merge()
		if sound, _ = g.survey(o); !sound {
			return errorf(core.ErrNotFinite, "similarities of the same place add up to more than the largest number")
		}
	}
	if o.Engine != Auto && o.Engine != Neighbors && o.Engine != Decremental && o.Engine != Lazy {
		return errorf(core.ErrOption, "engine %q cannot select on a graph; use auto", o.Engine)
	}
	return nil
}

// survey looks once at every entry, counts the clients of candidates and adds up their gains over nothing. It returns whether all
// entries are possible, and whether some come twice.
func (g *graphGround[T, I]) survey(o *FacilityOptions) (sound, twice bool) {
	finite := T(math.MaxFloat32)
	if elementSize[T]() == 8 {
		finite = T(math.Nextafter(math.Inf(1), 0))
	}
	// The arrays of the selection, each too small for large pages, of which a first touch takes longer than their use.
	slab := hugepage.NewSlab(g.n * int(unsafe.Sizeof(facing{})+unsafe.Sizeof(service[T]{})+unsafe.Sizeof(int32(0))))
	faced, largest := hugepage.Cut[facing](&slab, g.n), T(0)
	for i := range g.n {
		weight, row := 1.0, int32(i+1)
		if o.ClientWeights != nil {
			weight = o.ClientWeights[i]
		}
		columns, values := g.index[g.ptr[i]:g.ptr[i+1]], g.value[g.ptr[i]:g.ptr[i+1]]
		values = values[:len(columns)]
		for e, j := range columns {
			v := values[e]
			if !(v >= 0 && v <= largest) {
				if !(v >= 0 && v <= finite) {
					return false, false
				}
				largest = v
			}
			if uint64(j) >= uint64(len(faced)) {
				return false, false
			}
			f := &faced[j]
			if f.last == row {
				twice = true
			}
			f.gain += weight * float64(v)
			f.count++
			f.last = row
		}
	}
	g.faced, g.largest, g.slab = faced, float64(largest), slab
	return true, twice
}

// fault says what is wrong with the first impossible entry.
func (g *graphGround[T, I]) fault() error {
	for i := range g.n {
		for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
			switch v, j := g.value[p], g.index[p]; {
			case j < 0 || int(j) >= g.n:
				return errorf(core.ErrShape, "row %d of the graph has column %d; it must be in [0, %d)", i, j, g.n)
			case v-v != 0:
				return errorf(core.ErrNotFinite, "the similarity at row %d, column %d is %v", i, j, v)
			case v < 0:
				return errorf(core.ErrOption, "the similarity at row %d, column %d is %v; similarities must not be negative", i, j, v)
			}
		}
	}
	return nil
}

// merge adds up entries of the same place, in a copy.
func (g *graphGround[T, I]) merge() {
	ptr, index, value := make([]I, g.n+1), make([]I, 0, len(g.index)), make([]T, 0, len(g.value))
	place := make([]int, g.n) // where the last entry of a column is, plus 1
	for i := range g.n {
		for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
			j := g.index[p]
			if at := place[j]; at > int(ptr[i]) {
				value[at-1] += g.value[p]
				continue
			}
			index, value = append(index, j), append(value, g.value[p])
			place[j] = len(index)
		}
		ptr[i+1] = I(len(index))
	}
	g.ptr, g.index, g.value = ptr, index, value
}

func (g *graphGround[T, I]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	n := g.n
	var place []int32 // in the group, plus 1
	if ids != nil {
		n, place = len(ids), make([]int32, g.n)
		for c, i := range ids {
			place[i] = int32(c + 1)
		}
	}
	s := &sparseGreedy[T, I]{ctx: ctx, n: n, ptr: g.ptr, offset: g.largest, sign: -1, mirrored: true}
	if o.ClientWeights != nil {
		s.weights = clientWeights[T](o, ids, n)
	}
	if ids == nil {
		s.faced = g.faced
		if o.Costs != nil { // which are selected with twice
			s.faced = slices.Clone(s.faced)
		} else {
			s.slab = g.slab
		}
		if columns, ok := any(g.index).([]int32); ok {
			s.candidate, s.value = columns[:s.ptr[n]], g.value[:s.ptr[n]]
			return s, nil
		}
	} else {
		s.ptr = make([]I, n+1)
		for c, i := range ids {
			s.ptr[c+1] = s.ptr[c] + g.ptr[i+1] - g.ptr[i]
			for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
				if place[g.index[p]] == 0 {
					s.ptr[c+1]--
				}
			}
		}
	}
	s.candidate, s.value = hugepage.Make[int32](int(s.ptr[n])), hugepage.Make[T](int(s.ptr[n]))
	err := par.For(ctx, o.Threads, par.Tiles(n, 4096), func(_, t int) {
		lo, hi := par.Span(t, n, 4096)
		for c := lo; c < hi; c++ {
			at := s.ptr[c]
			i := rowOf(ids, c)
			for p := g.ptr[i]; p < g.ptr[i+1]; p++ {
				j := int32(g.index[p])
				if place != nil {
					if j = place[j] - 1; j < 0 {
						continue
					}
				}
				s.candidate[at], s.value[at] = j, g.value[p]
				at++
			}
		}
	})
	return s, err
}

func (g *graphGround[T, I]) effort(n int) (bytes, perPair float64) {
	entries := float64(len(g.index))
	return entries*float64(2*(4+elementSize[T]())) + float64(n)*48, entries * 5e-9 / (float64(n) * float64(n))
}

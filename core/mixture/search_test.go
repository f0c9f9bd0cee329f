package mixture

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func TestSorterIsAStableSort(t *testing.T) {
	for _, p := range []struct{ n, keys, stride int }{{1, 1, 1}, {5, 9, 3}, {100, 3, 2}, {20_000, 50, 1}, {40_000, 2, 3}} {
		draw := rng.At(uint64(p.n))
		key := make([]uint32, p.n*p.stride)
		for i := range key {
			key[i] = uint32(draw.Below(p.keys))
		}
		src := make([]uint32, p.n)
		for to, from := range rng.New(3).Perm(p.n) {
			src[to] = uint32(from)
		}
		natural := make([]uint32, p.n)
		for i := range natural {
			natural[i] = uint32(i)
		}
		for _, from := range [][]uint32{nil, src} {
			want := slices.Clone(natural)
			if from != nil {
				want = slices.Clone(from)
			}
			of := func(i uint32) uint32 { return key[int(i)*p.stride] }
			sort.SliceStable(want, func(i, j int) bool { return of(want[i]) < of(want[j]) })
			for _, threads := range []int{1, 4} {
				var s sorter
				got := make([]uint32, p.n)
				for range 2 { // the second time in used memory
					require.NoError(t, s.points(background, got, from, p.n, key, p.stride, p.keys, threads))
					require.Equal(t, want, got)
				}
				for k := range p.keys {
					for _, i := range got[s.start[k]:s.start[k+1]] {
						require.EqualValues(t, k, of(i))
					}
				}
				require.Equal(t, p.n, s.start[p.keys])
			}
		}
	}
}

func TestLeadersAreTheBestOfEachLane(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		t.Run("float32", bestOfEachLane[float32])
		t.Run("float64", bestOfEachLane[float64])
	})
}

func bestOfEachLane[T core.Float](t *testing.T) {
	lanes := panel.Lanes[T]()
	draw := rng.At(1)
	for _, p := range []struct{ k, n, block int }{{1, 1, 1}, {1, 40, 40}, {3, 40, 7}, {5, 5, 2}, {15, 300, 256}} {
		l := make([]T, p.n*lanes)
		for i := range l {
			l[i] = T(draw.Below(50)) // many equal values
		}
		b := newLeaders[T](p.k)
		for range 2 { // the second time after a reset
			b.reset()
			for lo := 0; lo < p.n; lo += p.block {
				hi := min(lo+p.block, p.n)
				b.add(l[lo*lanes:hi*lanes], hi-lo, uint32(lo))
			}
			for lane := range lanes {
				column := make([]float64, p.n)
				for i := range column {
					column[i] = float64(l[i*lanes+lane])
				}
				for r, i := range ref.TopK(column, p.k) {
					require.EqualValues(t, i, b.index[r*lanes+lane])
					require.EqualValues(t, column[i], b.value[r*lanes+lane])
				}
			}
		}
	}
}

// Fewer rows than entries leave the rest at minus infinity, and NaN is never chosen.
func TestLeadersOfTooFewRows(t *testing.T) {
	lanes := panel.Lanes[float64]()
	b := newLeaders[float64](3)
	b.reset()
	l := make([]float64, 2*lanes)
	for lane := range lanes {
		l[lane], l[lanes+lane] = math.NaN(), -5
	}
	b.add(l, 2, 10)
	for lane := range lanes {
		require.EqualValues(t, 11, b.index[lane])
		require.Equal(t, -5.0, b.value[lane])
		require.True(t, math.IsInf(b.value[lanes+lane], -1))
	}
}

func TestThresholdIsBelowTheBest(t *testing.T) {
	for _, best := range []float64{0, 1, -3, 1e6, -1e6, -5e8, -3e9, -1e30, 1e30} {
		require.Less(t, justBelow(best, -36.0), best)
		require.Less(t, justBelow(float32(best), -16), float32(best))
		require.LessOrEqual(t, justBelow(best, -36.0), best-36+1e-9*math.Abs(best))
	}
}

// steps runs a truncated fit and calls check after each E-step.
func steps(t *testing.T, o Options, iterations int, check func(s *search, e *estep[float64], iteration int)) {
	t.Helper()
	x := matrix[float64](draw(truth(1, 40, 4, 1, 0.7), 2, 1200), 4)
	o.CovarianceType, o.Factors, o.Algorithm = Factor, 1, "truncated"
	o = o.withDefaults()
	f, err := newFit(background, x, &o)
	require.NoError(t, err)
	s := newSearch(f.d.n, o.Components, &o)
	p, err := f.initialise(background, s, 1)
	require.NoError(t, err)
	e, m := newEstep(f.d, s, f.k, 1, 2), newMstep(f.d, f.k, &o)
	e.m = m
	for it := range iterations {
		require.NoError(t, f.k.prepare(background, p, 1))
		_, _, err := e.run(background, p, it)
		require.NoError(t, err)
		check(s, e, it)
		require.NoError(t, m.run(background, p, e.pairs))
	}
}

func TestGraphRowsBeginWithTheirComponentAndHoldNoDuplicates(t *testing.T) {
	for _, g := range []int{1, 2, 15, 40} {
		steps(t, Options{Components: 40, Neighbors: g}, 5, func(s *search, _ *estep[float64], it int) {
			for c := range s.C {
				row := s.neighborsOf(uint32(c))
				require.Len(t, row, g)
				require.EqualValues(t, c, row[0])
				sorted := slices.Sorted(slices.Values(row))
				require.Len(t, slices.Compact(sorted), g, "G = %d, iteration %d, component %d: %v", g, it, c, row)
				require.Less(t, sorted[g-1], uint32(s.C))
			}
		})
	}
}

func TestCandidatesAreTheBestOfTheSearchSpace(t *testing.T) {
	const keep = 3
	var last []uint32
	steps(t, Options{Components: 40, Candidates: keep, Neighbors: 6}, 5, func(s *search, e *estep[float64], it int) {
		evaluate := densities(e)
		for i := range s.n {
			set := s.candidates[i*keep : (i+1)*keep]
			l := evaluate[i]
			require.GreaterOrEqual(t, l[set[0]], l[set[1]])
			require.GreaterOrEqual(t, l[set[1]], l[set[2]])
			require.True(t, set[0] != set[1] && set[1] != set[2] && set[0] != set[2])
			if last == nil {
				continue
			}
			// The earlier candidates were in the search space, so the r-th best cannot have become worse.
			before := make([]float64, keep)
			for r, c := range last[i*keep : (i+1)*keep] {
				before[r] = l[c]
			}
			slices.SortFunc(before, func(a, b float64) int { return -int(math.Copysign(1, a-b)) })
			for r, c := range set {
				require.GreaterOrEqual(t, l[c], before[r])
			}
		}
		last = slices.Clone(s.candidates)
	})
}

// densities evaluates every component at every point.
func densities(e *estep[float64]) [][]float64 {
	lanes, dp := panel.Lanes[float64](), panel.Pad[float64](e.k.D)
	all := make([]uint32, e.s.C)
	for c := range all {
		all[c] = uint32(c)
	}
	rows, x, l := make([]float64, lanes*dp), make([]float64, lanes*dp), make([]float64, e.s.C*lanes)
	out := make([][]float64, e.s.n)
	for p := range par.Tiles(e.s.n, lanes) {
		lo, hi := par.Span(p, e.s.n, lanes)
		var points []uint32
		for i := lo; i < hi; i++ {
			points = append(points, uint32(i))
		}
		e.d.gather(rows, dp, points)
		panel.Transpose(x, rows, dp)
		panel.Evaluate(l, x, e.k.D, e.k.H, e.k.vec, e.k.c0, all)
		for lane := range points {
			out[lo+lane] = make([]float64, e.s.C)
			for c := range e.s.C {
				out[lo+lane][c] = l[c*lanes+lane]
			}
		}
	}
	return out
}

func TestSearchSpaceHoldsTheCandidatesAndTheNeighbours(t *testing.T) {
	steps(t, Options{Components: 40, Neighbors: 6, Explore: 2}, 3, func(s *search, _ *estep[float64], it int) {
		set, draw := newStamps(s.C), rng.At(uint64(it))
		require.NoError(t, s.sort(background, 1))
		for c := range s.C {
			points := s.order[s.byBest.start[c]:s.byBest.start[c+1]]
			if points = points[:min(8, len(points))]; len(points) == 0 {
				continue
			}
			s.space(set, points, it, &draw)
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(set.ids))), len(set.ids), "duplicates")
			for _, i := range points {
				require.Subset(t, set.ids, s.candidates[int(i)*s.keep:(int(i)+1)*s.keep])
			}
			require.Subset(t, set.ids, s.neighborsOf(s.candidates[int(points[0])*s.keep]))
			require.LessOrEqual(t, len(set.ids), 8*s.keep+2*s.neighbors+s.explore)
		}
	})
}

func TestExplorationReachesEveryComponent(t *testing.T) {
	steps(t, Options{Components: 40, Neighbors: 1, Candidates: 1, Explore: 2}, 1, func(s *search, _ *estep[float64], _ int) {
		set, draw, seen := newStamps(s.C), rng.At(1), newStamps(s.C)
		seen.reset()
		points := s.order[:1]
		for it := range 1000 {
			s.space(set, points, it, &draw)
			for _, c := range set.ids {
				seen.add(c)
			}
		}
		require.Len(t, seen.ids, s.C)
	})
}

// g_c is c and the components of smallest mean l_nc - l_nk + log pi_k - log pi_c; unscored neighbours fill up.
func TestGraphHoldsTheNearestComponents(t *testing.T) {
	const C, G = 12, 5
	r := rng.New(1)
	logPi := make([]float64, C)
	for c := range logPi {
		logPi[c] = math.Log(0.01 + r.Float64())
	}
	s := newSearch(C, C, &Options{Algorithm: "truncated", Candidates: 1, Neighbors: G})
	for c := range uint32(C) {
		for i := range uint32(G) {
			s.neighborsOf(c)[i] = (c + i) % C
		}
	}
	var tasks []task
	distance := make([]map[uint32]float64, C)
	for c := range uint32(C - 1) { // the last has no points
		sum, count := map[uint32]float64{}, map[uint32]float64{}
		for range 1 + c%3 {
			next := task{component: c}
			for k := range uint32(C) {
				if c < 2 && k > 2 {
					continue // fewer scores than places
				}
				v := score{id: k, count: uint32(1 + r.IntN(5)), sum: 10 * r.Float64()}
				next.scores = append(next.scores, v)
				sum[k], count[k] = sum[k]+v.sum, count[k]+float64(v.count)
			}
			tasks = append(tasks, next)
		}
		distance[c] = map[uint32]float64{}
		for k := range sum {
			distance[c][k] = sum[k]/count[k] + logPi[k] - logPi[c]
		}
	}
	before := slices.Clone(s.graph)
	rankers := []*ranker{newRanker(C, G), newRanker(C, G)}
	require.NoError(t, s.updateGraph(background, tasks, logPi, 2, rankers))
	for c := range uint32(C) {
		old, got := before[c*G:(c+1)*G], s.neighborsOf(c)
		want := []uint32{c}
		var scored []uint32
		for k := range distance[c] {
			if k != c {
				scored = append(scored, k)
			}
		}
		sort.Slice(scored, func(i, j int) bool { return distance[c][scored[i]] < distance[c][scored[j]] })
		want = append(want, scored[:min(G-1, len(scored))]...)
		for _, k := range old {
			if len(want) < G && !slices.Contains(want, k) {
				want = append(want, k)
			}
		}
		require.Equal(t, want, got, "component %d", c)
	}
}

// Points are visited by best candidate, then by second.
func TestOrderOfVisits(t *testing.T) {
	steps(t, Options{Components: 40}, 2, func(s *search, _ *estep[float64], _ int) {
		require.NoError(t, s.sort(background, 2))
		require.True(t, slices.IsSortedFunc(s.order, func(a, b uint32) int {
			return slices.Compare(s.candidates[int(a)*s.keep:int(a)*s.keep+2], s.candidates[int(b)*s.keep:int(b)*s.keep+2])
		}))
	})
}

func TestPosteriorsOfAnEStepSumToOne(t *testing.T) {
	steps(t, Options{Components: 40}, 3, func(s *search, e *estep[float64], _ int) {
		m := e.m
		sum := make([]float64, s.n)
		require.NoError(t, m.sort(background, e.everyPair(nil), true))
		for c := range s.C {
			for j := m.list.start[c]; j < m.list.start[c+1]; j++ {
				i := int(m.point[j])
				require.Contains(t, s.candidates[i*s.keep:(i+1)*s.keep], uint32(c))
				sum[i] += m.q[j]
			}
		}
		for i, v := range sum {
			require.InDelta(t, 1, v, 1e-12, fmt.Sprint("point ", i))
		}
	})
}

// After 2^32 sets, old marks must not look current.
func TestStampsSurviveTheirCounter(t *testing.T) {
	s := newStamps(4)
	s.reset() // tick 1
	s.add(2)
	s.tick = math.MaxUint32
	s.reset()
	s.add(2)
	s.add(2)
	s.add(3)
	require.Equal(t, []uint32{2, 3}, s.ids)
}

// Iterations find all their room in that of earlier ones.
func TestIterationsAllocateNothing(t *testing.T) {
	for _, o := range []Options{
		{Components: 40, Factors: 6},
		{Components: 40, CovarianceType: Diag},
		{Components: 40, Factors: 1, Family: StudentT},
	} {
		for _, threads := range []int{1, 2} {
			o.Algorithm, o.Threads = "truncated", threads
			it := newIteration(t, matrix[float32](draw(truth(1, 40, 8, 1, 1), 2, 3000), 8), o)
			for range 30 {
				it.step()
			}
			require.Zero(t, testing.AllocsPerRun(20, func() { it.step() }), "%d factors, family %q, %d threads", o.Factors, o.Family, threads)
		}
	}
}

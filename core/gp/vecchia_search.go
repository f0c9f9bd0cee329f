package gp

import (
	"cmp"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/par"
)

// leafPoints is how many points of a ranked tree are looked at without further ado.
const leafPoints = 16

// rankedTree finds for each point the nearest ones of lower rank. It halves the points as [halved] does.
type rankedTree struct {
	m     int
	perm  []int32   // index of each place
	ranks []int32   // of places; those of a leaf ascend
	z     []float64 // n x m: weighted features of places, the widest first
	nodes []treeNode
	boxes []float64 // of nodes: m lower and m upper corners
}

// treeNode is a run of places.
type treeNode struct {
	lo, hi int32
	first  int32 // the least rank
	right  int32 // node of the second half, 0 in leaves; the first half comes next
}

// newRankedTree is for points of the given ranks, a permutation, with distances of weighted features.
func newRankedTree(x points, weight []float64, ranks []int32, threads int) *rankedTree {
	t := &rankedTree{perm: halved(x, weight, leafPoints, threads)}
	used := byExtent(x, weight)
	t.m = len(used)
	t.arrange(0, x.n, ranks)
	t.ranks, t.z = make([]int32, x.n), make([]float64, x.n*t.m)
	_ = par.For(nil, threads, par.Tiles(x.n, blockSize), func(_, tile int) { // no context, no error
		row := make([]float64, x.d)
		lo, hi := par.Span(tile, x.n, blockSize)
		for i := lo; i < hi; i++ {
			x.row(int(t.perm[i]), row)
			for k, q := range used {
				t.z[i*t.m+k] = row[q] * weight[q]
			}
			t.ranks[i] = ranks[t.perm[i]]
		}
	})
	t.grow(0, x.n)
	return t
}

// arrange sorts the places of each leaf of [lo, hi) by rank.
func (t *rankedTree) arrange(lo, hi int, ranks []int32) {
	if hi-lo <= leafPoints {
		slices.SortFunc(t.perm[lo:hi], func(a, b int32) int { return cmp.Compare(ranks[a], ranks[b]) })
		return
	}
	mid := lo + splitPoint(hi-lo)
	t.arrange(lo, mid, ranks)
	t.arrange(mid, hi, ranks)
}

// grow adds the node of the places [lo, hi) and those below it, and returns its number.
func (t *rankedTree) grow(lo, hi int) int32 {
	at, m := int32(len(t.nodes)), t.m
	t.nodes = append(t.nodes, treeNode{lo: int32(lo), hi: int32(hi), first: math.MaxInt32})
	t.boxes = append(t.boxes, make([]float64, 2*m)...)
	box := func(k int32) []float64 { return t.boxes[int(k)*2*m : (int(k)+1)*2*m] }
	if hi-lo <= leafPoints {
		t.nodes[at].first = t.ranks[lo]
		b := box(at)
		copy(b[:m], t.z[lo*m:(lo+1)*m])
		copy(b[m:], b[:m])
		for i := lo; i < hi; i++ {
			for q, v := range t.z[i*m : (i+1)*m] {
				b[q], b[m+q] = min(b[q], v), max(b[m+q], v)
			}
		}
		return at
	}
	mid := lo + splitPoint(hi-lo)
	left, right := t.grow(lo, mid), t.grow(mid, hi)
	t.nodes[at].right = right
	t.nodes[at].first = min(t.nodes[left].first, t.nodes[right].first)
	a, b, c := box(at), box(left), box(right)
	for q := range m {
		a[q], a[m+q] = min(b[q], c[q]), max(b[m+q], c[m+q])
	}
	return at
}

// nearest is a search for the neighbors of one point.
type nearest struct {
	t     *rankedTree
	count int
	z     []float64
	rank  int32
	ids   []int32 // places, the nearest first
	away  []float64
}

// of returns the places of at most count points nearest to that of place i among those of lower rank, the nearest first. They are
// valid until the next call.
func (s *nearest) of(i int) []int32 {
	s.z, s.rank = s.t.z[i*s.t.m:(i+1)*s.t.m], s.t.ranks[i]
	s.ids, s.away = s.ids[:0], s.away[:0]
	s.look(0, 0)
	return s.ids
}

// look goes through a node, which is at the given squared distance.
func (s *nearest) look(k int32, away float64) {
	n := &s.t.nodes[k]
	if n.first >= s.rank || len(s.ids) == s.count && away >= s.away[s.count-1] {
		return
	}
	if n.right == 0 {
		for i := n.lo; i < n.hi && s.t.ranks[i] < s.rank; i++ {
			s.meet(i)
		}
		return
	}
	left, right := k+1, n.right
	a, b := s.gap(left), s.gap(right)
	if b < a {
		left, right, a, b = right, left, b, a
	}
	s.look(left, a)
	s.look(right, b)
}

// gap returns the squared distance of the box of a node.
func (s *nearest) gap(k int32) float64 {
	m := s.t.m
	box := s.t.boxes[int(k)*2*m : (int(k)+1)*2*m]
	sum := 0.0
	for q, v := range s.z {
		if e := max(box[q]-v, v-box[m+q]); e > 0 {
			sum += e * e
		}
	}
	return sum
}

// meet takes a point in if it is near enough.
func (s *nearest) meet(i int32) {
	m := s.t.m
	most := math.Inf(1)
	if len(s.ids) == s.count {
		most = s.away[s.count-1]
	}
	sum := 0.0
	other := s.t.z[int(i)*m : (int(i)+1)*m]
	for lo := 0; lo < m; lo += 4 {
		for q := lo; q < min(lo+4, m); q++ {
			e := s.z[q] - other[q]
			sum += e * e
		}
		if sum >= most {
			return
		}
	}
	if len(s.ids) < s.count {
		s.ids, s.away = append(s.ids, 0), append(s.away, 0)
	} else if sum >= most {
		return
	}
	k := len(s.ids) - 1
	for ; k > 0 && s.away[k-1] > sum; k-- {
		s.ids[k], s.away[k] = s.ids[k-1], s.away[k-1]
	}
	s.ids[k], s.away[k] = i, sum
}

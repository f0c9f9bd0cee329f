package choice

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Sizes of tiles: as many situations as keep the columns of a tile near the first-level cache, within limits.
const (
	tileBytes           = 32 << 10
	fewLanes, mostLanes = 32, 256
	mostPadding         = 1.25 // alternatives of a group, absent ones included, by those of its smallest situation
	mostChunks          = 64   // partial sums over tiles that are kept apart
)

// group holds situations with about as many alternatives each. A lane is a situation; a cell is a lane of one of the
// alternatives that were not chosen, alternative after alternative. Column p of the group is values[data+p*cells:][:cells].
type group struct {
	lanes, cells int
	data         int // place in layout.values
	lane, cell   int // places among those of the tile
	mask         int // place in layout.masks of the logarithms of 1 and 0 of the cells; -1: none is absent
}

// tile is persons [lo, hi) with all their situations.
type tile struct {
	lo, hi       int
	lanes, cells int
	groups       []group
	owner        []int32   // the person of each lane, counted from lo
	exponent     []float64 // omega of each lane; nil: 1
}

// layout is the survey as the kernels read it: differences from the alternative chosen, in units of scale.
type layout struct {
	columns                        int
	tiles                          []tile
	chunks                         int
	values, masks                  []float64
	maxLanes, maxCells, maxPersons int
	persons, situations, rows      int
	scale                          []float64 // P
	unit                           []float64 // P: one over scale, or 0
	weight                         []float64 // N: of persons; nil: 1
	z, zScale                      []float64 // N x Q, in units of zScale; Q = 1 is the constant, not stored
	q                              int
	total                          float64   // sum of w_n
	null                           float64   // log-likelihood of equal probabilities
	ones                           []float64 // as many as there are lanes
	id                             []int64   // N: the persons' numbers
}

// newLayout cuts the ordered survey into tiles.
func newLayout[T core.Float](s *Survey[T], o *order) *layout {
	l := &layout{columns: s.X.Cols, persons: o.persons(), situations: len(o.situations), rows: len(o.rows), q: 1 + s.Membership.Cols}
	l.scale = differences(s, o)
	l.unit = make([]float64, l.columns)
	for p, v := range l.scale {
		if v > 0 {
			l.unit[p] = 1 / v
		}
	}
	l.describePersons(s, o)
	lanes := int(tileBytes / (8 * float64(l.columns) * float64(l.rows-l.situations) / float64(l.situations)))
	lanes = min(max(lanes, fewLanes), mostLanes)
	l.values = make([]float64, 0, (l.rows-l.situations)*l.columns)
	for lo := 0; lo < l.persons; {
		hi, n := lo, 0
		for hi < l.persons && n < lanes {
			n += int(o.first[hi+1] - o.first[hi])
			hi++
		}
		addTile(l, s, o, lo, hi)
		lo = hi
	}
	l.ones = make([]float64, l.maxLanes)
	for i := range l.ones {
		l.ones[i] = 1
	}
	l.chunks = min(len(l.tiles), mostChunks)
	return l
}

// differences returns the root of half the mean square of each column's differences from the alternative chosen: the standard
// deviation within choice sets. It is 0 for a column that is the same in all of each.
func differences[T core.Float](s *Survey[T], o *order) []float64 {
	scale := make([]float64, s.X.Cols)
	for _, t := range o.situations {
		base := s.X.Row(int(o.rows[t.chosen]))
		for _, row := range o.rows[t.lo:t.hi] {
			for p, v := range s.X.Row(int(row)) {
				d := float64(v) - float64(base[p])
				scale[p] += d * d
			}
		}
	}
	for p := range scale {
		scale[p] = math.Sqrt(scale[p] / float64(2*(len(o.rows)-len(o.situations))))
	}
	return scale
}

// describePersons collects what there is one of per person, and the likelihood of equal probabilities.
func (l *layout) describePersons(s interface {
	personal(i int, z []float64) (id int64, weight float64)
	weighted() (persons, situations bool)
	exponent(i int) float64
}, o *order) {
	if weighted, _ := s.weighted(); weighted {
		l.weight = make([]float64, l.persons)
	}
	l.id = make([]int64, l.persons)
	l.zScale = make([]float64, l.q)
	if l.q > 1 {
		l.z = make([]float64, l.persons*l.q)
	}
	z := make([]float64, l.q)
	size, log := int32(0), 0.0
	for n := range l.persons {
		t := o.situations[o.first[n]]
		id, w := s.personal(int(o.rows[t.lo]), z)
		l.id[n] = id
		l.total += w
		if l.weight != nil {
			l.weight[n] = w
		}
		if l.q > 1 {
			copy(l.z[n*l.q:], z)
		}
		for i := range z {
			l.zScale[i] += z[i] * z[i] / float64(l.persons)
		}
		for _, t := range o.situations[o.first[n]:o.first[n+1]] {
			if size != t.hi-t.lo {
				size = t.hi - t.lo
				log = math.Log(float64(size))
			}
			l.null -= w * s.exponent(int(o.rows[t.lo])) * log
		}
	}
	for i := range l.zScale {
		if l.zScale[i] = math.Sqrt(l.zScale[i]); l.zScale[i] == 0 {
			l.zScale[i] = 1
		}
	}
	for i := range l.z {
		l.z[i] /= l.zScale[i%l.q]
	}
}

// personal writes 1 and the membership covariates of row i to z.
func (s *Survey[T]) personal(i int, z []float64) (id int64, weight float64) {
	z[0] = 1
	if len(z) > 1 {
		for j, v := range s.Membership.Row(i) {
			z[1+j] = float64(v)
		}
	}
	weight = 1
	if s.Weight != nil {
		weight = s.Weight[i]
	}
	return s.person(i), weight
}

func (s *Survey[T]) weighted() (persons, situations bool) { return s.Weight != nil, s.Exponent != nil }

func (s *Survey[T]) exponent(i int) float64 {
	if s.Exponent == nil {
		return 1
	}
	return s.Exponent[i]
}

// addTile appends persons [lo, hi). Situations are grouped by their number of alternatives, so that few cells are absent.
func addTile[T core.Float](l *layout, s *Survey[T], o *order, lo, hi int) {
	t := tile{lo: lo, hi: hi}
	all := slices.Clone(o.situations[o.first[lo]:o.first[hi]])
	slices.SortStableFunc(all, func(a, b situation) int { return int(a.hi-a.lo) - int(b.hi-b.lo) })
	for from := 0; from < len(all); {
		least := float64(all[from].hi - all[from].lo - 1)
		to := from
		for to < len(all) && float64(all[to].hi-all[to].lo-1) <= mostPadding*least {
			to++
		}
		g := addGroup(l, s, o, all[from:to])
		g.lane, g.cell = t.lanes, t.cells
		t.lanes, t.cells = t.lanes+g.lanes, t.cells+g.cells
		t.groups = append(t.groups, g)
		from = to
	}
	t.owner = make([]int32, t.lanes)
	if s.Exponent != nil {
		t.exponent = make([]float64, t.lanes)
	}
	for i, v := range all {
		t.owner[i] = v.person - int32(lo)
		if t.exponent != nil {
			t.exponent[i] = s.exponent(int(o.rows[v.lo]))
		}
	}
	l.tiles = append(l.tiles, t)
	l.maxLanes, l.maxCells, l.maxPersons = max(l.maxLanes, t.lanes), max(l.maxCells, t.cells), max(l.maxPersons, hi-lo)
}

// addGroup appends the columns of situations sorted by their number of alternatives.
func addGroup[T core.Float](l *layout, s *Survey[T], o *order, all []situation) group {
	others := int(all[len(all)-1].hi-all[len(all)-1].lo) - 1
	g := group{lanes: len(all), cells: others * len(all), data: len(l.values), mask: -1}
	l.values = append(l.values, make([]float64, l.columns*g.cells)...)
	if int(all[0].hi-all[0].lo)-1 < others {
		g.mask = len(l.masks)
		l.masks = append(l.masks, make([]float64, g.cells)...)
	}
	for lane, t := range all {
		base := s.X.Row(int(o.rows[t.chosen]))
		cell := lane
		for i := t.lo; i < t.hi; i++ {
			if i == t.chosen {
				continue
			}
			at := g.data + cell
			for p, v := range s.X.Row(int(o.rows[i])) {
				l.values[at] = (float64(v) - float64(base[p])) * l.unit[p]
				at += g.cells
			}
			cell += g.lanes
		}
		for ; cell < g.cells; cell += g.lanes {
			l.masks[g.mask+cell] = math.Inf(-1)
		}
	}
	return g
}

// personWeight is w_n.
func (l *layout) personWeight(n int) float64 {
	if l.weight == nil {
		return 1
	}
	return l.weight[n]
}

// covariates is z_n.
func (l *layout) covariates(n int) []float64 {
	if l.q == 1 {
		return one[:]
	}
	return l.z[n*l.q : (n+1)*l.q]
}

var one = [1]float64{1}

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
	mostPadding         = 1.25 // cells of a group, absent ones included, by those there are
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
	owner        []int32   // the person of each lane, counted from lo; nil: lane n is the one of person n
	first        []int32   // where the lanes of each person begin, and their number; nil: lanes are sorted by alternatives
	exponent     []float64 // omega of each lane; nil: 1
}

func (t *tile) persons() int { return t.hi - t.lo }

// layout is the survey as the kernels read it: differences from the alternative chosen, in units of scale.
type layout struct {
	columns                        int
	tiles                          []tile
	values, masks                  []float64
	maxLanes, maxCells, maxPersons int
	persons, situations, rows      int
	scale                          []float64 // P
	unit                           []float64 // P: one over scale, or 0
	products                       []float64 // P x P, lower triangle: of columns before they are divided by scale
	weight                         []float64 // N: of persons; nil: 1
	z, zScale                      []float64 // Q columns of the persons of each tile, tile after tile, in units of zScale
	q                              int
	total                          float64   // sum of w_n
	null                           float64   // log-likelihood of equal probabilities
	ones                           []float64 // as many as a tile has cells, lanes or persons
	id                             []int64   // N: the persons' numbers
}

// newLayout cuts the ordered survey into tiles. It refuses values of x that are not finite, by the names of their columns. It takes
// its memory from b, and leaves there what it and the order have grown to.
func newLayout[T core.Float](s *Survey[T], o *order, columns []string, b *buffers) (*layout, error) {
	l := &layout{columns: s.X.Cols, persons: o.persons(), situations: len(o.situations), rows: len(o.rows), q: 1 + s.Membership.Cols}
	z := l.describePersons(s, o)
	lanes := int(tileBytes / (8 * float64(l.columns) * float64(l.rows-l.situations) / float64(l.situations)))
	lanes = min(max(lanes, fewLanes), mostLanes)
	size := 0
	var lists [][]situation
	for lo := 0; lo < l.persons; {
		hi, n := lo, 0
		for hi < l.persons && n < lanes {
			n += int(o.first[hi+1] - o.first[hi])
			hi++
		}
		t, list := newTile(s, o, lo, hi)
		for i := range t.groups {
			t.groups[i].data = size
			size += t.groups[i].cells * l.columns
		}
		l.tiles, lists = append(l.tiles, t), append(lists, list)
		l.maxLanes, l.maxCells, l.maxPersons = max(l.maxLanes, t.lanes), max(l.maxCells, t.cells), max(l.maxPersons, hi-lo)
		lo = hi
	}
	l.orderCovariates(z)
	l.values = room(b.values, size)
	b.rows, b.situations, b.first, b.values = o.rows, o.situations, o.first, l.values
	ones := make([]float64, max(l.maxCells, l.maxLanes, l.maxPersons))
	for i := range ones {
		ones[i] = 1
	}
	l.ones = ones
	l.scale, l.unit, l.products = make([]float64, l.columns), make([]float64, l.columns), make([]float64, l.columns*l.columns)
	spent := make([]float64, l.columns*l.maxLanes)
	for i, t := range l.tiles {
		for j := range t.groups {
			g := &t.groups[j]
			fill(l, s, o, g, lists[i][g.lane:][:g.lanes])
			gram(l.products, l.columns, 1, ones[:g.cells], l.values[g.data:][:l.columns*g.cells], spent[:l.columns*g.lanes])
		}
	}
	for p := range l.scale {
		l.scale[p] = l.products[p*(l.columns+1)]
		if l.scale[p]-l.scale[p] == 0 {
			continue
		}
		if err := s.checkFinite("x", s.X, columns); err != nil {
			return nil, err
		}
	}
	l.rescale()
	return l, nil
}

// rescale turns the sums of squares in scale into the root of half the mean square of each column's differences from the
// alternative chosen, the standard deviation within choice sets, and divides the columns by it. It is 0 for a column that
// is the same in all of each set.
func (l *layout) rescale() {
	for p := range l.scale {
		l.scale[p] = math.Sqrt(l.scale[p] / float64(2*(l.rows-l.situations)))
		if l.scale[p] > 0 {
			l.unit[p] = 1 / l.scale[p]
		}
	}
	factor := make([]float64, l.maxLanes)
	for p, u := range l.unit {
		for i := range factor {
			factor[i] = u
		}
		for _, t := range l.tiles {
			for _, g := range t.groups {
				c := l.column(g, p)
				times(c, c, factor[:g.lanes])
			}
		}
	}
}

// describePersons collects what there is one of per person, and the likelihood of equal probabilities. It returns z, N x Q.
func (l *layout) describePersons(s interface {
	personal(i int, z []float64) (id int64, weight float64)
	weighted() (persons, situations bool)
	exponent(i int) float64
}, o *order) []float64 {
	if weighted, _ := s.weighted(); weighted {
		l.weight = make([]float64, l.persons)
	}
	l.id = make([]int64, l.persons)
	z := make([]float64, l.persons*l.q)
	size, log := int32(0), 0.0
	for n := range l.persons {
		t := o.situations[o.first[n]]
		id, w := s.personal(int(o.rows[t.lo]), z[n*l.q:(n+1)*l.q])
		l.id[n] = id
		l.total += w
		if l.weight != nil {
			l.weight[n] = w
		}
		for _, t := range o.situations[o.first[n]:o.first[n+1]] {
			if size != t.hi-t.lo {
				size = t.hi - t.lo
				log = math.Log(float64(size))
			}
			l.null -= w * s.exponent(int(o.rows[t.lo])) * log
		}
	}
	return z
}

// orderCovariates sets z and its scale from z, N x Q.
func (l *layout) orderCovariates(z []float64) {
	l.z, l.zScale = make([]float64, len(z)), make([]float64, l.q)
	for i, u := range z {
		l.zScale[i%l.q] += u * u / float64(l.persons)
	}
	for i := range l.zScale {
		if l.zScale[i] = math.Sqrt(l.zScale[i]); l.zScale[i] == 0 {
			l.zScale[i] = 1
		}
	}
	for i := range l.tiles {
		t := &l.tiles[i]
		for q := range l.q {
			to := l.covariate(t, q)
			for n := range to {
				to[n] = z[(t.lo+n)*l.q+q] / l.zScale[q]
			}
		}
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

// newTile describes persons [lo, hi), and lists their situations lane by lane. Situations of very different numbers of
// alternatives are sorted into groups, so that few cells are absent.
func newTile[T core.Float](s *Survey[T], o *order, lo, hi int) (tile, []situation) {
	all := o.situations[o.first[lo]:o.first[hi]]
	t := tile{lo: lo, hi: hi, lanes: len(all)}
	cells, widest := 0, 0
	for _, v := range all {
		cells += v.others()
		widest = max(widest, v.others())
	}
	whole := float64(widest*len(all)) <= mostPadding*float64(cells)
	if !whole {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b situation) int { return a.others() - b.others() })
	}
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && (whole || float64(all[to].others()) <= mostPadding*float64(all[from].others())) {
			to++
		}
		others := widest
		if !whole {
			others = all[to-1].others()
		}
		t.groups = append(t.groups, group{lanes: to - from, cells: others * (to - from), lane: from, cell: t.cells, mask: -1})
		t.cells += others * (to - from)
		from = to
	}
	if !whole || len(all) != hi-lo {
		t.owner = make([]int32, len(all))
		for i, v := range all {
			t.owner[i] = v.person - int32(lo)
		}
	}
	if whole && t.owner != nil {
		t.first = make([]int32, hi-lo+1)
		for i := range t.first {
			t.first[i] = o.first[lo+i] - o.first[lo]
		}
	}
	if s.Exponent != nil {
		t.exponent = make([]float64, len(all))
		for i, v := range all {
			t.exponent[i] = s.exponent(int(o.rows[v.lo]))
		}
	}
	return t, all
}

// fill writes the columns of a group's situations.
func fill[T core.Float](l *layout, s *Survey[T], o *order, g *group, all []situation) {
	x, stride, rows := s.X.Data, s.X.Stride, o.rows
	columns, cells, values := len(l.scale), g.cells, l.values[g.data:][:g.cells*len(l.scale)]
	others := int32(cells / g.lanes)
	for lane, t := range all {
		less := x[int(rows[t.chosen])*stride:][:columns]
		at := lane
		for i := t.lo; i < t.hi; i++ {
			if i == t.chosen {
				continue
			}
			from, to := x[int(rows[i])*stride:][:len(less)], at
			for p, v := range less {
				values[to] = float64(from[p]) - float64(v)
				to += cells
			}
			at += g.lanes
		}
		for range others - (t.hi - t.lo - 1) {
			l.absent(g, g.data+at)
			at += g.lanes
		}
	}
}

// absent marks a cell of a group, whose first column has it at the place given, as one of no alternative.
func (l *layout) absent(g *group, at int) {
	if g.mask < 0 {
		g.mask = len(l.masks)
		l.masks = append(l.masks, make([]float64, g.cells)...)
	}
	l.masks[g.mask+at-g.data] = math.Inf(-1)
	for range l.scale {
		l.values[at] = 0
		at += g.cells
	}
}

// weightOf is w_n of the persons of a tile; nil: 1.
func (l *layout) weightOf(t *tile) []float64 {
	if l.weight == nil {
		return nil
	}
	return l.weight[t.lo:t.hi]
}

// covariate is column q of z for the persons of a tile.
func (l *layout) covariate(t *tile, q int) []float64 {
	return l.z[t.lo*l.q+q*t.persons():][:t.persons()]
}

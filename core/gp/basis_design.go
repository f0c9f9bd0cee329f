package gp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

// BasisDesign says which functions the basis of a [BasisRegression] consists of. It is plain data and does not depend on
// parameters that are trained.
//
// A continuous feature is measured from Center in units of HalfRange, and has the functions phi_b(x) = sin(pi b (x + c) / (2
// c)) / sqrt(c), b = 1, 2, ..., on [-c, c] with c = Boundary: eigenfunctions of the Laplacian that vanish at the ends. A
// categorical feature has the eigenvectors of its kernel matrix. A term has all products of one function of each of its
// features, in the order of Features, the last one changing fastest.
//
// Sources: A. Solin, S. Sarkka: Hilbert space methods for reduced-rank Gaussian process regression, Statistics and
// Computing, 2020. J. Timonen, H. Lahdesmaki: Scalable mixed-domain Gaussian process modeling and model reduction, 2021.
type BasisDesign struct {
	Terms      []BasisTerm `json:"terms"`
	Categories []int       `json:"categories"` // d: of each feature, 0 for a continuous one
	Center     []float64   `json:"center"`     // d: middle of the range of a continuous feature
	HalfRange  []float64   `json:"half_range"` // d: half of that range
	Kernel     string      `json:"kernel"`
	Boundary   float64     `json:"boundary"`

	terms   []basisTerm
	columns int
}

// basisTerm is a term, ready for use.
type basisTerm struct {
	label   string
	first   int // of its columns
	columns int
	parts   []basisPart
}

// basisPart is what one feature brings to a term.
type basisPart struct {
	feature, count int
	categories     *categoryBasis // nil for a continuous feature
}

// NewBasisDesign makes the design that the options describe for points x (n x d), which ranges that the options leave open are
// taken from: a design for parts of the data whose statistics are to be added.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite].
func NewBasisDesign[T core.Float](x core.Matrix[T], options *BasisOptions) (*BasisDesign, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if err := x.Check("X"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	if x.Rows < 1 || x.Cols < 1 {
		return nil, fmt.Errorf("gp: %w: X is %d x %d; it needs at least one row and one column", core.ErrShape, x.Rows, x.Cols)
	}
	d, o := x.Cols, options.withDefaults()
	b := &BasisDesign{Categories: slices.Clone(o.Categories), Center: make([]float64, d), HalfRange: make([]float64, d), Kernel: o.Kernel,
		Boundary: o.Boundary}
	if len(b.Categories) == 0 {
		b.Categories = make([]int, d)
	}
	if len(b.Categories) != d {
		return nil, fmt.Errorf("gp: %w: categories has %d elements for %d features", core.ErrShape, len(b.Categories), d)
	}
	if len(o.Ranges) != 0 && len(o.Ranges) != d {
		return nil, fmt.Errorf("gp: %w: ranges has %d elements for %d features", core.ErrShape, len(o.Ranges), d)
	}
	least, most, err := extent(x)
	if err != nil {
		return nil, err
	}
	for q := range d {
		lo, hi := least[q], most[q]
		if len(o.Ranges) > 0 && b.Categories[q] == 0 {
			r := o.Ranges[q]
			if len(r) != 2 || !(r[0] <= r[1]) || math.IsInf(r[0], 0) || math.IsInf(r[1], 0) {
				return nil, fmt.Errorf("gp: %w: the range of feature %d must be two numbers in ascending order, got %v", core.ErrOption, q, r)
			}
			if r[0] < r[1] {
				lo, hi = r[0], r[1]
			}
		}
		b.Center[q], b.HalfRange[q] = 0, 1
		if b.Categories[q] == 0 {
			if b.Center[q] = lo + (hi-lo)/2; hi > lo {
				b.HalfRange[q] = (hi - lo) / 2
			}
		}
	}
	b.Terms = slices.Clone(o.Terms)
	for q := 0; q < d && len(o.Terms) == 0; q++ {
		b.Terms = append(b.Terms, BasisTerm{Features: []int{q}})
	}
	for i := range b.Terms {
		if b.Terms[i].Count == 0 {
			b.Terms[i].Count = o.Count
		}
	}
	return b, b.prepare()
}

// extent returns the least and the largest value of each feature.
func extent[T core.Float](x core.Matrix[T]) (least, most []float64, err error) {
	least, most = slices.Repeat([]float64{math.Inf(1)}, x.Cols), slices.Repeat([]float64{math.Inf(-1)}, x.Cols)
	for i := range x.Rows {
		for q, value := range x.Row(i) {
			v := float64(value)
			if v-v != 0 {
				return nil, nil, notFinite(v, i, q)
			}
			least[q], most[q] = min(least[q], v), max(most[q], v)
		}
	}
	return least, most, nil
}

// prepare checks the fields and lays out the columns.
func (b *BasisDesign) prepare() error {
	d := len(b.Categories)
	if len(b.Center) != d || len(b.HalfRange) != d || d < 1 {
		return fmt.Errorf("gp: %w: a design of %d features has %d centers and %d half ranges", core.ErrShape, d, len(b.Center),
			len(b.HalfRange))
	}
	for q, c := range b.Categories {
		if c < 0 || !(b.HalfRange[q] > 0) || math.IsInf(b.HalfRange[q], 1) || b.Center[q]-b.Center[q] != 0 {
			return fmt.Errorf("gp: %w: feature %d has %d categories, center %v and half range %v", core.ErrOption, q, c, b.Center[q],
				b.HalfRange[q])
		}
	}
	if len(b.Terms) == 0 {
		return fmt.Errorf("gp: %w: the model has no terms", core.ErrOption)
	}
	b.terms, b.columns = nil, 0
	for i := range b.Terms {
		t, err := b.layout(i)
		if err != nil {
			return err
		}
		b.terms = append(b.terms, t)
		if b.columns += t.columns; b.columns > mostBasis {
			return fmt.Errorf("gp: %w: terms up to %s have %d basis functions, and %d is the most; lower n_basis, or leave out "+
				"terms of several features", core.ErrOption, t.label, b.columns, mostBasis)
		}
	}
	return nil
}

// layout prepares term i.
func (b *BasisDesign) layout(i int) (basisTerm, error) {
	source := b.Terms[i]
	t := basisTerm{first: b.columns, columns: 1, label: termLabel(source.Features)}
	categorical := 0
	for at, q := range source.Features {
		if q < 0 || q >= len(b.Categories) {
			return t, fmt.Errorf("gp: %w: term %d names feature %d; features go from 0 to %d", core.ErrOption, i, q, len(b.Categories)-1)
		}
		if slices.Contains(source.Features[:at], q) {
			return t, fmt.Errorf("gp: %w: term %d names feature %d twice", core.ErrOption, i, q)
		}
		part := basisPart{feature: q, count: source.Count}
		if c := b.Categories[q]; c > 0 {
			categorical++
			if c-1 > mostBasis { // before anything of c x c numbers is made
				return t, fmt.Errorf("gp: %w: feature %d has %d categories, and %d is the most; merge rare ones", core.ErrOption, q, c,
					mostBasis+1)
			}
			var err error
			if part.categories, err = newCategoryBasis(source.CategoryKernel, c, source.CategoryMatrix); err != nil {
				return t, fmt.Errorf("gp: %w (term %d, feature %d)", err, i, q)
			}
			part.count = part.categories.count
		} else if source.Count < 1 {
			return t, fmt.Errorf("gp: %w: n_basis of term %d must be at least 1, got %d", core.ErrOption, i, source.Count)
		}
		t.parts = append(t.parts, part)
		if t.columns *= part.count; t.columns > mostBasis {
			return t, fmt.Errorf("gp: %w: term %s has more than %d basis functions; lower n_basis", core.ErrOption, t.label, mostBasis)
		}
	}
	if source.CategoryMatrix != nil && categorical != 1 {
		return t, fmt.Errorf("gp: %w: term %d has a category_matrix and %d categorical features; it needs one", core.ErrOption, i,
			categorical)
	}
	return t, nil
}

// termLabel names a term by its features.
func termLabel(features []int) string {
	if len(features) == 0 {
		return "1"
	}
	names := make([]string, len(features))
	for i, q := range features {
		names[i] = "x" + strconv.Itoa(q)
	}
	return strings.Join(names, ":")
}

// Columns returns how many basis functions all terms have together.
func (b *BasisDesign) Columns() int { return b.columns }

// check reports the first element of points that the design cannot place: NaN, what is no category, or, where strict, a
// number so close to the ends of the basis that functions could not be fitted to it.
func (b *BasisDesign) check(p points, strict bool) error {
	if p.d != len(b.Categories) {
		return fmt.Errorf("gp: %w: points have %d columns, the model has %d features", core.ErrShape, p.d, len(b.Categories))
	}
	row := make([]float64, p.d)
	most := 1 + (b.Boundary-1)/2
	for i := range p.n {
		p.row(i, row)
		for q, v := range row {
			c := b.Categories[q]
			switch {
			case v-v != 0:
				return notFinite(v, i, q)
			case c > 0 && (v != math.Trunc(v) || v < 0 || v >= float64(c)):
				return fmt.Errorf("gp: %w: X is %v at row %d, column %d, whose categories are the integers from 0 to %d", core.ErrOption, v,
					i, q, c-1)
			case strict && c == 0 && math.Abs(v-b.Center[q]) > most*b.HalfRange[q]:
				return fmt.Errorf("gp: %w: X is %v at row %d, column %d, far out of the range of %v to %v that the model was made for; give "+
					"ranges that hold all data", core.ErrOption, v, i, q, b.Center[q]-b.HalfRange[q], b.Center[q]+b.HalfRange[q])
			}
		}
	}
	return nil
}

func notFinite(v float64, row, column int) error {
	if v != v {
		return fmt.Errorf("gp: %w: X is NaN at row %d, column %d; impute missing numbers, and give missing categories a category of "+
			"their own", core.ErrNotFinite, row, column)
	}
	return fmt.Errorf("gp: %w: X is infinite at row %d, column %d", core.ErrNotFinite, row, column)
}

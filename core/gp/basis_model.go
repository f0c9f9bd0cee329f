package gp

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// BasisRegression is a Gaussian process y = c + f_1(x) + ... + f_J(x) + noise with a function for each term of its design,
// each known through some basis functions with normal weights. It is plain data: design, statistics and Theta predict as the
// model that was trained; call Reset after changing one. A BasisRegression is used from one goroutine at a time.
type BasisRegression struct {
	Design *BasisDesign
	Stats  *BasisStatistics
	// Theta holds logarithms of the parameters: of each term the standard deviation of its function, in units of that of y,
	// then of its features in their order the length scale, in half ranges, or the correlation of categories if that is
	// trained; and at the end the variance of the noise, in units of that of y.
	Theta   []float64
	Threads int // 0 means one per processor; never changes a result

	LogLikelihood float64 // log p(y), of y in its own units
	Converged     bool
	Iterations    int // of all starts
	Evaluations   int // of the likelihood
	Diagnostics   []Diagnostic
	Seconds       float64

	cache *basisPosterior
}

// basisPosterior is what predictions need.
type basisPosterior struct {
	list       []basisParam
	prior      *basisPrior
	mean       []float64 // Q
	covariance []float64 // Q x Q
	center     float64   // of y
	scale      float64
	noise      float64
	magnitude  []float64 // J: prior variance of each term
}

// TermSummary says what training has found about a term.
type TermSummary struct {
	Label     string  `json:"label"`     // its features, x0:x3
	Features  []int   `json:"features"`  // the same
	Columns   int     `json:"n_columns"` // basis functions
	Magnitude float64 `json:"magnitude"` // standard deviation of the function, in units of y
	// LengthScales and Correlations have an element for each feature: a length scale in units of the feature or 0, and the
	// correlation of two categories or 0 where it is not trained.
	LengthScales []float64 `json:"length_scales"`
	Correlations []float64 `json:"correlations"`
	// Error is the largest error of the kernel of a continuous feature on its range, as part of its variance.
	Error float64 `json:"kernel_error"`
}

// Codes of a [Diagnostic] of a [BasisRegression]. Column is the index of the term, Value the largest error of its kernel, as
// part of its variance.
const (
	BasisTooSmall = "basis_too_small" // the basis has too few functions for the length scale
	BoundaryNear  = "boundary_near"   // the ends of the basis are too near for the length scale
)

// Reset forgets what has been kept for predictions.
func (m *BasisRegression) Reset() { m.cache = nil }

// ready checks the fields and returns what predictions need.
func (m *BasisRegression) ready() (*basisPosterior, error) {
	if m.cache != nil {
		return m.cache, nil
	}
	d := m.Design
	if err := d.prepare(); err != nil {
		return nil, err
	}
	if err := m.Stats.check(d.columns); err != nil {
		return nil, err
	}
	if m.Stats.Rows < 1 {
		return nil, fmt.Errorf("gp: %w: the statistics are of no points", core.ErrShape)
	}
	p := &basisPosterior{list: d.params(&BasisOptions{})}
	if len(m.Theta) != len(p.list)+1 {
		return nil, fmt.Errorf("gp: %w: theta has %d elements for %d parameters", core.ErrShape, len(m.Theta), len(p.list)+1)
	}
	for i, v := range m.Theta {
		if v-v != 0 {
			return nil, fmt.Errorf("gp: %w: theta[%d] is %v", core.ErrNotFinite, i, v)
		}
	}
	e, center, scale := newBasisObjective(d, p.list, m.Stats, m.Threads)
	var err error
	if p.mean, p.covariance, err = e.weights(m.Theta); err != nil {
		return nil, err
	}
	p.prior, p.center, p.scale, p.noise = e.prior, center, scale, e.noise
	p.magnitude = make([]float64, len(d.terms))
	for at, param := range p.list {
		if param.part < 0 {
			p.magnitude[param.term] = math.Exp(2 * m.Theta[at])
		}
	}
	m.cache = p
	return p, nil
}

// Params lists the parameters behind Theta in their natural unit, with the bounds of training that are the default.
func (m *BasisRegression) Params() []Param {
	list := m.Design.params(&BasisOptions{})
	out := make([]Param, 0, len(list)+1)
	for i, p := range list {
		out = append(out, Param{p.name, math.Exp(m.Theta[i]), Bounds{Lower: p.lower, Upper: p.upper}})
	}
	return append(out, Param{noiseName, math.Exp(m.Theta[len(list)]), Bounds{Lower: basisNoiseLower, Upper: basisNoiseUpper}})
}

// Noise returns the variance of the noise in squared units of y.
func (m *BasisRegression) Noise() (float64, error) {
	p, err := m.ready()
	if err != nil {
		return 0, err
	}
	return p.noise * p.scale * p.scale, nil
}

// Center returns what is subtracted from y, its mean.
func (m *BasisRegression) Center() float64 { return m.Stats.Offset + m.Stats.Sum/float64(m.Stats.Rows) }

// Summaries says what is known about each term.
func (m *BasisRegression) Summaries() ([]TermSummary, error) {
	p, err := m.ready()
	if err != nil {
		return nil, err
	}
	d := m.Design
	out := make([]TermSummary, len(d.terms))
	for i, t := range d.terms {
		out[i] = TermSummary{Label: t.label, Features: []int{}, Columns: t.columns, Magnitude: p.scale * math.Sqrt(p.magnitude[i]),
			LengthScales: make([]float64, len(t.parts)), Correlations: make([]float64, len(t.parts))}
		for _, part := range t.parts {
			out[i].Features = append(out[i].Features, part.feature)
		}
	}
	for at, param := range p.list {
		if param.part < 0 {
			continue
		}
		part := d.terms[param.term].parts[param.part]
		value, to := math.Exp(m.Theta[at]), &out[param.term]
		if part.categories != nil {
			to.Correlations[param.part] = value
			continue
		}
		to.LengthScales[param.part] = value * d.HalfRange[part.feature]
		to.Error = max(to.Error, d.basisError(value, part.count))
	}
	return out, nil
}

// How far off the kernel of a term may be before a diagnostic says so, for want of functions or of room beyond the range,
// which is felt at its ends only; and the part of the variance of y from which on a term matters.
const tolerableError, tolerableEdge, smallTerm = 0.05, 0.2, 1e-3

// resolution notes terms whose kernels the basis cannot follow.
func (m *BasisRegression) resolution(list []basisParam) {
	d := m.Design
	functions := functionsPerScale(d.Kernel)
	magnitude := 0.0
	for at, param := range list {
		value := math.Exp(m.Theta[at])
		if param.part < 0 {
			magnitude = value * value
			continue
		}
		t := d.terms[param.term]
		part := t.parts[param.part]
		if part.categories != nil || magnitude < smallTerm {
			continue
		}
		lost := d.basisError(value, part.count)
		note := Diagnostic{Column: param.term, Value: lost}
		need := int(math.Ceil(functions * d.Boundary / value))
		if wider := 1 + 2*value; need > part.count && lost > tolerableError {
			note.Code, note.Action = BasisTooSmall, fmt.Sprintf("raise n_basis to %d", need)
			note.Message = fmt.Sprintf("%d functions do not resolve the length scale of feature %d in term %s, %.3g half ranges",
				part.count, part.feature, t.label, value)
		} else if lost > tolerableEdge && wider > d.Boundary {
			note.Code = BoundaryNear
			note.Action = fmt.Sprintf("raise boundary to %.3g with n_basis of at least %d", wider, int(math.Ceil(functions*wider/value)))
			note.Message = fmt.Sprintf("the ends of the basis are too near for the length scale of feature %d in term %s, %.3g half ranges",
				part.feature, t.label, value)
		} else {
			continue
		}
		m.Diagnostics = append(m.Diagnostics, note)
	}
}

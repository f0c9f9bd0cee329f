package softmix

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/modelfile"
)

// fileKind names softmax mixtures among lithe's model files.
const fileKind = "softmix"

// fileAttributes is the JSON part of a saved mixture: sizes, and what is known about the fit. What is unknown is null.
type fileAttributes struct {
	Components int `json:"n_components"`
	Features   int `json:"n_features"`
	fileFacts
}

// fileFacts is about the fit, under the names that reports use.
type fileFacts struct {
	LogLikelihood float64  `json:"log_likelihood"`
	Objective     float64  `json:"objective"`
	Draws         float64  `json:"draws"`
	Ridge         float64  `json:"ridge"`
	Cells         int      `json:"cells"`
	SeenCells     int      `json:"seen_cells"`
	Entropy       float64  `json:"entropy"`
	Converged     bool     `json:"converged"`
	Decrement     *float64 `json:"decrement"`
	Iterations    int      `json:"iterations"`
	Evaluations   int64    `json:"evaluations"`
	Sampled       int      `json:"sampled"`
	Starts        int      `json:"starts"`
	Finished      int      `json:"finished"`
	Hits          int      `json:"hits"`
	Certificate   *float64 `json:"certificate"`
	Singular      bool     `json:"singular"`
	Condition     *float64 `json:"condition"`
	Empty         []int    `json:"empty"`
	AtEdge        []int    `json:"at_edge"`
}

// fileArray is an array that a mixture may have or not; without it, its first dimension is 0 in the file.
type fileArray struct {
	name  string
	to    *[]float64
	shape []int
}

// optional lists the arrays that a mixture of that many cells may be without.
func (m *Mixture) optional() []fileArray {
	d := m.Components * (m.Features + 1)
	return []fileArray{
		{"pooled", &m.Pooled, []int{m.Features}}, {"candidate", &m.Candidate, []int{m.Features}},
		{"effective_support", &m.EffectiveSupport, []int{m.Components}}, {"covariance", &m.Covariance, []int{d, d}},
		{"counts", &m.Counts, []int{m.Cells}},
	}
}

// Save writes the mixture to a file in lithe's model format; an existing file is replaced only once the new one is whole. Errors
// wrap core.ErrFile or core.ErrShape.
func (m *Mixture) Save(path string) error {
	if err := m.check(); err != nil {
		return err
	}
	arrays := []modelfile.Array{
		{Name: "theta", Shape: []int{m.Components, m.Features}, Float64: m.Theta},
		{Name: "alpha", Shape: []int{m.Components}, Float64: m.Alpha},
		{Name: "normalizers", Shape: []int{m.Components}, Float64: m.Normalizers},
	}
	for _, a := range m.optional() {
		if len(*a.to) == 0 {
			a.shape[0] = 0
		}
		arrays = append(arrays, modelfile.Array{Name: a.name, Shape: a.shape, Float64: *a.to})
	}
	if err := modelfile.Write(path, fileKind, fileAttributes{m.Components, m.Features, m.facts()}, arrays); err != nil {
		return fmt.Errorf("softmix: %w", err)
	}
	return nil
}

// Load reads a mixture written by Save, from any language. Errors wrap core.ErrFile.
func Load(path string) (*Mixture, error) {
	var a fileAttributes
	f, err := modelfile.Read(path, fileKind, &a)
	if err != nil {
		return nil, fmt.Errorf("softmix: %w", err)
	}
	wrong := func(err error) error { return fmt.Errorf("%w (in %s: %w)", err, path, core.ErrFile) }
	if a.Components < 1 || a.Features < 1 || a.Components > math.MaxInt32/(a.Features+1) || a.Cells < 0 {
		return nil, wrong(fmt.Errorf("softmix: %w: %d classes of %d features over %d cells", core.ErrShape, a.Components, a.Features, a.Cells))
	}
	m := &Mixture{Components: a.Components, Features: a.Features, Cells: a.Cells}
	for _, g := range []fileArray{
		{"theta", &m.Theta, []int{m.Components, m.Features}}, {"alpha", &m.Alpha, []int{m.Components}},
		{"normalizers", &m.Normalizers, []int{m.Components}},
	} {
		if *g.to, err = f.Float64(g.name, g.shape...); err != nil {
			return nil, fmt.Errorf("softmix: %w", err)
		}
	}
	for _, g := range m.optional() {
		if *g.to, err = f.Float64(g.name, g.shape...); err == nil {
			continue
		}
		g.shape[0] = 0
		if _, missing := f.Float64(g.name, g.shape...); missing != nil {
			return nil, fmt.Errorf("softmix: %w", err)
		}
	}
	if err := m.recall(a.fileFacts); err != nil {
		return nil, wrong(err)
	}
	if err := m.check(); err != nil {
		return nil, wrong(err)
	}
	return m, nil
}

// Recall takes over what a report about a fit tells: a JSON object with the names that model files use, of which any may be missing.
// It also finds the standard errors from m.Covariance. Errors wrap core.ErrOption or core.ErrShape.
func (m *Mixture) Recall(report []byte) error {
	facts := m.facts()
	if err := json.Unmarshal(report, &facts); err != nil {
		return fmt.Errorf("softmix: %w: the report of a fit is not what it should be: %w", core.ErrOption, err)
	}
	if err := m.recall(facts); err != nil {
		return err
	}
	return m.check()
}

func (m *Mixture) facts() fileFacts {
	return fileFacts{m.LogLikelihood, m.Objective, m.Draws, m.Ridge, m.Cells, m.SeenCells, m.Entropy, m.Converged, modelfile.Finite(m.Decrement),
		m.Iterations, m.Evaluations, m.Sampled, m.Starts, m.Finished, m.Hits, modelfile.Finite(m.Certificate), m.Singular, modelfile.Finite(m.Condition),
		marked(m.Empty), marked(m.AtEdge)}
}

func (m *Mixture) recall(f fileFacts) (err error) {
	m.LogLikelihood, m.Objective, m.Draws, m.Ridge, m.Cells, m.SeenCells = f.LogLikelihood, f.Objective, f.Draws, f.Ridge, f.Cells, f.SeenCells
	m.Entropy, m.Converged, m.Decrement, m.Iterations, m.Evaluations = f.Entropy, f.Converged, modelfile.Number(f.Decrement), f.Iterations, f.Evaluations
	m.Sampled, m.Starts, m.Finished, m.Hits, m.Certificate = f.Sampled, f.Starts, f.Finished, f.Hits, modelfile.Number(f.Certificate)
	m.Singular, m.Condition = f.Singular, modelfile.Number(f.Condition)
	if m.Empty, err = marks(f.Empty, m.Components); err == nil {
		m.AtEdge, err = marks(f.AtEdge, m.Components)
	}
	m.StandardErrors = deviations(m.Covariance, m.Components*(m.Features+1))
	return err
}

// check reports arrays that do not fit together.
func (m *Mixture) check() error {
	if len(m.Alpha) != m.Components {
		return fmt.Errorf("softmix: %w: %d class probabilities for %d classes", core.ErrShape, len(m.Alpha), m.Components)
	}
	if _, err := NewMixture(m.Theta, m.Alpha, m.Normalizers, m.Features); err != nil {
		return err
	}
	for _, a := range m.optional() {
		size := 1
		for _, n := range a.shape {
			size *= n
		}
		if n := len(*a.to); n != 0 && n != size {
			return fmt.Errorf("softmix: %w: %s of the mixture has %d elements in place of %d", core.ErrShape, a.name, n, size)
		}
	}
	return nil
}

// marked lists where marks are set.
func marked(marks []bool) []int {
	out := []int{}
	for i, set := range marks {
		if set {
			out = append(out, i)
		}
	}
	return out
}

// marks undoes marked.
func marks(positions []int, n int) ([]bool, error) {
	out := make([]bool, n)
	for _, i := range positions {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("softmix: %w: there is no class %d among %d", core.ErrShape, i, n)
		}
		out[i] = true
	}
	return out, nil
}

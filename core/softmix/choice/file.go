package choice

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/modelfile"
)

// fileKind names choice models among lithe's model files.
const fileKind = "choice"

// fileFacts is the JSON part of a saved model, under the names that reports use. What is unknown is null.
type fileFacts struct {
	Classes         int      `json:"classes"`
	Columns         int      `json:"columns"`
	Covariates      int      `json:"covariates"`
	Persons         int      `json:"persons"`
	Situations      int      `json:"situations"`
	Rows            int      `json:"rows"`
	LogLikelihood   float64  `json:"log_likelihood"`
	Null            float64  `json:"null"`
	Parameters      int      `json:"parameters"`
	Converged       bool     `json:"converged"`
	Iterations      int      `json:"iterations"`
	Decrement       *float64 `json:"decrement"`
	Hits            int      `json:"hits"`
	Finished        int      `json:"finished"`
	Singular        bool     `json:"singular"`
	Unbounded       int      `json:"unbounded"`
	Seconds         float64  `json:"seconds"`
	InitialStarts   int      `json:"initial_starts"`
	ColumnNames     []string `json:"column_names"`
	MembershipNames []string `json:"membership_names"`
	PersonLabels    []string `json:"person_labels"`
}

// sized is an array of a model with the shape that it should have.
type sized[T any] struct {
	name       string
	to         *T
	rows, cols int
}

// matrices, vectors and positions list the arrays of a model with the sizes in f.
func (m *Model) matrices(f *fileFacts) []sized[core.Matrix[float64]] {
	d := f.Parameters
	return []sized[core.Matrix[float64]]{
		{"coefficients", &m.Coefficients, f.Classes, f.Columns}, {"membership", &m.Membership, f.Classes, f.Covariates},
		{"covariance", &m.Covariance, d, d}, {"robust", &m.Robust, d, d}, {"information", &m.Information, d, d},
		{"posterior", &m.Posterior, f.Persons, f.Classes},
	}
}

func (m *Model) vectors(f *fileFacts) []sized[[]float64] {
	return []sized[[]float64]{{"shares", &m.Shares, f.Classes, 1}, {"likelihoods", &m.Likelihoods, f.Persons, 1},
		{"gradient", &m.Gradient, f.Parameters, 1}, {"starts", &m.Starts, f.InitialStarts, 1}}
}

func (m *Model) positions(f *fileFacts) []sized[[]int] {
	return []sized[[]int]{{"index", &m.Index, f.Classes, f.Columns}, {"person", &m.Person, f.Persons, 1}}
}

// Save writes the model to a file in lithe's model format; an existing file is replaced only once the new one is whole. Errors
// wrap core.ErrFile or core.ErrShape.
func (m *Model) Save(path string) error {
	facts := m.facts()
	if err := m.check(&facts); err != nil {
		return err
	}
	var arrays []modelfile.Array
	for _, a := range m.matrices(&facts) {
		arrays = append(arrays, modelfile.Matrix(a.name, *a.to))
	}
	for _, a := range m.vectors(&facts) {
		arrays = append(arrays, modelfile.Array{Name: a.name, Shape: []int{a.rows}, Float64: *a.to})
	}
	for _, a := range m.positions(&facts) {
		values := make([]int64, len(*a.to))
		for i, v := range *a.to {
			values[i] = int64(v)
		}
		arrays = append(arrays, modelfile.Array{Name: a.name, Shape: []int{a.rows, a.cols}, Int64: values})
	}
	if err := modelfile.Write(path, fileKind, facts, arrays); err != nil {
		return fmt.Errorf("choice: %w", err)
	}
	return nil
}

// Load reads a model written by Save, from any language. Errors wrap core.ErrFile.
func Load(path string) (*Model, error) {
	var facts fileFacts
	f, err := modelfile.Read(path, fileKind, &facts)
	if err != nil {
		return nil, fmt.Errorf("choice: %w", err)
	}
	m := &Model{}
	wrong := func(err error) error { return fmt.Errorf("%w (in %s: %w)", err, path, core.ErrFile) }
	if err := facts.check(); err != nil {
		return nil, wrong(err)
	}
	for _, a := range m.matrices(&facts) {
		values, err := f.Float64(a.name, a.rows, a.cols)
		if err != nil {
			return nil, fmt.Errorf("choice: %w", err)
		}
		*a.to = matrixOf(values, a.rows, a.cols)
	}
	for _, a := range m.vectors(&facts) {
		if *a.to, err = f.Float64(a.name, a.rows); err != nil {
			return nil, fmt.Errorf("choice: %w", err)
		}
	}
	for _, a := range m.positions(&facts) {
		values, err := f.Int64(a.name, a.rows, a.cols)
		if err != nil {
			return nil, fmt.Errorf("choice: %w", err)
		}
		*a.to = make([]int, len(values))
		for i, v := range values {
			(*a.to)[i] = int(v)
		}
	}
	m.recall(&facts)
	if err := m.check(&facts); err != nil {
		return nil, wrong(err)
	}
	return m, nil
}

// Recall takes over what a report about a fit tells: a JSON object with the names that model files use, of which any may be missing.
// Sizes are those of the arrays. Errors wrap core.ErrOption or core.ErrShape.
func (m *Model) Recall(report []byte) error {
	m.Classes, m.Columns, m.Covariates = m.Coefficients.Rows, m.Coefficients.Cols, m.Membership.Cols
	m.Persons, m.Parameters = m.Posterior.Rows, m.Covariance.Rows
	m.Unbounded = -1
	sizes := m.facts()
	facts := sizes
	if err := json.Unmarshal(report, &facts); err != nil {
		return fmt.Errorf("choice: %w: the report of a fit is not what it should be: %w", core.ErrOption, err)
	}
	facts.Classes, facts.Columns, facts.Covariates = sizes.Classes, sizes.Columns, sizes.Covariates
	facts.Persons, facts.Parameters, facts.InitialStarts = sizes.Persons, sizes.Parameters, sizes.InitialStarts
	m.recall(&facts)
	return m.check(&facts)
}

func (m *Model) facts() fileFacts {
	return fileFacts{m.Classes, m.Columns, m.Covariates, m.Persons, m.Situations, m.Rows, m.LogLikelihood, m.Null, m.Parameters, m.Converged,
		m.Iterations, modelfile.Finite(m.Decrement), m.Hits, m.Finished, m.Singular, m.Unbounded, m.Seconds, len(m.Starts),
		m.ColumnNames, m.MembershipNames, m.PersonLabels}
}

func (m *Model) recall(f *fileFacts) {
	m.Classes, m.Columns, m.Covariates, m.Persons, m.Situations, m.Rows = f.Classes, f.Columns, f.Covariates, f.Persons, f.Situations, f.Rows
	m.LogLikelihood, m.Null, m.Parameters, m.Converged, m.Iterations = f.LogLikelihood, f.Null, f.Parameters, f.Converged, f.Iterations
	m.Decrement, m.Hits, m.Finished, m.Singular = modelfile.Number(f.Decrement), f.Hits, f.Finished, f.Singular
	m.Unbounded, m.Seconds = f.Unbounded, f.Seconds
	m.ColumnNames, m.MembershipNames, m.PersonLabels = f.ColumnNames, f.MembershipNames, f.PersonLabels
}

// check reports sizes that cannot be.
func (f *fileFacts) check() error {
	for _, v := range []struct {
		size, least int
	}{{f.Classes, 1}, {f.Columns, 1}, {f.Covariates, 1}, {f.Persons, 0}, {f.Parameters, 0}, {f.InitialStarts, 0}} {
		if v.size < v.least || v.size > math.MaxInt32 {
			return fmt.Errorf("choice: %w: %d classes, %d columns, %d covariates, %d persons, %d parameters, %d starts", core.ErrShape,
				f.Classes, f.Columns, f.Covariates, f.Persons, f.Parameters, f.InitialStarts)
		}
	}
	return nil
}

// check reports arrays that do not fit together.
func (m *Model) check(f *fileFacts) error {
	if err := f.check(); err != nil {
		return err
	}
	for _, a := range m.matrices(f) {
		if a.to.Rows != a.rows || a.to.Cols != a.cols {
			return fmt.Errorf("choice: %w: %s of the model is %d x %d in place of %d x %d", core.ErrShape, a.name, a.to.Rows, a.to.Cols, a.rows, a.cols)
		}
		if err := a.to.Check(a.name); err != nil {
			return fmt.Errorf("choice: %w", err)
		}
	}
	fits := func(name string, length, size int) error {
		if length == size {
			return nil
		}
		return fmt.Errorf("choice: %w: %s of the model has %d elements in place of %d", core.ErrShape, name, length, size)
	}
	err := errors.Join(fits("column_names", len(m.ColumnNames), known(m.ColumnNames, f.Columns)),
		fits("membership_names", len(m.MembershipNames), known(m.MembershipNames, f.Covariates-1)),
		fits("person_labels", len(m.PersonLabels), known(m.PersonLabels, f.Persons)))
	for _, a := range m.vectors(f) {
		err = errors.Join(err, fits(a.name, len(*a.to), a.rows))
	}
	for _, a := range m.positions(f) {
		err = errors.Join(err, fits(a.name, len(*a.to), a.rows*a.cols))
	}
	if err != nil {
		return err
	}
	for i, at := range m.Index {
		if at < -1 || at >= f.Parameters {
			return fmt.Errorf("choice: %w: index %d of the model is parameter %d of %d", core.ErrShape, i, at, f.Parameters)
		}
	}
	if m.Unbounded < -1 || m.Unbounded >= max(1, f.Parameters) {
		return fmt.Errorf("choice: %w: unbounded is parameter %d of %d", core.ErrShape, m.Unbounded, f.Parameters)
	}
	return nil
}

// known is how many names there should be: n, unless there are none.
func known(names []string, n int) int {
	if len(names) == 0 {
		return 0
	}
	return n
}

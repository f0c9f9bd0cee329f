package gp

import (
	"encoding/json"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/modelfile"
)

// fileKind names regressions among lithe's model files.
const fileKind = "gp"

// fileAttributes is the JSON part of a saved regression.
type fileAttributes struct {
	Samples        int             `json:"n_samples"`
	Features       int             `json:"n_features"`
	Outputs        int             `json:"n_outputs"`
	Directions     int             `json:"n_directions"`
	Known          bool            `json:"known_noise"`
	ScaledX        bool            `json:"scaling"`
	ScaledY        bool            `json:"y_scaling"`
	Kernel         json.RawMessage `json:"kernel"`
	Noise          float64         `json:"noise"`
	Solver         string          `json:"solver"`
	Precision      string          `json:"precision"`
	Storage        string          `json:"storage"`
	Format         string          `json:"format"`
	Policy         string          `json:"policy"`
	Actions        int             `json:"n_actions"`
	PredictTol     float64         `json:"predict_tol"`
	MaxSolve       int             `json:"max_solve_iter"`
	Preconditioner string          `json:"preconditioner"`
	Rank           int             `json:"rank"`
	Seed           uint64          `json:"random_state,string"`
	Facts          fileFacts       `json:"facts"`
}

// fileFacts are about the training. What is unknown is null.
type fileFacts struct {
	LogLikelihood      *float64   `json:"log_likelihood"`
	Lower              *float64   `json:"lower"`
	Upper              *float64   `json:"upper"`
	Residual           *float64   `json:"residual"`
	QuadratureBias     float64    `json:"quadrature_bias"`
	StorageError       float64    `json:"storage_error"`
	Memory             int64      `json:"memory"`
	Converged          bool       `json:"converged"`
	Iterations         int        `json:"n_iter"`
	Evaluations        int        `json:"n_evaluations"`
	SolveIterations    int        `json:"n_solve_iter"`
	PreconditionerRank int        `json:"preconditioner_rank"`
	Seconds            float64    `json:"seconds"`
	Diagnostics        []fileNote `json:"diagnostics"`
}

// fileNote is a Diagnostic.
type fileNote struct {
	Code    string   `json:"code"`
	Column  int      `json:"column"`
	Value   *float64 `json:"value"`
	Message string   `json:"message"`
	Action  string   `json:"action"`
}

// Save writes the model, its data included, to a file in lithe's model format; an existing file is replaced only once the new
// one is whole. A model without weights cannot be saved. Errors wrap core.ErrFile, core.ErrShape or core.ErrOption.
func (m *Regression) Save(path string) error {
	if _, err := m.posterior(); err != nil {
		return err
	}
	if err := m.checkWeights(); err != nil {
		return err
	}
	kernel, err := MarshalKernel(m.Kernel)
	if err != nil {
		return err
	}
	n, d, t := m.X.Rows, m.X.Cols, m.outputs()
	a := fileAttributes{n, d, t, m.Directions.Rows, m.Known != nil, m.XMean != nil, m.YMean != nil, kernel, m.Noise, m.Solver,
		m.Precision, m.Storage, m.Format, m.Policy, m.Actions, m.PredictTol, m.MaxSolve, m.Preconditioner, m.Rank, m.Seed,
		fileFacts{modelfile.Finite(m.LogLikelihood), modelfile.Finite(m.Lower), modelfile.Finite(m.Upper),
			modelfile.Finite(m.Residual), m.QuadratureBias, m.StorageError, m.Memory,
			m.Converged, m.Iterations, m.Evaluations, m.SolveIterations, m.PreconditionerRank, m.Seconds, notesOf(m.Diagnostics)}}
	arrays := []modelfile.Array{
		modelfile.Matrix("x", m.X),
		{Name: "y", Shape: []int{n, t}, Float64: m.Y},
		{Name: "weights", Shape: []int{n, t}, Float64: m.Weights},
	}
	if m.Known != nil {
		arrays = append(arrays, modelfile.Array{Name: "known_noise", Shape: []int{n}, Float64: m.Known})
	}
	if m.XMean != nil {
		arrays = append(arrays, modelfile.Array{Name: "x_mean", Shape: []int{d}, Float64: m.XMean},
			modelfile.Array{Name: "x_scale", Shape: []int{d}, Float64: m.XScale})
	}
	if m.YMean != nil {
		arrays = append(arrays, modelfile.Array{Name: "y_mean", Shape: []int{t}, Float64: m.YMean},
			modelfile.Array{Name: "y_scale", Shape: []int{t}, Float64: m.YScale})
	}
	if k := m.Directions.Rows; k > 0 {
		arrays = append(arrays, modelfile.Matrix("directions", m.Directions))
	}
	if err := modelfile.Write(path, fileKind, a, arrays); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	return nil
}

// LoadRegression reads a model written by Save, from any language. Its predictions are bit for bit those of the model that
// was saved. Errors wrap core.ErrFile.
func LoadRegression(path string) (*Regression, error) {
	var a fileAttributes
	f, err := modelfile.Read(path, fileKind, &a)
	if err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	wrong := func(err error) error { return fmt.Errorf("%w (in %s: %w)", err, path, core.ErrFile) }
	m := &Regression{Outputs: a.Outputs, Noise: a.Noise, Solver: a.Solver, Precision: a.Precision, Storage: a.Storage,
		Format: a.Format, Policy: a.Policy, Actions: a.Actions, PredictTol: a.PredictTol, MaxSolve: a.MaxSolve,
		Preconditioner: a.Preconditioner, Rank: a.Rank,
		Seed: a.Seed}
	if m.Kernel, err = UnmarshalKernel(a.Kernel); err != nil {
		return nil, wrong(err)
	}
	n, d, t, k := a.Samples, a.Features, a.Outputs, a.Directions
	if n < 1 || d < 1 || t < 1 || k < 0 {
		return nil, wrong(fmt.Errorf("gp: %w: %d points of %d features with %d outputs and %d directions", core.ErrShape, n, d, t, k))
	}
	m.X, m.Directions = core.Matrix[float64]{Rows: n, Cols: d, Stride: d}, core.Matrix[float64]{Rows: k, Cols: n, Stride: n}
	for _, g := range []struct {
		to    *[]float64
		name  string
		there bool
		shape []int
	}{
		{&m.X.Data, "x", true, []int{n, d}}, {&m.Y, "y", true, []int{n, t}}, {&m.Weights, "weights", true, []int{n, t}},
		{&m.Known, "known_noise", a.Known, []int{n}}, {&m.XMean, "x_mean", a.ScaledX, []int{d}},
		{&m.XScale, "x_scale", a.ScaledX, []int{d}}, {&m.YMean, "y_mean", a.ScaledY, []int{t}},
		{&m.YScale, "y_scale", a.ScaledY, []int{t}}, {&m.Directions.Data, "directions", k > 0, []int{k, n}},
	} {
		if !g.there {
			continue
		}
		if *g.to, err = f.Float64(g.name, g.shape...); err != nil {
			return nil, fmt.Errorf("gp: %w", err)
		}
	}
	m.recall(a.Facts)
	o := RegressionOptions{Solver: m.Solver, Precision: m.Precision, Storage: m.Storage, Format: m.Format, Policy: m.Policy,
		PredictTol: m.PredictTol, MaxSolve: m.MaxSolve, Preconditioner: m.Preconditioner, Rank: m.Rank, Actions: m.Actions, Noise: m.Noise}
	if err := o.Validate(); err != nil {
		return nil, wrong(err)
	}
	if _, err := m.posterior(); err != nil {
		return nil, wrong(err)
	}
	return m, nil
}

// recall takes over what a file tells about the training.
func (m *Regression) recall(f fileFacts) {
	m.LogLikelihood, m.Residual = modelfile.Number(f.LogLikelihood), modelfile.Number(f.Residual)
	m.Lower, m.Upper = modelfile.Number(f.Lower), modelfile.Number(f.Upper)
	m.QuadratureBias, m.StorageError, m.Memory, m.Converged = f.QuadratureBias, f.StorageError, f.Memory, f.Converged
	m.Iterations, m.Evaluations, m.SolveIterations = f.Iterations, f.Evaluations, f.SolveIterations
	m.PreconditionerRank, m.Seconds = f.PreconditionerRank, f.Seconds
	m.Diagnostics = diagnosticsOf(f.Diagnostics)
}

func notesOf(diagnostics []Diagnostic) []fileNote {
	out := make([]fileNote, len(diagnostics))
	for i, d := range diagnostics {
		out[i] = fileNote{d.Code, d.Column, modelfile.Finite(d.Value), d.Message, d.Action}
	}
	return out
}

func diagnosticsOf(notes []fileNote) []Diagnostic {
	var out []Diagnostic
	for _, n := range notes {
		out = append(out, Diagnostic{n.Code, n.Column, modelfile.Number(n.Value), n.Message, n.Action})
	}
	return out
}

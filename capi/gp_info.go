package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// gpState is what a model has to know for predictions besides its arrays and its kernel.
type gpState struct {
	Noise          float64 `json:"noise" default:"0" doc:"variance common to all points, in squared units of the model"`
	Solver         string  `json:"solver" default:"cholesky" doc:"cholesky, cg, low_precision_cg, alternating_projection, dual_descent or itergp"`
	Precision      string  `json:"precision" default:"float64" doc:"of kernel elements: float32 or float64"`
	Storage        string  `json:"storage" default:"none" doc:"of the kernel matrix, for systems of predictions: none, float32, float16 or bfloat16"`
	Format         string  `json:"format" default:"float16" doc:"of the vectors of low_precision_cg: float16, bfloat16 or float32"`
	Policy         string  `json:"policy" default:"mixed" doc:"of actions: cg, cholesky, inducing or mixed"`
	Actions        int     `json:"n_actions" default:"0" doc:"most of them; 0: an eighth of the points, but from 100 to 500"`
	PredictTol     float64 `json:"predict_tol" default:"1e-3" doc:"relative residual of systems that predictions solve"`
	MaxSolve       int     `json:"max_solve_iter" default:"1000" doc:"most iterations of each"`
	Preconditioner string  `json:"preconditioner" default:"auto" doc:"vecchia, rpcholesky, greedy, nystrom or auto"`
	Rank           int     `json:"rank" default:"0" doc:"of the preconditioner, or its neighbors; 0: as many as pay"`
	Seed           uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
}

// Validate reports the first impossible field.
func (s *gpState) Validate() error {
	o := gp.RegressionOptions{Solver: s.Solver, Storage: s.Storage, Format: s.Format, Policy: s.Policy, Actions: s.Actions, Preconditioner: s.Preconditioner}
	switch err := o.Validate(); {
	case err != nil:
		return err
	case s.Solver == gp.Auto:
		return invalid(core.ErrOption, "the solver of a model cannot be auto")
	case s.Precision != gp.Float32 && s.Precision != gp.Float64:
		return invalid(core.ErrOption, "precision must be float32 or float64, got %q", s.Precision)
	case !(s.Noise >= 0 && s.PredictTol > 0 && s.PredictTol < 1):
		return invalid(core.ErrOption, "noise must not be negative and predict_tol in (0, 1), got %v and %v", s.Noise, s.PredictTol)
	case s.MaxSolve < 1 || s.Rank < 0:
		return invalid(core.ErrOption, "max_solve_iter must be at least 1 and rank not negative, got %d and %d", s.MaxSolve, s.Rank)
	}
	return nil
}

func (s *gpState) store(m *gp.Regression) {
	m.Noise, m.Solver, m.Precision = s.Noise, s.Solver, s.Precision
	m.Storage, m.Format, m.Policy, m.Actions = s.Storage, s.Format, s.Policy, s.Actions
	m.Preconditioner = s.Preconditioner
	m.PredictTol, m.MaxSolve, m.Rank, m.Seed = s.PredictTol, s.MaxSolve, s.Rank, s.Seed
}

// diagnostic is a gp.Diagnostic as JSON.
type diagnostic struct {
	Code    string `json:"code"`
	Column  int    `json:"column"`
	Value   any    `json:"value"`
	Message string `json:"message"`
	Action  string `json:"action"`
}

func diagnostics(list []gp.Diagnostic) []diagnostic {
	out := make([]diagnostic, len(list))
	for i, d := range list {
		out[i] = diagnostic{d.Code, d.Column, finite(d.Value), d.Message, d.Action}
	}
	return out
}

// endedEarly is the first diagnostic of one of these codes as an error, or nil.
func endedEarly(list []gp.Diagnostic, codes ...string) error {
	for _, d := range list {
		if slices.Contains(codes, d.Code) {
			return fmt.Errorf("%w: %s; %s", core.ErrNotConverged, d.Message, d.Action)
		}
	}
	return nil
}

// info is the text of lithe_gp_info. Nested members come last, for readers that look for the first of a name.
func (m *gpModel) info() (string, error) {
	kernel, err := gp.MarshalKernel(m.Kernel)
	if err != nil {
		return "", err
	}
	theta := gp.Theta(m.Kernel)
	if theta == nil {
		theta = []float64{}
	}
	text, err := json.Marshal(struct {
		Samples       int             `json:"n_samples"`
		Features      int             `json:"n_features"`
		Outputs       int             `json:"n_outputs"`
		Noise         float64         `json:"noise"`
		Storage       string          `json:"storage"`
		Format        string          `json:"format"`
		Policy        string          `json:"policy"`
		Actions       int             `json:"n_actions"`
		Solver        string          `json:"solver"`
		Precision     string          `json:"precision"`
		PredictTol    float64         `json:"predict_tol"`
		MaxSolve      int             `json:"max_solve_iter"`
		Pre           string          `json:"preconditioner"`
		Rank          int             `json:"rank"`
		Seed          string          `json:"random_state"`
		LogLikelihood any             `json:"log_likelihood"`
		Lower         any             `json:"lower"`
		Upper         any             `json:"upper"`
		Converged     bool            `json:"converged"`
		Iterations    int             `json:"n_iter"`
		Evaluations   int             `json:"n_evaluations"`
		Solves        int             `json:"n_solve_iter"`
		Residual      any             `json:"residual"`
		PreRank       int             `json:"preconditioner_rank"`
		Taken         int             `json:"n_directions"`
		Bias          any             `json:"quadrature_bias"`
		StorageError  float64         `json:"storage_error"`
		Memory        int64           `json:"memory"`
		Seconds       float64         `json:"seconds"`
		Expression    string          `json:"expression"`
		Arrays        []string        `json:"arrays"`
		Theta         []float64       `json:"theta"`
		Kernel        json.RawMessage `json:"kernel"`
		Diagnostics   []diagnostic    `json:"diagnostics"`
	}{m.X.Rows, m.X.Cols, m.outputs(), m.Noise, m.Storage, m.Format, m.Policy, m.Actions, m.Solver, m.Precision, m.PredictTol,
		m.MaxSolve, m.Preconditioner, m.Rank,
		strconv.FormatUint(m.Seed, 10), finite(m.LogLikelihood), finite(m.Lower), finite(m.Upper), m.Converged, m.Iterations,
		m.Evaluations, m.SolveIterations, finite(m.Residual), m.PreconditionerRank, m.Directions.Rows, finite(m.QuadratureBias), m.StorageError,
		m.Memory, m.Seconds, m.Kernel.String(), m.arrays(), theta, kernel,
		diagnostics(m.Diagnostics)})
	return string(text), err
}

// arrays names what attribute knows.
func (m *gpModel) arrays() []string {
	names := []string{}
	if m.Weights != nil {
		names = append(names, "x", "y", "weights")
	}
	if m.Known != nil {
		names = append(names, "known_noise")
	}
	if m.XMean != nil {
		names = append(names, "scaling")
	}
	if m.YMean != nil {
		names = append(names, "y_scaling")
	}
	if m.Directions.Rows > 0 {
		names = append(names, "directions")
	}
	return names
}

// attribute returns an array of the model, without gaps between rows.
func (m *gpModel) attribute(name string) (core.Matrix[float64], error) {
	column := func(v []float64) (core.Matrix[float64], error) {
		return core.Matrix[float64]{Data: v, Rows: len(v), Cols: 1, Stride: 1}, nil
	}
	switch {
	case name == "x" && m.Weights != nil:
		return m.X, nil
	case name == "y" && m.Weights != nil:
		return m.table(m.Y, m.X.Rows), nil
	case name == "weights" && m.Weights != nil:
		return m.table(m.Weights, m.X.Rows), nil
	case name == "known_noise" && m.Known != nil:
		return column(m.Known)
	case name == "scaling" && m.XMean != nil:
		return together(m.XMean, m.XScale), nil
	case name == "y_scaling" && m.YMean != nil:
		return together(m.YMean, m.YScale), nil
	case name == "directions" && m.Directions.Rows > 0:
		return m.Directions, nil
	}
	return core.Matrix[float64]{}, invalid(errArgument, "the model has no array %q, known are %v", name, m.arrays())
}

// together makes two rows of two lists.
func together(mean, scale []float64) core.Matrix[float64] {
	both := append(slices.Clone(mean), scale...)
	return core.Matrix[float64]{Data: both, Rows: 2, Cols: len(mean), Stride: len(mean)}
}

package main

import (
	"encoding/json"
	"strconv"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// gpState is what a model has to know for predictions besides its arrays and its kernel.
type gpState struct {
	Noise      float64 `json:"noise" default:"0" doc:"variance common to all points, in squared units of the model"`
	YMean      float64 `json:"y_mean" default:"0" doc:"what has been subtracted from the targets"`
	YScale     float64 `json:"y_scale" default:"1" doc:"what they have been divided by after that"`
	Solver     string  `json:"solver" default:"cholesky" doc:"cholesky or cg"`
	Precision  string  `json:"precision" default:"float64" doc:"of kernel elements: float32 or float64"`
	PredictTol float64 `json:"predict_tol" default:"1e-3" doc:"relative residual of systems that predictions solve"`
	MaxSolve   int     `json:"max_solve_iter" default:"1000" doc:"most iterations of each"`
	Rank       int     `json:"rank" default:"0" doc:"of the preconditioner; 0: an eighth of the points, at most 1000"`
	Seed       uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`
}

// Validate reports the first impossible field.
func (s *gpState) Validate() error {
	switch {
	case s.Solver != gp.MethodCholesky && s.Solver != gp.MethodCG:
		return invalid(core.ErrOption, "solver must be cholesky or cg, got %q", s.Solver)
	case s.Precision != gp.Float32 && s.Precision != gp.Float64:
		return invalid(core.ErrOption, "precision must be float32 or float64, got %q", s.Precision)
	case !(s.Noise >= 0 && s.YScale > 0 && s.PredictTol > 0 && s.PredictTol < 1):
		return invalid(core.ErrOption, "noise must not be negative, y_scale must be positive and predict_tol in (0, 1), "+
			"got %v, %v and %v", s.Noise, s.YScale, s.PredictTol)
	case s.MaxSolve < 1 || s.Rank < 0:
		return invalid(core.ErrOption, "max_solve_iter must be at least 1 and rank not negative, got %d and %d", s.MaxSolve, s.Rank)
	}
	return nil
}

func (s *gpState) store(m *gp.Regression) {
	m.Noise, m.YMean, m.YScale, m.Solver, m.Precision = s.Noise, s.YMean, s.YScale, s.Solver, s.Precision
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
		Noise         float64         `json:"noise"`
		YMean         float64         `json:"y_mean"`
		YScale        float64         `json:"y_scale"`
		Solver        string          `json:"solver"`
		Precision     string          `json:"precision"`
		PredictTol    float64         `json:"predict_tol"`
		MaxSolve      int             `json:"max_solve_iter"`
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
		Seconds       float64         `json:"seconds"`
		Expression    string          `json:"expression"`
		Arrays        []string        `json:"arrays"`
		Theta         []float64       `json:"theta"`
		Kernel        json.RawMessage `json:"kernel"`
		Diagnostics   []diagnostic    `json:"diagnostics"`
	}{m.X.Rows, m.X.Cols, m.Noise, m.YMean, m.YScale, m.Solver, m.Precision, m.PredictTol, m.MaxSolve, m.Rank,
		strconv.FormatUint(m.Seed, 10), finite(m.LogLikelihood), finite(m.Lower), finite(m.Upper), m.Converged, m.Iterations,
		m.Evaluations, m.SolveIterations, finite(m.Residual), m.Seconds, m.Kernel.String(), m.arrays(), theta, kernel,
		diagnostics(m.Diagnostics)})
	return string(text), err
}

// arrays names what attribute knows.
func (m *gpModel) arrays() []string {
	names := []string{"x", "y", "weights"}
	if m.Known != nil {
		names = append(names, "known_noise")
	}
	if m.XMean != nil {
		names = append(names, "scaling")
	}
	return names
}

// attribute returns an array of the model, without gaps between rows.
func (m *gpModel) attribute(name string) (core.Matrix[float64], error) {
	column := func(v []float64) (core.Matrix[float64], error) {
		return core.Matrix[float64]{Data: v, Rows: len(v), Cols: 1, Stride: 1}, nil
	}
	switch {
	case name == "x":
		return m.X, nil
	case name == "y":
		return column(m.Y)
	case name == "weights":
		return column(m.Weights)
	case name == "known_noise" && m.Known != nil:
		return column(m.Known)
	case name == "scaling" && m.XMean != nil:
		d := len(m.XMean)
		both := append(append(make([]float64, 0, 2*d), m.XMean...), m.XScale...)
		return core.Matrix[float64]{Data: both, Rows: 2, Cols: d, Stride: d}, nil
	}
	return core.Matrix[float64]{}, invalid(errArgument, "the model has no array %q, known are %v", name, m.arrays())
}

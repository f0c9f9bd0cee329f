// Command gp answers requests of the benchmarks: products, solves and determinants of kernel matrices, which Python
// reaches through estimators only. Each line of the input is a [request] in JSON, each line of the output a [reply].
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// request is one thing to do with the kernel matrix of some points.
type request struct {
	Do      string          // product, factor, solve, logdet or fit
	Points  string          // file of Rows x Cols elements of float64
	Columns string          // file of Rows x Width elements of float64: right-hand sides
	Rows    int             // n
	Cols    int             // d
	Width   int             // t
	Kernel  json.RawMessage // as gp.MarshalKernel writes it
	Noise   float64         // variance
	Repeat  int             // how often; 0 means once
	Threads int
	Out     string // file that receives the result (Rows x Width of float64), if given

	Precision      string
	Storage        string
	Preconditioner string // none, or a method of gp.NewPreconditioner
	Rank           int
	Method         string // of gp.Solve
	Format         string
	Tol            float64
	Seed           uint64
	Probes         int
	Steps          int
	MaxIter        int
}

// reply is what came of it. Times are of each repetition.
type reply struct {
	Seconds []float64          `json:"seconds"`
	CPU     []float64          `json:"cpu"`
	Values  map[string]float64 `json:"values"`
	Trace   [][3]float64       `json:"trace,omitempty"` // of fit: evaluations, seconds and processor seconds after each iteration
	Notes   []string           `json:"notes,omitempty"`
	Error   string             `json:"error,omitempty"`
}

func main() {
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var r request
		a := &reply{Values: map[string]float64{}}
		err := json.Unmarshal(in.Bytes(), &r)
		if err == nil {
			err = r.answer(a)
		}
		if err != nil {
			a.Error = err.Error()
		}
		if err := out.Encode(a); err != nil {
			log.Fatal(err)
		}
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
}

func (r *request) answer(a *reply) error {
	x, err := read(r.Points, r.Rows, r.Cols)
	if err != nil {
		return err
	}
	k, err := gp.UnmarshalKernel(r.Kernel)
	if err != nil {
		return err
	}
	var v core.Matrix[float64]
	if r.Columns != "" {
		if v, err = read(r.Columns, r.Rows, r.Width); err != nil {
			return err
		}
	}
	if r.Do == "fit" {
		return r.fit(a, x, v, k)
	}
	began := time.Now()
	op, err := gp.NewOperator(x, k, []float64{r.Noise},
		&gp.OperatorOptions{Precision: r.Precision, Storage: r.Storage, Threads: r.Threads})
	if err != nil {
		return err
	}
	a.Values["setup_seconds"] = time.Since(began).Seconds()
	a.Values["storage_error"] = op.StorageError()
	switch r.Do {
	case "product":
		dst := core.NewMatrix[float64](r.Rows, r.Width)
		if err := a.time(r.Repeat, func() error { return op.Mul(context.Background(), dst, v) }); err != nil {
			return err
		}
		return write(r.Out, dst)
	case "factor":
		return r.factor(a, op)
	case "solve":
		return r.solve(a, op, v)
	case "logdet":
		return r.logDet(a, op)
	}
	return fmt.Errorf("cannot do %q", r.Do)
}

// factor makes a preconditioner.
func (r *request) factor(a *reply, op *gp.Operator) error {
	var p *gp.LowRank
	err := a.time(r.Repeat, func() (err error) {
		p, err = r.lowRank(op)
		return err
	})
	if err != nil {
		return err
	}
	diagonal, trace, kept := make([]float64, r.Rows), 0.0, 0.0
	if err := op.Diagonal(context.Background(), diagonal); err != nil {
		return err
	}
	for _, v := range diagonal {
		trace += v
	}
	for _, v := range p.Factor().Data {
		kept += float64(v) * float64(v)
	}
	a.Values["left"] = 1 - kept/trace
	return nil
}

func (r *request) lowRank(op *gp.Operator) (*gp.LowRank, error) {
	return gp.NewPreconditioner(context.Background(), op,
		&gp.PreconditionerOptions{Method: r.Preconditioner, Rank: r.Rank, Seed: r.Seed, Threads: r.Threads})
}

// preconditioner is nil where none is asked for.
func (r *request) preconditioner(op *gp.Operator) (gp.Preconditioner, error) {
	if r.Preconditioner == gp.None || r.Preconditioner == "" {
		return nil, nil
	}
	return r.lowRank(op)
}

// solve solves for the columns.
func (r *request) solve(a *reply, op *gp.Operator, v core.Matrix[float64]) error {
	p, err := r.preconditioner(op)
	if err != nil {
		return err
	}
	var found *gp.Solution
	if err := a.time(r.Repeat, func() error {
		found, err = gp.Solve(context.Background(), op, v,
			&gp.SolveOptions{Method: r.Method, Format: r.Format, Tol: r.Tol, MaxIterations: r.MaxIter, Preconditioner: p, Threads: r.Threads})
		return err
	}); err != nil {
		return err
	}
	for c, residual := range found.Residuals {
		a.Values["residual"] = max(a.Values["residual"], residual)
		a.Values["iterations"] = max(a.Values["iterations"], float64(found.Iterations[c]))
	}
	a.note(found.Diagnostics)
	return write(r.Out, found.X)
}

// logDet estimates the logarithm of the determinant.
func (r *request) logDet(a *reply, op *gp.Operator) error {
	p, err := r.preconditioner(op)
	if err != nil {
		return err
	}
	var found *gp.LogDetEstimate
	if err := a.time(r.Repeat, func() error {
		found, err = gp.LogDet(context.Background(), op,
			&gp.LogDetOptions{Probes: r.Probes, Steps: r.Steps, Seed: r.Seed, Preconditioner: p, Threads: r.Threads})
		return err
	}); err != nil {
		return err
	}
	if math.IsNaN(found.Value) {
		return fmt.Errorf("no probe gave a determinant")
	}
	a.Values["value"], a.Values["lower"], a.Values["upper"] = found.Value, found.Lower, found.Upper
	a.Values["standard_error"], a.Values["bias_bound"] = found.StandardError, found.BiasBound
	a.note(found.Diagnostics)
	return nil
}

// fit trains from the kernel and the noise given, and says when each iteration was done.
func (r *request) fit(a *reply, x, y core.Matrix[float64], k gp.Kernel) error {
	var m *gp.Regression
	began, used := time.Now(), processor()
	err := a.time(1, func() (err error) {
		m, err = gp.FitRegression(context.Background(), x, y.Data, k, &gp.RegressionOptions{Noise: r.Noise, Init: gp.InitNone,
			Solver: gp.MethodCG, MaxIter: r.MaxIter, NoLikelihood: true, Tol: r.Tol, Seed: r.Seed, Threads: r.Threads,
			Rank: r.Rank, Progress: func(p core.Progress) {
				if p.Phase == "training" {
					a.Trace = append(a.Trace, [3]float64{float64(p.Evaluations), time.Since(began).Seconds(), processor() - used})
				}
			}})
		return err
	})
	if err != nil {
		return err
	}
	a.Values["evaluations"], a.Values["iterations"] = float64(m.Evaluations), float64(m.Iterations)
	a.Values["solve_iterations"], a.Values["noise"] = float64(m.SolveIterations), m.Noise
	a.note(m.Diagnostics)
	return nil
}

// time runs call the given number of times and notes wall and processor seconds of each.
func (a *reply) time(repeat int, call func() error) error {
	for range max(1, repeat) {
		began, used := time.Now(), processor()
		if err := call(); err != nil {
			return err
		}
		a.Seconds = append(a.Seconds, time.Since(began).Seconds())
		a.CPU = append(a.CPU, processor()-used)
	}
	return nil
}

func (a *reply) note(list []gp.Diagnostic) {
	for _, d := range list {
		a.Notes = append(a.Notes, d.Code+": "+d.Message+"; "+d.Action)
	}
}

// processor returns the seconds of processor time used so far.
func processor() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func read(path string, rows, cols int) (core.Matrix[float64], error) {
	m := core.NewMatrix[float64](rows, cols)
	raw, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if len(raw) != 8*len(m.Data) {
		return m, fmt.Errorf("%s has %d bytes, not %d", path, len(raw), 8*len(m.Data))
	}
	for i := range m.Data {
		m.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return m, nil
}

func write(path string, m core.Matrix[float64]) error {
	if path == "" {
		return nil
	}
	raw := make([]byte, 8*m.Rows*m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			binary.LittleEndian.PutUint64(raw[8*(i*m.Cols+j):], math.Float64bits(v))
		}
	}
	return os.WriteFile(path, raw, 0o600)
}

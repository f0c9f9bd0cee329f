package gp

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// LogDetOptions of [LogDet]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON
// text.
type LogDetOptions struct {
	Probes int    `json:"n_probes" default:"0" doc:"random vectors; 0: 10"`
	Steps  int    `json:"lanczos_steps" default:"0" doc:"most Lanczos steps of each; fewer are taken where they change nothing; 0: 50"`
	Seed   uint64 `json:"random_state,string" default:"0" doc:"seed of the random vectors, an unsigned 64-bit integer; a string in JSON"`

	// Preconditioner, if set, is the P that most of the determinant comes from.
	Preconditioner Preconditioner `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every step.
	Progress func(core.Progress) `json:"-"`
}

const (
	defaultProbes = 10
	defaultSteps  = 50
)

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *LogDetOptions) Validate() error {
	if o != nil && (o.Probes < 0 || o.Probes == 1 || o.Steps < 0) {
		return fmt.Errorf("gp: %w: n_probes must be at least 2 and lanczos_steps at least 1, got %d and %d",
			core.ErrOption, o.Probes, o.Steps)
	}
	return nil
}

// LogDetEstimate is log|K + Sigma| with what is known about its error.
//
// Gauss' rule behind the Lanczos process is an upper bound of what a probe would give after all steps, that of Gauss and
// Radau a lower one where the spectrum has a known floor. Value is the middle of the two, averaged over probes.
type LogDetEstimate struct {
	Value         float64
	StandardError float64 // of Value, from the spread of the probes
	BiasBound     float64 // half the distance of the two rules: bounds what the missing Lanczos steps add to the error
	Change        float64 // of Gauss' rule from half of the steps to all of them: a rough estimate of the same
	Certified     bool    // BiasBound rests on a floor of the spectrum that is known, and not on the smallest Ritz value
	// Lower and Upper enclose the truth in at least 95 of 100 cases: the 99 % interval of Student's distribution, since few
	// probes of a skewed law need more than its 95 %, plus the bound of the bias.
	Lower, Upper float64

	Probes   int
	Steps    int // of the probe with the most
	Products int // products of the matrix with one vector

	Diagnostics []Diagnostic
	Seconds     float64
}

// LogDet estimates log|K + Sigma| by stochastic Lanczos quadrature with probes from N(0, P): log|P| plus the mean over
// probes of n sum_j w_j log(node_j). Takes Probes products with the matrix per step, on memory for 7 blocks of them.
//
// Errors wrap core.ErrOption or core.ErrShape, or come from s or ctx. A matrix that shows to be indefinite is no error: see
// Diagnostics; Value then leaves out the probes that saw it, and is NaN if all did.
func LogDet(ctx context.Context, s System, o *LogDetOptions) (*LogDetEstimate, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o == nil {
		o = &LogDetOptions{}
	}
	out, err := probe(ctx, s, o)
	if err != nil {
		return nil, err
	}
	e, err := LogDetFrom(out.Lanczos, s.Size(), o.Preconditioner, leastOf(s.Sigma()))
	if err != nil {
		return nil, err
	}
	for _, d := range out.Diagnostics {
		if d.Code == Indefinite {
			e.Diagnostics = append(e.Diagnostics, d)
		}
	}
	e.Products, e.Seconds = out.Products, time.Since(began).Seconds()
	return e, nil
}

// probe solves for the probes of LogDet, with their Lanczos coefficients.
func probe(ctx context.Context, s System, o *LogDetOptions) (*Solution, error) {
	probes, steps := o.Probes, o.Steps
	if probes == 0 {
		probes = defaultProbes
	}
	if steps == 0 {
		steps = defaultSteps
	}
	z := core.NewMatrix[float64](s.Size(), probes)
	if err := DrawProbes(ctx, z, o.Preconditioner, o.Seed, o.Threads); err != nil {
		return nil, err
	}
	tols := make([]float64, probes)
	for j := range tols {
		tols[j] = probeTol
	}
	return Solve(ctx, s, z, &SolveOptions{Method: MethodCG, Tols: tols, MaxIterations: steps, Refresh: steps + 1,
		MaxProducts: probes * (steps + 1), Preconditioner: o.Preconditioner, Lanczos: true, Threads: o.Threads,
		Progress: o.Progress, once: true})
}

// probeTol is the residual at which more Lanczos steps would change the quadrature by nothing that matters: its error falls like
// the square of the residual.
const probeTol = 1e-4

// quadratureTol is the residual at which probes of a gradient serve for a value.
const quadratureTol = 1e-3

// DrawProbes fills z (n x t) with draws from N(0, P), or from N(0, I) if p is nil. Column j depends on seed and j alone.
func DrawProbes(ctx context.Context, z core.Matrix[float64], p Preconditioner, seed uint64, threads int) error {
	if p != nil {
		return p.Sample(ctx, z, seed)
	}
	return par.For(ctx, threads, par.Tiles(z.Rows, rowTile), func(_, tile int) {
		lo, hi := par.Span(tile, z.Rows, rowTile)
		for j := range z.Cols {
			draw := rng.New(seed, streamProbeNoise, uint64(j), uint64(tile))
			for i := lo; i < hi; i++ {
				z.Row(i)[j] = draw.NormFloat64()
			}
		}
	})
}

// LogDetFrom is [LogDet] from the coefficients of a solve that had the probes among its columns and started from zero. p is
// the preconditioner of that solve or nil, noise the smallest element of Sigma. Products is left at 0.
func LogDetFrom(probes []Tridiagonal, n int, p Preconditioner, noise float64) (*LogDetEstimate, error) {
	e := &LogDetEstimate{Probes: len(probes)}
	base, floor := 0.0, noise
	if p != nil {
		base, floor = p.LogDet(), p.Floor()
	}
	// Rounding of tiles and of F may take a little of what the floor promises.
	floor *= 1 - 1e-3
	e.Certified = floor > 0
	var middle []float64
	size := float64(n)
	for _, t := range probes {
		if t.Steps() == 0 {
			continue
		}
		v, ok, err := logOf(t, floor)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		middle = append(middle, base+size*(v.upper+v.lower)/2)
		e.BiasBound += size * (v.upper - v.lower) / 2
		e.Change += size * (v.half - v.upper)
		e.Steps = max(e.Steps, t.Steps())
		e.Certified = e.Certified && v.certified
	}
	count := float64(len(middle))
	mean, sum := 0.0, 0.0
	for _, v := range middle {
		mean += v / count
	}
	for _, v := range middle {
		sum += (v - mean) * (v - mean)
	}
	e.Value, e.BiasBound, e.Change = mean, e.BiasBound/count, e.Change/count
	if count < 2 {
		e.Value, e.StandardError, e.Lower, e.Upper = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		return e, nil
	}
	e.StandardError = math.Sqrt(sum / (count - 1) / count)
	reach := e.BiasBound + student995(count-1)*e.StandardError
	e.Lower, e.Upper = e.Value-reach, e.Value+reach
	if e.BiasBound > max(2*e.StandardError, 1e-3*size) {
		e.Diagnostics = append(e.Diagnostics, Diagnostic{QuadratureBias, -1, e.BiasBound,
			"the Lanczos process is too short for the determinant",
			"raise lanczos_steps, or better the rank of the preconditioner"})
	}
	return e, nil
}

// logRules are quadrature rules for the logarithm.
type logRules struct {
	lower, upper, half float64
	certified          bool
}

// logOf applies the rules to T. It reports false if T is not positive definite.
func logOf(t Tridiagonal, floor float64) (v logRules, ok bool, err error) {
	nodes, weights, err := t.Quadrature()
	if err != nil || !(nodes[0] > 0) {
		return v, false, err
	}
	v.upper = logSum(nodes, weights)
	if nodes, weights, err = t.Leading((t.Steps() + 1) / 2).Quadrature(); err != nil {
		return v, false, err
	}
	v.half = logSum(nodes, weights)
	extended, below := t.Radau(floor)
	if v.certified = below && floor > 0; !v.certified {
		smallest, _, err := t.Quadrature()
		if err != nil {
			return v, false, err
		}
		if extended, below = t.Radau(smallest[0] / 2); !below {
			return v, false, nil
		}
	}
	if nodes, weights, err = extended.Quadrature(); err != nil {
		return v, false, err
	}
	v.lower = min(logSum(nodes, weights), v.upper)
	return v, true, nil
}

func logSum(nodes, weights []float64) float64 {
	sum := 0.0
	for j, v := range nodes {
		if weights[j] > 0 {
			sum += weights[j] * math.Log(max(v, math.SmallestNonzeroFloat64))
		}
	}
	return sum
}

// student995 returns the 99.5 % point of Student's distribution by Hill's expansion in the degrees of freedom, of which two
// and fewer are looked up.
func student995(degrees float64) float64 {
	const z = 2.5758293035489004
	switch {
	case degrees < 1.5:
		return 63.6567
	case degrees < 2.5:
		return 9.9248
	}
	z2 := z * z
	g1 := z * (z2 + 1) / 4
	g2 := z * ((5*z2+16)*z2 + 3) / 96
	g3 := z * (((3*z2+19)*z2+17)*z2 - 15) / 384
	g4 := z * ((((79*z2+776)*z2+1482)*z2-1920)*z2 - 945) / 92160
	return z + (g1+(g2+(g3+g4/degrees)/degrees)/degrees)/degrees
}

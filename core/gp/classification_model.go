package gp

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Classification is a Gaussian process classifier by Laplace's approximation: the latent functions of each of its problems
// are normal around the mode of their posterior. It is plain data: a literal with the fields of the first group predicts as
// the one that was fitted. What predictions need besides is made at first use and kept; call Reset after changing a field.
// A Classification is used from one goroutine at a time.
//
// Two classes are one problem with one latent function, whatever MultiClass. Of C classes there are C problems with
// [OneVsRest], C (C - 1) / 2 with [OneVsOne], pair (0, 1) before (0, 2) and (1, 2) last, and one with C latent functions
// with [Softmax].
type Classification struct {
	MultiClass string
	Classes    int                  // C
	Names      []json.RawMessage    // C: what the classes are called, JSON strings, numbers or truth values; nil: by their numbers
	Labels     []int                // n, in [0, C)
	X          core.Matrix[float64] // n x d
	Kernels    []Kernel             // of each problem
	Weights    core.Matrix[float64] // n x latent functions: a = y - pi at the mode, 0 for points that a pair leaves out
	Latent     core.Matrix[float64] // n x latent functions: the mode f = K a

	Solver     string  // cholesky or cg
	Precision  string  // float32 or float64
	PredictTol float64 // relative residual of systems that predictions solve; 0 means 1e-3
	MaxSolve   int     // most iterations of each; 0 means 1000
	Rank       int     // of the preconditioner; 0 means that of NewPreconditioner
	Seed       uint64  // of random choices
	Threads    int     // 0 means one per processor; never changes a result

	// LogLikelihoods are log p(y) of each problem by Laplace's approximation, estimates within Lower and Upper at 95 % where
	// Solver is cg, and NaN if none was asked for.
	LogLikelihoods []float64
	Lower, Upper   []float64
	Converged      bool // training and the searches for modes ended because there was nothing left to gain
	Iterations     int  // of training, all problems together
	Evaluations    int  // of the likelihood
	NewtonSteps    int  // to the final modes
	SolveIter      int  // of conjugate gradients
	Diagnostics    []Diagnostic
	Seconds        float64

	cache []*classPosterior // what predictions need of each problem
}

// Codes of a [Diagnostic] of a [Classification].
const (
	TrainedOnPart  = "trained_on_part"  // parameters come from a part of the points; value: how many
	ModeNotReached = "mode_not_reached" // Newton steps ran out; value: the last change of a latent value
)

// LogLikelihood returns the mean of LogLikelihoods, which is what scikit-learn reports.
func (m *Classification) LogLikelihood() float64 {
	sum := 0.0
	for _, v := range m.LogLikelihoods {
		sum += v
	}
	return sum / float64(len(m.LogLikelihoods))
}

// Reset forgets what has been kept for predictions.
func (m *Classification) Reset() { m.cache = nil }

// problem is one likelihood with its own latent functions.
type problem struct {
	number           int
	points           []int // that take part; nil means all
	y                classes
	first            int // of its columns in Weights and Latent
	positive, versus int // the classes of label 1 and label 0; versus is -1 for all others
}

// problems lists what C classes are made of.
func problems(labels []int, count int, multi string) []problem {
	switch {
	case count == 2:
		return []problem{{y: classes{labels, 1}, positive: 1, versus: 0}}
	case multi == Softmax:
		return []problem{{y: classes{labels, count}, versus: -1}}
	}
	var list []problem
	add := func(positive, versus int) {
		p := problem{number: len(list), first: len(list), positive: positive, versus: versus}
		for i, label := range labels {
			if versus >= 0 && label != positive && label != versus {
				continue
			}
			one := 0
			if label == positive {
				one = 1
			}
			p.y.labels = append(p.y.labels, one)
			if versus >= 0 {
				p.points = append(p.points, i)
			}
		}
		p.y.c = 1
		list = append(list, p)
	}
	for i := range count {
		if multi == OneVsRest {
			add(i, -1)
			continue
		}
		for j := i + 1; j < count; j++ {
			add(j, i)
		}
	}
	return list
}

// latent returns how many latent functions all problems have.
func latent(list []problem) int {
	sum := 0
	for _, p := range list {
		sum += p.y.c
	}
	return sum
}

// at returns the index of point i of the problem.
func (p *problem) at(i int) int {
	if p.points == nil {
		return i
	}
	return p.points[i]
}

// rows returns the points of the problem.
func (p *problem) rows(x core.Matrix[float64]) core.Matrix[float64] {
	if p.points == nil {
		return x
	}
	out := core.NewMatrix[float64](len(p.points), x.Cols)
	for i, at := range p.points {
		copy(out.Row(i), x.Row(at))
	}
	return out
}

// columns copies what the problem has in a matrix with a row for each point and a column for each latent function.
func (p *problem) columns(m core.Matrix[float64]) core.Matrix[float64] {
	out := core.NewMatrix[float64](len(p.y.labels), p.y.c)
	for i := range out.Rows {
		copy(out.Row(i), m.Row(p.at(i))[p.first:])
	}
	return out
}

// put is the reverse of columns.
func (p *problem) put(m, values core.Matrix[float64]) {
	for i := range values.Rows {
		copy(m.Row(p.at(i))[p.first:], values.Row(i))
	}
}

// lifted returns the weights of a part of the points as those of all of them, 0 elsewhere: the function that they make is the same.
func (p *problem) lifted(part problem, weights core.Matrix[float64]) core.Matrix[float64] {
	out := core.NewMatrix[float64](len(p.y.labels), p.y.c)
	next := 0 // both are in the order of points
	for i := range part.y.labels {
		for p.at(next) != part.at(i) {
			next++
		}
		copy(out.Row(next), weights.Row(i))
	}
	return out
}

// checkLabels returns the number of classes.
func checkLabels(labels []int, n int) (int, error) {
	if len(labels) != n {
		return 0, fmt.Errorf("gp: %w: there are %d labels for %d points", core.ErrShape, len(labels), n)
	}
	count := 0
	for i, v := range labels {
		if v < 0 || v >= n {
			return 0, fmt.Errorf("gp: %w: labels[%d] is %d; labels number the classes from 0, and each class has a point",
				core.ErrOption, i, v)
		}
		count = max(count, v+1)
	}
	seen := make([]int, count)
	for _, v := range labels {
		seen[v]++
	}
	if k := slices.Index(seen, 0); k >= 0 {
		return 0, fmt.Errorf("gp: %w: no point has label %d, though there are labels up to %d; number the classes without gaps",
			core.ErrOption, k, count-1)
	}
	if count < 2 {
		return 0, fmt.Errorf("gp: %w: a classifier needs points of at least 2 classes, all %d points have label 0", core.ErrOption, n)
	}
	return count, nil
}

// parts returns the problems of a model, after checking the fields.
func (m *Classification) parts() ([]problem, error) {
	if m.X.Data != nil && m.Weights.Data == nil {
		return nil, fmt.Errorf("gp: %w: the model has no weights: it comes from a training that was interrupted; fit again, starting "+
			"from its kernel", core.ErrShape)
	}
	if err := checkPoints(m.X, "X of the model", 0); err != nil {
		return nil, err
	}
	count, err := checkLabels(m.Labels, m.X.Rows)
	if err != nil {
		return nil, err
	}
	if count != m.Classes {
		return nil, fmt.Errorf("gp: %w: the model has labels of %d classes, but %d classes", core.ErrShape, count, m.Classes)
	}
	if m.Names != nil && len(m.Names) != count {
		return nil, fmt.Errorf("gp: %w: there are %d names of %d classes", core.ErrShape, len(m.Names), count)
	}
	list := problems(m.Labels, m.Classes, m.MultiClass)
	if len(m.Kernels) != len(list) {
		return nil, fmt.Errorf("gp: %w: the model has %d kernels for %d problems", core.ErrShape, len(m.Kernels), len(list))
	}
	for _, k := range m.Kernels {
		if err := Validate(k, m.X.Cols); err != nil {
			return nil, err
		}
	}
	for name, v := range map[string]core.Matrix[float64]{"weights": m.Weights, "latent values": m.Latent} {
		if err := checkShape(v, name, m.X.Rows, latent(list)); err != nil {
			return nil, err
		}
		if math.IsNaN(peak(v.Data)) {
			return nil, fmt.Errorf("gp: %w: %s are not numbers", core.ErrNotFinite, name)
		}
	}
	return list, nil
}

// Validate reports fields that do not fit together, with an error wrapping [core.ErrShape], [core.ErrOption] or
// [core.ErrNotFinite].
func (m *Classification) Validate() error {
	_, err := m.parts()
	return err
}

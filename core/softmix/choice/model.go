package choice

import (
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Model is a fitted model, in the units of the data. Parameters are the free coefficients, class by class, and then the
// membership coefficients delta of all classes but the last.
type Model struct {
	Classes, Columns, Covariates int     // K, P, Q
	Persons, Situations, Rows    int     // of rows only those available
	LogLikelihood                float64 // without the penalty
	Null                         float64 // of equal probabilities of all available alternatives
	Parameters                   int
	Converged                    bool
	Iterations                   int     // Newton iterations of the best start
	Decrement                    float64 // log-likelihood still to be gained, by the last Newton step
	Hits                         int     // starts that ended at the best likelihood, to 1e-3
	Finished                     int     // starts that were followed to the end
	Singular                     bool    // the information matrix has no inverse: no standard errors
	Unbounded                    int     // a parameter that seems to grow for ever: choices of a class are separated; or -1
	Seconds                      float64

	Coefficients core.Matrix[float64] // K x P
	Membership   core.Matrix[float64] // K x Q: delta; the last row is 0
	Shares       []float64            // K: mean posterior probability of the classes, weighted
	Index        []int                // K*P: the parameter behind each coefficient, or -1 where it is fixed
	Covariance   core.Matrix[float64] // of the parameters: inverse of the observed information; NaN if singular
	Robust       core.Matrix[float64] // the sandwich, clustered by person
	Posterior    core.Matrix[float64] // N x K, persons by increasing number
	Person       []int                // N: their numbers
	Likelihoods  []float64            // N: log P_n
	Gradient     []float64            // of the objective in the parameters
	Information  core.Matrix[float64] // minus the Hessian of the objective
	Starts       []float64            // objective where each start ended, in the order of the starts

	ColumnNames, MembershipNames []string // those of the options; nil: none
	PersonLabels                 []string // what callers call the persons, for files; nil: by their numbers
}

// model collects what the climber knows about the best theta.
func (f *fit) model(s *climber, ends []ending) *Model {
	a, l, size := f.a, f.l, f.a.size()
	m := &Model{Classes: a.k, Columns: a.p, Covariates: a.q, Persons: l.persons, Situations: l.situations, Rows: l.rows,
		LogLikelihood: s.v.loglik[0], Null: l.null, Parameters: size, Converged: ends[0].converged, Iterations: ends[0].iterations,
		Decrement: ends[0].decrement, Index: a.index, Shares: slices.Clone(s.v.members), Starts: make([]float64, len(ends)),
		Coefficients: core.NewMatrix[float64](a.k, a.p), Membership: core.NewMatrix[float64](a.k, a.q),
		Posterior: matrixOf(l.byPerson(s.v.posterior, a.k), l.persons, a.k), Likelihoods: s.v.logs, Gradient: make([]float64, size)}
	for _, e := range ends {
		m.Starts[e.start] = e.objective
		if e.finished || a.k == 1 {
			m.Finished++
			if e.objective >= ends[0].objective-sameOptimum {
				m.Hits++
			}
		}
	}
	m.ColumnNames, m.MembershipNames = f.o.Columns, f.o.MembershipColumns
	for i, b := range s.v.beta {
		if scale := l.scale[i%a.p]; scale > 0 {
			b /= scale
		}
		m.Coefficients.Data[i] = b
	}
	for i, d := range s.v.delta {
		m.Membership.Data[i] = d / l.zScale[i%a.q]
	}
	for k := range m.Shares {
		if m.Shares[k] /= l.total; a.k == 1 {
			m.Shares[k] = 1
		}
	}
	for _, id := range l.id {
		m.Person = append(m.Person, int(id))
	}
	unit := f.units()
	m.Information = core.NewMatrix[float64](size, size)
	for i := range size {
		m.Gradient[i] = s.c.gradient[i] * unit[i]
		for j := range size {
			m.Information.Data[i*size+j] = -s.c.hessian[i*size+j] * unit[i] * unit[j]
		}
	}
	var inverse []float64
	inverse, m.Singular = s.inverse()
	m.Unbounded = s.unbounded(m.Singular)
	m.Covariance, m.Robust = matrixOf(inverse, size, size), matrixOf(s.robust(inverse), size, size)
	for i := range size {
		for j := range size {
			m.Covariance.Data[i*size+j] /= unit[i] * unit[j]
			m.Robust.Data[i*size+j] /= unit[i] * unit[j]
		}
	}
	m.Seconds = time.Since(f.began).Seconds()
	return m
}

// units returns what a parameter of the layout is divided by to be in the units of the data.
func (f *fit) units() []float64 {
	unit := make([]float64, f.a.size())
	for i := range unit {
		if i < f.a.g {
			unit[i] = f.l.scale[f.a.column[i]]
		} else {
			unit[i] = f.l.zScale[(i-f.a.g)%f.a.q]
		}
	}
	return unit
}

func matrixOf(values []float64, rows, cols int) core.Matrix[float64] {
	return core.Matrix[float64]{Data: values, Rows: rows, Cols: cols, Stride: cols}
}

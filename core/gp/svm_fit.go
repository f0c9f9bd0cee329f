package gp

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// SVM is a least-squares support vector machine: for each of t one-against-all problems the function f(x) = sum_i a_i k(x_i,
// x) + b that minimises |f|^2 / 2 + C / 2 sum_i w_i (y_i - f(x_i))^2 with y_i = 1 for the points of a class and -1 for
// the others. It is plain data: a literal with the fields of the first group decides as the one that was fitted; call Reset
// after changing a field. An SVM is used from one goroutine at a time.
type SVM struct {
	Kernel    Kernel
	X         core.Matrix[float64] // n x d: the points of positive weight
	Dual      core.Matrix[float64] // n x t: coefficients a, of columns that sum to 0
	Intercept []float64            // t: b
	Precision string               // of kernel elements in decisions: float32 or float64
	Threads   int                  // 0 means one per processor; never changes a result

	// LeftOut (n x t), if asked for, are the functions at each point of X that all other points would make.
	LeftOut core.Matrix[float64]

	Classes     int   // 2 with t = 1, or t
	Support     []int // n: indices of the points of X among those given to FitSVM; nil for all of them
	Solver      string
	Iterations  int       // of the column with the most, 1 with Cholesky
	Residuals   []float64 // t: relative, of the systems behind Dual
	Rank        int       // of the preconditioner
	Diagnostics []Diagnostic
	Seconds     float64

	op *Operator
}

// FitSVM trains a least-squares support vector machine on x (n x d) and one label in [0, classes) per point. k is the kernel,
// or nil for the one that the options name. Two classes make one problem, in which class 1 is the positive one, more classes
// one each; a class without points is never decided for.
//
// With N = K + diag(1 / (C w)), all problems and the vector of ones are columns of one system: nu = N^-1 y, eta = N^-1 1,
// b = 1^T nu / 1^T eta and a = nu - b eta. Up to max_exact points it is solved by Cholesky, n^3/3 operations, beyond by
// preconditioned conjugate gradients in memory of O(n (d + rank + t)).
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
//
// Source: J. A. K. Suykens, J. Vandewalle: Least squares support vector machine classifiers, Neural Processing Letters,
// 1999.
func FitSVM[T core.Float](ctx context.Context, x core.Matrix[T], labels []int, k Kernel, o *SVMOptions) (*SVM, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkPoints(x, "X", 0); err != nil {
		return nil, err
	}
	v := o.withDefaults()
	ids, weights, err := v.weightsOf(x.Rows)
	if err != nil {
		return nil, err
	}
	if len(labels) != x.Rows {
		return nil, fmt.Errorf("gp: %w: there are %d labels for %d points", core.ErrShape, len(labels), x.Rows)
	}
	m := &SVM{Kernel: k, Threads: v.Threads, Support: ids, Solver: v.Solver, Precision: v.Precision}
	used, rows := labels, pointsOf(x)
	if ids != nil {
		if rows, err = rows.chosen(ids); err != nil {
			return nil, err
		}
		used = make([]int, len(ids))
		for i, id := range ids {
			used[i] = labels[id]
		}
	}
	if m.Classes, err = classesOf(labels, used); err != nil {
		return nil, err
	}
	m.X = rows.matrix()
	if m.Kernel == nil {
		m.Kernel = v.named(m.X, weights)
	}
	if err := Validate(m.Kernel, x.Cols); err != nil {
		return nil, err
	}
	if err := m.solve(ctx, used, weights, &v); err != nil {
		return nil, err
	}
	m.Seconds = time.Since(began).Seconds()
	return m, nil
}

// classesOf returns the number of classes, after looking at all labels and at those of points that count.
func classesOf(labels, used []int) (int, error) {
	most := -1
	for i, c := range labels {
		if c < 0 || c >= 1<<20 {
			return 0, fmt.Errorf("gp: %w: label %d is %d; labels are indices of classes, from 0 on", core.ErrOption, i, c)
		}
		most = max(most, c)
	}
	if len(used) == 0 {
		return 0, fmt.Errorf("gp: %w: all weights are zero; at least one point must count", core.ErrOption)
	}
	if slices.Min(used) == slices.Max(used) {
		return 0, fmt.Errorf("gp: %w: all points of positive weight belong to class %d; a classifier needs points of two classes",
			core.ErrOption, used[0])
	}
	return most + 1, nil
}

// targets returns the problems as columns, n x t, and the ones behind them.
func targets(labels []int, classes int) core.Matrix[float64] {
	t := classes
	if classes == 2 {
		t = 1
	}
	b := core.NewMatrix[float64](len(labels), t+1)
	for i, label := range labels {
		row := b.Row(i)
		for c := range t {
			row[c] = -1
		}
		row[t] = 1
		switch {
		case t > 1:
			row[label] = 1
		case label == 1:
			row[0] = 1
		}
	}
	return b
}

// solve fills what belongs to the solution.
func (m *SVM) solve(ctx context.Context, labels []int, weights []float64, o *SVMOptions) error {
	n := len(labels)
	if m.Solver == Auto {
		if m.Solver = MethodCG; n <= o.MaxExact {
			m.Solver = MethodCholesky
		}
	}
	if m.Precision == Auto {
		if m.Precision = Float32; m.Solver == MethodCholesky {
			m.Precision = Float64
		}
	}
	noise := []float64{1 / o.C}
	if weights != nil {
		noise = make([]float64, n)
		for i, w := range weights {
			noise[i] = 1 / (o.C * w)
		}
	}
	op, err := NewOperator(m.X, m.Kernel, noise, &OperatorOptions{Precision: m.Precision, Threads: o.Threads})
	if err != nil {
		return err
	}
	s := &SolveOptions{Method: m.Solver, Tol: o.Tol, MaxIterations: o.MaxIter, MaxMemory: maxExactMemory, Threads: o.Threads,
		Progress: o.Progress}
	if m.Solver == MethodCG {
		p, err := newMatched(ctx, op, &PreconditionerOptions{Rank: svmRank(o.Rank, n, o.C), Seed: o.Seed, Threads: o.Threads,
			Progress: o.Progress}, nil)
		if err != nil {
			return err
		}
		s.Preconditioner, m.Rank = p, p.Rank()
	}
	b := targets(labels, m.Classes)
	found, err := Solve(ctx, op, b, s)
	if err != nil {
		return err
	}
	m.op, m.Diagnostics = op, found.Diagnostics
	m.Iterations = max(1, slices.Max(found.Iterations))
	if err := m.combine(found); err != nil || !o.LeftOut {
		return err
	}
	return m.leaveOut(ctx, b, found)
}

// leaveOut fills LeftOut. With c the diagonal of N^-1, that of the inverse of the bordered system is c_i - eta_i^2 / 1^T eta,
// and to leave a point out changes its residual from a_i / (C w_i) to a_i over that.
func (m *SVM) leaveOut(ctx context.Context, b core.Matrix[float64], found *Solution) error {
	if m.Solver != MethodCholesky {
		return fmt.Errorf("gp: %w: leave_one_out needs the diagonal of an inverse, which solver cg does not know; use cholesky",
			core.ErrOption)
	}
	diagonal, err := found.factor.InverseDiagonal(ctx)
	if err != nil {
		return err
	}
	t, sum := len(m.Intercept), 0.0
	for i := range diagonal {
		sum += found.X.Row(i)[t]
	}
	m.LeftOut = core.NewMatrix[float64](len(diagonal), t)
	for i, c := range diagonal {
		eta := found.X.Row(i)[t]
		for j, a := range m.Dual.Row(i) {
			m.LeftOut.Row(i)[j] = b.Row(i)[j] - a/(c-eta*eta/sum)
		}
	}
	return nil
}

// svmRank is lower than that for regressions where C is small: noise of 1 / C then leaves fewer directions that matter.
func svmRank(rank, n int, c float64) int {
	most := 1000
	if c <= 3 {
		most = 500
	}
	return cmp.Or(rank, min(max(n/8, 1), most))
}

// combine makes coefficients of the columns nu and eta of a solution.
func (m *SVM) combine(found *Solution) error {
	n, t := found.X.Rows, found.X.Cols-1
	sums := make([]float64, t+1)
	for i := range n {
		for j, v := range found.X.Row(i) {
			sums[j] += v
		}
	}
	if !(sums[t] > 0) || math.IsInf(sums[t], 1) {
		return fmt.Errorf("gp: %w: 1^T (K + Sigma)^-1 1 = %v, which is positive for a positive definite matrix; "+
			"use a smaller C or float64 precision", core.ErrNumerical, sums[t])
	}
	m.Intercept, m.Dual = make([]float64, t), core.NewMatrix[float64](n, t)
	for j := range t {
		m.Intercept[j] = sums[j] / sums[t]
	}
	for i := range n {
		row, solved := m.Dual.Row(i), found.X.Row(i)
		for j, b := range m.Intercept {
			row[j] = solved[j] - b*solved[t]
		}
	}
	m.Residuals = found.Residuals[:t]
	return nil
}

package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// recurrence is the tridiagonal matrix that Lanczos steps with one probe have made.
type recurrence struct {
	diagonal []float64
	beside   []float64 // the last one leads to the next vector
	done     bool      // the probe's Krylov space is exhausted
}

// quadrature returns the mean of z^T log M z over probes z, and its standard error with what the last steps changed.
func (d *logDeterminant[T]) quadrature(ctx context.Context) (value, deviation float64, err error) {
	n, probes := d.c.n, d.o.Probes
	q, before := core.NewMatrix[T](n, probes), core.NewMatrix[T](n, probes)
	w, x := core.NewMatrix[T](n, probes), core.NewMatrix[T](n, probes)
	signs(q, d.o.Seed, streamError)
	unit := T(1 / math.Sqrt(float64(n)))
	for i := range q.Data {
		q.Data[i] *= unit
	}
	t := make([]recurrence, probes)
	look, last := 4, math.Inf(1)
	for step := 1; step <= d.o.MaxSteps; step++ {
		copyInto(x, q)
		if err := d.mul(ctx, w, x); err != nil {
			return 0, 0, err
		}
		if step == 1 {
			if err := d.checkSymmetric(ctx, q, w); err != nil {
				return 0, 0, err
			}
		}
		advance(t, before, q, w)
		before, q, w = q, w, before
		if step < min(look, d.o.MaxSteps) && !allDone(t) {
			continue
		}
		look += max(2, look/3)
		estimates := make([]float64, probes)
		for j := range t {
			if estimates[j], err = d.formula(&t[j]); err != nil {
				return 0, 0, err
			}
		}
		value, deviation = meanAndError(estimates)
		change := math.Abs(value - last)
		last = value
		if change <= logDetShare*deviation+float64(n)*core.Epsilon[T]() || allDone(t) || step == d.o.MaxSteps {
			if math.IsInf(change, 1) || allDone(t) {
				change = 0
			}
			return value, math.Hypot(deviation, change), nil
		}
	}
	return value, deviation, nil
}

func allDone(t []recurrence) bool {
	for j := range t {
		if !t[j].done {
			return false
		}
	}
	return true
}

// checkSymmetric looks at q^T M q for w = M q.
func (d *logDeterminant[T]) checkSymmetric(ctx context.Context, q, w core.Matrix[T]) error {
	h := make([]float64, q.Cols*q.Cols)
	if err := linalg.Cross(ctx, d.o.Threads, q, w, h); err != nil {
		return err
	}
	return checkSymmetric(h, q.Cols, w)
}

// advance makes of w = M q the next unit vectors and extends the recurrences: w loses its parts along q and before.
func advance[T core.Float](t []recurrence, before, q, w core.Matrix[T]) {
	back := make([]float64, len(t))
	for j := range t {
		if k := len(t[j].beside); k > 0 {
			back[j] = t[j].beside[k-1]
		}
	}
	for i := range w.Rows {
		row := w.Row(i)
		for j, v := range before.Row(i) {
			row[j] = T(float64(row[j]) - back[j]*float64(v))
		}
	}
	along := columnDots(q, w)
	for i := range w.Rows {
		row := w.Row(i)
		for j, v := range q.Row(i) {
			row[j] = T(float64(row[j]) - along[j]*float64(v))
		}
	}
	lengths, factor := columnNorms(w), make([]float64, len(t))
	for j := range t {
		if t[j].done {
			continue
		}
		t[j].diagonal, t[j].beside = append(t[j].diagonal, along[j]), append(t[j].beside, lengths[j])
		if t[j].done = !(lengths[j] > 100*core.Epsilon[T]()*(math.Abs(along[j])+back[j])); !t[j].done {
			factor[j] = 1 / lengths[j]
		}
	}
	for i := range w.Rows {
		row := w.Row(i)
		for j, v := range row {
			row[j] = T(float64(v) * factor[j])
		}
	}
}

// formula returns n e_1^T log(T) e_1 for the tridiagonal T.
func (d *logDeterminant[T]) formula(t *recurrence) (float64, error) {
	k := len(t.diagonal)
	vectors, values := make([]float64, k*k), make([]float64, k)
	for i, v := range t.diagonal {
		vectors[i*k+i] = v
		if i+1 < k {
			vectors[i*k+i+1], vectors[(i+1)*k+i] = t.beside[i], t.beside[i]
		}
	}
	if err := linalg.EigenSym(nil, vectors, k, values); err != nil {
		return 0, err
	}
	if !(values[k-1] > core.Epsilon[T]()*values[0]) {
		return 0, d.indefiniteError()
	}
	sum := 0.0
	for i, v := range values {
		sum += vectors[i] * vectors[i] * math.Log(v)
	}
	return float64(d.c.n) * sum, nil
}

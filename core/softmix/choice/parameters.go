package choice

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// parameters says which numbers are estimated. The vector theta holds gamma (G) and then delta ((K-1) x Q), in the units of
// the layout. Coefficient (k, p) is element k*P+p of beta.
type parameters struct {
	k, p, q int
	g       int       // free coefficients
	index   []int     // K*P: the position in gamma, or -1
	fixed   []float64 // K*P: the value where index is -1
	column  []int     // G: the column of a free coefficient
}

// newParameters reads what the options share and fix.
func newParameters(o *Options, l *layout) (*parameters, error) {
	a := &parameters{k: o.Classes, p: l.columns, q: l.q}
	a.index, a.fixed = make([]int, a.k*a.p), make([]float64, a.k*a.p)
	shared := make([]bool, a.p)
	for _, p := range o.Shared {
		if p < 0 || p >= a.p {
			return nil, fmt.Errorf("choice: %w: shared names column %d of the %d columns of x", core.ErrOption, p, a.p)
		}
		shared[p] = true
	}
	for _, f := range o.Fixed {
		if f.Column < 0 || f.Column >= a.p || f.Class < -1 || f.Class >= a.k {
			return nil, fmt.Errorf("choice: %w: fixed names class %d, column %d; there are %d classes and %d columns, counted from 0",
				core.ErrOption, f.Class, f.Column, a.k, a.p)
		}
		if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
			return nil, fmt.Errorf("choice: %w: fixed sets %s to %v; it must be finite", core.ErrOption, column(o.Columns, f.Column), f.Value)
		}
		for k := range a.k {
			if f.Class == -1 || f.Class == k {
				a.index[k*a.p+f.Column] = -1
				a.fixed[k*a.p+f.Column] = f.Value * l.scale[f.Column]
			}
		}
	}
	for k := range a.k {
		for p := range a.p {
			a.place(k, p, shared[p])
		}
	}
	if a.g == 0 {
		return nil, fmt.Errorf("choice: %w: every coefficient is fixed, so there is nothing to estimate", core.ErrOption)
	}
	if a.k > 1 && a.same() {
		return nil, fmt.Errorf("choice: %w: all %d classes have the same coefficients, so nothing tells one from another; "+
			"share or fix fewer", core.ErrOption, a.k)
	}
	return a, nil
}

// same reports whether all classes have the coefficients of the first.
func (a *parameters) same() bool {
	for i := a.p; i < len(a.index); i++ {
		if a.index[i] != a.index[i-a.p] || a.fixed[i] != a.fixed[i-a.p] {
			return false
		}
	}
	return true
}

// place gives coefficient (k, p) its position.
func (a *parameters) place(k, p int, shared bool) {
	i := k*a.p + p
	if a.index[i] < 0 {
		return
	}
	for before := 0; shared && before < k; before++ {
		if j := a.index[before*a.p+p]; j >= 0 {
			a.index[i] = j
			return
		}
	}
	a.index[i] = a.g
	a.column = append(a.column, p)
	a.g++
}

// size is the length of theta.
func (a *parameters) size() int { return a.g + (a.k-1)*a.q }

// full is the length of the vector of all coefficients and delta.
func (a *parameters) full() int { return a.k*a.p + (a.k-1)*a.q }

// coefficients writes beta (K*P) of theta.
func (a *parameters) coefficients(beta, theta []float64) {
	for i, at := range a.index {
		if at >= 0 {
			beta[i] = theta[at]
		} else {
			beta[i] = a.fixed[i]
		}
	}
}

// at is the position in theta of element i of the full vector, or -1.
func (a *parameters) at(i int) int {
	if i < len(a.index) {
		return a.index[i]
	}
	return i - len(a.index) + a.g
}

// pooled returns the parameters of one class for all persons: a column is free if some class has it free, and else fixed
// to the mean of its values.
func (a *parameters) pooled() *parameters {
	b := &parameters{k: 1, p: a.p, q: a.q, index: make([]int, a.p), fixed: make([]float64, a.p)}
	for p := range a.p {
		b.index[p] = -1
		for k := range a.k {
			b.fixed[p] += a.fixed[k*a.p+p] / float64(a.k)
			if a.index[k*a.p+p] >= 0 {
				b.index[p] = 0
			}
		}
		b.place(0, p, false)
	}
	return b
}

// spread writes to theta the gamma of classes that all have the coefficients beta (P).
func (a *parameters) spread(theta, beta []float64) {
	for i, at := range a.column {
		theta[i] = beta[at]
	}
}

// exchangeable reports whether the likelihood stays the same when classes change names.
func (a *parameters) exchangeable() bool {
	for p := range a.p {
		free, value := a.index[p] >= 0, a.fixed[p]
		for k := 1; k < a.k; k++ {
			i := k*a.p + p
			if (a.index[i] >= 0) != free || a.fixed[i] != value {
				return false
			}
		}
	}
	return true
}

package gp

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Tridiagonal is the symmetric matrix T that k steps of the Lanczos process leave: the diagonal, and off it k numbers of
// which the last couples T to the step that was not taken.
type Tridiagonal struct {
	Diagonal []float64
	Off      []float64

	step float64 // of conjugate gradients, the last
}

// Steps returns k.
func (t Tridiagonal) Steps() int { return len(t.Diagonal) }

// Leading returns T after the first k steps.
func (t Tridiagonal) Leading(k int) Tridiagonal {
	return Tridiagonal{Diagonal: t.Diagonal[:k], Off: t.Off[:k]}
}

// Quadrature returns the nodes of Gauss' rule for the measure behind T, which are its eigenvalues in ascending order, and
// the weights, which sum to 1. Takes O(k^2) operations. The error wraps core.ErrNumerical.
func (t Tridiagonal) Quadrature() (nodes, weights []float64, err error) {
	k := t.Steps()
	nodes, weights = slices.Clone(t.Diagonal), make([]float64, k)
	for i, v := range nodes {
		if i < k-1 {
			v += t.Off[i]
		}
		if v-v != 0 {
			return nil, nil, fmt.Errorf("gp: %w: step %d of a Lanczos process holds NaN or an infinity", core.ErrNumerical, i)
		}
	}
	if k == 0 {
		return nodes, weights, nil
	}
	off := append([]float64(nil), t.Off[:k-1]...)
	first := make([]float64, k)
	first[0] = 1
	if !diagonalize(nodes, off, first) {
		return nil, nil, fmt.Errorf("gp: %w: the eigenvalues of a tridiagonal matrix of %d Lanczos steps do not converge",
			core.ErrNumerical, k)
	}
	for i := range first { // few, and nearly sorted: insertion
		for j := i; j > 0 && nodes[j] < nodes[j-1]; j-- {
			nodes[j], nodes[j-1] = nodes[j-1], nodes[j]
			first[j], first[j-1] = first[j-1], first[j]
		}
	}
	for i, v := range first {
		weights[i] = v * v
	}
	return nodes, weights, nil
}

// Radau returns T with one more row, such that a is an eigenvalue: the nodes and weights of its Quadrature are those of the
// rule of Gauss and Radau with the node a. For functions whose odd derivatives are positive, such as the logarithm, and a
// below all of the spectrum, that rule gives a lower bound, and Gauss' rule an upper one. It reports false if a is not
// below the eigenvalues of T.
func (t Tridiagonal) Radau(a float64) (Tridiagonal, bool) {
	k := t.Steps()
	if k == 0 {
		return Tridiagonal{}, false
	}
	pivot := 0.0
	for i, v := range t.Diagonal {
		d := v - a
		if i > 0 {
			d -= t.Off[i-1] * t.Off[i-1] / pivot
		}
		if pivot = d; !(pivot > 0) {
			return Tridiagonal{}, false
		}
	}
	off := t.Off[k-1]
	return Tridiagonal{Diagonal: append(append([]float64(nil), t.Diagonal...), a+off*off/pivot),
		Off: append(append([]float64(nil), t.Off...), 0)}, true
}

// diagonalize overwrites d, the diagonal of a symmetric tridiagonal matrix with off-diagonal e, with its eigenvalues, and
// row, the first row of the identity, with that of its eigenvectors. It reports false if it does not converge.
func diagonalize(d, e, row []float64) bool {
	tries := 0
	for hi := len(d) - 1; hi > 0; {
		lo := hi
		for lo > 0 && math.Abs(e[lo-1]) > 0x1p-53*(math.Abs(d[lo-1])+math.Abs(d[lo])) {
			lo--
		}
		if lo == hi {
			hi, tries = hi-1, 0
			continue
		}
		if tries++; tries > 60 {
			return false
		}
		sweep(d[lo:hi+1], e[lo:hi], row[lo:hi+1])
	}
	return true
}

// sweep is one step of the QR iteration with Wilkinson's shift, the eigenvalue of the last 2 x 2 block that is closer to
// its corner: a rotation makes a bulge at the top, others chase it out at the bottom.
func sweep(d, e, row []float64) {
	last := len(d) - 1
	half := (d[last-1] - d[last]) / 2
	shift := d[last] - e[last-1]*(e[last-1]/(half+math.Copysign(math.Hypot(half, e[last-1]), half)))
	x, bulge := d[0]-shift, e[0]
	for i := range last {
		c, s := 1.0, 0.0
		if h := math.Hypot(x, bulge); h > 0 {
			c, s = x/h, bulge/h
			if i > 0 {
				e[i-1] = h
			}
		}
		a, b, off := d[i], d[i+1], e[i]
		d[i] = c*c*a + 2*c*s*off + s*s*b
		d[i+1] = s*s*a - 2*c*s*off + c*c*b
		e[i] = c*s*(b-a) + (c*c-s*s)*off
		if i+1 < last {
			x, bulge = e[i], s*e[i+1]
			e[i+1] *= c
		}
		row[i], row[i+1] = c*row[i]+s*row[i+1], c*row[i+1]-s*row[i]
	}
}

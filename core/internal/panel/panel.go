// Package panel evaluates Gaussian log-densities and accumulates their sufficient statistics, sixteen (float32) or
// eight (float64) points at a time.
//
// A panel holds one cache line of points per feature: feature d of point l is x[d*Lanes+l]. The points of a panel are
// neighbours in the order of the solver, hence share most of their candidate components, so every candidate is
// evaluated for the whole panel: lanes are points, the parameters of a component are broadcast, nothing is reduced
// across lanes, and the result for a point does not depend on which points share its panel.
//
// # Letters
//
//	D       features
//	H       factors of a component, padded to G groups of Width
//	mu      mean (D)
//	p       1 / noise variance (D)
//	W       whitened loadings (D x H): W = D^-1 Lambda L^-T with L L^T = I + Lambda^T D^-1 Lambda
//	t       x - mu
//	v       W^T t (H); the posterior mean of the factors is L^-T v
//	l       c0 - (sum_d p_d t_d^2 - sum_h v_h^2) / 2, the log joint density of point and component
//
// A component is stored as G blocks of D rows of Row elements: [mu_d, p_d, W_d1 ... W_d5] in block 0, and the same
// with p_d = 0 and the next five columns in the following blocks. With H = 0 there is one block of rows [mu_d, p_d].
package panel

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

const (
	// Bytes of one feature of a panel: a cache line.
	Bytes = 64
	// Width is the number of loading columns in one block of a component.
	Width = 5
	// Row is the number of elements in a row of a block: mu, p and Width loadings.
	Row = 2 + Width
	// Coefs is the number of rows of coefficients of Accumulate: q, q v_1 ... q v_Width.
	Coefs = 1 + Width
	// Moments is the number of accumulator rows of Accumulate: sum q t^2, sum q t, sum q v_h t.
	Moments = 2 + Width
)

// Lanes returns the number of points in a panel: 16 for float32, 8 for float64.
func Lanes[T core.Float]() int {
	var z T
	return Bytes / int(unsafe.Sizeof(z))
}

// Pad rounds a number of features up to a whole number of cache lines.
func Pad[T core.Float](d int) int {
	l := Lanes[T]()
	return (d + l - 1) / l * l
}

// Groups returns the number G of blocks that hold h factors; 0 means the short rows of a component without factors.
func Groups(h int) int { return (h + Width - 1) / Width }

// Stride returns the elements of one stored component of d features and h factors.
func Stride(d, h int) int {
	if h == 0 {
		return 2 * d
	}
	return Groups(h) * d * Row
}

// Standardize writes (x - shift) * scale to dst; all four have the length of x, dst may be longer and its rest is left
// alone.
func Standardize[T core.Float](dst, x, shift, scale []T) {
	if len(x) == 0 {
		return
	}
	_, _, _ = dst[len(x)-1], shift[len(x)-1], scale[len(x)-1]
	standardize(dst, x, shift, scale)
}

// Gather writes (x - shift) * scale of the rows that begin at from, each as long as shift, to the rows of dst (len(from) x
// dp), whose padding is left alone.
func Gather[T core.Float](dst []T, dp int, from []*T, shift, scale []T) {
	if len(from) == 0 || len(shift) == 0 {
		return
	}
	_, _ = dst[:(len(from)-1)*dp+len(shift)], scale[:len(shift)]
	gather(dst, dp, from, shift, scale)
}

// Prefetch asks for the memory of rows of d elements that begin at from to be brought into the second-level cache.
func Prefetch[T core.Float](from []*T, d int) {
	if len(from) > 0 && d > 0 {
		prefetch(from, d)
	}
}

// Transpose turns rows (Lanes rows of length dp, a multiple of Lanes) into the panel dst (dp x Lanes).
func Transpose[T core.Float](dst, rows []T, dp int) {
	n := dp * Lanes[T]()
	_, _ = dst[:n], rows[:n]
	if n > 0 {
		transpose(dst, rows, dp)
	}
}

// Evaluate writes the log joint densities of the panel x (d x Lanes) under the components ids: row i of l
// (len(ids) x Lanes) is for component ids[i], stored at params[ids[i]*Stride(d, h)], with constant c0[ids[i]].
func Evaluate[T core.Float](l, x []T, d, h int, params, c0 []T, ids []uint32) {
	EvaluateProject(l, nil, x, d, h, params, c0, ids)
}

// EvaluateProject is Evaluate, and Project for the first of ids: v (Groups(h)*Width x Lanes), unless it is nil.
func EvaluateProject[T core.Float](l, v, x []T, d, h int, params, c0 []T, ids []uint32) {
	lanes := Lanes[T]()
	if len(ids) == 0 {
		return
	}
	_, _ = l[:len(ids)*lanes], x[:d*lanes]
	if h == 0 {
		v = nil
	}
	if v != nil {
		_ = v[:Groups(h)*Width*lanes]
	}
	evaluate(l, v, x, d, Groups(h), params, c0, ids)
}

// Project writes v for the panel x (d x Lanes) under one component (h > 0 factors): row i of v (Groups(h)*Width x
// Lanes) is v_i, zero beyond h.
func Project[T core.Float](v, x []T, d, h int, component []T) {
	lanes, g := Lanes[T](), Groups(h)
	_, _, _ = v[:g*Width*lanes], x[:d*lanes], component[:g*d*Row]
	project(v, x, d, g, component)
}

// Weigh writes the coefficients of Accumulate for the weights a (Lanes) and the factors v (groups*Width x Lanes) to coef
// (groups x Coefs x Lanes).
func Weigh[T core.Float](coef, v, a []T, groups int) {
	lanes := Lanes[T]()
	_, _, _ = coef[:groups*Coefs*lanes], v[:groups*Width*lanes], a[:lanes]
	if groups > 0 {
		weigh(coef, v, a, groups)
	}
}

// Accumulate adds to acc (Moments x dp) the weighted moments of n rows (n x dp, dp a multiple of Lanes) about mu (dp):
// with t = row - mu and coefficients coef (Coefs x Lanes, of which n lanes count) = [q, a_1 ... a_Width],
// acc_0 += q t^2, acc_1 += q t, acc_1+h += a_h t.
func Accumulate[T core.Float](acc, rows []T, n, dp int, mu, coef []T) {
	if n == 0 || dp == 0 {
		return
	}
	_, _, _, _ = acc[:Moments*dp], rows[:n*dp], mu[:dp], coef[:Coefs*Lanes[T]()]
	accumulate(acc, rows, n, dp, mu, coef)
}

// AddGradient adds q_l unit_d (Sigma^-1 t)_d to sum (d x Lanes) for the panel x (d x Lanes) under one component of h
// factors, given its v (see Project; unused when h = 0), with one weight q per lane and one unit per feature. Since
// Sigma^-1 t = p t - W v is the gradient of -log N(x; mu, Sigma), this is what denoising subtracts.
func AddGradient[T core.Float](sum, x []T, d, h int, component, v, unit, q []T) {
	lanes := Lanes[T]()
	_, _, _, _ = sum[:d*lanes], x[:d*lanes], unit[:d], q[:lanes]
	if h == 0 {
		_ = component[:2*d]
		addGradientShort(sum, x, d, component, unit, q)
		return
	}
	_, _ = component[:Groups(h)*d*Row], v[:Groups(h)*Width*lanes]
	for g := range Groups(h) {
		addGradient(sum, x, d, component[g*d*Row:], v[g*Width*lanes:], unit, q)
	}
}

// NextAbove returns the first row i >= from of l (n x Lanes) in which some lane exceeds the threshold of its lane,
// and the mask of those lanes; (n, 0) if there is none. NaN exceeds nothing.
func NextAbove[T core.Float](l []T, from, n int, threshold []T) (i int, mask uint32) {
	if from >= n {
		return n, 0
	}
	lanes := Lanes[T]()
	_, _ = l[:n*lanes], threshold[:lanes]
	return nextAbove(l, from, n, threshold)
}

// Lead offers rows 0..n-1 of l (n x Lanes), named base, base+1, ..., to the leaders of each lane, which value and index (keep
// x Lanes) hold best first: the name of a row enters index where its value does. Of equal values the first offered wins, and
// NaN exceeds nothing.
func Lead[T core.Float](value []T, index []uint32, keep int, l []T, n int, base uint32) {
	if n == 0 || keep == 0 {
		return
	}
	lanes := Lanes[T]()
	_, _, _ = value[:keep*lanes], index[:keep*lanes], l[:n*lanes]
	lead(value, index, keep, l, n, base)
}

// Shares divides q (keep x Lanes) by its sum in each lane, which it leaves in norm (Lanes). What is not above eps becomes 0.
// With own (Lanes; nil for none) an entry whose index (keep x Lanes) is 0 goes there as well, and is made negative in q; own is
// 0 in lanes without one. others is the mask of the lanes with entries above 0, in q as it is left.
func Shares[T core.Float](q, own []T, index []uint32, keep int, norm []T, eps T) (others uint32) {
	if keep == 0 {
		return 0
	}
	lanes := Lanes[T]()
	_, _, norm = q[:keep*lanes], index[:keep*lanes], norm[:lanes]
	if own != nil {
		own = own[:lanes]
	}
	return shares(q, own, index, keep, norm, eps)
}

// DiffSums writes to dst[i], for each row i of l (n x Lanes), the sum over the lanes chosen by mask of base - l_i.
func DiffSums[T core.Float](dst, l []T, n int, base []T, mask uint32) {
	if n == 0 {
		return
	}
	lanes := Lanes[T]()
	_, _, _ = dst[:n], l[:n*lanes], base[:lanes]
	diffSums(dst, l, n, base, mask)
}

package lowrank

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// QBFactors is A ~ Q B with Q orthonormal and B = Q^T A.
type QBFactors[T core.Float] struct {
	Q core.Matrix[T] // m x r, orthonormal columns
	B core.Matrix[T] // r x n, orthogonal rows whose norms, decreasing, approximate the singular values

	Error         float64 // Frobenius norm of A - Q B, exact up to rounding
	RelativeError float64 // Error divided by the Frobenius norm of A
	Passes        int     // multiplications of A or A^T with a block
	Columns       int     // columns of all these blocks together
	Seed          uint64
	Seconds       float64
}

const (
	qbBlock = 16 // columns by which a basis grows
	// A basis that meets the tolerance grows on until that makes the rank smaller by less than this factor.
	worthGrowing = 0.95
)

// QB returns Q and B with |A - Q B|_F <= o.Tol |A|_F, and a rank r that exceeds the smallest possible one by a few per
// cent at most; it is at least 1. a must be [Normed], and o.Rank 0. o.Method, o.Oversample and o.MaxPasses are not used.
//
// The basis is that of block Krylov, 16 columns at a time, until |A|^2 - |B|^2 meets the tolerance with the fewest
// directions that it can do with. Rounding limits the tolerance to 1e-3 in float32 and 2e-7 in float64, and is allowed
// for in what is accepted. Takes two passes per block: some 4 m n w operations and (m + n) w numbers of memory for a
// basis of w columns, of the order of 2 r.
//
// Errors are those of [SVD].
func QB[T core.Float](ctx context.Context, a Operator[T], o *Options) (*QBFactors[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	if c.o.Rank != 0 {
		return nil, fmt.Errorf("lowrank: %w: QB finds the rank itself; n_components must be 0, got %d (SVD takes a rank)",
			core.ErrOption, c.o.Rank)
	}
	f, err := c.toTolerance(ctx)
	if err != nil {
		return nil, err
	}
	b := core.NewMatrix[T](len(f.S), c.n)
	for i := range c.n {
		for j, v := range f.V.Row(i) {
			b.Data[j*b.Stride+i] = T(f.S[j] * float64(v) * c.unit)
		}
	}
	return &QBFactors[T]{Q: f.U, B: b, Error: f.Error * c.unit, RelativeError: f.RelativeError,
		Passes: c.passes, Columns: c.columns, Seed: c.o.Seed, Seconds: time.Since(c.began).Seconds()}, nil
}

// uncertain is the part of |A|^2 that |A|^2 - |B|^2 may owe to rounding, of which most is that Q is not quite
// orthonormal.
func uncertain[T core.Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 4 * core.Epsilon[T]()
	}
	return 64 * core.Epsilon[T]()
}

// toTolerance returns about as few triplets as have a relative Frobenius error of at most o.Tol. The error and the
// values are in multiples of c.unit.
func (c *job[T]) toTolerance(ctx context.Context) (*Factors[T], error) {
	norm, ok := c.a.(Normed)
	least := math.Sqrt(2 * uncertain[T]())
	switch {
	case !ok:
		return nil, fmt.Errorf("lowrank: %w: a relative error can only be promised for a matrix that knows its norm; set n_components",
			core.ErrOption)
	case c.o.Tol < least:
		return nil, fmt.Errorf("lowrank: %w: without n_components tol is the relative error, at least %.2g for this type of data; got %v",
			core.ErrOption, least, c.o.Tol)
	}
	total, err := norm.SquaredNorm(ctx)
	if errors.Is(err, core.ErrNumerical) {
		total = math.Inf(1)
	} else if err != nil {
		return nil, err
	}
	limit := min(c.m, c.n)
	b := newKrylov(c, min(4*qbBlock, limit), min(qbBlock, limit))
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	allowed := c.o.Tol*c.o.Tol - uncertain[T]() // of the total
	for rank := limit + 1; ; {
		b.reserve(min(b.have+qbBlock, limit))
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		explained := 0.0
		for i := range b.have {
			explained += b.g[i*b.q.Stride+i]
		}
		known := total / c.unit / c.unit
		if math.IsInf(known, 1) || total < vanishing && explained > 0 {
			return nil, fmt.Errorf("lowrank: %w: the sum of squares of A leaves the range of float64; rescale A", core.ErrNumerical)
		}
		if known-explained > allowed*known {
			if b.have < limit {
				continue
			}
			return c.whole(ctx, limit, known, allowed*known)
		}
		if err := b.ritz(ctx); err != nil {
			return nil, err
		}
		before := rank
		var rest float64
		rank, rest = b.prune(max(0, known-explained), allowed*known)
		if b.have < limit && (before > limit || float64(rank) < worthGrowing*float64(before)) {
			continue
		}
		f := &Factors[T]{Method: Krylov, Converged: true, ErrorMethod: "identity"}
		f.setError(rest, known)
		f.U, f.S, f.V, err = b.triplets(ctx, rank)
		return f, err
	}
}

// whole finds what toTolerance does from all singular values of A, of which there are limit. A Krylov basis of that many
// columns can fall short: where many singular values are equal it soon reaches no new directions, and those drawn at
// random in their place lie outside the range of A.
func (c *job[T]) whole(ctx context.Context, limit int, known, allowed float64) (*Factors[T], error) {
	f, err := c.gram(ctx, limit)
	if err != nil {
		return nil, err
	}
	rest, r := known, len(f.S)
	for _, s := range f.S {
		rest -= s * s
	}
	for rest = max(0, rest); r > 1 && rest+f.S[r-1]*f.S[r-1] <= allowed; r-- {
		rest += f.S[r-1] * f.S[r-1]
	}
	u, v := core.NewMatrix[T](c.m, r), core.NewMatrix[T](c.n, r)
	copyInto(u, columns(f.U, 0, r))
	copyInto(v, columns(f.V, 0, r))
	f = &Factors[T]{U: u, S: f.S[:r], V: v, Method: Gram, ErrorMethod: "identity", Converged: rest <= allowed}
	f.setError(rest, known)
	return f, nil
}

// reserve makes room for a basis of width columns, at least doubling what there is.
func (k *krylov[T]) reserve(width int) {
	old := k.q.Stride
	if width <= old {
		return
	}
	width = min(max(width, 2*old), k.c.m, k.c.n)
	q, z, g := core.NewMatrix[T](k.c.m, width), core.NewMatrix[T](k.c.n, width), make([]float64, width*width)
	copyInto(q, columns(k.q, 0, k.have))
	copyInto(z, columns(k.z, 0, k.have))
	for i := range k.have {
		copy(g[i*width:i*width+k.have], k.g[i*old:])
	}
	k.q, k.z, k.g, k.cross = q, z, g, make([]float64, width*k.w.Stride)
}

// prune returns the smallest number of Ritz vectors, at least 1, that leaves a squared error of at most allowed, where all
// of them leave rest, and what it leaves.
func (k *krylov[T]) prune(rest, allowed float64) (r int, left float64) {
	for r = k.have; r > 1 && rest+k.values[r-1] <= allowed; r-- {
		rest += k.values[r-1]
	}
	return r, rest
}

package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
)

// subspace is block power iteration with orthonormal blocks on both sides: a Krylov basis that forgets all but its
// newest block. It needs (m + n) l numbers of memory and more passes.
func (c *job[T]) subspace(ctx context.Context, k, l int) (*Factors[T], error) {
	tol, limit := c.stopping()
	b := newKrylov(c, l, l)
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	f := &Factors[T]{Method: Subspace}
	s := settled{rounding: 8 * core.Epsilon[T]()}
	for !f.Converged && c.passes+2 <= max(2, limit) {
		b.forget()
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		if err := b.ritz(ctx); err != nil {
			return nil, err
		}
		f.Converged = s.remaining(b.values, k) <= tol || l == min(c.m, c.n)
	}
	var err error
	f.U, f.S, f.V, err = b.triplets(ctx, k)
	return f, err
}

// forget empties the basis; w stays what A is multiplied with next.
func (k *krylov[T]) forget() {
	k.have = 0
	k.w.Cols = k.w.Stride
	clear(k.g)
}

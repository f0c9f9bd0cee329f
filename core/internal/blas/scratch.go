package blas

import (
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// scratch is what one call of Gemm or Syrk needs beyond its arguments.
type scratch[T core.Float] struct {
	packed     Packed[T]
	workspaces []Workspace[T] // one per thread
}

var pool32, pool64 sync.Pool

func scratchPool[T core.Float]() *sync.Pool {
	if sizeOf[T]() == 4 {
		return &pool32
	}
	return &pool64
}

func takeScratch[T core.Float](threads int) *scratch[T] {
	s, ok := scratchPool[T]().Get().(*scratch[T])
	if !ok {
		s = new(scratch[T])
	}
	if len(s.workspaces) < threads {
		s.workspaces = append(s.workspaces, make([]Workspace[T], threads-len(s.workspaces))...)
	}
	return s
}

func (s *scratch[T]) release() { scratchPool[T]().Put(s) }

// block packs a k x n block of op(B) and multiplies it with m rows of A.
func (s *scratch[T]) block(threads, m int, alpha T, a left[T], transB bool, k, n int, b []T, ldb int,
	beta T, c []T, ldc int) {

	if threads == 1 {
		PackRight(&s.packed, transB, k, n, b, ldb)
		multiply(&s.workspaces[0], m, alpha, a, &s.packed, 0, s.packed.panels(), beta, c, ldc)
		return
	}
	s.blockParallel(threads, m, alpha, a, transB, k, n, b, ldb, beta, c, ldc)
}

func (s *scratch[T]) blockParallel(threads, m int, alpha T, a left[T], transB bool, k, n int, b []T, ldb int,
	beta T, c []T, ldc int) {

	s.packed.packParallel(threads, transB, k, n, b, ldb)
	rows := tileRows(s.packed.kernel, m)
	down := par.Tiles(m, rows)
	panels := s.packed.panels()
	// Few rows: cut the columns as well.
	wide := par.Tiles(panels, max(1, 16/down))
	across := par.Tiles(panels, wide)
	_ = par.For(nil, threads, down*across, func(worker, t int) {
		i0, i1 := par.Span(t/across, m, rows)
		j0, j1 := par.Span(t%across, panels, wide)
		multiply(&s.workspaces[worker], i1-i0, alpha, a.from(i0, 0), &s.packed, j0, j1, beta,
			c[i0*ldc+j0*2*s.packed.kernel.lanes:], ldc)
	})
}

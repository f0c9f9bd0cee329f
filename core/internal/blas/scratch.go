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

func sizeOf[T core.Float]() int {
	if any(T(0)) == any(float32(0)) {
		return 4
	}
	return 8
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

// threadWork is how many multiplications make up for the time that it takes to start another thread.
const threadWork = 2e6

// run computes the given part of alpha*op(A)*op(B) + beta*C, for operands already checked.
func run[T core.Float](of part, threads int, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {

	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		scalePart(of, m, n, beta, c, ldc)
		return
	}
	threads = min(par.Threads(threads), 1+int(float64(m)*float64(n)*float64(k)/threadWork))
	s := takeScratch[T](threads)
	defer s.release()
	kn := kernelFor[T]()
	// The depth of blocks comes from the whole of k, so that no element depends on how the operands are cut up here.
	depth := blockDepth(kn, k)
	nb, kb := blockSizes(kn, n, k, depth)
	left, right := leftOperand(transA, a, lda), leftOperand(transB, b, ldb)
	for j := 0; j < n; j += nb {
		width := min(nb, n-j)
		scaleC := beta
		for p := 0; p < k; p += kb {
			s.packed.reset(kn, min(kb, k-p), width, depth)
			s.pack(threads, transB, right.from(p, j).data, ldb)
			s.multiply(of.from(0, j), threads, m, alpha, left.from(0, p), scaleC, c[j:], ldc)
			scaleC = 1
		}
	}
}

// blockBytes bounds the packed part of B: small enough for a share of the last-level cache.
const blockBytes = 8 << 20

// blockSizes returns how many columns and rows of op(B) are packed at a time: even parts of the columns, and as many
// blocks of rows as the bound allows.
func blockSizes[T core.Float](kn *kernel[T], n, k, depth int) (nb, kb int) {
	elements, panel := blockBytes/sizeOf[T](), 2*kn.lanes
	nb = n
	if most := elements / depth / panel * panel; n > most {
		nb = par.Tiles(par.Tiles(n, par.Tiles(n, most)), panel) * panel
	}
	padded := par.Tiles(nb, kn.lanes) * kn.lanes
	return nb, min(k, max(1, elements/(padded*depth))*depth)
}

func (s *scratch[T]) pack(threads int, trans bool, b []T, ldb int) {
	if threads == 1 {
		for t := range s.packed.tiles() {
			s.packed.packTile(t, trans, b, ldb)
		}
		return
	}
	s.packParallel(threads, trans, b, ldb)
}

// The parallel versions are functions of their own so that the closures cost nothing on one thread. With a nil context
// For has nothing to report but panics, which it raises itself.

func (s *scratch[T]) packParallel(threads int, trans bool, b []T, ldb int) {
	_ = par.For(nil, threads, s.packed.tiles(), func(_, t int) { s.packed.packTile(t, trans, b, ldb) })
}

// multiply computes the given part of alpha*A*B + beta*C with the packed B.
func (s *scratch[T]) multiply(of part, threads, m int, alpha T, a left[T], beta T, c []T, ldc int) {
	if threads == 1 {
		multiply(&s.workspaces[0], of, m, alpha, a, &s.packed, 0, s.packed.panels(), beta, c, ldc)
		return
	}
	s.multiplyParallel(of, threads, m, alpha, a, beta, c, ldc)
}

func (s *scratch[T]) multiplyParallel(of part, threads, m int, alpha T, a left[T], beta T, c []T, ldc int) {
	kn, panels := s.packed.kernel, s.packed.panels()
	// Tiles of about a sixteenth of the rows, in whole strips; with few rows, the columns are cut as well.
	rows := kn.rows[0] * min(kn.band, max(1, par.Tiles(m, 16*kn.rows[0])))
	down := par.Tiles(m, rows)
	wide := par.Tiles(panels, max(1, 16/down))
	across := par.Tiles(panels, wide)
	_ = par.For(nil, threads, down*across, func(worker, t int) {
		i0, i1 := par.Span(t/across, m, rows)
		j0, j1 := par.Span(t%across, panels, wide)
		j := j0 * 2 * kn.lanes
		multiply(&s.workspaces[worker], of.from(i0, j), i1-i0, alpha, a.from(i0, 0), &s.packed, j0, j1, beta, c[i0*ldc+j:], ldc)
	})
}

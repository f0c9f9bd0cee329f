package dense

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// inverseRounds is how often a random vector is solved for: once gives a residual of rounding size nearly always, and every
// further time divides what is mixed in from other eigenvalues by their distance over rounding.
const inverseRounds = 3

// vectors writes to the columns of v (n x k) unit vectors of tiny residual for the eigenvalues in values (k). Where
// eigenvalues are close, vectors are independent but not orthogonal. Takes some 40*n*k operations on at most threads
// goroutines.
func (t *tridiagonalMatrix) vectors(threads int, values, v []float64) {
	n, k := len(t.d), len(values)
	shifts := t.shifts(values)
	threads = par.Threads(threads)
	solvers := make([]*shifted, threads)
	const together = 8 // columns, so that rows of v are written in pieces
	_ = par.For(nil, threads, par.Tiles(k, together), func(worker, tile int) {
		if solvers[worker] == nil {
			solvers[worker] = newShifted(n)
		}
		s := solvers[worker]
		first, end := par.Span(tile, k, together)
		for j := first; j < end; j++ {
			x := s.rows[(j-first)*n:][:n]
			random := rng.At(uint64(n), uint64(j))
			for i := range x {
				x[i] = float64(int64(random.Uint64())) * 0x1p-63
			}
			s.factor(t, shifts[j])
			for range inverseRounds {
				s.solve(x)
			}
		}
		for i := range n {
			for j := first; j < end; j++ {
				v[i*k+j] = s.rows[(j-first)*n+i]
			}
		}
	})
}

// shifts returns what to take off the diagonal for each eigenvalue: the eigenvalue itself or, of several that are equal to
// rounding, a number above all of them, from which they are about equally far. Otherwise the vectors of all would be that
// of the one hit best.
func (t *tridiagonalMatrix) shifts(values []float64) []float64 {
	equal := 4 * epsilon64 * t.norm
	shifts := append([]float64(nil), values...)
	for first, k := 0, len(values); first < k; {
		last := first
		for last+1 < k && values[last]-values[last+1] <= equal {
			last++
		}
		for j := first; j <= last && first < last; j++ {
			shifts[j] = values[first] + (values[first] - values[last]) + equal
		}
		first = last + 1
	}
	return shifts
}

// shifted is the factorization with row exchanges of a tridiagonal matrix less a multiple of the identity: row i of the
// upper factor has 1/inverse[i] on the diagonal, then next[i] and over[i].
type shifted struct {
	inverse, next, over []float64
	multiplier          []float64
	exchanged           []bool
	rows                []float64 // room for the vectors of a tile
}

func newShifted(n int) *shifted {
	return &shifted{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n),
		make([]float64, 8*n)}
}

// factor factors t less shift*I. Pivots of rounding size are replaced by rounding.
func (s *shifted) factor(t *tridiagonalMatrix, shift float64) {
	n, least := len(t.d), max(epsilon64*t.norm, leastQuotient)
	pivot, beside := t.d[0]-shift, 0.0
	if n > 1 {
		beside = t.off[0]
	}
	for i := range n - 1 {
		below, diagonal, after := t.off[i], t.d[i+1]-shift, 0.0
		if i < n-2 {
			after = t.off[i+1]
		}
		if s.exchanged[i] = math.Abs(below) > math.Abs(pivot); s.exchanged[i] {
			inverse := 1 / below
			m := pivot * inverse
			s.inverse[i], s.next[i], s.over[i], s.multiplier[i] = inverse, diagonal, after, m
			pivot, beside = beside-m*diagonal, -m*after
			continue
		}
		if math.Abs(pivot) < least {
			pivot = math.Copysign(least, pivot)
		}
		inverse := 1 / pivot
		m := below * inverse
		s.inverse[i], s.next[i], s.over[i], s.multiplier[i] = inverse, beside, 0, m
		pivot, beside = diagonal-m*beside, after
	}
	if math.Abs(pivot) < least {
		pivot = math.Copysign(least, pivot)
	}
	s.inverse[n-1] = 1 / pivot
}

// solve overwrites x with the solution for the right-hand side x, scaled to length 1.
func (s *shifted) solve(x []float64) {
	n := len(x)
	for i := range n - 1 {
		if s.exchanged[i] {
			x[i], x[i+1] = x[i+1], x[i]
		}
		x[i+1] -= s.multiplier[i] * x[i]
	}
	var after, over, most float64
	for i := n - 1; i >= 0; i-- {
		v := x[i]
		if i < n-1 {
			v -= s.next[i]*after + s.over[i]*over
		}
		v *= s.inverse[i]
		x[i], after, over = v, v, after
		most = max(most, math.Abs(v))
	}
	scale(1/most, x) // squares are now safe
	scale(1/math.Sqrt(blas.Dot(x, x)), x)
}

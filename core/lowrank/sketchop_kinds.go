package lowrank

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// panelTest is a test matrix that is multiplied faster than as a dense matrix.
type panelTest interface {
	test
	// span returns how many rows are best added at a time, beginning at a multiple of it.
	span() int
	// add adds S[:, first:first+rows] x to sum (d x w) for x (rows x w).
	add(first, rows, w int, x, sum []float64)
}

// gaussianTest has independent normal elements of variance 1/d.
type gaussianTest struct {
	d             int
	seed, purpose uint64
}

func (s gaussianTest) size() int { return s.d }

func (s gaussianTest) column(i, lo, hi int, dst []float64) {
	scale := 1 / math.Sqrt(float64(s.d))
	for p := lo; p < hi; p += testBlock {
		draw := rng.New(s.seed, s.purpose, uint64(i), uint64(p/testBlock))
		for q := p; q < min(hi, p+testBlock); q++ {
			dst[q-lo] = scale * draw.NormFloat64()
		}
	}
}

// signTest has nonzeros elements +-1/sqrt(nonzeros) in each column, one in each of as many ranges of rows, so that no two
// fall together.
type signTest struct {
	d, nonzeros   int
	seed, purpose uint64
	scale         float64
	uniform       bool // values are uniform with the variance of signs, instead of signs
}

func newSignTest(d, nonzeros int, seed, purpose uint64) signTest {
	if nonzeros == 0 {
		nonzeros = min(sketchSigns, d)
	}
	return signTest{d, nonzeros, seed, purpose, 1 / math.Sqrt(float64(nonzeros)), false}
}

// newStreamTest returns the test matrix of a stream. Of a few signs, two columns may well be the same, and a matrix with few
// columns loses a dimension: small ones have uniform values.
func newStreamTest(d int, seed, purpose uint64) signTest {
	s := newSignTest(d, 0, seed, purpose)
	s.uniform = d < 4*sketchSigns
	return s
}

func (s signTest) size() int { return s.d }
func (s signTest) span() int { return 256 }

// places calls put with the row and the value of each nonzero of column i.
func (s signTest) places(i int, put func(p int, v float64)) {
	draw := rng.At(s.seed, s.purpose, uint64(i))
	lo := 0
	for q := range s.nonzeros {
		hi := (q + 1) * s.d / s.nonzeros
		random := draw.Uint64()
		value := float64(2*int64(random&1) - 1)
		if s.uniform {
			value = math.Sqrt(3) * float64(int64(draw.Uint64())) / (1 << 63)
		}
		put(lo+int((random>>32)*uint64(hi-lo)>>32), value*s.scale)
		lo = hi
	}
}

func (s signTest) column(i, lo, hi int, dst []float64) {
	clear(dst)
	s.places(i, func(p int, v float64) {
		if p >= lo && p < hi {
			dst[p-lo] = v
		}
	})
}

func (s signTest) add(first, rows, w int, x, sum []float64) {
	for i := range rows {
		s.places(first+i, func(p int, v float64) {
			blas.Axpy(v, x[i*w:(i+1)*w], sum[p*w:(p+1)*w])
		})
	}
}

// hadamardTest is a part of d random rows of an orthogonal matrix of size m', the next power of two after m, times
// sqrt(m'/d). The matrix flips signs at random and multiplies each run of rows with a Hadamard matrix, does so once more,
// lest something as regular as the Hadamard matrix itself line up with it, and joins the runs by a Hadamard matrix across.
// Of that last step the d rows alone are made.
type hadamardTest struct {
	d, run int   // run is a power of two
	chosen []int // d
	seed   uint64
	scale  float64
}

func newHadamardTest(m, d int, seed uint64) (hadamardTest, error) {
	padded := 1 << bits.Len(uint(m-1))
	if d > padded {
		return hadamardTest{}, fmt.Errorf("lowrank: %w: an srtt sketch of %d rows has at most %d, got size = %d",
			core.ErrOption, m, padded, d)
	}
	run := min(padded, max(64, 1<<bits.Len(uint(2*d-1))))
	return hadamardTest{d, run, rng.New(seed, streamChosen).Perm(padded)[:d], seed, 1 / math.Sqrt(float64(d)*float64(run))}, nil
}

func (s hadamardTest) size() int { return s.d }
func (s hadamardTest) span() int { return s.run }

// sign returns the random sign of row i before the first or the second transform.
func (s hadamardTest) sign(purpose uint64, i int) float64 {
	draw := rng.At(s.seed, purpose, uint64(i/64))
	return float64(2*int64(draw.Uint64()>>(i%64)&1) - 1)
}

func (s hadamardTest) column(i, lo, hi int, dst []float64) {
	number, at := i/s.run, i%s.run
	x, v := make([]float64, s.run), s.scale*s.sign(streamFlips, i)
	for q := range x {
		x[q] = v * parity(q&at) * s.sign(streamFlipsAgain, i-at+q)
	}
	for half := 1; half < len(x); half *= 2 {
		for lo := 0; lo < len(x); lo += 2 * half {
			for q := lo; q < lo+half; q++ {
				x[q], x[q+half] = x[q]+x[q+half], x[q]-x[q+half]
			}
		}
	}
	for p, chosen := range s.chosen[lo:hi] {
		dst[p] = x[chosen%s.run] * parity(number&(chosen/s.run))
	}
}

// parity returns -1 where x has an odd number of ones and 1 otherwise.
func parity(x int) float64 { return 1 - 2*float64(bits.OnesCount(uint(x))&1) }

// add takes rows that lie within one run.
func (s hadamardTest) add(first, rows, w int, x, sum []float64) {
	number, offset := first/s.run, first%s.run
	y := make([]float64, s.run*w)
	for i := range rows {
		at := (offset + i) * w
		blas.Axpy(s.sign(streamFlips, first+i), x[i*w:(i+1)*w], y[at:at+w])
	}
	hadamard(y, s.run, w)
	z := make([]float64, s.run*w)
	for i := range s.run {
		v := s.sign(streamFlipsAgain, number*s.run+i) * hadamardWeight(i)
		blas.Axpy(v, y[i*w:(i+1)*w], z[i*w:(i+1)*w])
	}
	hadamard(z, s.run, w)
	for p, chosen := range s.chosen {
		at := chosen % s.run
		v := s.scale * parity(number&(chosen/s.run)) * hadamardWeight(at)
		blas.Axpy(v, z[at*w:(at+1)*w], sum[p*w:(p+1)*w])
	}
}

// hadamard multiplies x (n x w, n a power of two) with the Hadamard matrix; row i of the product is hadamardWeight(i)
// times row i of what is left in x. A pair (a, b) becomes (a + b, (b - a) / 2), in two vector operations.
func hadamard(x []float64, n, w int) {
	for half := 1; half < n; half *= 2 {
		for lo := 0; lo < n; lo += 2 * half {
			for i := lo; i < lo+half; i++ {
				a, b := x[i*w:(i+1)*w], x[(i+half)*w:(i+half+1)*w]
				blas.Axpy(1, b, a)
				blas.Axpy(-0.5, a, b)
			}
		}
	}
}

func hadamardWeight(i int) float64 {
	return parity(i) * float64(int64(1)<<bits.OnesCount(uint(i)))
}

package gp

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

// categoryBasis is the eigen-decomposition of the kernel matrix of C categories.
type categoryBasis struct {
	kernel  string
	size    int       // C
	count   int       // eigenvectors that are kept
	vectors []float64 // C x count
	values  []float64 // count: eigenvalues, except of hamming
	prior   []float64 // C: diagonal of the kernel matrix
}

// newCategoryBasis decomposes a kernel of c categories. Its errors lack the name of the package.
func newCategoryBasis(kernel string, c int, matrix [][]float64) (*categoryBasis, error) {
	if kernel == "" {
		if kernel = ZeroSum; matrix != nil {
			kernel = Given
		}
	}
	if (kernel == Given) != (matrix != nil) {
		return nil, fmt.Errorf("%w: category_kernel %q and category_matrix belong together", core.ErrOption, Given)
	}
	b := &categoryBasis{kernel: kernel, size: c, count: c, prior: make([]float64, c)}
	for z := range b.prior {
		b.prior[z] = 1
	}
	switch kernel {
	case Given:
		return b, b.decompose(matrix)
	case ZeroSum:
		if c < 2 {
			return nil, fmt.Errorf("%w: functions of one category that add to zero are zero; leave the feature out", core.ErrOption)
		}
		b.count = c - 1
		b.vectors = contrasts(c, 1)
		b.values = make([]float64, c-1)
		for r := range b.values {
			b.values[r] = float64(c) / float64(c-1)
		}
	case Identity:
		b.vectors, b.values = make([]float64, c*c), make([]float64, c)
		for z := range c {
			b.vectors[z*c+z], b.values[z] = 1, 1
		}
	case Hamming:
		b.vectors = contrasts(c, 0)
	default:
		return nil, fmt.Errorf("%w: category_kernel must be one of %v, got %q", core.ErrOption, []string{ZeroSum, Identity, Hamming,
			Given}, kernel)
	}
	return b, nil
}

// contrasts returns the columns from first on of Helmert's orthogonal matrix (c x c): a constant, and differences between a
// category and the mean of those before it.
func contrasts(c, first int) []float64 {
	count := c - first
	v := make([]float64, c*count)
	for r := first; r < c; r++ {
		if r == 0 {
			for z := range c {
				v[z*count] = 1 / math.Sqrt(float64(c))
			}
			continue
		}
		scale := 1 / math.Sqrt(float64(r)*float64(r+1))
		for z := range r {
			v[z*count+r-first] = scale
		}
		v[r*count+r-first] = -float64(r) * scale
	}
	return v
}

// decompose takes a matrix of the caller.
func (b *categoryBasis) decompose(matrix [][]float64) error {
	c := b.size
	a, w := make([]float64, 0, c*c), make([]float64, c)
	if len(matrix) != c {
		return fmt.Errorf("%w: category_matrix has %d rows for %d categories", core.ErrShape, len(matrix), c)
	}
	for i, row := range matrix {
		if len(row) != c {
			return fmt.Errorf("%w: row %d of category_matrix has %d elements for %d categories", core.ErrShape, i, len(row), c)
		}
		a = append(a, row...)
		b.prior[i] = row[i]
	}
	size := 0.0
	for i := range c {
		for j := range c {
			v := a[i*c+j]
			if v-v != 0 {
				return fmt.Errorf("%w: category_matrix is %v at row %d, column %d", core.ErrNotFinite, v, i, j)
			}
			if math.Abs(v-a[j*c+i]) > 1e-10*(math.Abs(v)+math.Abs(a[i*c+i])) {
				return fmt.Errorf("%w: category_matrix is not symmetric at row %d, column %d", core.ErrOption, i, j)
			}
			size = max(size, math.Abs(v))
		}
	}
	if err := dense.EigenSym(nil, a, c, w); err != nil {
		return fmt.Errorf("category_matrix: %w", err)
	}
	if least := w[c-1]; least < -1e-10*float64(c)*size || !(w[0] > 0) {
		return fmt.Errorf("%w: category_matrix has the eigenvalues %v to %v; a kernel matrix is positive semidefinite and not zero",
			core.ErrOption, least, w[0])
	}
	for b.count = 0; b.count < c && w[b.count] > 1e-12*w[0]; b.count++ {
	}
	b.values = w[:b.count]
	b.vectors = make([]float64, 0, c*b.count)
	for z := range c {
		b.vectors = append(b.vectors, a[z*c:z*c+b.count]...)
	}
	return nil
}

// trained says whether the kernel has a parameter, the correlation of two categories.
func (b *categoryBasis) trained() bool { return b.kernel == Hamming }

// eigenvalue returns eigenvalue r and its derivative by the logarithm of the correlation.
func (b *categoryBasis) eigenvalue(r int, correlation float64) (value, slope float64) {
	switch {
	case !b.trained():
		return b.values[r], 0
	case r == 0:
		more := float64(b.size-1) * correlation
		return 1 + more, more
	}
	return 1 - correlation, -correlation
}

// row returns the eigenvectors at category z (count).
func (b *categoryBasis) row(z int) []float64 { return b.vectors[z*b.count : (z+1)*b.count] }

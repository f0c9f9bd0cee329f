package mixture

import (
	"context"
	"errors"

	"github.com/lithe-ml/lithe/core"
)

// FitKMeans clusters the rows of x into o.Clusters groups by Lloyd's algorithm on GEMM distances.
func FitKMeans[T core.Float](ctx context.Context, x core.Matrix[T], o *KMeansOptions) (*KMeans, error) {
	return nil, errors.ErrUnsupported
}

// Assign writes the nearest centre of each row of x to labels and the squared distance to it to sqDist; either may be
// nil.
func Assign[T core.Float](ctx context.Context, km *KMeans, x core.Matrix[T], threads int, labels []int64, sqDist []float64) error {
	return errors.ErrUnsupported
}

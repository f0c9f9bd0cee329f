package mixture

import (
	"context"
	"errors"

	"github.com/lithe-ml/lithe/core"
)

// FitMatrix is Fit on a row-major view of either precision, which is neither copied nor kept.
func FitMatrix[T core.Float](ctx context.Context, x core.Matrix[T], o *Options) (*Model, error) {
	return nil, errors.ErrUnsupported
}

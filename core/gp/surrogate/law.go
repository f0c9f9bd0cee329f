package surrogate

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// law is a surrogate: the exponential of the mean of a process inside of a region of the unit cube.
type law struct {
	*process
	region  *region
	trained int // points of the process when it was trained last
	threads int

	coarse *population // draws from the law to the power of 2 zeta, or 1 if that is less
	fine   *population // draws from the law
}

// log writes the logarithm of the density at points u of the cube to dst: -Inf outside of the region or the cube.
func (l *law) log(ctx context.Context, dst []float64, u core.Matrix[float64]) error {
	if err := l.evaluate(ctx, dst, nil, u, l.threads); err != nil {
		return err
	}
	if err := l.region.bound(ctx, dst, u); err != nil {
		return err
	}
	inside := make([]bool, len(dst))
	if err := l.region.contains(ctx, inside, u); err != nil {
		return err
	}
	for i, in := range inside {
		if !in {
			dst[i] = math.Inf(-1)
		}
	}
	return nil
}

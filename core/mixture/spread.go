package mixture

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// spread holds the weighted mean of each feature, the sum of squared distances from it, and the sum of the weights of the
// rows that have the feature. The spreads of different rows merge.
type spread struct{ mean, scatter, weight []float64 }

// variance returns scatter over weight, 0 for a feature that no row has.
func (s *spread) variance() []float64 {
	v := make([]float64, len(s.scatter))
	for j, e := range s.scatter {
		if s.weight[j] > 0 {
			v[j] = e / s.weight[j]
		}
	}
	return v
}

// check reports why a moment is not finite: the error of fault, which looks at the rows that it was made of, or an overflow.
func (s *spread) check(fault func() error) error {
	for j, v := range s.variance() {
		if v += s.mean[j]; v-v != 0 {
			if err := fault(); err != nil {
				return err
			}
			return fmt.Errorf("%w: the variance of column %d overflows; rescale the data", core.ErrNumerical, j)
		}
	}
	return nil
}

// checkColumns reports a feature that no row has.
func (s *spread) checkColumns() error {
	for j, w := range s.weight {
		if !(w > 0) {
			return fmt.Errorf("mixture: %w: column %d of X has no observed value (in rows of positive weight); drop it",
				core.ErrNotFinite, j)
		}
	}
	return nil
}

// merge adds other rows.
func (s *spread) merge(o *spread) {
	for j := range s.mean {
		if o.weight[j] == 0 {
			continue
		}
		delta, total := o.mean[j]-s.mean[j], s.weight[j]+o.weight[j]
		s.mean[j] += delta * o.weight[j] / total
		s.scatter[j] += o.scatter[j] + delta*delta*s.weight[j]*o.weight[j]/total
		s.weight[j] = total
	}
}

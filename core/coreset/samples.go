package coreset

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// checkRows reports rows that no method can work with: no rows, no columns, too many, NaN or infinity.
func checkRows[T core.Float](name string, x core.Matrix[T]) error {
	if err := x.Check(name); err != nil {
		return fmt.Errorf("coreset: %w", err)
	}
	switch {
	case x.Rows == 0 || x.Cols == 0:
		return errorf(core.ErrShape, "%s is %d x %d; it needs at least one row and one column", name, x.Rows, x.Cols)
	case x.Rows > math.MaxInt32:
		return errorf(core.ErrShape, "%s has %d rows; at most 2^31-1 are possible", name, x.Rows)
	}
	if err := x.CheckFinite(name); err != nil {
		return fmt.Errorf("coreset: %w", err)
	}
	return nil
}

// checkMass checks sample weights and returns their sum; nil means n weights of 1.
func checkMass(weight []float64, n int) (float64, error) {
	if weight == nil {
		return float64(n), nil
	}
	if len(weight) != n {
		return 0, errorf(core.ErrShape, "sample_weight has %d entries, there are %d rows", len(weight), n)
	}
	sum := 0.0
	for i, w := range weight {
		switch {
		case w-w != 0:
			return 0, errorf(core.ErrNotFinite, "sample_weight of row %d is %v", i, w)
		case w < 0:
			return 0, errorf(core.ErrOption, "sample_weight of row %d is negative: %v", i, w)
		}
		sum += w
	}
	switch {
	case sum == 0:
		return 0, errorf(core.ErrOption, "every sample_weight is zero")
	case math.IsInf(sum, 1):
		return 0, errorf(core.ErrOption, "the sum of sample_weight overflows")
	}
	return sum, nil
}

// massAt returns the weight of row i.
func massAt(weight []float64, i int) float64 {
	if weight == nil {
		return 1
	}
	return weight[i]
}

// checkDistinct checks a list of distinct rows out of n.
func checkDistinct(name string, rows []int, n int) error {
	seen := make(map[int]bool, len(rows))
	for at, i := range rows {
		switch {
		case i < 0 || i >= n:
			return errorf(core.ErrOption, "entry %d of %s is %d; rows are 0 to %d", at, name, i, n-1)
		case seen[i]:
			return errorf(core.ErrOption, "%s holds row %d twice", name, i)
		}
		seen[i] = true
	}
	return nil
}

// magnitude returns the binary exponent of the largest weight; 0 for none but zeros.
func magnitude(weights []float64) int {
	largest := 0.0
	for _, w := range weights {
		largest = max(largest, w)
	}
	if largest == 0 {
		return 0
	}
	return math.Ilogb(largest)
}

// inUnits returns weights in units of 2^exponent where they are so large or small that sums of them times other numbers could leave
// the range of float32, and otherwise as they are. O(n), and no other bit of a result changes.
func inUnits(weights []float64) (scaled []float64, exponent int) {
	const reach = 20
	if exponent = magnitude(weights); exponent >= -reach && exponent <= reach {
		return weights, 0
	}
	scaled = make([]float64, len(weights))
	for i, w := range weights {
		scaled[i] = math.Ldexp(w, -exponent)
	}
	return scaled, exponent
}

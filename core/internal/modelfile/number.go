package modelfile

import "math"

// Finite returns v, or nil for a NaN or an infinity, which JSON does not know.
func Finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}

// Number undoes Finite; nil is NaN.
func Number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

//go:build !amd64 || noasm

package choice

func timesKernel(dst, x, factor []float64) { timesGeneric(dst, x, factor) }

func reciprocalsKernel(dst, x []float64) { reciprocalsGeneric(dst, x) }

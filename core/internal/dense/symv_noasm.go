//go:build !amd64 || noasm

package dense

func symvKernel(a []float64, ld int, x, y []float64, t *symvTile) { symvGeneric(a, ld, x, y, t) }

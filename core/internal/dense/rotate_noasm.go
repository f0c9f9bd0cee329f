//go:build !amd64 || noasm

package dense

func rotate(x, y []float64, c, s float64) { rotateGeneric(x, y, c, s) }

func rotateChain(z []float64, ld int, cs []float64) { rotateChainGeneric(z, ld, cs) }

//go:build !amd64 || noasm

package cpu

// Best returns the highest level that this machine supports.
func Best() Level { return Generic }

// VNNI reports whether kernels of level AVX512 may use the dot products of bytes (AVX512_VNNI).
func VNNI() bool { return false }

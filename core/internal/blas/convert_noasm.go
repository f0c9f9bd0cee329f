//go:build !amd64 || noasm

package blas

// These do none of the work, and say so.

func widenVectors([]float32, []float64) int { return 0 }

func addWideVectors([]float32, []float64) int { return 0 }

func narrowVectors([]float64, []float32) int { return 0 }

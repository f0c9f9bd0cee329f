//go:build !amd64 || noasm

package blas

import "github.com/lithe-ml/lithe/core/internal/cpu"

func family32(cpu.Level) *kernel[float32] { return generic32 }

func family64(cpu.Level) *kernel[float64] { return generic64 }

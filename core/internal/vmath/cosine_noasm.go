//go:build !amd64 || noasm

package vmath

import "github.com/lithe-ml/lithe/core/internal/cpu"

func cosTurnsOf(cpu.Level) func(dst, x []float64) { return cosTurnsGeneric }

//go:build !amd64 || noasm

package cover

import "github.com/lithe-ml/lithe/core/internal/cpu"

func family32(cpu.Level) *family[float32] { return generic32 }

func family64(cpu.Level) *family[float64] { return generic64 }

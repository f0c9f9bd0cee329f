//go:build !amd64 || noasm

package sparse

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

func family[T core.Float, I Index](cpu.Level) *kernel[T, I] { return generic[T, I]() }

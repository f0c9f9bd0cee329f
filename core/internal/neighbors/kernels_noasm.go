//go:build !amd64 || noasm

package neighbors

import "github.com/lithe-ml/lithe/core"

func Below[T core.Float](mask []uint64, tile, limit []T) { below(mask, tile, limit) }

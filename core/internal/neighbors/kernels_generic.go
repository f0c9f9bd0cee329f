package neighbors

import "github.com/lithe-ml/lithe/core"

// below sets bit j of mask_i where element (i, j) of the 64 x 64 tile is less than limit_i.
func below[T core.Float](mask []uint64, tile, limit []T) {
	for i, most := range limit[:64] {
		var bits uint64
		for j, v := range tile[i*64 : i*64+64] {
			if v < most {
				bits |= 1 << j
			}
		}
		mask[i] = bits
	}
}

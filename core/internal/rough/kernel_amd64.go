//go:build amd64 && !noasm

package rough

import "github.com/lithe-ml/lithe/core/internal/cpu"

// See offerGeneric. tiles counts tiles of rows, pairs pairs of groups; keep has the bits of a key that are the sum's.
//
//go:noescape
func offerVNNI(keys *int32, rows *int8, tiles, quads int, codes *uint8, bias *int32, pairs, up int, keep int32)

//go:noescape
func offerAVX2(keys *int32, rows *int8, tiles, quads int, codes *uint8, bias *int32, pairs, up int, keep int32)

// See bestGeneric. point has the bits of a key that name the point.
//
//go:noescape
func bestAVX512(near *uint32, keys *int32, n int, point int32)

func (p *Points) offer(keys []int32, rows []int8, n int) {
	keep := ^int32(1<<p.low - 1)
	switch level := cpu.Current(); {
	case level == cpu.Generic:
		p.offerGeneric(keys, rows, n)
	case level == cpu.AVX512 && cpu.VNNI():
		offerVNNI(&keys[0], &rows[0], n/Tile, p.quads, &p.codes[0], &p.bias[0], p.groups/2, p.up, keep)
	default:
		offerAVX2(&keys[0], &rows[0], n/Tile, p.quads, &p.codes[0], &p.bias[0], p.groups/2, p.up, keep)
	}
}

func (p *Points) best(near []uint32, keys []int32, n int) {
	if cpu.Current() != cpu.AVX512 {
		p.bestGeneric(near, keys, n)
		return
	}
	bestAVX512(&near[0], &keys[0], n, 1<<p.low-1)
}

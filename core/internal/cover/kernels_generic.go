package cover

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

var (
	generic32 = &family[float32]{columns[float32], row[float32], across[float32], near[float32], root[float32], extent[float32], survey[float32], mirror[float32], under[float32]}
	generic64 = &family[float64]{columns[float64], row[float64], across[float64], near[float64], root[float64], extent[float64], survey[float64], mirror[float64], under[float64]}
)

func columns[T core.Float](acc, k []T, ld, rows int, hi, span, w []T, sign T) {
	for j := range acc {
		var sum T
		for i := range rows {
			sum += w[i] * min(max(hi[i]+sign*k[i*ld+j], 0), span[i])
		}
		acc[j] += sum
	}
}

func row[T core.Float](k, hi, span, w []T, sign T) T {
	var sum T
	for j, v := range k {
		sum += w[j] * min(max(hi[j]+sign*v, 0), span[j])
	}
	return sum
}

func across[T core.Float](acc, k, hi, w []T, sign T) {
	for i := range 64 {
		var sum T
		for j, v := range k[i*64 : i*64+64] {
			sum += w[j] * max(hi[j]+sign*v, 0)
		}
		acc[i] = sum
	}
}

func near[T core.Float](dst, point, panel []T, d int) {
	clear(dst[:64])
	for q := range d {
		features := panel[q*64 : q*64+64]
		for i, v := range features {
			e := v - point[q]
			dst[i] += e * e
		}
	}
}

func root[T core.Float](k []T) {
	for i, v := range k {
		k[i] = T(math.Sqrt(float64(max(v, 0))))
	}
}

func extent[T core.Float](k []T) (least, most, nought T) {
	least, most = k[0], k[0]
	for _, v := range k {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
		nought += 0 * v
	}
	return least, most, nought
}

func survey[T core.Float](sums, k []T, ld, _ int, v, w, side, out, state []T) {
	clear(out[:4])
	for j := range sums {
		for r := range 2 {
			e := k[r*ld+j]
			if e < state[0] {
				state[0] = e
			}
			if e > state[16] {
				state[16] = e
			}
			state[32] += 0 * e
			e = max(e, 0)
			out[r] += w[j] * e
			out[2+r] += v[j] * e
			sums[j] += side[r] * e
		}
	}
}

func mirror[T core.Float](sums, k []T, ld, _ int, hi, w, side, out []T, sign T) {
	clear(out[:2])
	for j := range sums {
		for r := range 2 {
			e := sign * k[r*ld+j]
			out[r] += w[j] * max(hi[j]+e, 0)
			sums[j] += side[2+r] * max(side[r]+e, 0)
		}
	}
}

func under[T core.Float](mask []uint64, k, hi []T, step int, sign T) {
	for b := range mask {
		var bits uint64
		for j, v := range k[b*64 : b*64+64] {
			if hi[step*(b*64+j)]+sign*v > 0 {
				bits |= 1 << j
			}
		}
		mask[b] = bits
	}
}

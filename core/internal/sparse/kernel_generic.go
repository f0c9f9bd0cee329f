package sparse

import "github.com/lithe-ml/lithe/core"

// rowsGeneric is the meaning of kernel.rows.
func rowsGeneric[T core.Float, I Index](dst []T, ldd int, ptr, index []I, value, x []T, ldx, cols int) {
	for i, k1 := range ptr[1:] {
		row := dst[i*ldd : i*ldd+cols]
		clear(row)
		for k := ptr[i]; k < k1; k++ {
			from := int(index[k]) * ldx
			addScaled(row, value[k], x[from:from+cols])
		}
	}
}

// addScaled adds v*x to dst, four elements at a time.
func addScaled[T core.Float](dst []T, v T, x []T) {
	for len(dst) >= 4 && len(x) >= 4 {
		dst[0] += v * x[0]
		dst[1] += v * x[1]
		dst[2] += v * x[2]
		dst[3] += v * x[3]
		dst, x = dst[4:], x[4:]
	}
	for j := range dst {
		dst[j] += v * x[j]
	}
}

// anyWidth is the number of columns of a call for kernels without a limit.
const anyWidth = 1 << 30

func generic[T core.Float, I Index]() *kernel[T, I] {
	return &kernel[T, I]{lanes: 1, most: anyWidth, rows: rowsGeneric[T, I]}
}

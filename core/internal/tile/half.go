package tile

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Format is a way to keep a tile in 16 bits per element.
type Format int

const (
	Float16  Format = iota // IEEE 754 binary16: 11 bits of precision, up to 65504, down to 2^-24
	BFloat16               // the upper half of a float32: 8 bits of precision
	formats
)

// Narrow rounds the elements of the tile src to the nearest numbers of format f, ties to even. Where they are too large they
// become infinite.
func Narrow[T core.Float](f Format, dst []uint16, src []T) {
	_, _ = dst[:Elements], src[:Elements]
	familyFor[T]().narrow[f](dst, src)
}

// Widen is the reverse of [Narrow]; it is exact.
func Widen[T core.Float](f Format, dst []T, src []uint16) {
	_, _ = dst[:Elements], src[:Elements]
	familyFor[T]().widen[f](dst, src)
}

func narrowHalfGeneric[T core.Float](dst []uint16, src []T) {
	for i, v := range src[:Elements] {
		dst[i] = toHalf(float32(v))
	}
}

func widenHalfGeneric[T core.Float](dst []T, src []uint16) {
	for i, v := range src[:Elements] {
		dst[i] = T(fromHalf(v))
	}
}

func narrowBrainGeneric[T core.Float](dst []uint16, src []T) {
	for i, v := range src[:Elements] {
		bits := math.Float32bits(float32(v))
		dst[i] = uint16((bits + 0x7fff + bits>>16&1) >> 16)
	}
}

func widenBrainGeneric[T core.Float](dst []T, src []uint16) {
	for i, v := range src[:Elements] {
		dst[i] = T(math.Float32frombits(uint32(v) << 16))
	}
}

// toHalf rounds by adding: a number whose last place is the last place of the result pushes the rest out.
func toHalf(v float32) uint16 {
	sign := uint16(math.Float32bits(v) >> 31 << 15)
	size := math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
	switch {
	case size != size:
		return sign | 0x7e00
	case size >= 65520:
		return sign | 0x7c00
	case size < 0x1p-14: // subnormal: multiples of 2^-24
		return sign | uint16(math.Float32bits(size+0.5)-math.Float32bits(0.5))
	}
	bits := math.Float32bits(size)
	bits += 0xfff + bits>>13&1
	return sign | uint16((bits-(127-15)<<23)>>13)
}

func fromHalf(h uint16) float32 {
	bits := uint32(h&0x7fff) << 13
	size := math.Float32frombits(bits) * 0x1p112
	if bits >= 0x7c00<<13 { // infinity and NaN
		size = math.Float32frombits(bits | 0xff<<23)
	}
	return math.Float32frombits(math.Float32bits(size) | uint32(h>>15)<<31)
}

package gp

import "math"

// format is a floating-point format narrower than float64, by rounding to the nearest, ties to even.
type format struct {
	name     string
	drop     uint    // bits of a float64's fraction that it lacks
	epsilon  float64 // half the distance from 1 to the next larger number
	largest  float64
	smallest float64 // distance of the numbers next to 0
	least    float64 // normal number
}

var formats = map[string]format{
	Float16:  {Float16, 42, 0x1p-11, 65504, 0x1p-24, 0x1p-14},
	BFloat16: {BFloat16, 45, 0x1p-8, 0x1.fep127, 0x1p-133, 0x1p-126},
	Float32:  {Float32, 29, 0x1p-24, math.MaxFloat32, 0x1p-149, 0x1p-126},
}

// round returns the number of the format closest to x. Numbers too large become the largest, not infinity.
func (f format) round(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x != x:
		return x
	case size < f.least:
		return math.RoundToEven(x/f.smallest) * f.smallest
	}
	bits := math.Float64bits(size)
	bits += 1<<(f.drop-1) - 1 + bits>>f.drop&1
	bits &^= 1<<f.drop - 1
	return math.Copysign(min(math.Float64frombits(bits), f.largest), x)
}

// pack returns the bits of x, a number of the format, as the format of 16 bits or as float32 in a word of 32.
func (f format) pack(x float64) uint32 {
	if f.name == Float16 {
		size := math.Abs(x)
		sign := uint32(math.Float64bits(x)>>63) << 15
		if size < f.least {
			return sign | uint32(size/f.smallest)
		}
		bits := math.Float64bits(size)
		return sign | (uint32(bits>>f.drop) - (1023-15)<<10)
	}
	bits := math.Float32bits(float32(x))
	if f.name == BFloat16 {
		bits >>= 16
	}
	return bits
}

// unpack is the inverse of pack.
func (f format) unpack(bits uint32) float64 {
	switch f.name {
	case BFloat16:
		bits <<= 16
	case Float16:
		size := bits & 0x7fff
		x := float64(size) * f.smallest
		if size >= 1<<10 {
			x = math.Float64frombits((uint64(size) + (1023-15)<<10) << f.drop)
		}
		if bits>>15 != 0 {
			x = -x
		}
		return x
	}
	return float64(math.Float32frombits(bits))
}

// halfVector is a vector in a format of 16 or 32 bits.
type halfVector struct {
	halves []uint16
	words  []uint32
}

func (f format) packAll(x []float64) halfVector {
	if f.name == Float32 {
		v := halfVector{words: make([]uint32, len(x))}
		for i, e := range x {
			v.words[i] = f.pack(e)
		}
		return v
	}
	v := halfVector{halves: make([]uint16, len(x))}
	for i, e := range x {
		v.halves[i] = uint16(f.pack(e))
	}
	return v
}

func (f format) unpackAll(dst []float64, v halfVector) {
	for i, e := range v.halves {
		dst[i] = f.unpack(uint32(e))
	}
	for i, e := range v.words {
		dst[i] = f.unpack(e)
	}
}

package hugepage

import "unsafe"

// page is the size of a large page in bytes.
const page = 2 << 20

// Slab is memory in large pages that arrays of several types are cut from, each of which is too small for a page of its own. It
// lives as long as any of them. The zero value has no memory.
type Slab struct{ free []uint64 }

// NewSlab returns a slab of some bytes, to which every array adds up to 7.
func NewSlab(bytes int) Slab {
	if bytes < page {
		return Slab{make([]uint64, (bytes+7)/8)}
	}
	words := (bytes + page - 1) / page * page / 8
	x := Make[uint64](words + page/8)
	skip := (page - uintptr(unsafe.Pointer(unsafe.SliceData(x)))%page) % page / 8
	return Slab{x[skip:][:words:words]}
}

// Cut is make([]E, n) from a slab, or from elsewhere where it has not enough left. E has no pointers and needs no more alignment than
// 8 bytes.
func Cut[E any](s *Slab, n int) []E {
	words := (n*int(unsafe.Sizeof(*new(E))) + 7) / 8
	if words == 0 || words > len(s.free) {
		return make([]E, n)
	}
	x := unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(s.free))), n)
	s.free = s.free[words:]
	return x
}

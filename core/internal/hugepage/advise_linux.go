package hugepage

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// advise asks for large pages inside x. That it may fail is of no consequence.
func advise[E any](x []E) {
	size := uintptr(len(x)) * unsafe.Sizeof(*new(E))
	if size < least {
		return
	}
	start := unsafe.Pointer(unsafe.SliceData(x))
	skip := (page - uintptr(start)%page) % page
	length := (size - skip) / page * page
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(start, skip)), length), unix.MADV_HUGEPAGE)
}

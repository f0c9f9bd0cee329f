package memory

import (
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

// status is the MEMORYSTATUSEX of the Windows API.
type status struct {
	size, load               uint32
	physical, freePhysical   uint64
	committed, freeCommitted uint64
	addresses, freeAddresses uint64
	freeExtended             uint64
}

var globalMemoryStatus = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// ask returns false where the system does not answer.
func ask() (status, bool) {
	var s status
	s.size = uint32(unsafe.Sizeof(s))
	if globalMemoryStatus.Find() != nil {
		return s, false
	}
	ok, _, _ := globalMemoryStatus.Call(uintptr(unsafe.Pointer(&s)))
	return s, ok != 0
}

// free returns what the system can still promise this process, in memory or in its page file.
func free() float64 {
	if s, ok := ask(); ok {
		return float64(min(s.freeCommitted, s.freeAddresses))
	}
	return math.Inf(1)
}

// total returns what it could promise if nobody else had any.
func total() float64 {
	if s, ok := ask(); ok {
		return float64(min(s.committed, s.addresses))
	}
	return math.Inf(1)
}

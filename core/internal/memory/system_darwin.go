package memory

import (
	"math"

	"golang.org/x/sys/unix"
)

// free is total: the system makes room by compressing and swapping.
func free() float64 { return total() }

// total returns the bytes of the machine.
func total() float64 {
	bytes, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return math.Inf(1)
	}
	return float64(bytes)
}

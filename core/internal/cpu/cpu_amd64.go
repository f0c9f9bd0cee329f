//go:build amd64 && !noasm

package cpu

import (
	"os"

	"golang.org/x/sys/cpu"
)

// Best returns the highest level that this machine supports. The environment variable LITHE_CPU (generic, avx2 or
// avx512) lowers it, to reproduce the results of a smaller machine.
func Best() Level { return best }

// VNNI reports whether kernels of level AVX512 may use the dot products of bytes (AVX512_VNNI).
func VNNI() bool { return cpu.X86.HasAVX512VNNI }

var best = detect()

func detect() Level {
	x := &cpu.X86
	l := Generic
	if x.HasAVX2 && x.HasFMA {
		l = AVX2
		if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL {
			l = AVX512
		}
	}
	switch os.Getenv("LITHE_CPU") {
	case "generic":
		return Generic
	case "avx2":
		return min(l, AVX2)
	}
	return l
}

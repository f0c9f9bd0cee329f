// Package cpu is the one place of lithe that knows processors: it tells which family of kernels may run.
package cpu

import "sync/atomic"

// Level is a family of kernels. Every kernel has a Generic version, which defines its meaning; higher levels may
// differ from it by rounding only.
type Level int32

const (
	Generic Level = iota // pure Go
	AVX2                 // AVX2 and FMA
	AVX512               // AVX-512 F, DQ, BW and VL
)

func (l Level) String() string { return [...]string{"generic", "avx2", "avx512"}[l] }

var current atomic.Int32

func init() { current.Store(int32(Best())) }

// Current returns the level in force.
func Current() Level { return Level(current.Load()) }

// Force sets the level in force, for tests that run every path, and returns a function that restores the previous
// one. A level above Best is lowered to it. Not for use while other goroutines compute.
func Force(l Level) (restore func()) {
	old := current.Swap(int32(min(l, Best())))
	return func() { current.Store(old) }
}

// Levels returns every level this machine can run, Generic first.
func Levels() []Level {
	var all []Level
	for l := Generic; l <= Best(); l++ {
		all = append(all, l)
	}
	return all
}

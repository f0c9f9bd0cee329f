// Package vmath evaluates elementary functions and reductions over slices of float32 or float64 with vector
// instructions.
//
// Exp and Log are within 2 units in the last place over their whole range, subnormal arguments and results included.
// CosTurns is for random features and keeps nine digits. The value at one index depends on the argument there and on
// the kernel family ([cpu.Level]), never on its place in the slice. The special cases are those of package math:
// Exp(+Inf) = +Inf, Exp(-Inf) = 0, Log(0) = -Inf, Log(x < 0) = NaN, and NaN gives NaN.
//
// Sums run in an order that depends on the length alone. Slices of different lengths are a mistake of the program and
// panic. Nothing is allocated. Everything takes time linear in the length.
package vmath

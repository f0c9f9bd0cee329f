// Package core holds the few types and errors that every room of lithe shares.
//
// The rooms are packages of their own, each importable alone: mixture, and, as they are furnished, gp, lowrank,
// curvature, coreset and softmix. None of them uses cgo.
//
// Conventions, the same in every room:
//
//   - Arrays are row-major views with a row stride ([Matrix]); float32 and float64 are both first class, and the
//     type of the data is the type of the work. Sums over rows are accumulated in float64.
//   - Inputs are neither copied as a whole, kept after the call, nor written to.
//   - Options are plain structs whose zero value means the defaults.
//   - Bad data gives an error that says what is wrong, where, and what to do; errors.Is tells the kinds apart.
//     A panic means a mistake in the program, never in the data; the one exception are arrays that do not fit in memory
//     and that no estimate foresaw, whose panic is an error that wraps [ErrMemory].
//   - LITHE_MEMORY_LIMIT in the environment says how many bytes a call may take; otherwise the system is asked.
//   - Results are bit-identical for any number of threads.
package core

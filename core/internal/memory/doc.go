// Package memory knows how much memory this process can still take, so that work which needs more is refused before it
// begins. A Go program that runs out of memory ends at once, and so would the program that hosts the C library.
//
// Rooms call [Check] with what a computation will take at its peak and say what to do if that is too much. [Claim] is
// the net below: single large arrays ask there.
//
// What can be taken is what the system calls available, and on Linux also what the control groups (containers) and the
// address space limit of the process leave. The environment variable LITHE_MEMORY_LIMIT takes the place of all that.
// Two calls at once do not know of each other.
package memory

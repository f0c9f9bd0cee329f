// Package mixture shows core/mixture to Python through gopy: the same options and the same solver, in a shape that
// gopy can carry.
//
// What crosses is numbers and strings, and two structs as receivers. No function takes a struct, because gopy turns
// arguments into Go values in generated code, where a struct of the wrong type is a panic that nobody recovers; a
// number or a string of the wrong type is a Python exception. An array crosses as four arguments: the address of its
// first element, rows, columns and dtype. It must be C-contiguous and in native byte order; rows are the first axis,
// columns the product of the others (1 for a vector), dtype is "float32", "float64" or "int64". Arrays are read and
// written in place and not kept after the call. The address is trusted: a wrong one can
// end the process.
//
// Every method recovers, so that a panic arrives in Python as the exception that an error is, RuntimeError.
package mixture

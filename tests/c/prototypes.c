/*
 * Compiles only if cgo's own header, made from the Go functions, declares exactly what lithe.h declares: C refuses two
 * declarations of one function that differ.
 */
#include "lithe.h"

#include "cgo_exports.h"

int main(void) { return 0; }

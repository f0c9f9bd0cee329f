/* What the Go side needs besides the public types: names for const types, so that cgo's prototypes equal lithe.h's. */
#ifndef LITHE_CGO_H
#define LITHE_CGO_H

#include "types.h"

typedef const char lithe_const_char;
typedef const int64_t lithe_const_int64_t;
typedef const lithe_matrix lithe_const_matrix;
typedef const lithe_sparse lithe_const_sparse;
typedef const lithe_operator lithe_const_operator;
typedef const lithe_kernel lithe_const_kernel;
typedef const lithe_stream lithe_const_stream;
typedef const lithe_pca lithe_const_pca;
typedef const lithe_mixture_start lithe_const_mixture_start;

#endif

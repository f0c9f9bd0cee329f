"""The structs of ``lithe.h``, field for field; a test holds them against the header."""

from __future__ import annotations

import ctypes

ABI_VERSION = 2
"""The ABI this package speaks; the library and the header must agree."""

FLOAT32, FLOAT64 = 1, 2
INT32, INT64 = 1, 2
CSR, CSC = 1, 2
DENSE, DENSE_TRANSPOSED, COMPRESSED, PRODUCTS, ROW_BLOCKS = 1, 2, 3, 4, 5
KERNEL_DENSE, KERNEL_CALLBACK, KERNEL_RBF, KERNEL_MATERN32, KERNEL_MATERN52 = 1, 2, 3, 4, 5


class Matrix(ctypes.Structure):
    """``lithe_matrix``: a row-major view of someone else's memory."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("rows", ctypes.c_int64),
        ("cols", ctypes.c_int64),
        ("stride", ctypes.c_int64),
        ("dtype", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
    ]


class Sparse(ctypes.Structure):
    """``lithe_sparse``: a view of the three arrays of a compressed sparse matrix."""

    _fields_ = [
        ("values", ctypes.c_void_p),
        ("indices", ctypes.c_void_p),
        ("indptr", ctypes.c_void_p),
        ("rows", ctypes.c_int64),
        ("cols", ctypes.c_int64),
        ("nnz", ctypes.c_int64),
        ("dtype", ctypes.c_int32),
        ("index_dtype", ctypes.c_int32),
        ("layout", ctypes.c_int32),
        ("reserved", ctypes.c_int32 * 5),
    ]


PRODUCT = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(Matrix), ctypes.POINTER(Matrix))
"""``lithe_product``: a function that multiplies with a matrix or its transpose."""

NEXT_ROWS = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(Matrix))
"""``lithe_next_rows``: a function that yields the rows of a matrix, block by block."""

KERNEL_DIAGONAL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(Matrix))
"""``lithe_kernel_diagonal``: a function that writes the diagonal of a matrix."""

KERNEL_COLUMNS = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int64), ctypes.c_int64,
                                  ctypes.POINTER(Matrix))
"""``lithe_kernel_columns``: a function that writes columns of a matrix."""


class Operator(ctypes.Structure):
    """``lithe_operator``: a matrix in any of the forms that the lowrank functions take."""

    _fields_ = [
        ("kind", ctypes.c_int32),
        ("center", ctypes.c_int32),
        ("dense", ctypes.POINTER(Matrix)),
        ("sparse", ctypes.POINTER(Sparse)),
        ("product", PRODUCT),
        ("product_transposed", PRODUCT),
        ("next_rows", NEXT_ROWS),
        ("context", ctypes.c_void_p),
        ("rows", ctypes.c_int64),
        ("cols", ctypes.c_int64),
        ("dtype", ctypes.c_int32),
        ("reserved", ctypes.c_int32 * 5),
    ]


class Kernel(ctypes.Structure):
    """``lithe_kernel``: a positive semidefinite matrix that is looked at column by column."""

    _fields_ = [
        ("kind", ctypes.c_int32),
        ("dtype", ctypes.c_int32),
        ("data", ctypes.POINTER(Matrix)),
        ("parameter", ctypes.c_double),
        ("diagonal", KERNEL_DIAGONAL),
        ("columns", KERNEL_COLUMNS),
        ("context", ctypes.c_void_p),
        ("size", ctypes.c_int64),
        ("reserved", ctypes.c_int32 * 6),
    ]


class Stream(ctypes.Structure):
    """``lithe_stream``: what is kept of a matrix that passes by once."""

    _fields_ = [
        ("co_range", Matrix),
        ("core", Matrix),
        ("check", Matrix),
        ("squared_norm", ctypes.c_double),
        ("rows", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
        ("reserved", ctypes.c_int64 * 4),
    ]


class PCA(ctypes.Structure):
    """``lithe_pca``: what is kept of rows for their principal components."""

    _fields_ = [
        ("mean", ctypes.c_void_p),
        ("n", ctypes.c_int64),
        ("gram", Matrix),
        ("sketch", Matrix),
        ("weight", ctypes.c_double),
        ("squared_norm", ctypes.c_double),
        ("lost", ctypes.c_double),
        ("rows", ctypes.c_int64),
        ("reserved", ctypes.c_int64 * 4),
    ]


class Run(ctypes.Structure):
    """``lithe_run``: threads and cancellation go in, progress and messages come out."""

    _fields_ = [
        ("size", ctypes.c_int32),
        ("threads", ctypes.c_int32),
        ("cancel", ctypes.c_int32),
        ("status", ctypes.c_int32),
        ("iteration", ctypes.c_int64),
        ("max_iterations", ctypes.c_int64),
        ("evaluations", ctypes.c_int64),
        ("objective", ctypes.c_double),
        ("seconds", ctypes.c_double),
        ("phase", ctypes.c_char * 32),
        ("message", ctypes.c_char * 1024),
        ("reserved", ctypes.c_int64 * 8),
    ]


class MixtureStart(ctypes.Structure):
    """``lithe_mixture_start``: initial parameters; data NULL means absent."""

    _fields_ = [
        ("weights", Matrix),
        ("means", Matrix),
        ("loadings", Matrix),
        ("noise_variance", Matrix),
        ("labels", ctypes.c_void_p),
        ("n_labels", ctypes.c_int64),
        ("dof", ctypes.c_void_p),
        ("n_dof", ctypes.c_int64),
        ("reserved", ctypes.c_int64 * 2),
    ]

#ifndef LITHE_TYPES_H
#define LITHE_TYPES_H

#include <stdint.h>

/* Raised when a program built against an older header could misbehave; compare it with lithe_abi_version(). */
#define LITHE_ABI_VERSION 2

/* What every function returns, as int32_t, unless it says otherwise. */
enum lithe_status {
    LITHE_OK = 0,
    LITHE_EINVAL = 1,     /* an argument or option has an impossible value or an unknown name */
    LITHE_ESHAPE = 2,     /* sizes that do not fit together */
    LITHE_EDATA = 3,      /* NaN or infinity in the data */
    LITHE_ENUMERIC = 4,   /* the computation broke down */
    LITHE_ECANCELLED = 5, /* the cancel word was set; no result */
    LITHE_ENOCONV = 6,    /* a result is written, short of the requested tolerance */
    LITHE_EPANIC = 7,     /* a bug in lithe, contained; please report the message */
    LITHE_EHANDLE = 8,    /* the handle is closed, unknown or of another kind */
    LITHE_EFILE = 9,      /* a model file cannot be read (missing, truncated, corrupted, foreign, newer) or written */
    LITHE_EABI = 10,      /* the caller was built against another lithe.h */
    LITHE_ENOMEM = 11,    /* more memory than this process can get */
    LITHE_ECALLBACK = 12  /* a function of the caller reported failure; no result */
};

/* Element types. */
enum lithe_dtype {
    LITHE_FLOAT32 = 1,
    LITHE_FLOAT64 = 2
};

/* Types of the positions in a sparse matrix. */
enum lithe_index_dtype {
    LITHE_INT32 = 1,
    LITHE_INT64 = 2
};

/* How the entries of a sparse matrix are ordered. */
enum lithe_layout {
    LITHE_CSR = 1, /* row after row */
    LITHE_CSC = 2  /* column after column */
};

/* A fitted model, or the result of a call. Copying the number does not copy what it stands for; 0 stands for nothing. */
typedef int64_t lithe_handle;

/*
 * A view of row-major data that the caller owns: element (i, j) is data[i * stride + j]. Inputs are neither copied
 * nor written to, outputs are written in place, and no pointer is kept after the call. data may be NULL only when
 * there are no elements; it must be aligned for its element type. Outputs must not overlap inputs.
 */
typedef struct lithe_matrix {
    void *data;
    int64_t rows;
    int64_t cols;
    int64_t stride;   /* elements from one row to the next, >= cols */
    int32_t dtype;    /* LITHE_FLOAT32 or LITHE_FLOAT64 */
    int32_t reserved; /* 0 */
} lithe_matrix;

/*
 * A view of a sparse matrix that the caller owns, neither copied as it is nor written to nor kept. For LITHE_CSR the
 * entries of row i are values[p] in column indices[p], for p from indptr[i] up to indptr[i + 1]; for LITHE_CSC read
 * "column" for "row" and the reverse. indptr has rows + 1 (cols + 1) positions, ascending from 0 to at most nnz. The
 * entries of a row may stand in any order, and entries at one place add up. SciPy's csr_array and csc_array have these
 * three arrays.
 */
typedef struct lithe_sparse {
    const void *values;  /* nnz */
    const void *indices; /* nnz */
    const void *indptr;
    int64_t rows;
    int64_t cols;
    int64_t nnz;
    int32_t dtype;       /* of values: LITHE_FLOAT32 or LITHE_FLOAT64 */
    int32_t index_dtype; /* of indices and indptr: LITHE_INT32 or LITHE_INT64 */
    int32_t layout;      /* LITHE_CSR or LITHE_CSC */
    int32_t reserved[5]; /* 0 */
} lithe_sparse;

/*
 * Functions of the caller, through which a matrix is known that the library never sees as a whole. The library calls
 * them on the thread that called it, one at a time, with the context that the caller gave; what their arguments point
 * to is there during the call only. They return 0, or anything else to end the computation with LITHE_ECALLBACK. They
 * may use the library themselves, but must return: no longjmp, and no exception may leave them.
 */

/* Writes y = A x (m x l, for x of n x l), or y = A^T x (n x l, for x of m x l), both in the operator's dtype. */
typedef int32_t (*lithe_product)(void *context, const lithe_matrix *x, const lithe_matrix *y);

/* Lets block, which comes zeroed, describe the next rows of A, in memory that stays until the next call; leaves it alone
 * where there are no more. first = 1 begins again at row 0, whatever was read before. */
typedef int32_t (*lithe_next_rows)(void *context, int32_t first, lithe_matrix *block);

/* Writes the diagonal of A (n x 1, float64). */
typedef int32_t (*lithe_kernel_diagonal)(void *context, const lithe_matrix *diagonal);

/* Writes column ids[i] of A to row i of columns (count x n, in the kernel's dtype). */
typedef int32_t (*lithe_kernel_columns)(void *context, const int64_t *ids, int64_t count, const lithe_matrix *columns);

/* What a lithe_operator is given as. */
enum lithe_operator_kind {
    LITHE_DENSE = 1,
    LITHE_DENSE_TRANSPOSED = 2,
    LITHE_COMPRESSED = 3,
    LITHE_PRODUCTS = 4,
    LITHE_ROW_BLOCKS = 5
};

/*
 * A matrix A (m x n) in any of the forms that the lowrank functions take. Start with {0}, and fill in kind, center and
 * the fields of that kind; the others are not looked at.
 */
typedef struct lithe_operator {
    int32_t kind;
    int32_t center;                   /* 1: the mean of each column is subtracted from it, without a copy of A; or 0 */
    const lithe_matrix *dense;        /* LITHE_DENSE: A; LITHE_DENSE_TRANSPOSED: its transpose (n x m), so that a
                                         column-major A is read in place */
    const lithe_sparse *sparse;       /* LITHE_COMPRESSED: A */
    lithe_product product;            /* LITHE_PRODUCTS: multiplies with A */
    lithe_product product_transposed; /* LITHE_PRODUCTS: multiplies with A^T; NULL where that is never needed */
    lithe_next_rows next_rows;        /* LITHE_ROW_BLOCKS: goes through the rows of A, which is read once a pass */
    void *context;                    /* for the functions */
    int64_t rows;                     /* LITHE_PRODUCTS and LITHE_ROW_BLOCKS: m */
    int64_t cols;                     /* the same: n */
    int32_t dtype;                    /* the same: LITHE_FLOAT32 or LITHE_FLOAT64 */
    int32_t reserved[5];              /* 0 */
} lithe_operator;

/* What a lithe_kernel is given as. */
enum lithe_kernel_kind {
    LITHE_KERNEL_DENSE = 1,
    LITHE_KERNEL_CALLBACK = 2,
    LITHE_KERNEL_RBF = 3,      /* A[i, j] = exp(-gamma |x_i - x_j|^2) */
    LITHE_KERNEL_MATERN32 = 4, /* (1 + s) exp(-s), s = sqrt(3) |x_i - x_j| / scale */
    LITHE_KERNEL_MATERN52 = 5  /* (1 + s + s^2 / 3) exp(-s), s = sqrt(5) |x_i - x_j| / scale */
};

/*
 * A symmetric positive semidefinite matrix A (n x n) that is looked at column by column. Start with {0}, and fill in
 * kind and its fields; the others are not looked at.
 */
typedef struct lithe_kernel {
    int32_t kind;
    int32_t dtype;                  /* LITHE_KERNEL_CALLBACK: of the columns */
    const lithe_matrix *data;       /* LITHE_KERNEL_DENSE: A; the kernels of points: these (n x d) */
    double parameter;               /* LITHE_KERNEL_RBF: gamma; LITHE_KERNEL_MATERN..: scale; positive */
    lithe_kernel_diagonal diagonal; /* LITHE_KERNEL_CALLBACK */
    lithe_kernel_columns columns;   /* LITHE_KERNEL_CALLBACK */
    void *context;                  /* for the functions */
    int64_t size;                   /* LITHE_KERNEL_CALLBACK: n */
    int32_t reserved[6];            /* 0 */
} lithe_kernel;

/*
 * What is kept of a matrix A (m x n) that passes by once, block of rows by block of rows. The caller owns the arrays, all
 * float64, in the sizes that lithe_lowrank_stream_sizes names, and starts with zeros everywhere but in seed.
 */
typedef struct lithe_stream {
    lithe_matrix co_range; /* k x n */
    lithe_matrix core;     /* s x s */
    lithe_matrix check;    /* q x n */
    double squared_norm;   /* sum of the squares of the elements so far */
    int64_t rows;          /* rows so far */
    uint64_t seed;         /* of the random matrices behind the arrays: the same for all parts of A */
    int64_t reserved[4];   /* 0 */
} lithe_stream;

/*
 * What is kept of rows of n features for their principal components, whatever their number. The caller owns the arrays, all
 * float64, and starts with zeros: either gram or sketch, as lithe_lowrank_pca_sizes advises; the other is {0}.
 */
typedef struct lithe_pca {
    double *mean;        /* n */
    int64_t n;
    lithe_matrix gram;   /* n x n: sum of w (x - mean) (x - mean)^T, of which the upper triangle is used */
    lithe_matrix sketch; /* l x n: fewer rows that stand for those seen, centred */
    double weight;       /* sum of the weights so far */
    double squared_norm; /* sum of w |x - mean|^2 so far */
    double lost;         /* what the sketch may lack of the gram matrix in any direction */
    int64_t rows;        /* rows of positive weight so far */
    int64_t reserved[4]; /* 0 */
} lithe_pca;

/*
 * What goes into and comes out of one call besides its arrays. The caller owns it, starts it with LITHE_RUN_INIT, and
 * passes it to one call at a time; every function also takes NULL. While the call runs, another thread or a signal
 * handler may set cancel, and another thread may read the fields marked "live" (one value at a time is consistent).
 */
typedef struct lithe_run {
    int32_t size;    /* sizeof(lithe_run) */
    int32_t threads; /* 0 = one per processor, at most 1024; never changes the result */
    int32_t cancel;  /* set non-zero to stop the call soon; the library never clears it */
    int32_t status;  /* of the last finished call */
    int64_t iteration;      /* live: iterations finished in this phase */
    int64_t max_iterations; /* live: most iterations this phase can take */
    int64_t evaluations;    /* live: (point, component) or comparable evaluations so far */
    double objective;       /* live: current value of the objective, NaN while there is none */
    double seconds;         /* live: since the call began */
    char phase[32];         /* live: what is being done, NUL-terminated */
    char message[1024];     /* what went wrong, where, and what to do; NUL-terminated, empty on success */
    int64_t reserved[8];    /* 0 */
} lithe_run;

#define LITHE_RUN_INIT {(int32_t)sizeof(lithe_run), 0, 0, 0, 0, 0, 0, 0.0, 0.0, {0}, {0}, {0}}

/* Initial values for lithe_mixture_fit, all float64. A matrix whose data is NULL is absent; so {0} leaves everything. */
typedef struct lithe_mixture_start {
    lithe_matrix weights;        /* C x 1 */
    lithe_matrix means;          /* C x D */
    lithe_matrix loadings;       /* C*D x H: row c*D + d is row d of the loading matrix of component c */
    lithe_matrix noise_variance; /* C x D; equal within a row for covariance_type spherical */
    const int64_t *labels;       /* one component in [0, C) per row of the data, -1 = unknown; or NULL */
    int64_t n_labels;
    const double *dof; /* C positive numbers, for family t where degrees of freedom are estimated; or NULL */
    int64_t n_dof;
    int64_t reserved[2]; /* 0 */
} lithe_mixture_start;

/* The sizes are part of the interface. */
#if defined(__cplusplus)
static_assert(sizeof(void *) != 8 || sizeof(lithe_matrix) == 40, "lithe_matrix");
static_assert(sizeof(void *) != 8 || sizeof(lithe_sparse) == 80, "lithe_sparse");
static_assert(sizeof(void *) != 8 || sizeof(lithe_operator) == 96, "lithe_operator");
static_assert(sizeof(void *) != 8 || sizeof(lithe_kernel) == 80, "lithe_kernel");
static_assert(sizeof(void *) != 8 || sizeof(lithe_stream) == 176, "lithe_stream");
static_assert(sizeof(void *) != 8 || sizeof(lithe_pca) == 160, "lithe_pca");
static_assert(sizeof(lithe_run) == 1176, "lithe_run");
static_assert(sizeof(void *) != 8 || sizeof(lithe_mixture_start) == 208, "lithe_mixture_start");
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_matrix) == 40, "lithe_matrix");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_sparse) == 80, "lithe_sparse");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_operator) == 96, "lithe_operator");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_kernel) == 80, "lithe_kernel");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_stream) == 176, "lithe_stream");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_pca) == 160, "lithe_pca");
_Static_assert(sizeof(lithe_run) == 1176, "lithe_run");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_mixture_start) == 208, "lithe_mixture_start");
#endif

#endif /* LITHE_TYPES_H */

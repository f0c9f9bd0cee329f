#ifndef LITHE_TYPES_H
#define LITHE_TYPES_H

#include <stdint.h>

/* Raised when a program built against an older header could misbehave; compare it with lithe_abi_version(). */
#define LITHE_ABI_VERSION 1

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
    LITHE_ENOMEM = 11     /* a size beyond any memory */
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

/* A fitted model. Copying the number does not copy the model; 0 is never a model. */
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
    int64_t reserved[4]; /* 0 */
} lithe_mixture_start;

/* The sizes are part of the interface. */
#if defined(__cplusplus)
static_assert(sizeof(void *) != 8 || sizeof(lithe_matrix) == 40, "lithe_matrix");
static_assert(sizeof(void *) != 8 || sizeof(lithe_sparse) == 80, "lithe_sparse");
static_assert(sizeof(lithe_run) == 1176, "lithe_run");
static_assert(sizeof(void *) != 8 || sizeof(lithe_mixture_start) == 208, "lithe_mixture_start");
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_matrix) == 40, "lithe_matrix");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_sparse) == 80, "lithe_sparse");
_Static_assert(sizeof(lithe_run) == 1176, "lithe_run");
_Static_assert(sizeof(void *) != 8 || sizeof(lithe_mixture_start) == 208, "lithe_mixture_start");
#endif

#endif /* LITHE_TYPES_H */

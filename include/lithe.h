/*
 * lithe 0.1.0: big statistical models on small machines.
 *
 * This is the whole C interface. Link with -llithe (pkg-config lithe, or CMake's find_package(lithe)); lithe.hpp next
 * to this file wraps it for C++17. A first program:
 *
 *     lithe_run run = LITHE_RUN_INIT;
 *     lithe_matrix x = {data, rows, cols, cols, LITHE_FLOAT64, 0};
 *     lithe_handle model = 0;
 *     int32_t status = lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 50}", &run, &model);
 *     if (status != LITHE_OK && status != LITHE_ENOCONV) {
 *         fprintf(stderr, "%s\n", run.message);
 *         return 1;
 *     }
 *     ...
 *     lithe_free(model);
 *
 * Generated from the sources of the library; do not edit.
 */
#ifndef LITHE_H
#define LITHE_H

#define LITHE_VERSION "0.1.0"

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

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------- library */

/*
 * Common to all functions: the run block may be NULL and comes right before the handle that a function makes, else last.
 * Strings are NUL-terminated UTF-8. Unless a comment says otherwise, outputs are unspecified after a failure, and
 * besides what it names a function can return LITHE_EINVAL (a NULL or misaligned pointer, an unknown dtype),
 * LITHE_ESHAPE, LITHE_EDATA, LITHE_EHANDLE, LITHE_ECANCELLED, LITHE_EABI, LITHE_ENOMEM and LITHE_EPANIC.
 *
 * Any function may be called from any thread, also at the same time as others. Results depend on the data and the
 * options, never on the number of threads: they are equal bit by bit. After fork() without exec() the child must not
 * use a library that the parent has used.
 */

/* Returns the LITHE_ABI_VERSION that the library was built with. A program whose own differs must not go on. */
int32_t lithe_abi_version(void);

/* Returns the version of the library, such as "0.1.0", in static memory. */
const char *lithe_version(void);

/* Returns a short English text for a status, in static memory; "unknown status" for other numbers. */
const char *lithe_status_string(int32_t status);

/*
 * Writes what can be set in the options of a solver ("mixture", "kmeans", "lowrank", and what the functions name) to
 * out, as JSON: [{"name": ..., "type": "int" | "float" | "str" | "bool" | "uint64" | "list", "default": ..., "doc": ...}, ...].
 * A uint64 travels as a string, here and in options.
 *
 * Text is returned as everywhere in this interface: needed (or NULL) receives its size in bytes including the final
 * NUL; out NULL with capacity 0 only asks for that size; a capacity that is too small is LITHE_EINVAL, with needed
 * set and out empty.
 */
int32_t lithe_describe(const char *solver, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Closes a handle of any kind. A call that still uses it on another thread ends undisturbed. 0 is a no-op; a
 * closed or unknown handle is LITHE_EHANDLE.
 */
int32_t lithe_free(lithe_handle handle);

/* -------------------------------------------------------------------------------------------------------- result */

/*
 * Results whose arrays have sizes that are not known before the call, such as a rank that follows from a tolerance. A
 * result is a handle, made by a function, to be closed by lithe_free. It holds named arrays and a report, named
 * numbers and words; each function says which, and the meaning. A result never changes, except by what its owner writes
 * to an array seen through lithe_result_view, and any number of threads may read it.
 */

/*
 * Writes the report about a result to out, as a JSON object, by the protocol of lithe_describe: its facts, and
 * "arrays", which gives rows, cols and type ("float32", "float64", "int64") of each array. Numbers that are not
 * finite are null, seeds are strings.
 */
int32_t lithe_result_report(lithe_handle result, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/* Writes one number of the report to value: NaN where the report has null, 1 and 0 for true and false. */
int32_t lithe_result_number(lithe_handle result, const char *name, double *value, lithe_run *run);

/* Writes the shape of an array to rows and cols (or NULL). A vector of n elements is n x 1. */
int32_t lithe_result_shape(lithe_handle result, const char *name, int64_t *rows, int64_t *cols, lithe_run *run);

/*
 * Copies an array of numbers to out, which has its shape and dtype. Another shape is LITHE_ESHAPE, and the message
 * names the right one.
 */
int32_t lithe_result_read(lithe_handle result, const char *name, const lithe_matrix *out, lithe_run *run);

/*
 * Lets array describe an array of numbers where it lies, so that nothing is copied, however large it is. The memory may be
 * read and written until *owner, a handle of its own, is closed by lithe_free; the result may be closed before that.
 */
int32_t lithe_result_view(lithe_handle result, const char *name, lithe_matrix *array, lithe_run *run,
        lithe_handle *owner);

/* Copies an array of positions, all counted from 0, to out; count is their number. */
int32_t lithe_result_read_indices(lithe_handle result, const char *name, int64_t *out, int64_t count, lithe_run *run);

/* ------------------------------------------------------------------------------------------------------- mixture */

/*
 * Mixtures of Gaussians with factor-analytic, diagonal or spherical covariances. Letters: n rows, D features,
 * C components, H factors per component. Component c has weight w_c, mean mu_c and covariance
 * Lambda_c Lambda_c^T + diag(D_c), with H columns in Lambda_c. A model never changes, and any number of threads may
 * use it at once. Data is float32 or float64 as its dtype says, and must be finite (else LITHE_EDATA).
 */

/*
 * Fits a mixture to the rows of x (n x D).
 *
 * sample_weight is NULL or n x 1 float64, non-negative. start is NULL or holds some of the initial parameters.
 * options is JSON text such as {"n_components": 100, "random_state": "7"}, with the fields that
 * lithe_describe("mixture") lists; NULL or "" means the defaults. *model receives a handle, to be closed by
 * lithe_free, with LITHE_OK and with LITHE_ENOCONV (max_iter iterations were not enough for tol); otherwise it is left
 * alone. One iteration takes O(n D H) per evaluated pair of point and component; memory is O(n n_candidates) for
 * algorithm truncated and O(C D H) for the model.
 */
int32_t lithe_mixture_fit(const lithe_matrix *x, const lithe_matrix *sample_weight, const lithe_mixture_start *start,
        const char *options, lithe_run *run, lithe_handle *model);

/*
 * Makes a mixture from its parameters, all float64, which are copied: covariance_type "factor", "diag" or "spherical",
 * weights (C x 1, non-negative, sum 1), means (C x D), loadings (C*D x H; NULL for diag and spherical) and
 * noise_variance (C x D, positive).
 */
int32_t lithe_mixture_new(const char *covariance_type, const lithe_matrix *weights, const lithe_matrix *means,
        const lithe_matrix *loadings, const lithe_matrix *noise_variance, lithe_run *run, lithe_handle *model);

/*
 * Makes a mixture of another family from the parameters of model, whose covariances become scale matrices: family "t" or
 * "tyler" with degrees of freedom dof (C x 1, positive), or "gaussian" with dof NULL. *tailed receives a handle.
 */
int32_t lithe_mixture_with_tails(lithe_handle model, const char *family, const lithe_matrix *dof, lithe_run *run,
        lithe_handle *tailed);

/*
 * Makes a copy of model that says how its components share loadings, "own", "tied" or "common", which n_parameters and the
 * information criteria count by: for a model made from the parameters of a fit. *typed receives a handle.
 */
int32_t lithe_mixture_with_loadings(lithe_handle model, const char *loadings_type, lithe_run *run,
        lithe_handle *typed);

/*
 * Makes a copy of model that says what a fit says of its result besides the parameters: for a model made from the parameters of a
 * fit. facts is JSON text with any of noise_type, loadings_type, dof_estimated, n_iter, converged, lower_bound and
 * coverage_gap, as lithe_mixture_info writes them. history (n_iter + 1 rows x 3) and neighbors (C x G) are as lithe_mixture_get
 * has them, or NULL. *other receives a handle.
 */
int32_t lithe_mixture_with_facts(lithe_handle model, const char *facts, const lithe_matrix *history,
        const lithe_matrix *neighbors, lithe_run *run, lithe_handle *other);

/*
 * Writes the facts about a mixture to out, as a JSON object, by the protocol of lithe_describe: n_components,
 * n_features, n_factors, covariance_type, family, loadings_type, n_parameters, n_iter, converged, lower_bound (nats per point), coverage_gap
 * (nats per point), n_history, n_neighbors, noise_type, missing ("error" or "nan": what NaN means), dof_estimated. The facts of the fit are zero for a model made from parameters.
 */
int32_t lithe_mixture_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an attribute to out, of either dtype: weights (C x 1), means (C x D), loadings (C*D x H), noise_variance
 * (C x D), dof (C x 1, infinity for family gaussian), history (n_history x 3: objective in nats per point, seconds
 * since the fit began, evaluations) or neighbors (C x n_neighbors, nearest component first). Another shape is
 * LITHE_ESHAPE, and the message names the right one.
 */
int32_t lithe_mixture_get(lithe_handle model, const char *name, const lithe_matrix *out, lithe_run *run);

/* Writes the exact log-density of each row of x (n x D), in nats, to dst (n). O(n C D H). */
int32_t lithe_mixture_score_samples(lithe_handle model, const lithe_matrix *x, double *dst, lithe_run *run);

/* Writes the most probable component of each row of x (n x D) to labels (n). O(n C D H). */
int32_t lithe_mixture_predict(lithe_handle model, const lithe_matrix *x, int64_t *labels, lithe_run *run);

/*
 * Writes the posterior probability of every component for each row of x (n x D) to dst (n x C, dtype of x).
 * O(n C D H).
 */
int32_t lithe_mixture_posterior(lithe_handle model, const lithe_matrix *x, const lithe_matrix *dst, lithe_run *run);

/*
 * Writes the k most probable components of each row of x (n x D), most probable first, to ids (n x k without gaps) and
 * their posterior probabilities, normalised over all C components, to dst (n x k, dtype of x). k is in [1, C].
 * O(n C D H).
 */
int32_t lithe_mixture_top_posterior(lithe_handle model, const lithe_matrix *x, int64_t k, int32_t *ids,
        const lithe_matrix *dst, lithe_run *run);

/*
 * Writes the posterior mean of the factors of each row of x (n x D) under its most probable component to dst (n x H,
 * dtype of x). LITHE_ESHAPE for models without factors unless dst has no columns. O(n C D H).
 */
int32_t lithe_mixture_transform(lithe_handle model, const lithe_matrix *x, const lithe_matrix *dst, lithe_run *run);

/*
 * Writes the posterior mean of each row of x (n x D) without its noise to dst (n x D, dtype of x). With
 * noise_variance >= 0 a row is signal plus white noise of that variance; with noise_variance < 0 the noise is the
 * model's own. O(n C D H).
 */
int32_t lithe_mixture_denoise(lithe_handle model, const lithe_matrix *x, double noise_variance,
        const lithe_matrix *dst, lithe_run *run);

/*
 * Writes three numbers about x (n x D, n >= 1) to out3: the sum of the log-densities of its rows in nats, Akaike's
 * criterion and the Bayesian criterion; the criteria are lower for better models. O(n C D H).
 */
int32_t lithe_mixture_criteria(lithe_handle model, const lithe_matrix *x, double *out3, lithe_run *run);

/*
 * Draws the rows of x (n x D, either dtype) from a mixture, and writes the component of each to labels (n, or NULL).
 * The same seed gives the same rows.
 */
int32_t lithe_mixture_sample(lithe_handle model, uint64_t seed, const lithe_matrix *x, int64_t *labels,
        lithe_run *run);

/*
 * Saves a mixture to a file that every language reads, with all its digits. An existing file is replaced only once
 * the new one is complete. Failures are LITHE_EFILE.
 */
int32_t lithe_mixture_save(lithe_handle model, const char *path, lithe_run *run);

/*
 * Loads a mixture from a file that lithe_mixture_save or another language wrote. *model receives a handle, to be
 * closed by lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
 */
int32_t lithe_mixture_load(const char *path, lithe_run *run, lithe_handle *model);

/* ------------------------------------------------------------------------------------------------ mixture_blocks */

/* Mixtures fitted to rows that come block by block, or bit by bit. */

/*
 * Fits a mixture to rows that do not fit in memory at once: x has kind LITHE_ROW_BLOCKS (n x D), and is read once a pass.
 * One pass finds the standardisation and a sample for the starting values; then every iteration takes one pass, and one
 * more evaluates the result. Blocks of many rows are faster than small ones. Arguments and results are otherwise as for
 * lithe_mixture_fit, with n_init 1 and without start.labels. If the function that yields the rows fails (LITHE_ECALLBACK),
 * a block is bad, or the run is cancelled, and at least one iteration is complete, *model receives the model of the last
 * complete iteration all the same, and the message says so. Memory is 4 n n_candidates bytes, one block, and 4 to 12
 * bytes for each parameter.
 */
int32_t lithe_mixture_fit_blocks(const lithe_operator *x, const lithe_matrix *sample_weight,
        const lithe_mixture_start *start, const char *options, lithe_run *run, lithe_handle *model);

/*
 * Learns from another batch of rows x (n x D) by stepwise EM. The state between batches is model, batches, the number of
 * batches seen, and statistics, float64 of C rows and 1 + H + H^2 + D (3 + H) columns, with H = 0 for types diag and
 * spherical, and two more columns for families t and tyler. With batches 0, model is not looked at (0 will do), start may hold initial parameters, and the batch needs at
 * least C rows; afterwards start must be NULL. On success statistics are overwritten, and *next receives a new handle, to be
 * closed by lithe_free as well as model; a failure leaves everything as it is. options is as for lithe_mixture_fit and should
 * stay the same; tol does not matter. In lithe_mixture_info, lower_bound is then the mean log-density of the batch under
 * the parameters before it. O(n C D H).
 */
int32_t lithe_mixture_partial_fit(lithe_handle model, int64_t batches, const lithe_matrix *statistics,
        const lithe_matrix *x, const lithe_matrix *sample_weight, const lithe_mixture_start *start,
        const char *options, lithe_run *run, lithe_handle *next);

/* ----------------------------------------------------------------------------------------------- mixture_missing */

/*
 * Mixtures and values that were not observed: NaN marks a missing value where these functions, or the options of a handle,
 * say so. Letters as above.
 */

/*
 * Makes another handle to a mixture, which answers questions about rows as options says: JSON text with the fields that
 * lithe_describe("mixture_inference") lists; NULL or "" means the defaults. With {"missing": "nan"}, every function that
 * takes rows takes NaN for a missing value: densities are those of what was observed, posteriors and factors are conditioned
 * on it. A model fitted with that option answers so from the start. *other receives the handle, to be closed by lithe_free;
 * the parameters are shared.
 */
int32_t lithe_mixture_with(lithe_handle model, const char *options, lithe_run *run, lithe_handle *other);

/*
 * Makes another handle to a mixture with a component graph, which algorithm search needs: neighbors (C x G, components by
 * number, itself first), as lithe_mixture_get has it. *other receives the handle, to be closed by lithe_free.
 */
int32_t lithe_mixture_link(lithe_handle model, const lithe_matrix *neighbors, lithe_run *run, lithe_handle *other);

/*
 * Compares answers of algorithm search with exact ones on at most 2,000 rows of x (n x D), each looked up alone, and writes
 * five numbers to out5: the rows compared, the mean of the exact log-density minus that found, the largest such
 * difference (nats), the part of the rows whose most probable component was found, and the components evaluated per row.
 * The model needs a component graph (else LITHE_EINVAL). O(C D H) for each of these rows.
 */
int32_t lithe_mixture_check_search(lithe_handle model, const lithe_matrix *x, double *out5, lithe_run *run);

/*
 * Writes x (n x D) to dst (n x D, dtype of x) with the posterior mean of what is missing in place of every NaN; a row
 * without a single value gets the mean of the mixture. NaN means missing here whatever the model's options. O(n C D H),
 * and H^2 for each missing value and component.
 */
int32_t lithe_mixture_impute(lithe_handle model, const lithe_matrix *x, const lithe_matrix *dst, lithe_run *run);

/*
 * lithe_mixture_impute with a draw from the distribution of what is missing given the rest of its row, in place of its
 * mean. The draw for a row depends on the seed, the number of the row and what it holds alone.
 */
int32_t lithe_mixture_impute_draw(lithe_handle model, const lithe_matrix *x, uint64_t seed, const lithe_matrix *dst,
        lithe_run *run);

/*
 * Makes the mixture of some features alone, features (n_features, each in [0, D) and at most once), in that order. t
 * components keep their degrees of freedom. *other receives a handle, to be closed by lithe_free.
 */
int32_t lithe_mixture_marginal(lithe_handle model, const int64_t *features, int64_t n_features, lithe_run *run,
        lithe_handle *other);

/*
 * Makes the distribution of what a row lacks given what it holds, a mixture of the features that are NaN in row (1 x D,
 * float64), in their order. Components of family t and tyler give t components, with one more degree of freedom for each
 * feature that the row holds. *other receives a handle, to be closed by lithe_free.
 */
int32_t lithe_mixture_conditional(lithe_handle model, const lithe_matrix *row, lithe_run *run, lithe_handle *other);

/*
 * Writes the mean of some features of each row of x (n x D) given what the row holds to mean (n x B, dtype of x), and
 * their covariance to covariance (n*B x B, a block for each row; or NULL). NaN in x marks what is not given. features
 * (n_features = B) are in [0, D), each at most once. O(n C D H), and B^2 H for each covariance and likely component.
 */
int32_t lithe_mixture_conditional_moments(lithe_handle model, const lithe_matrix *x, const int64_t *features,
        int64_t n_features, const lithe_matrix *mean, const lithe_matrix *covariance, lithe_run *run);

/* --------------------------------------------------------------------------------------------- mixture_selection */

/* How many components a mixture should have. Letters as above; criteria are lower for better models. */

/*
 * Writes the entropy of the posterior over components of each row of x (n x D) to dst (n), in nats. BIC plus twice their
 * sum is the integrated complete-data likelihood criterion. O(n C D H).
 */
int32_t lithe_mixture_entropies(lithe_handle model, const lithe_matrix *x, double *dst, lithe_run *run);

/*
 * Fits a mixture to x (n x D) for each of the numbers of components candidates (n_candidates) and keeps the one with the
 * lowest criterion: "aic", "bic", "icl" or "held_out", minus the mean log-density of the rows held_out (of the dtype of
 * x; NULL unless that is the criterion or of interest). sample_weight and options are as for lithe_mixture_fit. path
 * (n_candidates x 9, float64) tells of each: components, criterion, log-likelihood, aic, bic, icl, held_out (NaN
 * without such rows), seconds, converged. *model receives a handle, to be closed by lithe_free.
 */
int32_t lithe_mixture_select(const lithe_matrix *x, const lithe_matrix *sample_weight, const int64_t *candidates,
        int64_t n_candidates, const char *criterion, const lithe_matrix *held_out, const char *options,
        const lithe_matrix *path, lithe_run *run, lithe_handle *model);

/*
 * lithe_mixture_select with candidates that are fitted in increasing number, each but the first from the one before: the
 * components whose split gains most are split, and EM goes on from there. m_step must be "em" and loadings_type "own" (else
 * LITHE_EOPTION). path is in the order of candidates all the same.
 */
int32_t lithe_mixture_select_warm(const lithe_matrix *x, const lithe_matrix *sample_weight,
        const int64_t *candidates, int64_t n_candidates, const char *criterion, const lithe_matrix *held_out,
        const char *options, const lithe_matrix *path, lithe_run *run, lithe_handle *model);

/* -------------------------------------------------------------------------------------------------------- kmeans */

/*
 * K-means, the quantizer behind mixtures. Letters: n rows, D features, C clusters. Data is float32 or float64 as its
 * dtype says, and must be finite (else LITHE_EDATA).
 */

/*
 * Clusters the rows of x (n x D) by Lloyd's algorithm.
 *
 * sample_weight is NULL or n x 1 float64, non-negative. start is NULL or the C x D float64 initial centres. options is
 * JSON text with the fields that lithe_describe("kmeans") lists; NULL or "" means the defaults. centers (C x D,
 * float64, with C the option n_clusters), labels (n, or NULL), inertia (weighted sum of squared distances, or NULL)
 * and n_iter (or NULL) receive the result with LITHE_OK and LITHE_ENOCONV, and are left alone otherwise. One iteration
 * is O(n C D).
 */
int32_t lithe_kmeans_fit(const lithe_matrix *x, const lithe_matrix *sample_weight, const lithe_matrix *start,
        const char *options, const lithe_matrix *centers, int64_t *labels, double *inertia, int64_t *n_iter,
        lithe_run *run);

/*
 * Writes the nearest of centers (C x D, float64, C >= 1) of each row of x (n x D) to labels (n, or NULL) and the
 * squared distance to it to sq_dist (n, or NULL). O(n C D).
 */
int32_t lithe_kmeans_assign(const lithe_matrix *centers, const lithe_matrix *x, int64_t *labels, double *sq_dist,
        lithe_run *run);

/* --------------------------------------------------------------------------------------------------------- npmle */

/* The nonparametric maximum likelihood estimate of a mixing distribution. Letters: n rows, D features. */

/*
 * Estimates the distribution of theta from rows x = theta + e (n x D), e normal with variances noise_variance (D x 1
 * float64, positive), by maximum likelihood over all distributions.
 *
 * sample_weight is NULL or n x 1 float64, non-negative. options is JSON text with the fields that
 * lithe_describe("npmle") lists; NULL or "" means the defaults. *model receives a diagonal mixture, to be closed by
 * lithe_free, whose means and weights are the atoms, and *certificate (or NULL) a bound on what the mean log-likelihood
 * lacks to its maximum, in nats per row; with LITHE_OK, and with LITHE_ENOCONV where the bound is above tol.
 * lithe_mixture_denoise with noise_variance < 0 gives the posterior means of theta. O(n K D) per iteration for K atoms.
 */
int32_t lithe_npmle_fit(const lithe_matrix *x, const lithe_matrix *noise_variance, const lithe_matrix *sample_weight,
        const char *options, lithe_run *run, lithe_handle *model, double *certificate);

/* ------------------------------------------------------------------------------------------------------- lowrank */

/*
 * Low-rank factors of big matrices. Letters: A is m x n, k is its wanted rank (option n_components), and A ~ U
 * diag(s) V^T with orthonormal columns in U (m x k) and V (n x k) and s decreasing. A must be finite (else
 * LITHE_EDATA), and comes in any of the forms of a lithe_operator. A pass is one multiplication of A or its transpose
 * with a block of columns.
 *
 * options is JSON text such as {"n_components": 20, "random_state": "7"}, with the fields that
 * lithe_describe("lowrank") lists unless a function names other options; NULL or "" means the defaults. *result
 * receives a handle, to be closed by lithe_free and read by lithe_result_..., with LITHE_OK, and with LITHE_ENOCONV
 * where converged is false in the report; otherwise it is left alone. Matrices have the dtype of A, vectors are
 * float64. If A is centred, every result also has the array mean (n x 1).
 *
 * Reports say, where it applies: error (estimated Frobenius norm of the difference between A and its factors),
 * relative_error (as a fraction of the norm of A), error_method ("identity": from the norm of A, exact up to
 * rounding; "sampled": from random vectors, within about 25 %), converged, passes, columns (of the blocks of all
 * passes together), seconds and seed (the random_state).
 */

/*
 * Computes the k leading singular triplets of A by a randomized block method. n_components 0 asks for about the
 * smallest rank whose relative error is at most tol. With a centred A it is a principal component analysis.
 *
 * Arrays: u (m x k), s (k x 1), v (n x k; in each column the entry of largest magnitude is positive), residuals (k x
 * 1: |A v_i - s_i u_i|, or 0 x 1 where the method does not know them). The report also has method ("krylov",
 * "subspace" or "gram"), norm (Frobenius norm of A, centred if asked) and flops. With option right_only u has no columns,
 * and method gram, which most dense matrices of few columns get, multiplies A once instead of twice.
 *
 * A pass takes O(m n (k + n_oversamples)) operations, or O(nnz (k + n_oversamples)) for a sparse A, of which a second
 * copy, ordered the other way, is made meanwhile; memory is at most five times that of u and v with n_oversamples
 * more columns each, or for method gram O(min(m, n)^2).
 */
int32_t lithe_lowrank_svd(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Finds an orthonormal basis q (m x (k + n_oversamples)) such that q q^T A is close to A. max_passes is 3 by default;
 * tol and method are not used. error_method is "leave-one-out" (from the products that made q) or "sampled".
 */
int32_t lithe_lowrank_range_finder(const lithe_operator *a, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Finds q (m x r, orthonormal columns) and b = q^T A (r x n, orthogonal rows) with a relative error of at most tol,
 * at a rank r that exceeds the smallest possible one by a few per cent at most. n_components must be 0, and A not be
 * given by LITHE_PRODUCTS, which does not know its norm. Rounding limits tol to 2e-7, and to 1e-3 in float32.
 */
int32_t lithe_lowrank_qb(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Computes the k eigenpairs of largest magnitude of a symmetric A (n x n), not necessarily definite; only products
 * with A are asked for. An A that shows not to be symmetric is LITHE_ESHAPE. Arrays: values (k x 1, by decreasing
 * magnitude), v (n x k) and residuals (k x 1: |A v_i - lambda_i v_i|).
 */
int32_t lithe_lowrank_eigh(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Approximates a positive semidefinite A (n x n) by v diag(values) v^T, such that what is left is positive
 * semidefinite again; only products with A are asked for. max_passes is 2 by default; tol is not used. An A that
 * shows to be indefinite is LITHE_ENUMERIC. Arrays: values (k x 1, decreasing), v (n x k), residuals (0 x 1).
 */
int32_t lithe_lowrank_nystrom(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Chooses k columns of A and fits all of them by these: A ~ c p. Arrays: indices (k, the most important first), c (m
 * x k: these columns) and p (k x n, contains the identity). Fewer come back where columns are dependent to rounding.
 * Option strong exchanges columns until no coefficient in a random sketch of A exceeds 2 in magnitude; plain pivots
 * are good as a rule, and can be bad. max_passes is 5 by default; tol and method are not used.
 */
int32_t lithe_lowrank_column_id(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/* As lithe_lowrank_column_id for rows: A ~ p c with c (k x n) and p (m x k). */
int32_t lithe_lowrank_row_id(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Approximates A by k of its columns and rows: A ~ c u r. Arrays: column_indices and row_indices (k, the most
 * important first), c (m x k), u (k x k) and r (k x n). u is as ill-conditioned as the part of A that it reproduces:
 * where digits matter multiply with c and r before adding up. Options are used as in lithe_lowrank_column_id.
 */
int32_t lithe_lowrank_cur(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Factors a tall A (m >= n), given as LITHE_DENSE and not centred, with column pivoting: A[:, perm] ~ q r. Arrays: q
 * (m x rank), r (rank x n, upper trapezoidal) and perm (n). The rank counts pivots whose column has more left than
 * tol, or rounding if that is more, times the norm of the largest, and is at most n_components unless that is 0.
 * About 4 m n rank operations.
 */
int32_t lithe_lowrank_qrcp(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Approximates a positive semidefinite A by f^T f from the columns pivots of A, which f^T f reproduces: randomly
 * pivoted Cholesky, which looks at the diagonal and a little more than r columns. It stops at rank n_components, or
 * when the relative error is at most tol, if that is sooner; one of the two must be set. Here error is the trace of
 * what is left, a bound of its Frobenius norm. Arrays: pivots (r) and f (r x n). O(n r^2) operations.
 */
int32_t lithe_lowrank_rpcholesky(const lithe_kernel *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Finds the x that minimize |A x - b|^2 + mu |x|^2 for each column of b (m x k, dtype of A), for a tall A (m >= n)
 * and mu >= 0; where mu = 0 and A lacks rank, the x of least norm. options are those of
 * lithe_describe("lowrank_solve"). Arrays: x (n x k) and residuals (k x 1: |A x - b|). The report has rank, condition
 * (estimate of the ratio of the largest singular value to the one of that rank), method ("direct" or "iterative"),
 * iterations and converged.
 */
int32_t lithe_lowrank_lstsq(const lithe_operator *a, const lithe_matrix *b, double mu, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Estimates the trace of a square A from random products. options are those of lithe_describe("lowrank_probe"). The
 * report has value, error (the standard error of value, 0 where it is exact up to rounding; three times that covers
 * the truth nine times in ten or more), products (of A or its transpose with a vector) and seed.
 */
int32_t lithe_lowrank_trace(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/* Estimates the diagonal of a square A as lithe_lowrank_trace does its sum. Arrays: values and errors (n x 1). */
int32_t lithe_lowrank_diagonal(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Estimates log det(A + mu I) for a symmetric positive semidefinite A; only products with A are asked for. options
 * are those of lithe_describe("lowrank_logdet"), mu among them; the report is that of lithe_lowrank_trace. Up to 300
 * rows the value is exact. Where A + mu I shows not to be positive definite that is LITHE_ENUMERIC.
 */
int32_t lithe_lowrank_logdet(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Computes a norm of A: kind "spectral", the largest singular value, which value never exceeds but for rounding, or
 * "frobenius", exact with error 0 unless A is given by LITHE_PRODUCTS. options and report are those of
 * lithe_lowrank_trace.
 */
int32_t lithe_lowrank_norm(const lithe_operator *a, const char *kind, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Multiplies A with a random matrix S (size x m) that keeps lengths in a subspace of k dimensions up to a factor in
 * [1 - e, 1 + e] where size is some k / e^2. options are those of lithe_describe("lowrank_sketch"); size must be set.
 * The same options and m give the same S, so that A and a right-hand side can be sketched one after the other. Array:
 * sketch (size x n, S A). The report has seed.
 */
int32_t lithe_lowrank_sketch(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/* Writes the mean of each column of A to means (n), from one sweep over A. a must not be centred. */
int32_t lithe_lowrank_column_means(const lithe_operator *a, double *means, lithe_run *run);

/* -------------------------------------------------------------------------------------------------------- stream */

/*
 * The singular value decomposition of a matrix A (m x n) that passes by once, in blocks of rows that come in any
 * order, on one machine or several. A lithe_stream holds what is kept of it, in arrays of the caller, and that of
 * different rows of A adds up. One more array, y (m x k, float64), has a row for each row of A, and is written block
 * by block.
 */

/*
 * Writes the sizes of a lithe_stream for matrices of n columns to sizes3: k, s and q. options is JSON text with the
 * fields that lithe_describe("lowrank_stream") lists; n_components must be set.
 */
int32_t lithe_lowrank_stream_sizes(int64_t n, const char *options, int64_t *sizes3, lithe_run *run);

/*
 * Adds the rows first, first + 1, ... of A to stream, and writes their rows of y to y (b x k). rows (b x n) is not
 * centred and not LITHE_PRODUCTS. Each row must come once. On a failure stream is as before. O(b n k) operations, or
 * O(nnz k) for a sparse block, and O((b + n) k) to make the random matrices anew: blocks of many rows are faster than
 * single ones.
 */
int32_t lithe_lowrank_stream_update(lithe_stream *stream, int64_t first, const lithe_operator *rows,
        const lithe_matrix *y, lithe_run *run);

/*
 * Adds to stream what other knows of different rows of the same A, in the numbering of A, with the same seed. other
 * is not changed.
 */
int32_t lithe_lowrank_stream_merge(lithe_stream *stream, const lithe_stream *other, lithe_run *run);

/*
 * Computes the n_components leading singular triplets of the A that stream has seen, all of its rows; range_rows (m x
 * k, float64) holds its rows in the order of A. With tol the smallest rank up to n_components whose estimated
 * relative error is at most that. The result is one of lithe_lowrank_svd, all in float64, with method "stream" and
 * error_method "sampled", within some 20 %. Array scree: the estimated relative error at rank 0, 1, ... up to k. O((m
 * + n) k^2) operations.
 */
int32_t lithe_lowrank_stream_svd(const lithe_stream *stream, const lithe_matrix *y, const char *options,
        lithe_run *run, lithe_handle *result);

/* ----------------------------------------------------------------------------------------------------------- pca */

/*
 * Principal components of rows of n features that come in blocks, on one machine or several. A lithe_pca holds what
 * is kept of them, in arrays of the caller, whose size does not depend on the number of rows: their covariances,
 * which makes the components exact up to rounding, or for very many features a sketch, with a bound of the error.
 */

/*
 * Writes the number of rows of the sketch to keep for n features to sketch_rows; 0 means to keep gram instead.
 * options is JSON text with the fields that lithe_describe("lowrank_pca") lists.
 */
int32_t lithe_lowrank_pca_sizes(int64_t n, const char *options, int64_t *sketch_rows, lithe_run *run);

/*
 * Adds the rows of x (b x n), which must be finite, to pca. sample_weight is NULL or b x 1 float64, non-negative;
 * rows of weight 0 are left out. On a failure pca is as before. b n^2 operations, or some 8 b l n with a sketch of l
 * rows.
 */
int32_t lithe_lowrank_pca_update(lithe_pca *pca, const lithe_matrix *x, const lithe_matrix *sample_weight,
        lithe_run *run);

/* Adds to pca the rows that other has seen; both keep the same thing. other is not changed. */
int32_t lithe_lowrank_pca_merge(lithe_pca *pca, const lithe_pca *other, lithe_run *run);

/*
 * Computes the n_components leading principal components of the rows that pca has seen, or all min(n, rows) there are
 * if that is 0. Arrays, all float64: components (k x n, orthonormal rows; the entry of largest magnitude in each is
 * positive), variances (k x 1, decreasing; divisor rows - 1) and mean (n x 1). The report has noise_variance (mean
 * variance along the other directions), total_variance and bound (of the error of each variance: 0 unless a sketch is
 * kept).
 */
int32_t lithe_lowrank_pca_components(const lithe_pca *pca, const char *options, lithe_run *run, lithe_handle *result);

/* ------------------------------------------------------------------------------------------------------------ gp */

/*
 * Gaussian process regression. Letters: n training points x (n x d) with targets y (n x t), m test points. The model is y ~
 * N(0, K + Sigma) with K_ij = k(x_i, x_j) and independent noise in Sigma: a variance common to all points, known variances
 * of each point, and White terms of the kernel. Of t outputs each is such a process, and all share k and Sigma.
 *
 * A kernel k is JSON text: {"type": "Product", "k1": {"type": "Constant", "constant_value": 2}, "k2": {"type": "Matern",
 * "nu": 2.5, "length_scale": [1, 0.5]}}. The types and their fields, bounds ("fixed" or two numbers) always optional, are
 *
 * 	Constant           constant_value, constant_value_bounds
 * 	RBF                length_scale, length_scale_bounds, dims
 * 	Matern             length_scale, length_scale_bounds, nu (0.5, 1.5 or 2.5), dims
 * 	RationalQuadratic  alpha, alpha_bounds, length_scale, length_scale_bounds, dims
 * 	Periodic           length_scale, length_scale_bounds, periodicity, periodicity_bounds, dims
 * 	Linear             sigma_0, sigma_0_bounds, dims
 * 	White              noise_level, noise_level_bounds
 * 	Sum, Product       k1, k2
 *
 * A model never changes. Any number of threads may use it, one after the other: what predictions need besides is made at
 * first use and kept. Functions of a model use as many threads as the call that made it.
 *
 * A model of an interrupted training has no weights: lithe_gp_info tells its kernel, and what needs weights is LITHE_ESHAPE.
 */

/*
 * Trains a Gaussian process on x (n x d) and y (n x t, float64), by the largest marginal likelihood, from the parameters of
 * the kernel. known_noise is NULL or n x 1 float64: variances of each observation, in the units that the option normalize_y
 * leaves. options is JSON text with the fields that lithe_describe("gp") lists; NULL or "" means the defaults. *model
 * receives a handle, to be closed by lithe_free, with LITHE_OK, with LITHE_ENOCONV (training or a solve ended early: the
 * diagnostics of lithe_gp_info say what to do), and with LITHE_ECANCELLED if training had begun: a model without weights,
 * whose kernel and noise are the best so far and the start of another fit. Otherwise it is left alone. With solver cholesky
 * n^3 operations per iteration and 8 n^2 bytes; with others memory of O(n (d + t + rank + n_probes)).
 */
int32_t lithe_gp_fit(const lithe_matrix *x, const lithe_matrix *y, const char *kernel,
        const lithe_matrix *known_noise, const char *options, lithe_run *run, lithe_handle *model);

/*
 * Makes a model from what lithe_gp_get and lithe_gp_info tell about another, all float64, which is copied: x (n x d), y and
 * weights (n x t) in the units of the model, known_noise (NULL or n x 1), scaling (NULL or 2 x d: x is what the caller's
 * points are after subtraction of the first row and division by the second), y_scaling (NULL or 2 x t, for y), directions
 * (NULL or k x n, of solver itergp), and kernel. state is JSON text with the fields that lithe_describe("gp_model") lists.
 * Training is not repeated: this takes as long as the copies.
 */
int32_t lithe_gp_new(const lithe_matrix *x, const lithe_matrix *y, const lithe_matrix *weights,
        const lithe_matrix *known_noise, const lithe_matrix *scaling, const lithe_matrix *y_scaling,
        const lithe_matrix *directions, const char *kernel, const char *state, lithe_run *run, lithe_handle *model);

/*
 * Writes the facts about a model to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features,
 * n_outputs, the fields of lithe_describe("gp_model"), log_likelihood (log p(y) in the units of the model; null if unknown)
 * between lower and upper (at 95 %; equal with solver cholesky), converged, n_iter, n_evaluations, n_solve_iter, residual (of
 * the weights, relative), preconditioner_rank, n_directions (k actions of itergp), quadrature_bias (bound of what too few
 * Lanczos steps add to the error of log_likelihood), storage_error (estimate of the largest change of an eigenvalue by
 * storage in 16 bits), memory (bytes of the arrays that grow with n), seconds, arrays (the names for lithe_gp_get),
 * expression (the kernel in words), theta (logarithms of its free parameters), kernel, and diagnostics: [{"code", "column",
 * "value", "message", "action"}, ...]. Facts of the training are zero for a model made from parts.
 */
int32_t lithe_gp_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an array of a model to out, of either dtype: x (n x d), y and weights (n x t) and known_noise (n x 1; only if there
 * is any) in the units of the model, scaling (2 x d, only with option normalize_x), y_scaling (2 x t, only with
 * normalize_y), directions (k x n, only with solver itergp). Another shape is LITHE_ESHAPE, and the message names the right
 * one.
 */
int32_t lithe_gp_get(lithe_handle model, const char *name, const lithe_matrix *out, lithe_run *run);

/*
 * Saves a model, its data included, to a file that every language reads, with all its digits. An existing file is replaced
 * only once the new one is complete. Failures are LITHE_EFILE.
 */
int32_t lithe_gp_save(lithe_handle model, const char *path, lithe_run *run);

/*
 * Loads a model from a file that lithe_gp_save or another language wrote; its predictions are bit for bit those of the model
 * that was saved. *model receives a handle, to be closed by lithe_free. Anything wrong with the file is LITHE_EFILE, and the
 * message says what.
 */
int32_t lithe_gp_load(const char *path, lithe_run *run, lithe_handle *model);

/* ---------------------------------------------------------------------------------------------------- gp_predict */

/* Predictions of a Gaussian process. Of t outputs, arrays have a column each. */

/*
 * Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_predict") lists. *result
 * receives a handle as the functions of lowrank do. Arrays, all m x t float64: mean, variance (0 x t where variance is
 * "none"), and bound (0 x t but for variance "exact" without Cholesky: how much variance is at most too large; it never is
 * too small). The report has diagnostics as lithe_gp_info. Takes O(m n d) operations for means, and memory of O(n + m).
 */
int32_t lithe_gp_predict(lithe_handle model, const lithe_matrix *x, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Writes the posterior covariance of the function at the points x (m x d) to dst (m x m, float64), in squared units of the data,
 * or where there are several outputs, in those of the model, in which they share it. options is JSON text like those of lithe_gp_predict, of
 * which uncertainty counts; "computational" is not known as a covariance. NULL or "" means the defaults. Memory of O(n m).
 */
int32_t lithe_gp_covariance(lithe_handle model, const lithe_matrix *x, const char *options, const lithe_matrix *dst,
        lithe_run *run);

/*
 * Writes draws from the posterior of the function at the points x (m x d) to dst (m x draws t, float64), where the t outputs of
 * a draw are side by side. Draws are functions: the same seed and number of draws give the same ones at any points. The first
 * call with a seed solves for all draws.
 */
int32_t lithe_gp_sample(lithe_handle model, const lithe_matrix *x, uint64_t seed, const lithe_matrix *dst,
        lithe_run *run);

/*
 * Predicts each training observation from all others. Arrays, all n x t float64: mean and variance (of the observation, noise
 * included) and log_density (of the observation). Exact in n^3/3 operations with solver cholesky; with others variances are
 * those given the n_neighbors most correlated points, 0 meaning 512: never too small, by a percent or so too large.
 */
int32_t lithe_gp_leave_one_out(lithe_handle model, int64_t n_neighbors, lithe_run *run, lithe_handle *result);

/*
 * Writes log p(y) for other parameters of the kernel to value. theta (p x 1, float64) holds the logarithms of its p free
 * parameters, or is NULL for the model's own; the noise stays what it is. gradient is NULL or receives the derivatives by
 * theta (p x 1, float64). Exact with solver cholesky; with others an estimate that costs as much as conditioning the model
 * anew.
 */
int32_t lithe_gp_likelihood(lithe_handle model, const lithe_matrix *theta, double *value,
        const lithe_matrix *gradient, lithe_run *run);

/* ------------------------------------------------------------------------------------------------------ gp_prior */

/*
 * Gaussian processes before there are data: covariances and draws of a kernel, which is JSON text as for lithe_gp_fit.
 */

/*
 * Writes the covariances k(x_i, y_j), without White terms, to dst (m x l, float64) for the points x (m x d) and y (l x d, of the
 * dtype of x).
 */
int32_t lithe_gp_kernel_matrix(const char *kernel, const lithe_matrix *x, const lithe_matrix *y,
        const lithe_matrix *dst, lithe_run *run);

/*
 * Writes draws from the prior of a function with the kernel, without White terms, at the points x (m x d) to the columns of dst
 * (m x draws, float64). Draws are functions: the same seed gives the same ones at any points.
 */
int32_t lithe_gp_sample_prior(const char *kernel, const lithe_matrix *x, uint64_t seed, const lithe_matrix *dst,
        lithe_run *run);

/* ------------------------------------------------------------------------------------------------- gp_classifier */

/*
 * Gaussian process classification. Letters: n training points x (n x d) with labels that number C classes from 0, m test
 * points. Latent functions are Gaussian processes with kernels k, JSON text as for lithe_gp_fit, and what is known of them is
 * normal, by Laplace's approximation around the mode of their posterior. Of two classes there is one latent function f and
 * one problem, p(1) = 1 / (1 + exp(-f)), whatever the option multi_class. Of more classes there are, each with one latent
 * function and parameters of its own, C problems with "one_vs_rest" and C (C - 1) / 2 with "one_vs_one", pair (0, 1) before
 * (0, 2) and (1, 2) last, in which the second class is label 1; and one problem with C latent functions and common
 * parameters with "softmax". l is the number of latent functions of all problems.
 *
 * A classifier never changes. Any number of threads may use it, one after the other: what predictions need besides is made
 * at first use and kept.
 */

/*
 * Trains a classifier on x (n x d) and labels (n, every number below the largest occurs), by the largest marginal likelihood,
 * from the parameters of the kernel. options is JSON text with the fields that lithe_describe("gp_classifier") lists; NULL
 * or "" means the defaults. *model receives a handle, to be closed by lithe_free, with LITHE_OK and with LITHE_ENOCONV
 * (training or a search for a mode ended early: the diagnostics of lithe_gp_classifier_info say what to do). With
 * LITHE_ECANCELLED it does too, once the likelihood has been evaluated: to a classifier without weights, of which
 * lithe_gp_classifier_info tells the kernels of the problems that training has come to. Otherwise it is left alone. With
 * solver cholesky n^3 operations some ten times per iteration and problem, and 24 n^2 bytes; with cg parameters are trained on
 * a part of the points, and memory is O(n l rank).
 */
int32_t lithe_gp_classifier_fit(const lithe_matrix *x, const int64_t *labels, const char *kernel,
        const char *options, lithe_run *run, lithe_handle *model);

/*
 * Makes a classifier from what lithe_gp_classifier_get and lithe_gp_classifier_info tell about another, which is copied: x (n
 * x d), labels (n), weights and latent (n x l), all but the labels float64, and kernels, a JSON array with the kernel of each
 * problem. state is JSON text with the fields that lithe_describe("gp_classifier_model") lists. Nothing is trained.
 */
int32_t lithe_gp_classifier_new(const lithe_matrix *x, const int64_t *labels, const lithe_matrix *weights,
        const lithe_matrix *latent, const char *kernels, const char *state, lithe_run *run, lithe_handle *model);

/*
 * Writes the facts about a classifier to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features,
 * n_classes, n_latent, the fields of lithe_describe("gp_classifier_model"), log_likelihood (the mean over problems; null if
 * unknown), converged, n_iter, n_evaluations, n_newton, n_solve_iter, seconds, arrays (the names for
 * lithe_gp_classifier_get), log_likelihoods (of each problem, between lower and upper at 95 %; equal with solver cholesky),
 * theta (of each problem, logarithms of the free parameters of its kernel), kernels, diagnostics as lithe_gp_info, with the
 * number of the problem as column, and names (of the classes, from a file that tells them; else none). Facts of the training
 * are zero for a classifier made from parts.
 */
int32_t lithe_gp_classifier_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an array of a classifier to out, of either dtype: x (n x d), labels (n x 1), weights (n x l: y minus the
 * probability at the mode, 0 for points that a pair leaves out) and latent (n x l: the mode). Another shape is LITHE_ESHAPE,
 * and the message names the right one.
 */
int32_t lithe_gp_classifier_get(lithe_handle model, const char *name, const lithe_matrix *out, lithe_run *run);

/*
 * Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_classifier_predict") lists.
 * *result receives a handle as the functions of lowrank do. Arrays: labels (m, int64), probabilities (m x C; 0 x C with
 * one_vs_one), mean (m x l) and variance (m x l; 0 x l where variance is "none") of the latent functions. The report has
 * diagnostics as lithe_gp_info.
 */
int32_t lithe_gp_classifier_predict(lithe_handle model, const lithe_matrix *x, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Writes Laplace's approximation of log p(labels | theta), the mean over problems, to value, and to gradient (NULL or p x 1,
 * float64) its derivatives. theta (p x 1, float64) holds the logarithms of the free parameters of the kernels, of each
 * problem one after the other or, if there are only so many, the same for all. Exact for any solver: 24 n^2 bytes, and n^3
 * operations some ten times.
 */
int32_t lithe_gp_classifier_likelihood(lithe_handle model, const lithe_matrix *theta, double *value,
        const lithe_matrix *gradient, lithe_run *run);

/*
 * Saves a classifier, its data included, to a file that every language reads, with all its digits. names (NULL or "" for none)
 * is a JSON array of what the classes are called, strings, numbers or truth values, which lithe_gp_classifier_info tells of
 * classifiers from files. An existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
 */
int32_t lithe_gp_classifier_save(lithe_handle model, const char *path, const char *names, lithe_run *run);

/*
 * Loads a classifier from a file that lithe_gp_classifier_save or another language wrote; its predictions are bit for bit those of
 * the one that was saved. *model receives a handle, to be closed by lithe_free. Anything wrong with the file is LITHE_EFILE,
 * and the message says what.
 */
int32_t lithe_gp_classifier_load(const char *path, lithe_run *run, lithe_handle *model);

/* -------------------------------------------------------------------------------------------------------- gp_svm */

/*
 * Least-squares support vector machines. Letters: n training points x (n x d), t functions, m test points. For two classes
 * t = 1; for more there is one function per class, of that class against all others. Each minimises |f|^2 / 2 + C / 2 sum_i
 * w_i (y_i - f(x_i))^2 with y_i = 1 or -1, and is f(x) = sum_i a_i k(x_i, x) + b. Kernels are written as for lithe_gp_fit.
 *
 * A machine never changes. Any number of threads may use it, one after the other.
 */

/*
 * Trains a machine on x (n x d) and labels (n of them, the classes 0, 1, ..., two at least). sample_weight is NULL or n x 1
 * float64: weights of the points' errors, 0 leaves a point out. kernel is NULL for the one that the options name. options
 * is JSON text with the fields that lithe_describe("gp_svm") lists; NULL or "" means the defaults. *model receives a
 * handle, to be closed by lithe_free, with LITHE_OK and with LITHE_ENOCONV (the solve ended early: the diagnostics of
 * lithe_gp_svm_info say what to do); otherwise it is left alone. With solver cholesky n^3/3 operations and 8 n^2 bytes;
 * with cg memory of O(n (d + rank + t)).
 */
int32_t lithe_gp_svm_fit(const lithe_matrix *x, const int64_t *labels, const lithe_matrix *sample_weight,
        const char *kernel, const char *options, lithe_run *run, lithe_handle *model);

/*
 * Makes a machine from what lithe_gp_svm_get and lithe_gp_svm_info tell about another, all float64, which is copied: x (n x
 * d), dual_coef (n x t), intercept (t x 1) and kernel. state is JSON text with the fields that
 * lithe_describe("gp_svm_model") lists.
 */
int32_t lithe_gp_svm_new(const lithe_matrix *x, const lithe_matrix *dual_coef, const lithe_matrix *intercept,
        const char *kernel, const char *state, lithe_run *run, lithe_handle *model);

/*
 * Writes the facts about a machine to out, as a JSON object, by the protocol of lithe_describe: n_samples (of positive weight),
 * n_features, n_functions, precision, solver, n_iter, rank (of the preconditioner), residual (the largest of the systems
 * solved, relative), seconds, arrays (the names for lithe_gp_svm_get), expression (the kernel in words), kernel, and
 * diagnostics as lithe_gp_info. Facts of the training are zero for a machine made from parts.
 */
int32_t lithe_gp_svm_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an array of a machine to out, of either dtype: x (n x d, the points of positive weight), dual_coef (n x t), intercept
 * (t x 1), or left_out (n x t, only with option leave_one_out: the functions at each of these points that all others would
 * make). Another shape is LITHE_ESHAPE, and the message names the right one.
 */
int32_t lithe_gp_svm_get(lithe_handle model, const char *name, const lithe_matrix *out, lithe_run *run);

/*
 * Writes the functions of a machine at the points x (m x d) to dst (m x t, float64). Of two classes 1 is decided for where
 * the value is positive, of more the one with the largest. Takes m n (d + 2 t + 20) operations and memory of O(n + m).
 */
int32_t lithe_gp_svm_decide(lithe_handle model, const lithe_matrix *x, const lithe_matrix *dst, lithe_run *run);

/* ------------------------------------------------------------------------------------------------------ gp_basis */

/*
 * Sums of functions of continuous and categorical features, each a Gaussian process known through some basis functions: y =
 * c + f_1(x) + ... + f_J(x) + noise. Letters: n training points x (n x d) with targets y (n), J terms with Q basis
 * functions together, m test points. A continuous feature has sines on a range around the data, a categorical feature,
 * whose values are 0, 1, ..., the eigenvectors of its kernel matrix, and a term of several features their products. All
 * that training needs of the data are sums over the points, so that each step takes Q^3 operations for any n.
 *
 * A model never changes. Any number of threads may use it, one after the other.
 */

/*
 * Fits the functions to x (n x d) and y (n x 1, float64), by the largest marginal likelihood. options is JSON text with the
 * fields that lithe_describe("gp_basis") lists; NULL or "" means the defaults. terms is an array of objects with the
 * fields features (indices; more than one make an interaction), n_basis (optional), category_kernel (zerosum, identity or
 * hamming) and category_matrix (C rows of C numbers, in place of category_kernel). *model receives a handle, to be closed
 * by lithe_free, with LITHE_OK and with LITHE_ENOCONV (training ended early: the diagnostics of lithe_gp_basis_info say
 * what to do); otherwise it is left alone. Takes n Q^2 operations once and memory of O(Q^2).
 */
int32_t lithe_gp_basis_fit(const lithe_matrix *x, const lithe_matrix *y, const char *options, lithe_run *run,
        lithe_handle *model);

/*
 * Makes the model of the points of another one and of x (k x d) and y (k x 1, float64) together, trained from the parameters
 * of that model, which stays as it is. Of the options, as for lithe_gp_basis_fit, those of training count. Takes k Q^2
 * operations for the data.
 */
int32_t lithe_gp_basis_update(lithe_handle model, const lithe_matrix *x, const lithe_matrix *y, const char *options,
        lithe_run *run, lithe_handle *updated);

/*
 * Makes a model from what lithe_gp_basis_get and lithe_gp_basis_info tell about another, all float64, which is copied: gram (Q
 * x Q), moments (2 x Q) and theta (p x 1). design is the member of that name of the info, and state JSON text with the
 * fields that lithe_describe("gp_basis_model") lists. Training is not repeated.
 */
int32_t lithe_gp_basis_new(const lithe_matrix *gram, const lithe_matrix *moments, const lithe_matrix *theta,
        const char *design, const char *state, lithe_run *run, lithe_handle *model);

/*
 * Writes the facts about a model to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features, n_columns
 * (Q), n_terms (J), noise (its variance, in squared units of y), center (the mean of y), log_likelihood (log p(y); 0 for a
 * model made from parts, as what follows), converged, n_iter, n_evaluations, seconds, the fields of
 * lithe_describe("gp_basis_model"), arrays (the names for lithe_gp_basis_get), parameters (name and value of what theta
 * holds the logarithms of), terms (label, features, n_columns, magnitude, length_scales, correlations and kernel_error
 * of each, in units of the data), design, and diagnostics as lithe_gp_info.
 */
int32_t lithe_gp_basis_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an array of a model to out, of either dtype: gram (Q x Q) and moments (2 x Q), sums over the points of products of
 * the basis functions with each other, with y - offset and with 1; and theta (p x 1). Another shape is LITHE_ESHAPE, and
 * the message names the right one.
 */
int32_t lithe_gp_basis_get(lithe_handle model, const char *name, const lithe_matrix *out, lithe_run *run);

/*
 * Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_basis_predict") lists. *result
 * receives a handle as the functions of lowrank do. Arrays, all float64: mean and variance (m x 1), and effects and
 * effect_variances (m x J), mean and variance of each function; those not asked for have no rows. Takes m Q^2 operations.
 */
int32_t lithe_gp_basis_predict(lithe_handle model, const lithe_matrix *x, const char *options, lithe_run *run,
        lithe_handle *result);

/* -------------------------------------------------------------------------------------------------- gp_surrogate */

/*
 * Surrogates of expensive densities: where to evaluate log p(x) next, a Gaussian process of the values, and draws from
 * it. Letters: d dimensions, m points, p an unnormalized density on a box, values log p(x) in nats.
 *
 * The loop is the caller's: ask, evaluate, tell, until the array x that is asked for has no rows.
 *
 * A surrogate may be used by any number of threads, one after the other.
 */

/*
 * Makes a surrogate of a density on the box bounds (d x 2 float64: lower and upper). options is JSON text with the fields
 * that lithe_describe("gp_surrogate") lists; NULL or "" means the defaults. *surrogate receives a handle, to be closed by
 * lithe_free.
 */
int32_t lithe_gp_surrogate_new(const lithe_matrix *bounds, const char *options, lithe_run *run,
        lithe_handle *surrogate);

/*
 * Asks for points to evaluate next, best all before the next call: count of them, or, for count 0, as many as suit the
 * state of the search, which is none once it has converged or run out of evaluations. *result receives a handle as the
 * functions of lowrank do. Array: x (m x d). The report has converged. Trains and samples the surrogate if values have been
 * told since the last call.
 */
int32_t lithe_gp_surrogate_ask(lithe_handle surrogate, int64_t count, lithe_run *run, lithe_handle *result);

/*
 * Tells values y (m x 1 float64) of log p at the points x (m x d float64), whether they were asked for or not. -INFINITY
 * says that p vanishes. NaN, +INFINITY and finite values beyond 1e100 are LITHE_EDATA, a point outside of the box is
 * LITHE_EINVAL, and the message names the point; nothing is added then.
 */
int32_t lithe_gp_surrogate_tell(lithe_handle surrogate, const lithe_matrix *x, const lithe_matrix *y, lithe_run *run);

/*
 * Draws from the surrogate. Arrays, float64: x (count x d) equally weighted points, log_density (count x 1), mean (d x 1)
 * and covariance (d x d). The report has log_evidence, the logarithm of the integral of the surrogate over the box. Fails
 * with LITHE_EINVAL while fewer values are finite than the search begins with.
 */
int32_t lithe_gp_surrogate_sample(lithe_handle surrogate, int64_t count, uint64_t seed, lithe_run *run,
        lithe_handle *result);

/*
 * Writes the logarithm of the surrogate at the points x (m x d float64) to value (m x 1 float64), -INFINITY outside of the box
 * and where p is taken to vanish, and its standard deviation to deviation (m x 1 float64), or not for NULL.
 */
int32_t lithe_gp_surrogate_evaluate(lithe_handle surrogate, const lithe_matrix *x, const lithe_matrix *value,
        const lithe_matrix *deviation, lithe_run *run);

/*
 * Writes the facts about a surrogate to out, as a JSON object, by the protocol of lithe_describe: converged, n_evaluations,
 * n_features, history (of each round: n_evaluations, best, correct, change, expected, log_evidence; the change of the first
 * is null), theta (of the kernel, as the option of that name takes it), and diagnostics as lithe_gp_info.
 */
int32_t lithe_gp_surrogate_info(lithe_handle surrogate, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies all evaluations in the order in which they were told: x (n_evaluations x d) and y (n_evaluations x 1), of either
 * dtype.
 */
int32_t lithe_gp_surrogate_evaluations(lithe_handle surrogate, const lithe_matrix *x, const lithe_matrix *y,
        lithe_run *run);

/* ------------------------------------------------------------------------------------------------------- softmix */

/*
 * Mixtures of softmax distributions. Letters: p cells with L features x (p x L), K classes. A draw is of class k with
 * probability alpha_k, and then is cell j with probability softmax_j(x theta_k) among all cells. Data are counts (p x 1 float64)
 * of the draws of each cell, or any other non-negative weights; what follows does not take longer for more draws.
 */

/*
 * Fits a mixture to counts over the cells x (p x L) by maximum likelihood.
 *
 * start_theta (K x L, float64) and start_alpha (K x 1, float64, or NULL: equal) are the first of the starts; start_theta NULL:
 * there is none but those that the option init asks for. options is JSON text with the fields that
 * lithe_describe("softmix") lists; NULL or "" means the defaults. *result receives a handle, to be closed by lithe_free and read by
 * lithe_result_..., with LITHE_OK and with LITHE_ENOCONV (max_iter was not enough, or a class has no finite maximum); otherwise it
 * is left alone.
 *
 * Arrays: theta (K x L, most probable class first), alpha (K), normalizers (K: log sum_j exp(x_j theta_k)), pooled (L: the best fit
 * with one class), candidate (L: the class that would raise the likelihood most; empty without a search), covariance (K L + K square,
 * of theta class by class and alpha; empty where there is none), standard_errors (K L + K), effective_support (K: 1 / sum_j of
 * squared probabilities), counts (p), and the positions empty (classes of less than one draw) and at_edge (classes likely without a finite
 * maximum). The report has log_likelihood and objective (less the ridge; of all draws, in nats), draws, ridge, cells, seen_cells, entropy
 * (of the posterior, of all draws), entropy_r2, parameters, aic, bic, caic, adjusted_bic, icl, converged, decrement
 * (log-likelihood still to be gained), iterations, evaluations, sampled (cells
 * without counts that normalizers were estimated from on the way; 0: exact), starts, finished (starts that were followed to the maximum), hits
 * (those that ended at the best), certificate (lower estimate of what any number of classes can gain per draw), singular (no
 * standard errors) and condition (of the information, from below).
 *
 * An evaluation of one start takes 4 p L K operations, an iteration of Newton's method p (K L^2 + (K L + K)^2); memory is about 25
 * MB, 8 p K and 8 (K L + K)^2 bytes.
 */
int32_t lithe_softmix_fit(const lithe_matrix *x, const lithe_matrix *counts, const lithe_matrix *start_theta,
        const lithe_matrix *start_alpha, const char *options, lithe_run *run, lithe_handle *result);

/*
 * Writes the covariance of theta (class by class) and alpha to dst (K L + K square, float64) for a mixture that has been fitted to
 * counts over x with the given ridge. kind is "observed", "expected" or "robust". LITHE_ENUMERIC if the information is singular.
 */
int32_t lithe_softmix_covariance(const lithe_matrix *theta, const lithe_matrix *alpha, const lithe_matrix *x,
        const lithe_matrix *counts, const char *kind, double ridge, lithe_run *run, const lithe_matrix *dst);

/*
 * Writes, for cells x (n x L) and a mixture with the normalizers of its fit (K x 1, float64), the probabilities of the classes
 * given a draw of the cell to dst (n x K, dtype of x, or NULL), and the logarithms of the probabilities of the cells to log_prob
 * (n, or NULL). O(n L K).
 */
int32_t lithe_softmix_posterior(const lithe_matrix *theta, const lithe_matrix *alpha,
        const lithe_matrix *normalizers, const lithe_matrix *x, const lithe_matrix *dst, double *log_prob,
        lithe_run *run);

/*
 * Draws n times from a mixture over the cells x (p x L): the cells go to rows (n), and the classes they come from to classes (n, or
 * NULL). The same seed gives the same draws.
 */
int32_t lithe_softmix_sample(const lithe_matrix *theta, const lithe_matrix *alpha, const lithe_matrix *x,
        uint64_t seed, int64_t n, int64_t *rows, int64_t *classes, lithe_run *run);

/*
 * Makes a result like that of lithe_softmix_fit of parameters: theta (K x L), alpha and normalizers (K x 1), and, or NULL, pooled and
 * candidate (L x 1), covariance (K L + K square), effective_support (K x 1), counts (p x 1); all float64. report is JSON text with
 * any members of the report of a fit, and the lists "empty" and "at_edge"; NULL or "": none. *result receives a handle, to be closed
 * by lithe_free.
 */
int32_t lithe_softmix_new(const lithe_matrix *theta, const lithe_matrix *alpha, const lithe_matrix *normalizers,
        const lithe_matrix *pooled, const lithe_matrix *candidate, const lithe_matrix *covariance,
        const lithe_matrix *effective_support, const lithe_matrix *counts, const char *report, lithe_run *run,
        lithe_handle *result);

/*
 * Saves the result of lithe_softmix_fit, or of lithe_softmix_new, to a file that every language reads, with all its digits. An
 * existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
 */
int32_t lithe_softmix_save(lithe_handle result, const char *path, lithe_run *run);

/*
 * Loads what lithe_softmix_save or another language wrote. *result receives a handle like that of lithe_softmix_fit, to be closed by
 * lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
 */
int32_t lithe_softmix_load(const char *path, lithe_run *run, lithe_handle *result);

/* -------------------------------------------------------------------------------------------------------- choice */

/*
 * The latent-class conditional logit, and with one class the multinomial logit. Letters: R rows, one per situation and
 * alternative, in any order; P columns of x; K classes; N persons; Q membership coefficients of a class, the constant
 * first. Person n is of class k with probability softmax_k(delta z_n), delta_K = 0, and then chooses by a logit of
 * coefficients beta_k.
 *
 * A survey is given by x (R x P), choice (R: 1 where the alternative was chosen, else 0), ids (R: the situation), alts (R:
 * the alternative; NULL: not known), avail (R: 0 where it could not be chosen; NULL: all could), panels (R: the person;
 * NULL: a person of its own for each situation), weights and situation_weights (R x 1 float64, not negative, of persons and
 * of situations within the likelihood of their person; NULL: 1) and membership (R x Q-1, dtype of x: covariates of the
 * person; NULL: none). Choice sets may differ in size.
 */

/*
 * Fits the model to a survey. options is JSON text with the fields that lithe_describe("choice") lists; NULL or "" means the
 * defaults. *result receives a handle, to be closed by lithe_free and read by lithe_result_..., with LITHE_OK and with
 * LITHE_ENOCONV (max_iter was not enough); otherwise it is left alone. Parameters are the free coefficients, class by
 * class, and then delta.
 *
 * Arrays: coefficients (K x P), membership (K x Q: delta), shares (K: mean probability of the classes), index (K P: the
 * parameter behind each coefficient, -1 where it is fixed), covariance and robust (of the parameters: inverse of the
 * observed information, and the sandwich clustered by person), information, gradient, posterior (N x K), person (N: their
 * numbers, increasing), likelihoods (N: logarithms) and starts (objective where each start ended). The report has classes,
 * columns, covariates (Q), persons, situations, rows (available ones), log_likelihood, null (log-likelihood of equal
 * probabilities), parameters, converged, iterations, decrement (log-likelihood still to be gained), hits (starts that ended
 * at the best), finished (starts that were followed to the end), singular (no standard errors), unbounded (a parameter
 * that grows for ever because the choices of a class are separated, or -1), seconds, and the lists column_names and
 * membership_names, those of the options, and person_labels, which is empty.
 *
 * A part of utility that is known, an offset, is a column whose coefficient the option fixed sets to 1 in every class.
 *
 * An iteration takes O(R P^2 K) operations; memory is 8 R P bytes, and 16 N K for each thread.
 */
int32_t lithe_choice_fit(const lithe_matrix *x, const int64_t *choice, const int64_t *ids, const int64_t *alts,
        const int64_t *avail, const int64_t *panels, const lithe_matrix *weights,
        const lithe_matrix *situation_weights, const lithe_matrix *membership, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Writes to dst (R x K, float64) the probabilities with which classes of the given coefficients (K x P, float64) choose the
 * alternative of each row among those of its situation; 0 for rows that are not available. Situations are those of ids, or
 * of panels and ids. O(R P K).
 */
int32_t lithe_choice_probabilities(const lithe_matrix *coefficients, const lithe_matrix *x, const int64_t *ids,
        const int64_t *avail, const int64_t *panels, const lithe_matrix *dst, lithe_run *run);

/*
 * Writes to dst (n x K, float64) the probabilities of the classes before any choice is seen, for rows of covariates z (n x
 * Q-1) and membership coefficients delta (K x Q, float64).
 */
int32_t lithe_choice_memberships(const lithe_matrix *delta, const lithe_matrix *z, const lithe_matrix *dst,
        lithe_run *run);

/*
 * Computes what the choices of a survey tell about the classes of its persons, for coefficients (K x P) and delta (K x Q),
 * both float64. *result receives a handle, to be closed by lithe_free. Arrays: person (N: their numbers, increasing),
 * posterior (N x K) and likelihoods (N: logarithms). O(R P K).
 */
int32_t lithe_choice_posterior(const lithe_matrix *coefficients, const lithe_matrix *delta, const lithe_matrix *x,
        const int64_t *choice, const int64_t *ids, const int64_t *alts, const int64_t *avail, const int64_t *panels,
        const lithe_matrix *situation_weights, const lithe_matrix *membership, lithe_run *run, lithe_handle *result);

/*
 * Makes a result like that of lithe_choice_fit of its arrays: coefficients (K x P), membership (K x Q), shares (K x 1), index (K P),
 * covariance, robust and information (G x G, G parameters), gradient (G x 1), posterior (N x K), person (N), likelihoods (N x 1) and
 * starts (starts x 1). report is JSON text with any members of the report of a fit; NULL or "": none. Its person_labels, N words, are
 * what persons are called. *result receives a handle, to be closed by lithe_free.
 */
int32_t lithe_choice_new(const lithe_matrix *coefficients, const lithe_matrix *membership,
        const lithe_matrix *shares, const int64_t *index, const lithe_matrix *covariance, const lithe_matrix *robust,
        const lithe_matrix *information, const lithe_matrix *gradient, const lithe_matrix *posterior,
        const int64_t *person, const lithe_matrix *likelihoods, const lithe_matrix *starts, const char *report,
        lithe_run *run, lithe_handle *result);

/*
 * Saves the result of lithe_choice_fit, or of lithe_choice_new, to a file that every language reads, with all its digits. An
 * existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
 */
int32_t lithe_choice_save(lithe_handle result, const char *path, lithe_run *run);

/*
 * Loads what lithe_choice_save or another language wrote. *result receives a handle like that of lithe_choice_fit, to be closed by
 * lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
 */
int32_t lithe_choice_load(const char *path, lithe_run *run, lithe_handle *result);

/* ------------------------------------------------------------------------------------------------------- coreset */

/*
 * Facility location: weighted subsets in which every row has a near representative. Letters: n rows (clients and
 * candidates), d features, k selected rows. The loss is the sum over rows of their weight times their distance from the nearest
 * selected row.
 */

/*
 * Selects rows by greedy facility location.
 *
 * kind says what the data is: "rows" (x n x d; distances by the option metric), "products" (residuals x n x C and activations
 * n x h of the same dtype: distances of the gradients r_i [a_i, 1]^T of a last layer, which are never formed), "similarities" or
 * "distances" (x symmetric n x n), "graph" (similarities of which row i lists the candidates of client i; x NULL,
 * graph LITHE_CSR), or "sparse_rows" (rows as for "rows", in graph, LITHE_CSR of any shape with ascending columns; x NULL; never made
 * dense). activations and graph are NULL for other kinds. client_weights is NULL or n x 1 float64, groups NULL or n
 * classes, 0 or more, within which rows are selected and serve. initial (n_initial row numbers, or NULL) come first;
 * candidates (n_candidates, or NULL) are the only rows that may be selected. options is JSON text with the fields that
 * lithe_describe("coreset_facility_location") lists, of which n_samples or cover_loss must be given.
 *
 * *result receives a handle, to be closed by lithe_free and read by lithe_result_... Arrays: indices (k, in the order of
 * selection, class after class), weights (k: sum of the weights of the rows that each serves), gains (k), assignment (n:
 * which index serves each row, -1: none). The report has loss, loss_bound (no set of as many rows has a lower loss; 0: not
 * known), bound_risk (probability that it has; 0: proven), certificate (loss_bound / loss), effective_size, uncovered (rows that none serves), ceiling (distance from which
 * a row counts as not served), engine, recall (of the graph of engine neighbors), bytes, evaluations (of distances) and
 * rounds.
 *
 * Exact engines take n^2 to 6 n^2 distances, and O(n d) memory and up to 64 MB, the others less.
 * Nothing of size n^2 is made but for groups of a matrix.
 */
int32_t lithe_coreset_facility_location(const char *kind, const lithe_matrix *x, const lithe_matrix *activations,
        const lithe_sparse *graph, const lithe_matrix *client_weights, const int64_t *groups, const int64_t *initial,
        int64_t n_initial, const int64_t *candidates, int64_t n_candidates, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Says what lithe_coreset_facility_location would do with the same arguments, having checked them. The report of *result has
 * engine, bytes (besides the data) and seconds (on one thread, within a factor of about three); there are no arrays.
 */
int32_t lithe_coreset_facility_plan(const char *kind, const lithe_matrix *x, const lithe_matrix *activations,
        const lithe_sparse *graph, const lithe_matrix *client_weights, const int64_t *groups, const int64_t *initial,
        int64_t n_initial, const int64_t *candidates, int64_t n_candidates, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Selects rows as lithe_coreset_facility_location does, where selecting row i costs costs_i (n x 1 float64, positive): by gain, and
 * by gain per cost, of which the better selection is returned. The option cost_limit is what the selected rows may cost together;
 * n_samples may be 0. Engines auto, lazy and decremental; for a graph auto. There are no groups. Of what can be gained the
 * selection gets at least the part (1 - 1/e)/2. loss_bound is about all subsets within the limit.
 */
int32_t lithe_coreset_facility_knapsack(const char *kind, const lithe_matrix *x, const lithe_matrix *activations,
        const lithe_sparse *graph, const lithe_matrix *client_weights, const lithe_matrix *costs,
        const int64_t *initial, int64_t n_initial, const int64_t *candidates, int64_t n_candidates,
        const char *options, lithe_run *run, lithe_handle *result);

/* ----------------------------------------------------------------------------------------------- coreset_samples */

/*
 * Weighted subsets by sampling and by k-centre. Letters: n rows, D features. Data is float32 or float64 as its dtype says,
 * and must be finite (else LITHE_EDATA). *result receives a handle, to be closed by lithe_free and read by
 * lithe_result_..., with LITHE_OK, and is left alone otherwise. sample_weight is NULL or n x 1 float64, non-negative: what
 * row i counts for. options is JSON text with the fields that lithe_describe lists under the name given; NULL or "" means
 * the defaults.
 *
 * A sample has the arrays indices (distinct rows, ascending) and weights, whose weighted sums estimate sums over all rows
 * without bias, and reports effective_size ((sum of weights)^2 / sum of their squares), seed and seconds.
 */

/*
 * Chooses rows of x (n x D) by farthest-first traversal, exactly: the next centre is the row farthest from all so far.
 *
 * initial holds n_initial distinct rows that are centres from the start, or is NULL. Options: "coreset_k_center", of which
 * n_centers or radius must be given. Arrays: indices (k, in the order of choice), distances (k x 1: of each to those before
 * it; infinite for the first), and with option assign weights (k x 1: rows nearest to each) and assignment (n: number of
 * the nearest centre). The report has radius and evaluations. Distances are Euclidean, or with metric "cosine" 1 - cos.
 */
int32_t lithe_coreset_k_center(const lithe_matrix *x, const int64_t *initial, int64_t n_initial, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Draws a sample of rows of x (n x D) for k-means and its relatives, in two passes: with probability half even and half in
 * proportion to the squared distance to the mean. Options: "coreset_sample", of which n_samples must be given.
 */
int32_t lithe_coreset_lightweight(const lithe_matrix *x, const lithe_matrix *sample_weight, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Draws a sample of rows of x (n x D) for k-means and Gaussian mixtures of option n_clusters components, by bounds of what
 * each row can matter. Options: "coreset_sample". O(n D n_clusters).
 */
int32_t lithe_coreset_sensitivity(const lithe_matrix *x, const lithe_matrix *sample_weight, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Draws rows with probabilities proportional to scores (n x 1 float64, non-negative) times sample_weight. Options:
 * "coreset_sample".
 */
int32_t lithe_coreset_importance(const lithe_matrix *scores, const lithe_matrix *sample_weight, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Draws distinct rows such that every class gets its share of them, by largest remainders. labels has n values of any kind.
 * Options: "coreset_sample".
 */
int32_t lithe_coreset_stratified(const int64_t *labels, int64_t n, const char *options, lithe_run *run,
        lithe_handle *result);

/*
 * Draws rows of x (n x D) on which a logistic regression of labels y, n values 0 or 1, comes close to that on all rows. y
 * may be NULL for the methods leverage and lewis. Options: "coreset_logistic", of which n_samples must be given. O(n D^2).
 */
int32_t lithe_coreset_logistic(const lithe_matrix *x, const int64_t *y, const lithe_matrix *sample_weight,
        const char *options, lithe_run *run, lithe_handle *result);

/* --------------------------------------------------------------------------------------------- coreset_gradients */

/*
 * Weighted subsets whose gradients add up to nearly the sum of all gradients, and the curvature that they are measured by.
 * Letters: n samples, m parameters, C classes, h inputs of a last layer.
 *
 * Gradients are given as gradients (n x m) with activations NULL; or as residuals (n x C) and activations (n x h, same
 * dtype), for the gradients r_i [a_i, 1]^T of a last layer, m = C (h + 1), which are never formed: parameter c (h + 1) + j
 * is that of output c and input j, j = h the bias. groups is NULL or has n classes, 0 or more, within which samples are
 * selected. Other arguments are as for samples.
 */

/*
 * Selects samples by facility location between gradients divided by curvature (m x 1 float64, positive): AdaCore. With
 * curvature NULL it is CRAIG. Options: "coreset_gradient", of which n_samples must be given. Arrays: indices (in the order
 * of selection, class after class), weights (samples that each stands for, or of least squares), gains, assignment (n: which
 * index stands for each) and residual (m: the sum of all gradients less the weighted sum). The report has loss (bounds the error),
 * loss_bound (none of this size has less), bound_risk (probability that it has), error and preconditioned_error (of the weighted
 * sum, relative), effective_size, engine, recall (of engine neighbors) and seconds.
 */
int32_t lithe_coreset_adacore(const lithe_matrix *gradients, const lithe_matrix *activations,
        const lithe_matrix *curvature, const int64_t *groups, const lithe_matrix *sample_weight, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Finds non-negative weights, few of them positive, whose sum of gradients comes close to target (m x 1 float64), or to the
 * sum of all gradients if that is NULL, by orthogonal matching pursuit. Options: "coreset_gradmatch", of which n_samples must
 * be given. Arrays: indices, weights and residual (m: the target less the weighted sum). The report has error, relative_error, effective_size, picks and seconds.
 */
int32_t lithe_coreset_gradmatch(const lithe_matrix *gradients, const lithe_matrix *activations,
        const int64_t *groups, const lithe_matrix *target, const lithe_matrix *sample_weight, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Selects samples whose gradients bring the loss on validation data down (GLISTER). gradients are those of a softmax in its logits
 * (n x C), or residuals with activations. logits (v x C), inputs (v x h; NULL without activations), both of the same dtype, and
 * labels (v classes from 0 on) are the validation data. Options: "coreset_glister", of which n_samples must be given. Arrays:
 * indices (in the order of selection), scores (why each was selected) and losses (mean validation loss before the first round and
 * after each, as far as the last layer alone tells). The report has seconds.
 */
int32_t lithe_coreset_glister(const lithe_matrix *gradients, const lithe_matrix *activations,
        const lithe_matrix *logits, const lithe_matrix *inputs, const int64_t *labels, const char *options,
        lithe_run *run, lithe_handle *result);

/*
 * Writes how far the weighted sum of count gradients is from the sum of all, relative to its norm, to plain, and with
 * gradients divided by curvature (NULL: 1) to preconditioned. weights is count x 1 float64.
 */
int32_t lithe_coreset_gradient_error(const lithe_matrix *gradients, const lithe_matrix *activations,
        const int64_t *indices, int64_t count, const lithe_matrix *weights, const lithe_matrix *curvature,
        const lithe_matrix *sample_weight, double *plain, double *preconditioned, lithe_run *run);

/*
 * Takes one more estimate diagonal (m x 1 float64, or NULL) of the diagonal of a Hessian into the moving average square (m x 1
 * float64, zeros before the first) over *steps estimates, and writes what gradients are divided by to denominator (m x 1
 * float64, or NULL). square and *steps are all the state. Options: "coreset_curvature".
 */
int32_t lithe_coreset_curvature(const lithe_matrix *square, int64_t *steps, const lithe_matrix *diagonal,
        const char *options, const lithe_matrix *denominator, lithe_run *run);

/*
 * Takes one more gradient of n samples (n x m) into moving averages, one of each sample: average (slots x m, zeros before the first)
 * and steps (slots, zeros before the first) are all the state, of the dtype of gradients and int64. slot has n distinct places, or
 * is NULL for 0 to n - 1, so that samples may come at any step, stay away for some, and go when the caller writes zeros to their
 * row and to their steps. beta1 is the decay, in [0, 1). corrected (n x m, or NULL) receives the averages with their starts
 * corrected, to select by.
 */
int32_t lithe_coreset_average(const lithe_matrix *average, int64_t *steps, const int64_t *slot,
        const lithe_matrix *gradients, double beta1, const lithe_matrix *corrected, lithe_run *run);

/*
 * Writes an estimate of the diagonal of the Hessian of the mean loss to diagonal (m x 1 float64). kind says of what:
 *
 * 	"fisher"      mean of squared gradients: a is gradients, b NULL; or a is residuals, b activations
 * 	"softmax"     exact for a softmax layer: a is probabilities (n x C), b its inputs (n x h)
 * 	"hutchinson"  from products: a has p probes of 1 and -1 as rows (p x m), b the products of the Hessian with them
 *
 * sample_weight is not used for hutchinson, and must be NULL.
 */
int32_t lithe_coreset_diagonal(const char *kind, const lithe_matrix *a, const lithe_matrix *b,
        const lithe_matrix *sample_weight, const lithe_matrix *diagonal, lithe_run *run);

/* Fills z (p x m) with 1 and -1 at random: probes for Hessian-vector products. Another step gives other probes. */
int32_t lithe_coreset_probes(uint64_t seed, uint64_t step, const lithe_matrix *z, lithe_run *run);

/* ------------------------------------------------------------------------------------------------ coreset_sparse */

/*
 * Weighted subsets of sparse gradients, or of the rows of a sparse X that they are multiples of: LITHE_CSR, the columns of a row in
 * ascending order. Everything else is as for dense gradients without activations. They are never made dense.
 */

/* Selects as lithe_coreset_adacore does. */
int32_t lithe_coreset_sparse_adacore(const lithe_sparse *gradients, const lithe_matrix *curvature,
        const int64_t *groups, const lithe_matrix *sample_weight, const char *options, lithe_run *run,
        lithe_handle *result);

/* Matches as lithe_coreset_gradmatch does. */
int32_t lithe_coreset_sparse_gradmatch(const lithe_sparse *gradients, const int64_t *groups,
        const lithe_matrix *target, const lithe_matrix *sample_weight, const char *options, lithe_run *run,
        lithe_handle *result);

/* Writes errors as lithe_coreset_gradient_error does. */
int32_t lithe_coreset_sparse_gradient_error(const lithe_sparse *gradients, const int64_t *indices, int64_t count,
        const lithe_matrix *weights, const lithe_matrix *curvature, const lithe_matrix *sample_weight, double *plain,
        double *preconditioned, lithe_run *run);

/*
 * Writes the mean of squared gradients to diagonal (m x 1 float64), as lithe_coreset_diagonal does of kind "fisher".
 */
int32_t lithe_coreset_sparse_fisher(const lithe_sparse *gradients, const lithe_matrix *sample_weight,
        const lithe_matrix *diagonal, lithe_run *run);

/* ---------------------------------------------------------------------------------------------- coreset_learning */

/* Batch active learning, and trainers that show what a subset is worth. Conventions are those of the samples. */

/*
 * Selects rows whose labels are to be asked for together. k holds the features of all rows (n x m), or with is_kernel = 1 the
 * kernel between them (n x n, symmetric positive semidefinite). observed has n_observed distinct rows whose labels are known
 * already, or is NULL. Options: "coreset_batch", of which n_samples must be given. Arrays: indices (in the order of
 * selection), scores (why each was selected) and, for frank-wolfe, weights.
 */
int32_t lithe_coreset_batch(const lithe_matrix *k, int32_t is_kernel, const int64_t *observed, int64_t n_observed,
        const char *options, lithe_run *run, lithe_handle *result);

/*
 * Fits softmax regression, or a network with hidden layers, to x (n x D) and classes y (n values from 0 on) by stochastic
 * gradient descent on a subset of the samples. test_x (dtype of x) and test_y are data to test on, or NULL. Options:
 * "coreset_train". Arrays: parameters (p x 1: layer after layer weights, inputs x outputs, and biases) and trace (a row for
 * each epoch: samples whose gradient was evaluated, samples passed forward for selections alone, seconds of both, seconds of
 * selections, mean training loss, training accuracy, test accuracy). The report has loss, epochs, selections, subset_size and
 * classes. A loss that diverges is LITHE_ENUMERIC.
 */
int32_t lithe_coreset_train(const lithe_matrix *x, const int64_t *y, const lithe_matrix *test_x,
        const int64_t *test_y, const char *options, lithe_run *run, lithe_handle *result);

/* ---------------------------------------------------------------------------------------- coreset_sparse_samples */

/*
 * Weighted subsets by sampling, k-centre and active learning of the rows of a sparse x (n x D): LITHE_CSR, the columns of a row in
 * ascending order, never made dense. Everything else is as for the function without sparse in its name.
 */

/* Chooses as lithe_coreset_k_center does. */
int32_t lithe_coreset_sparse_k_center(const lithe_sparse *x, const int64_t *initial, int64_t n_initial,
        const char *options, lithe_run *run, lithe_handle *result);

/* Draws as lithe_coreset_lightweight does. */
int32_t lithe_coreset_sparse_lightweight(const lithe_sparse *x, const lithe_matrix *sample_weight,
        const char *options, lithe_run *run, lithe_handle *result);

/* Draws as lithe_coreset_sensitivity does. */
int32_t lithe_coreset_sparse_sensitivity(const lithe_sparse *x, const lithe_matrix *sample_weight,
        const char *options, lithe_run *run, lithe_handle *result);

/* Draws as lithe_coreset_logistic does, among rows of at most 4,096 columns. */
int32_t lithe_coreset_sparse_logistic(const lithe_sparse *x, const int64_t *y, const lithe_matrix *sample_weight,
        const char *options, lithe_run *run, lithe_handle *result);

/* Selects as lithe_coreset_batch does by features x. */
int32_t lithe_coreset_sparse_batch(const lithe_sparse *x, const int64_t *observed, int64_t n_observed,
        const char *options, lithe_run *run, lithe_handle *result);

#ifdef __cplusplus
}
#endif

#endif /* LITHE_H */

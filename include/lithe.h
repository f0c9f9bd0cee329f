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

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------- library */

/*
 * Common to all functions: the run block may be NULL and comes right before what a fit or load makes, else last.
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
 * Writes what can be set in the options of a solver ("mixture", "kmeans", "lowrank") to out, as JSON:
 * [{"name": ..., "type": "int" | "float" | "str" | "uint64", "default": ..., "doc": ...}, ...].
 * A uint64 travels as a string, here and in options.
 *
 * Text is returned as everywhere in this interface: needed (or NULL) receives its size in bytes including the final
 * NUL; out NULL with capacity 0 only asks for that size; a capacity that is too small is LITHE_EINVAL, with needed
 * set and out empty.
 */
int32_t lithe_describe(const char *solver, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Closes a handle of any kind. A call that still uses the model on another thread ends undisturbed. 0 is a no-op; a
 * closed or unknown handle is LITHE_EHANDLE.
 */
int32_t lithe_free(lithe_handle handle);

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
 * Writes the facts about a mixture to out, as a JSON object, by the protocol of lithe_describe: n_components,
 * n_features, n_factors, covariance_type, n_parameters, n_iter, converged, lower_bound (nats per point), coverage_gap
 * (nats per point), n_history, n_neighbors. The facts of the fit are zero for a model made from parameters.
 */
int32_t lithe_mixture_info(lithe_handle model, char *out, int64_t capacity, int64_t *needed, lithe_run *run);

/*
 * Copies an attribute to out, of either dtype: weights (C x 1), means (C x D), loadings (C*D x H), noise_variance
 * (C x D), history (n_history x 3: objective in nats per point, seconds since the fit began, evaluations) or neighbors
 * (C x n_neighbors, nearest component first). Another shape is LITHE_ESHAPE, and the message names the right one.
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

/* ------------------------------------------------------------------------------------------------------- lowrank */

/*
 * Low-rank factors of big matrices. Letters: A is m x n, k is its wanted rank, and A ~ U diag(s) V^T with orthonormal
 * columns in U (m x k) and V (n x k) and s decreasing. A must be finite (else LITHE_EDATA). In each column of V the
 * entry of largest magnitude is positive.
 */

/*
 * Computes the k leading singular triplets of a dense matrix by a randomized block method, with a statement of their
 * error.
 *
 * With transposed = 0, a is A. With transposed = 1, a (n x m) is the transpose of A: so a column-major m x n array is
 * decomposed in place, given as the row-major n x m matrix that it also is. With center = 1 the mean of each column of A
 * is subtracted from it, without a copy of A, which makes the result a principal component analysis. options is JSON
 * text such as {"n_components": 20, "random_state": "7"}, with the fields that lithe_describe("lowrank") lists;
 * n_components is k, in [1, min(m, n)], and has no default.
 *
 * u (m x k, or NULL), s (k), v (n x k, or NULL) and mean (the n means of the columns of A, or NULL; also without
 * centring) receive the result with LITHE_OK and with LITHE_ENOCONV (max_passes were not enough for tol). u and v have
 * the dtype of a.
 *
 * report (or NULL) receives a JSON object: method ("krylov", "subspace" or "gram"), error (estimated Frobenius norm of
 * A - U diag(s) V^T), relative_error (as a fraction of the norm of A), error_method ("identity": from the norm of A,
 * exact up to rounding; "sampled": from random vectors, within about 25 %), norm (Frobenius norm of A, centred if
 * asked), centered_norm (that of A after centring, null unless mean was asked for), converged, passes (multiplications
 * of A or its transpose with a block), columns (of all these blocks together), flops, seconds, seed (as a string) and
 * residuals (|A v_i - s_i u_i| for each i, or empty where the method does not know them). Its capacity must be at least
 * 640 + 32 k bytes; less is LITHE_EINVAL before any work is done. needed (or NULL) receives that number at first, and
 * the size of the report including its final NUL in the end.
 *
 * A pass takes O(m n (k + n_oversamples)) operations; memory is at most five times that of u and v with n_oversamples
 * more columns each, or for method gram O(min(m, n)^2).
 */
int32_t lithe_lowrank_svd(const lithe_matrix *a, int32_t transposed, int32_t center, const char *options,
        const lithe_matrix *u, double *s, const lithe_matrix *v, double *mean, char *report, int64_t capacity,
        int64_t *needed, lithe_run *run);

/*
 * As lithe_lowrank_svd for a sparse matrix, whose zeros stay zeros also with center = 1. A pass takes
 * O(nnz (k + n_oversamples)) operations, and a second copy of the matrix, ordered the other way, is made meanwhile. u
 * and v have the dtype of the values.
 */
int32_t lithe_lowrank_svd_sparse(const lithe_sparse *a, int32_t center, const char *options, const lithe_matrix *u,
        double *s, const lithe_matrix *v, double *mean, char *report, int64_t capacity, int64_t *needed,
        lithe_run *run);

#ifdef __cplusplus
}
#endif

#endif /* LITHE_H */

/* Matrices in every form, functions of the caller among them, and what is refused about each. */
#include "check.h"

enum { ROWS = 30, COLS = 8, RANK = 3 };

static const char *const options = "{\"n_components\": 3, \"random_state\": \"1\"}";

/* What the functions work with, and what they are to do wrong. */
typedef struct source {
    double *a;         /* rows x cols */
    int64_t rows, cols;
    int64_t at;        /* rows read in this sweep */
    int64_t step;      /* rows of a block */
    int64_t last;      /* rows in all sweeps but the first, if not 0 */
    int sweeps, calls;
    int fail_at;       /* fail in this call, if not 0 */
    int cancel_at;     /* set the cancel word in this call, if not 0 */
    int skip;          /* leave an element unset */
    lithe_matrix wrong; /* add this to the block */
    lithe_run *run;
    pthread_t thread;
    int strange;       /* called on another thread */
} source;

static source source_of(double *a, int64_t rows, int64_t cols, lithe_run *run)
{
    source s = {0};
    s.a = a, s.rows = rows, s.cols = cols, s.step = 7, s.run = run, s.thread = pthread_self();
    return s;
}

static int32_t count(source *s)
{
    s->calls++;
    s->strange |= !pthread_equal(s->thread, pthread_self());
    if (s->calls == s->cancel_at)
        s->run->cancel = 1;
    return s->calls == s->fail_at ? 7 : 0;
}

static int32_t multiply(void *context, const lithe_matrix *x, const lithe_matrix *y)
{
    source *s = context;
    const double *in = x->data;
    double *out = y->data;
    CHECK(x->rows == s->cols && y->rows == s->rows && x->cols == y->cols && x->dtype == LITHE_FLOAT64);
    for (int64_t i = 0; i < s->rows; i++)
        for (int64_t j = s->skip && i == 2; j < x->cols; j++) {
            double sum = 0;
            for (int64_t k = 0; k < s->cols; k++)
                sum += s->a[i * s->cols + k] * in[k * x->stride + j];
            out[i * y->stride + j] = sum;
        }
    return count(s);
}

static int32_t multiply_transposed(void *context, const lithe_matrix *x, const lithe_matrix *y)
{
    source *s = context;
    const double *in = x->data;
    double *out = y->data;
    CHECK(x->rows == s->rows && y->rows == s->cols && x->cols == y->cols);
    for (int64_t i = 0; i < s->cols; i++)
        for (int64_t j = 0; j < x->cols; j++) {
            double sum = 0;
            for (int64_t k = 0; k < s->rows; k++)
                sum += s->a[k * s->cols + i] * in[k * x->stride + j];
            out[i * y->stride + j] = sum;
        }
    return count(s);
}

static int32_t next_rows(void *context, int32_t first, lithe_matrix *block)
{
    source *s = context;
    int32_t status = count(s);
    CHECK(block->data == NULL && block->rows == 0 && block->cols == 0 && block->dtype == 0);
    if (first)
        s->at = 0, s->sweeps++;
    int64_t end = s->last != 0 && s->sweeps > 1 ? s->last : s->rows;
    int64_t rows = end - s->at < s->step ? end - s->at : s->step;
    if (rows > 0)
        *block = doubles(s->a + s->at * s->cols, rows, s->cols);
    else
        block->data = (void *)(intptr_t)1; /* without rows it may be anything */
    if (s->wrong.cols != 0)
        block->cols += s->wrong.cols;
    if (s->wrong.rows != 0)
        block->rows = s->wrong.rows;
    if (s->wrong.dtype != 0)
        block->dtype = s->wrong.dtype;
    s->at += rows;
    return status;
}

static lithe_operator products_of(source *s)
{
    lithe_operator op = {0};
    op.kind = LITHE_PRODUCTS;
    op.product = multiply;
    op.product_transposed = multiply_transposed;
    op.context = s;
    op.rows = s->rows;
    op.cols = s->cols;
    op.dtype = LITHE_FLOAT64;
    return op;
}

static lithe_operator blocks_of(source *s)
{
    lithe_operator op = products_of(s);
    op.kind = LITHE_ROW_BLOCKS;
    op.product = op.product_transposed = NULL;
    op.next_rows = next_rows;
    return op;
}

/* Singular values 4, 2 and 1, and some zeros. */
static void make(double *a)
{
    for (int i = 0; i < ROWS * COLS; i++)
        a[i] = 0;
    a[2 * COLS + 5] = 2.4, a[3 * COLS + 5] = 3.2, a[7 * COLS + 1] = 2, a[29 * COLS] = -1;
}

static void is_answer(const lithe_operator *op)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    CHECK_STATUS(&run, lithe_lowrank_svd(op, options, &run, &h), LITHE_OK, NULL);
    double *s = array_of(h, "s", RANK, 1), *v = array_of(h, "v", COLS, RANK), *u = array_of(h, "u", ROWS, RANK);
    CHECK(fabs(s[0] - 4) < 1e-9 && fabs(s[1] - 2) < 1e-9 && fabs(s[2] - 1) < 1e-9);
    CHECK(fabs(v[5 * RANK] - 1) < 1e-9 && fabs(v[RANK + 1] - 1) < 1e-9 && fabs(v[2] - 1) < 1e-9);
    CHECK(fabs(u[2 * RANK] - 0.6) < 1e-9 && fabs(u[3 * RANK] - 0.8) < 1e-9 && fabs(u[29 * RANK + 2] + 1) < 1e-9);
    CHECK(lithe_free(h) == LITHE_OK);
    free(s), free(u), free(v);
}

static void every_kind(void)
{
    double a[ROWS * COLS], flipped[ROWS * COLS], values[] = {2.4, 3.2, 2, -1}, means[COLS], sparse_means[COLS];
    const int32_t indptr[ROWS + 1] = {0, 0, 0, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4};
    const int32_t indices[] = {5, 5, 1, 0};
    const int64_t starts[COLS + 1] = {0, 1, 2, 2, 2, 2, 4, 4, 4}, places[] = {29, 7, 2, 3};
    double by_column[] = {-1, 2, 2.4, 3.2};
    lithe_run run = fresh_run();
    make(a);
    for (int i = 0; i < ROWS * COLS; i++)
        flipped[i % COLS * ROWS + i / COLS] = a[i];
    lithe_matrix x = doubles(a, ROWS, COLS), t = doubles(flipped, COLS, ROWS);
    lithe_sparse csr = {values, indices, indptr, ROWS, COLS, 4, LITHE_FLOAT64, LITHE_INT32, LITHE_CSR, {0}};
    lithe_sparse csc = {by_column, places, starts, ROWS, COLS, 4, LITHE_FLOAT64, LITHE_INT64, LITHE_CSC, {0}};
    lithe_operator dense = dense_operator(&x), transposed = {0}, rows = {0}, columns = {0};
    transposed.kind = LITHE_DENSE_TRANSPOSED, transposed.dense = &t;
    rows.kind = columns.kind = LITHE_COMPRESSED, rows.sparse = &csr, columns.sparse = &csc;
    source s = source_of(a, ROWS, COLS, NULL), b = s;
    lithe_operator products = products_of(&s), blocks = blocks_of(&b);
    const lithe_operator *const all[] = {&dense, &transposed, &rows, &columns, &products, &blocks};
    CHECK_STATUS(&run, lithe_lowrank_column_means(&dense, means, &run), LITHE_OK, NULL);
    for (int k = 0; k < 6; k++) {
        lithe_operator centred = *all[k];
        lithe_handle h = 0;
        centred.center = 1;
        is_answer(all[k]);
        CHECK_STATUS(&run, lithe_lowrank_column_means(all[k], sparse_means, &run), LITHE_OK, NULL);
        for (int j = 0; j < COLS; j++)
            CHECK(fabs(means[j] - sparse_means[j]) < 1e-14);
        CHECK_STATUS(&run, lithe_lowrank_norm(&centred, "spectral", NULL, &run, &h), LITHE_OK, NULL);
        CHECK(fabs(number_of(h, "value") - sqrt(16 - 5.6 * 5.6 / 30)) < 0.01);
        double *mean = array_of(h, "mean", COLS, 1);
        CHECK(fabs(mean[5] - 5.6 / 30) < 1e-14);
        free(mean);
        CHECK(lithe_free(h) == LITHE_OK);
    }
    CHECK(s.calls > 0 && b.calls > 0 && !s.strange && !b.strange);
}

/* Whatever a function does wrong ends the call with a reason, and no result. */
static void wrong_functions(void)
{
    double a[ROWS * COLS];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make(a);
    source good = source_of(a, ROWS, COLS, &run), s = good;
    lithe_operator op = products_of(&s);

    s.fail_at = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECALLBACK, "a.product returned 7");
    s = good, s.fail_at = 2;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECALLBACK, "a.product_transposed returned 7");
    s = good, s.skip = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EDATA, "unset or overflowed");
    s = good, s.cancel_at = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECANCELLED, "cancelled");
    CHECK(s.calls == 1);
    run.cancel = 0, s = good, op.product_transposed = NULL;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EINVAL, "a.product_transposed is NULL, and this function needs");
    CHECK_STATUS(&run, lithe_lowrank_qb(&op, "{\"tol\": 0.1}", &run, &h), LITHE_EINVAL, "");

    op = blocks_of(&s);
    s = good, s.fail_at = 3;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECALLBACK, "row block 2, from row 14");
    CHECK_STATUS(&run, lithe_lowrank_column_means(&op, (double[COLS]){0}, &run), LITHE_OK, NULL);
    s = good, s.cancel_at = 2;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECANCELLED, "cancelled");
    CHECK(s.calls == 2);
    run.cancel = 0, s = good, s.wrong.cols = -1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "row block 0, from row 0, has 7 columns, A has 8");
    s = good, s.wrong.cols = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "block has row stride 8, shorter than its 9 columns");
    s = good, s.wrong.rows = -1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "negative shape -1 x 8");
    s = good, s.wrong.dtype = LITHE_FLOAT32;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EINVAL, "block has dtype 1, a has 2");
    s = good, s.wrong.dtype = 9;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EINVAL, "block has unknown dtype 9");

    /* Sequences that end early, go on for too long, or change between sweeps. */
    s = good, op.rows = ROWS + 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "the row blocks end after 30 rows, 31 were announced");
    s = good, op.rows = ROWS - 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "brings the number of rows to 30, only 29");
    s = good, op.rows = ROWS, s.last = ROWS - 3;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ESHAPE, "end after 27 rows, 30 were announced; each call must start again");
    CHECK(s.sweeps == 2);
    s = good;
    a[29 * COLS + 3] = NAN;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EDATA, "NaN at row 29, column 3");
    op.center = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EDATA, "NaN at row 29, column 3");
    CHECK(h == 0);
}

/* A function of the caller that uses the library itself: A is diagonal, with the column means of another matrix. */
static int32_t multiply_by_means(void *context, const lithe_matrix *x, const lithe_matrix *y)
{
    lithe_run run = fresh_run();
    double means[COLS];
    if (lithe_lowrank_column_means(context, means, &run) != LITHE_OK)
        return 1;
    for (int64_t i = 0; i < COLS; i++)
        for (int64_t j = 0; j < x->cols; j++)
            ((double *)y->data)[i * y->stride + j] = means[i] * ((const double *)x->data)[i * x->stride + j];
    return 0;
}

static void *nested(void *unused)
{
    double a[2 * COLS];
    for (int i = 0; i < 2 * COLS; i++)
        a[i] = i % COLS + i / COLS;
    lithe_matrix x = doubles(a, 2, COLS);
    lithe_operator inner = dense_operator(&x), op = {0};
    op.kind = LITHE_PRODUCTS, op.product = multiply_by_means, op.context = &inner;
    op.rows = op.cols = COLS, op.dtype = LITHE_FLOAT64;
    for (int round = 0; round < 20; round++) {
        lithe_run run = fresh_run();
        lithe_handle h = 0;
        CHECK_STATUS(&run, lithe_lowrank_eigh(&op, options, &run, &h), LITHE_OK, NULL);
        double *values = array_of(h, "values", RANK, 1);
        CHECK(fabs(values[0] - 7.5) < 1e-9 && fabs(values[1] - 6.5) < 1e-9);
        CHECK(lithe_free(h) == LITHE_OK);
        free(values);
    }
    return unused;
}

static void nested_on_several_threads(void)
{
    pthread_t workers[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&workers[i], NULL, nested, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(workers[i], NULL) == 0);
}

typedef int32_t taker(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/* Every way in for a matrix: they must all refuse alike. */
static void refused(const lithe_operator *a, int32_t want, const char *fragment)
{
    static taker *const takers[] = {lithe_lowrank_svd, lithe_lowrank_range_finder, lithe_lowrank_qb, lithe_lowrank_eigh,
                                    lithe_lowrank_nystrom, lithe_lowrank_column_id, lithe_lowrank_row_id, lithe_lowrank_cur,
                                    lithe_lowrank_qrcp, lithe_lowrank_trace, lithe_lowrank_diagonal, lithe_lowrank_logdet};
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    double numbers[COLS] = {0};
    lithe_matrix b = doubles(numbers, 2, 1);
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
        CHECK_STATUS(&run, takers[i](a, NULL, &run, &h), want, fragment);
    CHECK_STATUS(&run, lithe_lowrank_lstsq(a, &b, 0, NULL, &run, &h), want, fragment);
    CHECK_STATUS(&run, lithe_lowrank_norm(a, "spectral", NULL, &run, &h), want, fragment);
    CHECK_STATUS(&run, lithe_lowrank_column_means(a, numbers, &run), want, fragment);
    CHECK(h == 0);
}

static void impossible_operators(void)
{
    double storage[2 * COLS + 1] = {0};
    const lithe_matrix good = doubles(storage, 2, COLS);
    lithe_matrix x = good;
    source s = source_of(storage, 2, COLS, NULL);
    lithe_operator op = dense_operator(&x), called = products_of(&s);
    char bytes[sizeof op + 8];

    refused(NULL, LITHE_EINVAL, "a must not be NULL");
    refused((lithe_operator *)(void *)(bytes + 4 - (uintptr_t)bytes % 4 + 1), LITHE_EINVAL, "the struct of a is misaligned");
    op.kind = 0;
    refused(&op, LITHE_EINVAL, "a has unknown kind 0, expected LITHE_DENSE (1) to LITHE_ROW_BLOCKS (5)");
    op.kind = 6;
    refused(&op, LITHE_EINVAL, "unknown kind 6");
    op = dense_operator(&x), op.center = 2;
    refused(&op, LITHE_EINVAL, "a.center must be 0 or 1, got 2");
    op = dense_operator(&x), op.reserved[4] = 1;
    refused(&op, LITHE_EINVAL, "a.reserved must be 0");
    op = dense_operator(NULL);
    refused(&op, LITHE_EINVAL, "a.dense must not be NULL");
    op.kind = LITHE_DENSE_TRANSPOSED;
    refused(&op, LITHE_EINVAL, "a.dense must not be NULL");
    op.kind = LITHE_COMPRESSED;
    refused(&op, LITHE_EINVAL, "a.sparse must not be NULL");
    op = dense_operator(&x);
    x.data = NULL;
    refused(&op, LITHE_EINVAL, "a.dense.data must not be NULL");
    x = good, x.stride = COLS - 1;
    refused(&op, LITHE_ESHAPE, "a.dense has row stride 7");
    x = good, x.dtype = 3;
    refused(&op, LITHE_EINVAL, "a.dense has unknown dtype 3");

    op = called, op.product = NULL;
    refused(&op, LITHE_EINVAL, "a.product must not be NULL");
    op = called, op.kind = LITHE_ROW_BLOCKS;
    refused(&op, LITHE_EINVAL, "a.next_rows must not be NULL");
    op = called, op.dtype = 0;
    refused(&op, LITHE_EINVAL, "a has unknown dtype 0");
    op = called, op.rows = -1;
    refused(&op, LITHE_ESHAPE, "a has negative shape -1 x 8");
    op = called, op.cols = INT64_MAX;
    refused(&op, LITHE_ESHAPE, "overflows the address space");
    CHECK(s.calls == 0);
}

static void impossible_sparse(void)
{
    double values[] = {1, 2, 3, 4};
    int32_t indices[] = {0, 1, 0, 1}, indptr[] = {0, 2, 4};
    const lithe_sparse good = {values, indices, indptr, 2, 2, 4, LITHE_FLOAT64, LITHE_INT32, LITHE_CSR, {0}};
    lithe_sparse x = good;
    lithe_operator op = {0};
    op.kind = LITHE_COMPRESSED, op.sparse = &x;
    x = good, x.dtype = 0;
    refused(&op, LITHE_EINVAL, "a.sparse has unknown dtype 0");
    x = good, x.index_dtype = 3;
    refused(&op, LITHE_EINVAL, "unknown index_dtype 3");
    x = good, x.layout = 0;
    refused(&op, LITHE_EINVAL, "unknown layout 0");
    x = good, x.reserved[4] = 1;
    refused(&op, LITHE_EINVAL, "a.sparse.reserved must be 0");
    x = good, x.nnz = -1;
    refused(&op, LITHE_ESHAPE, "negative nnz -1");
    x = good, x.cols = INT64_MAX;
    refused(&op, LITHE_ESHAPE, "overflows the address space");
    x = good, x.values = NULL;
    refused(&op, LITHE_EINVAL, "a.sparse.values must not be NULL");
    x = good, x.indices = NULL;
    refused(&op, LITHE_EINVAL, "a.sparse.indices must not be NULL");
    x = good, x.indptr = NULL;
    refused(&op, LITHE_EINVAL, "a.sparse.indptr must not be NULL");
    x = good, x.values = (char *)values + 4;
    refused(&op, LITHE_EINVAL, "a.sparse.values is misaligned");
    x = good, x.nnz--;
    refused(&op, LITHE_ESHAPE, "announces 4 entries");
    x = good, indices[3] = 2;
    refused(&op, LITHE_ESHAPE, "row 1, has column index 2");
    indices[3] = 1, indptr[1] = -5;
    refused(&op, LITHE_ESHAPE, "must not decrease");
    indptr[1] = 2, values[3] = NAN;
    refused(&op, LITHE_EDATA, "row 1, column 1");
}

void test_operators(void)
{
    CHECK(sizeof(lithe_sparse) == 80 && sizeof(lithe_operator) == 96);
    every_kind();
    wrong_functions();
    nested_on_several_threads();
    impossible_operators();
    impossible_sparse();
}

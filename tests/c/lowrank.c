/* Low-rank factors: each function against what is known about small matrices, and what is refused. */
#include "check.h"

#include <time.h>

enum { ROWS = 30, COLS = 8, RANK = 3 };

static const char *const options = "{\"n_components\": 3, \"random_state\": \"1\"}";

/* A = the sum of 4, 2 and 1 times outer products of orthonormal vectors, plus a shift. */
static void make(double *a, double shift)
{
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            a[i * COLS + j] = shift * (j + 1);
            for (int r = 0; r < RANK && i < 16; r++)
                a[i * COLS + j] += (4 >> r) * hadamard(i, r + 1) / 4 * hadamard(j, r + 1) / sqrt(8.0);
        }
}

/* left (m x k) times right (k x n) differs from a by so much at most. */
static int product_is(const double *a, const double *left, const double *right, int m, int k, int n, double tol)
{
    int ok = 1;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double rest = a[i * n + j];
            for (int r = 0; r < k; r++)
                rest -= left[i * k + r] * right[r * n + j];
            ok &= fabs(rest) <= tol;
        }
    return ok;
}

typedef int32_t decomposition(const lithe_operator *a, const char *options, lithe_run *run, lithe_handle *result);

/* Calls a function that must succeed. */
static lithe_handle found(decomposition *f, const lithe_operator *a, const char *text)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    CHECK_STATUS(&run, f(a, text, &run, &result), LITHE_OK, NULL);
    CHECK(result != 0);
    return result;
}

static void svd(void)
{
    double a[ROWS * COLS], scaled[ROWS * RANK], turned[RANK * COLS];
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS);
    lithe_operator op = dense_operator(&x);
    const char *const texts[] = {options, "{\"tol\": 1e-6}", "{\"n_components\": 3, \"method\": \"krylov\"}"};
    for (int t = 0; t < 3; t++) {
        lithe_handle h = found(lithe_lowrank_svd, &op, texts[t]);
        double *u = array_of(h, "u", ROWS, RANK), *s = array_of(h, "s", RANK, 1), *v = array_of(h, "v", COLS, RANK);
        CHECK(fabs(s[0] - 4) < 1e-12 && fabs(s[1] - 2) < 1e-12 && fabs(s[2] - 1) < 1e-12);
        for (int i = 0; i < ROWS * RANK; i++)
            scaled[i] = u[i] * s[i % RANK];
        for (int i = 0; i < RANK * COLS; i++)
            turned[i] = v[i % COLS * RANK + i / COLS];
        CHECK(product_is(a, scaled, turned, ROWS, RANK, COLS, 1e-12));
        CHECK(fabs(number_of(h, "norm") - sqrt(21)) < 1e-12 && number_of(h, "error") < 1e-6);
        CHECK(lithe_free(h) == LITHE_OK);
        free(u), free(s), free(v);
    }
}

static void centred(void)
{
    double a[ROWS * COLS], moved[ROWS * COLS], means[COLS];
    lithe_run run = fresh_run();
    make(a, 0);
    make(moved, 1000);
    lithe_matrix x = doubles(a, ROWS, COLS), y = doubles(moved, ROWS, COLS);
    lithe_operator op = dense_operator(&x), shifted = dense_operator(&y);
    CHECK_STATUS(&run, lithe_lowrank_column_means(&op, means, &run), LITHE_OK, NULL);
    op.center = shifted.center = 1;
    lithe_handle p = found(lithe_lowrank_svd, &op, options), q = found(lithe_lowrank_svd, &shifted, options), f = 0;
    double *s = array_of(p, "s", RANK, 1), *t = array_of(q, "s", RANK, 1);
    double *mean = array_of(p, "mean", COLS, 1), *far = array_of(q, "mean", COLS, 1);
    for (int r = 0; r < RANK; r++)
        CHECK(fabs(s[r] - t[r]) < 1e-8);
    for (int j = 0; j < COLS; j++)
        CHECK(fabs(far[j] - mean[j] - 1000 * (j + 1)) < 1e-9 && mean[j] == means[j]);
    CHECK_STATUS(&run, lithe_lowrank_norm(&shifted, "frobenius", NULL, &run, &f), LITHE_OK, NULL);
    CHECK(fabs(number_of(f, "value") - number_of(p, "norm")) < 1e-8 && number_of(f, "error") == 0);
    CHECK_STATUS(&run, lithe_lowrank_column_means(&op, means, &run), LITHE_EINVAL, "a.center must be 0");
    op.center = 0;
    CHECK_STATUS(&run, lithe_lowrank_column_means(&op, NULL, &run), LITHE_EINVAL, "means must not be NULL");
    free(s), free(t), free(mean), free(far);
    CHECK(lithe_free(p) == LITHE_OK && lithe_free(q) == LITHE_OK && lithe_free(f) == LITHE_OK);
}

/* Neither the number of threads nor anything else but the seed changes a bit; float32 stays float32. */
static void bits(void)
{
    double a[ROWS * COLS];
    float single[ROWS * COLS], values[ROWS * RANK];
    lithe_handle h = 0;
    make(a, 0.5);
    for (int i = 0; i < ROWS * COLS; i++)
        single[i] = (float)a[i];
    lithe_matrix x = doubles(a, ROWS, COLS), f = floats(single, ROWS, COLS), u = floats(values, ROWS, RANK);
    lithe_operator op = dense_operator(&x);
    double *seen[2];
    for (int t = 0; t < 2; t++) {
        lithe_run run = fresh_run();
        run.threads = t + 1;
        CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_OK, NULL);
        seen[t] = array_of(h, "u", ROWS, RANK);
        CHECK(lithe_free(h) == LITHE_OK);
    }
    CHECK(memcmp(seen[0], seen[1], ROWS * RANK * sizeof(double)) == 0);
    op = dense_operator(&f);
    h = found(lithe_lowrank_svd, &op, options);
    lithe_run run = fresh_run();
    CHECK_STATUS(&run, lithe_result_read(h, "u", &u, &run), LITHE_OK, NULL);
    for (int i = 0; i < ROWS * RANK; i++)
        CHECK(fabs(fabs(values[i]) - fabs(seen[0][i])) < 1e-4);
    CHECK(lithe_free(h) == LITHE_OK);
    free(seen[0]), free(seen[1]);
}

static void bases(void)
{
    double a[ROWS * COLS], squares[ROWS * ROWS] = {0};
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS);
    lithe_operator op = dense_operator(&x);

    lithe_handle h = found(lithe_lowrank_range_finder, &op, "{\"n_components\": 3, \"n_oversamples\": 2}");
    double *q = array_of(h, "q", ROWS, 5);
    for (int i = 0; i < ROWS * ROWS; i++)
        for (int r = 0; r < 5; r++)
            squares[i] += q[i / ROWS * 5 + r] * q[i % ROWS * 5 + r];
    CHECK(product_is(a, squares, a, ROWS, ROWS, COLS, 1e-12) && number_of(h, "relative_error") < 1e-12);
    CHECK(lithe_free(h) == LITHE_OK);
    free(q);

    int64_t rank = 0;
    lithe_run run = fresh_run();
    h = found(lithe_lowrank_qb, &op, "{\"tol\": 1e-6}");
    CHECK_STATUS(&run, lithe_result_shape(h, "q", NULL, &rank, &run), LITHE_OK, NULL);
    CHECK(rank == RANK && number_of(h, "relative_error") <= 1e-6);
    q = array_of(h, "q", ROWS, RANK);
    double *b = array_of(h, "b", RANK, COLS);
    CHECK(product_is(a, q, b, ROWS, RANK, COLS, 1e-12));
    CHECK(lithe_free(h) == LITHE_OK);
    free(q), free(b);

    /* At a tolerance between the singular values 2 and 1, of a norm of sqrt(21). */
    h = found(lithe_lowrank_qb, &op, "{\"tol\": 0.3}");
    CHECK_STATUS(&run, lithe_result_shape(h, "b", &rank, NULL, &run), LITHE_OK, NULL);
    CHECK(rank == 2 && fabs(number_of(h, "error") - 1) < 1e-9);
    CHECK(lithe_free(h) == LITHE_OK);
}

static void eigenpairs(void)
{
    double a[COLS * COLS], image[COLS * RANK];
    decomposition *const functions[] = {lithe_lowrank_eigh, lithe_lowrank_nystrom};
    for (int t = 0; t < 2; t++) {
        const double second = t == 0 ? -3 : 3;
        make_symmetric(a, COLS, second);
        lithe_matrix x = doubles(a, COLS, COLS);
        lithe_operator op = dense_operator(&x);
        lithe_handle h = found(functions[t], &op, options);
        double *values = array_of(h, "values", RANK, 1), *v = array_of(h, "v", COLS, RANK);
        double *residuals = array_of(h, "residuals", t == 0 ? RANK : 0, 1);
        CHECK(fabs(values[0] - 5) < 1e-7 && fabs(values[1] - second) < 1e-7 && fabs(values[2] - 2) < 1e-7);
        for (int i = 0; i < COLS * RANK; i++)
            image[i] = values[i % RANK] * v[i];
        CHECK(product_is(image, a, v, COLS, COLS, RANK, 1e-6));
        for (int r = 0; r < RANK && t == 0; r++)
            CHECK(residuals[r] < 1e-6);
        CHECK(lithe_free(h) == LITHE_OK);
        free(values), free(v), free(residuals);
    }
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make_symmetric(a, COLS, -3);
    lithe_matrix x = doubles(a, COLS, COLS);
    lithe_operator op = dense_operator(&x);
    CHECK_STATUS(&run, lithe_lowrank_nystrom(&op, options, &run, &h), LITHE_ENUMERIC, "semidefinite");
    a[3] += 1;
    CHECK_STATUS(&run, lithe_lowrank_eigh(&op, options, &run, &h), LITHE_ESHAPE, "symmetric");
    x.rows = 5;
    CHECK_STATUS(&run, lithe_lowrank_eigh(&op, options, &run, &h), LITHE_ESHAPE, "5 x 8");
    CHECK(h == 0);
}

static void columns_and_rows(void)
{
    double a[ROWS * COLS], partial[ROWS * RANK] = {0};
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS);
    lithe_operator op = dense_operator(&x);

    lithe_handle h = found(lithe_lowrank_column_id, &op, options);
    int64_t *indices = indices_of(h, "indices", RANK);
    double *c = array_of(h, "c", ROWS, RANK), *p = array_of(h, "p", RANK, COLS);
    CHECK(product_is(a, c, p, ROWS, RANK, COLS, 1e-12));
    for (int i = 0; i < ROWS * RANK; i++)
        CHECK(c[i] == a[i / RANK * COLS + indices[i % RANK]]);
    CHECK(lithe_free(h) == LITHE_OK);
    free(indices), free(c), free(p);

    h = found(lithe_lowrank_row_id, &op, options);
    indices = indices_of(h, "indices", RANK);
    c = array_of(h, "c", RANK, COLS), p = array_of(h, "p", ROWS, RANK);
    CHECK(product_is(a, p, c, ROWS, RANK, COLS, 1e-12));
    for (int i = 0; i < RANK * COLS; i++)
        CHECK(c[i] == a[indices[i / COLS] * COLS + i % COLS]);
    CHECK(lithe_free(h) == LITHE_OK);
    free(indices), free(c), free(p);

    h = found(lithe_lowrank_svd, &op, "{\"n_components\": 3, \"right_only\": true}");
    int64_t u_rows = -1, u_cols = -1;
    lithe_run shape = fresh_run();
    CHECK_STATUS(&shape, lithe_result_shape(h, "u", &u_rows, &u_cols, &shape), LITHE_OK, NULL);
    CHECK(u_rows == ROWS && u_cols == 0);
    free(array_of(h, "v", COLS, RANK));
    CHECK(lithe_free(h) == LITHE_OK);

    h = found(lithe_lowrank_cur, &op, "{\"n_components\": 3, \"strong\": true}");
    memset(a, 0, sizeof a); /* a result keeps nothing of the input */
    indices = indices_of(h, "column_indices", RANK);
    int64_t *rows = indices_of(h, "row_indices", RANK);
    double *u = array_of(h, "u", RANK, RANK), *r = array_of(h, "r", RANK, COLS);
    c = array_of(h, "c", ROWS, RANK);
    make(a, 0);
    for (int i = 0; i < ROWS * RANK; i++)
        for (int t = 0; t < RANK; t++)
            partial[i] += c[i / RANK * RANK + t] * u[t * RANK + i % RANK];
    CHECK(product_is(a, partial, r, ROWS, RANK, COLS, 1e-11));
    CHECK(c[1] == a[indices[1]] && r[1] == a[rows[0] * COLS + 1]);
    CHECK(lithe_free(h) == LITHE_OK);
    free(indices), free(rows), free(c), free(u), free(r);
}

static void pivoted_qr(void)
{
    double a[ROWS * COLS], permuted[ROWS * COLS];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS);
    lithe_operator op = dense_operator(&x);
    h = found(lithe_lowrank_qrcp, &op, NULL);
    double *q = array_of(h, "q", ROWS, RANK), *r = array_of(h, "r", RANK, COLS);
    int64_t *perm = indices_of(h, "perm", COLS);
    for (int i = 0; i < ROWS * COLS; i++)
        permuted[i] = a[i / COLS * COLS + perm[i % COLS]];
    CHECK(product_is(permuted, q, r, ROWS, RANK, COLS, 1e-12) && r[COLS] == 0 && r[2 * COLS] == 0 && r[2 * COLS + 1] == 0);
    CHECK(lithe_free(h) == LITHE_OK);
    free(q), free(r), free(perm);
    h = 0;
    op.center = 1;
    CHECK_STATUS(&run, lithe_lowrank_qrcp(&op, NULL, &run, &h), LITHE_EINVAL, "must be given as LITHE_DENSE with center = 0");
    op.center = 0, op.kind = LITHE_DENSE_TRANSPOSED;
    CHECK_STATUS(&run, lithe_lowrank_qrcp(&op, NULL, &run, &h), LITHE_EINVAL, "must be given as LITHE_DENSE");
    CHECK(h == 0);
}

static void least_squares(void)
{
    double a[ROWS * 2], b[ROWS * 2];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    /* Orthogonal columns of norm 4, and right-hand sides of which one lies in their range. */
    for (int i = 0; i < ROWS; i++) {
        a[2 * i] = i < 16 ? hadamard(i, 1) : 0, a[2 * i + 1] = i < 16 ? hadamard(i, 2) : 0;
        b[2 * i] = 3 * a[2 * i] - 2 * a[2 * i + 1], b[2 * i + 1] = a[2 * i] + (i < 16 ? hadamard(i, 4) : 0);
    }
    lithe_matrix x = doubles(a, ROWS, 2), y = doubles(b, ROWS, 2);
    lithe_operator op = dense_operator(&x);
    const char *const methods[] = {NULL, "{\"method\": \"iterative\"}"};
    for (int t = 0; t < 2; t++)
        for (int ridge = 0; ridge < 2; ridge++) {
            const double shrink = ridge ? 0.5 : 1; /* 16 / (16 + mu) */
            CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &y, ridge * 16, methods[t], &run, &h), LITHE_OK, NULL);
            double *solution = array_of(h, "x", 2, 2), *residuals = array_of(h, "residuals", 2, 1);
            CHECK(fabs(solution[0] - 3 * shrink) < 1e-9 && fabs(solution[1] - shrink) < 1e-9);
            CHECK(fabs(solution[2] + 2 * shrink) < 1e-9 && fabs(solution[3]) < 1e-9);
            CHECK(fabs(residuals[1] - (ridge ? sqrt(20) : 4)) < 1e-9 && number_of(h, "rank") == 2);
            CHECK((number_of(h, "iterations") > 0) == (t == 1) && number_of(h, "converged") == 1);
            CHECK(lithe_free(h) == LITHE_OK);
            free(solution), free(residuals);
        }
    h = 0;
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, NULL, 0, NULL, &run, &h), LITHE_EINVAL, "b must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &y, -1, NULL, &run, &h), LITHE_EINVAL, "mu must be finite and not negative");
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &y, 0, "{\"max_iter\": -1}", &run, &h), LITHE_EINVAL, "max_iter");
    y.rows--;
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &y, 0, NULL, &run, &h), LITHE_ESHAPE, "b is 29 x 2");
    y.dtype = LITHE_FLOAT32;
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &y, 0, NULL, &run, &h), LITHE_EINVAL, "b must have dtype LITHE_FLOAT64");
    CHECK(h == 0);
}

static void wrong_options(void)
{
    double a[ROWS * COLS];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS);
    lithe_operator op = dense_operator(&x);
    const struct {
        const char *text, *fragment;
    } bad[] = {
        {"{\"n_components\": 9}", "n_components = 9 exceeds min(m, n) = 8"},
        {"{\"n_components\": -1}", "n_components"},
        {"{\"n_component\": 3}", "did you mean n_components?"},
        {"{\"n_components\": 3, \"method\": \"magic\"}", "method must be one of"},
        {"{\"n_components\": 3, \"tol\": 2}", "tol must be in [0, 1)"},
    };
    for (size_t t = 0; t < sizeof bad / sizeof *bad; t++)
        CHECK_STATUS(&run, lithe_lowrank_svd(&op, bad[t].text, &run, &h), LITHE_EINVAL, bad[t].fragment);
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, NULL), LITHE_EINVAL, "result must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_qb(&op, options, &run, &h), LITHE_EINVAL, "n_components");
    a[5 * COLS + 2] = NAN;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EDATA, "NaN at row 5, column 2");
    a[5 * COLS + 2] = -INFINITY;
    op.center = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_EDATA, "infinity at row 5, column 2");
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, options, &run, &h), LITHE_ECANCELLED, "cancelled");
    CHECK(h == 0);
}

/* Numbers without structure. */
static double *noise(int64_t count)
{
    double *a = malloc((size_t)count * sizeof *a);
    uint64_t state = 3;
    for (int64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        a[i] = (double)(state >> 11) / 9007199254740992.0 - 0.5;
    }
    return a;
}

static void short_of_tolerance(void)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    double *a = noise(200 * 150);
    lithe_matrix x = doubles(a, 200, 150), b = doubles(a, 200, 1);
    lithe_operator op = dense_operator(&x);
    CHECK_STATUS(&run, lithe_lowrank_svd(&op, "{\"n_components\": 2, \"tol\": 1e-12, \"method\": \"krylov\", \"max_passes\": 4}",
                                         &run, &h), LITHE_ENOCONV, "not converged after 4 passes; raise max_passes or tol");
    double *s = array_of(h, "s", 2, 1);
    CHECK(s[0] >= s[1] && s[1] > 0 && run.max_iterations >= 4 && number_of(h, "converged") == 0);
    CHECK(lithe_free(h) == LITHE_OK);
    CHECK_STATUS(&run, lithe_lowrank_lstsq(&op, &b, 0, "{\"method\": \"iterative\", \"max_iter\": 2}", &run, &h), LITHE_ENOCONV,
                 "iterations; raise max_iter");
    CHECK(lithe_free(h) == LITHE_OK);
    free(s), free(a);
}

typedef struct endless {
    lithe_operator op;
    lithe_run run;
    lithe_handle result;
    int32_t status;
} endless;

static void *decompose_forever(void *argument)
{
    endless *e = argument;
    e->status = lithe_lowrank_svd(&e->op, "{\"n_components\": 2, \"tol\": 1e-300, \"method\": \"subspace\", \"max_passes\": 1000000000}",
                                  &e->run, &e->result);
    return NULL;
}

static void cancel_from_another_thread(void)
{
    double *a = noise(200 * 150);
    lithe_matrix x = doubles(a, 200, 150);
    endless e = {dense_operator(&x), fresh_run(), 0, -1};
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, decompose_forever, &e) == 0);
    const struct timespec moment = {0, 5000000};
    for (int i = 0; i < 6000 && __atomic_load_n(&e.run.iteration, __ATOMIC_SEQ_CST) < 3; i++)
        nanosleep(&moment, NULL);
    __atomic_store_n(&e.run.cancel, 1, __ATOMIC_SEQ_CST);
    CHECK(pthread_join(worker, NULL) == 0);
    CHECK(e.status == LITHE_ECANCELLED && e.result == 0);
    free(a);
}

void test_lowrank(void)
{
    svd();
    centred();
    bits();
    bases();
    eigenpairs();
    columns_and_rows();
    pivoted_qr();
    least_squares();
    wrong_options();
    short_of_tolerance();
    cancel_from_another_thread();
}

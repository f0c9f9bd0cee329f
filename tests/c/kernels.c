/* Randomly pivoted Cholesky of matrices that are looked at by columns, and what is refused about them. */
#include "check.h"

enum { N = 8, RANK = 3 };

static const char *const options = "{\"n_components\": 8, \"tol\": 1e-9}";

/* What the functions work with, and what they are to do wrong. */
typedef struct source {
    double *a;
    int calls, fail_at, cancel_at, skip;
    int32_t *cancel;
} source;

static int32_t count(source *s)
{
    s->calls++;
    if (s->calls == s->cancel_at)
        *s->cancel = 1;
    return s->calls == s->fail_at ? -3 : 0;
}

static int32_t diagonal(void *context, const lithe_matrix *d)
{
    source *s = context;
    double *out = d->data;
    CHECK(d->rows == N && d->cols == 1 && d->dtype == LITHE_FLOAT64);
    for (int64_t i = 0; i < d->rows - s->skip; i++)
        out[i * d->stride] = s->a[i * N + i];
    return count(s);
}

static int32_t columns(void *context, const int64_t *ids, int64_t n, const lithe_matrix *c)
{
    source *s = context;
    double *out = c->data;
    CHECK(n >= 1 && c->rows == n && c->cols == N && c->dtype == LITHE_FLOAT64);
    for (int64_t i = 0; i < n; i++)
        memcpy(out + i * c->stride, s->a + ids[i] * N, N * sizeof *out);
    return count(s);
}

static lithe_kernel dense_kernel(const lithe_matrix *a)
{
    lithe_kernel k = {0};
    k.kind = LITHE_KERNEL_DENSE;
    k.data = a;
    return k;
}

static lithe_kernel called_kernel(source *s)
{
    lithe_kernel k = {0};
    k.kind = LITHE_KERNEL_CALLBACK;
    k.dtype = LITHE_FLOAT64;
    k.diagonal = diagonal;
    k.columns = columns;
    k.context = s;
    k.size = N;
    return k;
}

/* Factors a kernel and holds f^T f against a. */
static void is_answer(const lithe_kernel *k, const double *a, int64_t least, int64_t most)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    int64_t rank = 0;
    CHECK_STATUS(&run, lithe_lowrank_rpcholesky(k, options, &run, &h), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_shape(h, "f", &rank, NULL, &run), LITHE_OK, NULL);
    CHECK(rank >= least && rank <= most && number_of(h, "relative_error") <= 1e-9 && number_of(h, "columns") >= (double)rank);
    double *f = array_of(h, "f", rank, N);
    int64_t *pivots = indices_of(h, "pivots", rank);
    for (int i = 0; i < N * N; i++) {
        double left = a[i];
        for (int64_t r = 0; r < rank; r++)
            left -= f[r * N + i / N] * f[r * N + i % N];
        CHECK(fabs(left) < 1e-7);
    }
    for (int64_t r = 0; r < rank; r++)
        CHECK(pivots[r] >= 0 && pivots[r] < N && (r == 0 || fabs(f[r * N + pivots[0]]) < 1e-9));
    CHECK(lithe_free(h) == LITHE_OK);
    free(f), free(pivots);
}

static void matrices(void)
{
    double a[N * N];
    make_symmetric(a, N, 3);
    lithe_matrix x = doubles(a, N, N);
    source s = {a, 0, 0, 0, 0, NULL};
    lithe_kernel given = dense_kernel(&x), called = called_kernel(&s);
    is_answer(&given, a, RANK, RANK);
    is_answer(&called, a, RANK, RANK);
    CHECK(s.calls >= 2);
}

static void points(void)
{
    double x[N], a[N * N];
    lithe_matrix p = doubles(x, N, 1);
    lithe_kernel k = dense_kernel(&p);
    for (int i = 0; i < N; i++)
        x[i] = 0.7 * i;
    for (int kind = LITHE_KERNEL_RBF; kind <= LITHE_KERNEL_MATERN52; kind++) {
        for (int i = 0; i < N * N; i++) {
            double d = fabs(x[i / N] - x[i % N]), t = sqrt(3) * d / 0.5, u = sqrt(5) * d / 0.5;
            a[i] = kind == LITHE_KERNEL_RBF        ? exp(-0.5 * d * d)
                   : kind == LITHE_KERNEL_MATERN32 ? (1 + t) * exp(-t)
                                                   : (1 + u + u * u / 3) * exp(-u);
        }
        k.kind = kind, k.parameter = 0.5;
        is_answer(&k, a, 4, N);
    }
}

static void refused(const lithe_kernel *k, lithe_run *run, int32_t want, const char *fragment)
{
    lithe_handle h = 0;
    CHECK_STATUS(run, lithe_lowrank_rpcholesky(k, options, run, &h), want, fragment);
    CHECK(h == 0);
}

static void refusals(void)
{
    double a[N * N];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make_symmetric(a, N, 3);
    lithe_matrix x = doubles(a, N, N);
    const source good = {a, 0, 0, 0, 0, &run.cancel};
    source s = good;
    lithe_kernel k = called_kernel(&s);

    s.fail_at = 1;
    refused(&k, &run, LITHE_ECALLBACK, "a.diagonal returned -3");
    s = good, s.fail_at = 2;
    refused(&k, &run, LITHE_ECALLBACK, "a.columns returned -3");
    s = good, s.skip = 1;
    refused(&k, &run, LITHE_EDATA, "a.diagonal contains NaN at row 7");
    s = good, s.cancel_at = 1;
    refused(&k, &run, LITHE_ECANCELLED, "cancelled");
    CHECK(s.calls == 1);
    run.cancel = 0;

    refused(NULL, &run, LITHE_EINVAL, "a must not be NULL");
    k.kind = 9;
    refused(&k, &run, LITHE_EINVAL, "a has unknown kind 9");
    k = called_kernel(&s), k.reserved[5] = 1;
    refused(&k, &run, LITHE_EINVAL, "a.reserved must be 0");
    k = called_kernel(&s), k.dtype = 0;
    refused(&k, &run, LITHE_EINVAL, "a has unknown dtype 0");
    k = called_kernel(&s), k.size = -1;
    refused(&k, &run, LITHE_ESHAPE, "a has impossible size -1");
    k.size = 0;
    refused(&k, &run, LITHE_ESHAPE, "size 0");
    k = called_kernel(&s), k.diagonal = NULL;
    refused(&k, &run, LITHE_EINVAL, "a.diagonal must not be NULL");
    k = called_kernel(&s), k.columns = NULL;
    refused(&k, &run, LITHE_EINVAL, "a.columns must not be NULL");
    k = dense_kernel(NULL);
    refused(&k, &run, LITHE_EINVAL, "a.data must not be NULL");
    x.rows--, k = dense_kernel(&x);
    refused(&k, &run, LITHE_ESHAPE, "7 x 8");
    k.kind = LITHE_KERNEL_RBF;
    refused(&k, &run, LITHE_EINVAL, "gamma");
    k.kind = LITHE_KERNEL_MATERN52, k.parameter = -1;
    refused(&k, &run, LITHE_EINVAL, "scale");
    x.rows = N, k = dense_kernel(&x), a[0] = -100;
    refused(&k, &run, LITHE_ENUMERIC, "semidefinite");
    CHECK_STATUS(&run, lithe_lowrank_rpcholesky(&k, NULL, &run, &h), LITHE_EINVAL, "needs n_components, tol or both");

    make_symmetric(a, N, 3);
    CHECK_STATUS(&run, lithe_lowrank_rpcholesky(&k, "{\"n_components\": 1, \"tol\": 0.001}", &run, &h), LITHE_ENOCONV,
                 "columns; raise n_components or tol");
    CHECK(h != 0 && lithe_free(h) == LITHE_OK);
}

void test_kernels(void)
{
    CHECK(sizeof(lithe_kernel) == 80);
    matrices();
    points();
    refusals();
}

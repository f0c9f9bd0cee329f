/* A matrix that passes by once: any order and any parts give the same, and what is refused. */
#include "check.h"

enum { M = 50, N = 16, RANK = 2, K = 4 * RANK + 1, S = 2 * K + 1, Q = 10 };

static const char *const options = "{\"n_components\": 2, \"random_state\": \"5\"}";

typedef struct state {
    double co_range[K * N], core[S * S], check[Q * N], y[M * K];
    lithe_stream stream;
} state;

static void start(state *s)
{
    memset(s, 0, sizeof *s);
    s->stream.co_range = doubles(s->co_range, K, N);
    s->stream.core = doubles(s->core, S, S);
    s->stream.check = doubles(s->check, Q, N);
    s->stream.seed = 5;
}

/* Singular values 4 and 2. */
static void make(double *a)
{
    for (int i = 0; i < M * N; i++) {
        int row = i / N, col = i % N;
        a[i] = row < 32 ? (4 * hadamard(row, 1) * hadamard(col, 2) + 2 * hadamard(row, 3) * hadamard(col, 5)) / sqrt(32.0 * N) : 0;
    }
}

static int32_t update(state *s, double *a, int64_t first, int64_t rows, lithe_run *run)
{
    lithe_matrix x = doubles(a + first * N, rows, N), y = doubles(s->y + first * K, rows, K);
    lithe_operator op = dense_operator(&x);
    return lithe_lowrank_stream_update(&s->stream, first, &op, &y, run);
}

static void decomposes(state *s)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    lithe_matrix y = doubles(s->y, M, K);
    CHECK(s->stream.rows == M && fabs(s->stream.squared_norm - 20) < 1e-9);
    CHECK_STATUS(&run, lithe_lowrank_stream_svd(&s->stream, &y, options, &run, &h), LITHE_OK, NULL);
    double *values = array_of(h, "s", RANK, 1), *v = array_of(h, "v", N, RANK), *u = array_of(h, "u", M, RANK);
    double *scree = array_of(h, "scree", K + 1, 1);
    CHECK(fabs(values[0] - 4) < 1e-7 && fabs(values[1] - 2) < 1e-7 && number_of(h, "relative_error") < 1e-6);
    CHECK(fabs(fabs(v[0]) - 0.25) < 1e-7 && fabs(fabs(u[1]) - 1 / sqrt(32)) < 1e-7 && fabs(u[(M - 1) * RANK]) < 1e-7);
    CHECK(scree[0] > 0.5 && scree[1] > 0.1 && scree[2] < 1e-6);
    CHECK(lithe_free(h) == LITHE_OK);
    free(values), free(v), free(u), free(scree);
}

static void any_parts(double *a)
{
    lithe_run run = fresh_run();
    state whole, part, other;
    start(&whole);
    CHECK_STATUS(&run, update(&whole, a, 0, M, &run), LITHE_OK, NULL);
    decomposes(&whole);

    start(&part);
    start(&other);
    CHECK_STATUS(&run, update(&part, a, 20, 13, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, update(&part, a, 0, 20, &run), LITHE_OK, NULL);
    for (int64_t i = 33; i < M; i++)
        CHECK_STATUS(&run, update(&other, a, i, 1, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_lowrank_stream_merge(&part.stream, &other.stream, &run), LITHE_OK, NULL);
    memcpy(part.y + 33 * K, other.y + 33 * K, (M - 33) * K * sizeof(double));
    decomposes(&part);
    for (int i = 0; i < K * N; i++)
        CHECK(fabs(part.co_range[i] - whole.co_range[i]) < 1e-12);

    /* Sparse blocks in float32 add to the same state. */
    int32_t indptr[M + 1], indices[M * N];
    float values[M * N];
    for (int i = 0; i < M * N; i++)
        indices[i] = i % N, values[i] = (float)a[i];
    for (int i = 0; i <= M; i++)
        indptr[i] = i * N;
    lithe_sparse csr = {values, indices, indptr, M, N, M * N, LITHE_FLOAT32, LITHE_INT32, LITHE_CSR, {0}};
    lithe_operator op = {0};
    op.kind = LITHE_COMPRESSED, op.sparse = &csr;
    start(&part);
    lithe_matrix y = doubles(part.y, M, K);
    CHECK_STATUS(&run, lithe_lowrank_stream_update(&part.stream, 0, &op, &y, &run), LITHE_OK, NULL);
    for (int i = 0; i < K * N; i++)
        CHECK(fabs(part.co_range[i] - whole.co_range[i]) < 1e-5);
}

static void refusals(double *a)
{
    lithe_run run = fresh_run();
    int64_t sizes[3] = {0, 0, 0};
    state s, t;
    lithe_handle h = 0;
    CHECK_STATUS(&run, lithe_lowrank_stream_sizes(N, options, sizes, &run), LITHE_OK, NULL);
    CHECK(sizes[0] == K && sizes[1] == S && sizes[2] == Q);
    CHECK_STATUS(&run, lithe_lowrank_stream_sizes(N, NULL, sizes, &run), LITHE_EINVAL, "n_components must be at least 1");
    CHECK_STATUS(&run, lithe_lowrank_stream_sizes(0, options, sizes, &run), LITHE_ESHAPE, "n is 0");
    CHECK_STATUS(&run, lithe_lowrank_stream_sizes(N, options, NULL, &run), LITHE_EINVAL, "sizes3 must not be NULL");

    start(&s);
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_OK, NULL);
    const state before = s;
    CHECK_STATUS(&run, update(&s, a, -1, 3, &run), LITHE_EINVAL, "cannot begin at row -1");
    lithe_matrix x = doubles(a, 10, N), y = doubles(s.y, 9, K);
    lithe_operator op = dense_operator(&x);
    CHECK_STATUS(&run, lithe_lowrank_stream_update(&s.stream, 10, &op, &y, &run), LITHE_ESHAPE, "y is 9 x 9");
    CHECK_STATUS(&run, lithe_lowrank_stream_update(&s.stream, 10, &op, NULL, &run), LITHE_EINVAL, "y must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_stream_update(&s.stream, 10, NULL, &y, &run), LITHE_EINVAL, "rows must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_stream_update(NULL, 10, &op, &y, &run), LITHE_EINVAL, "stream must not be NULL");
    op.center = 1;
    CHECK_STATUS(&run, lithe_lowrank_stream_update(&s.stream, 10, &op, &y, &run), LITHE_EINVAL, "rows.center must be 0");
    double kept = a[N + 3];
    a[N + 3] = NAN;
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_EDATA, "NaN at row 1, column 3");
    a[N + 3] = kept;
    CHECK(memcmp(&s.co_range, &before.co_range, sizeof s.co_range) == 0 && s.stream.rows == 10);
    s.stream.reserved[3] = 1;
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_EINVAL, "stream.reserved must be 0");
    s.stream.reserved[3] = 0, s.stream.core.rows--;
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_ESHAPE, "co_range, core and check of a stream");
    s.stream.core.rows++, s.stream.check.data = NULL;
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_EINVAL, "stream.check.data must not be NULL");
    s.stream.check = doubles(s.check, Q, N), s.stream.rows = -1;
    CHECK_STATUS(&run, update(&s, a, 0, 10, &run), LITHE_ESHAPE, "stream has seen -1 rows");
    s.stream.rows = 10;

    start(&t);
    t.stream.seed = 6;
    CHECK_STATUS(&run, lithe_lowrank_stream_merge(&s.stream, &t.stream, &run), LITHE_EINVAL, "random_state 5 and 6");
    CHECK_STATUS(&run, lithe_lowrank_stream_merge(&s.stream, NULL, &run), LITHE_EINVAL, "other must not be NULL");
    y = doubles(s.y, M, K);
    CHECK_STATUS(&run, lithe_lowrank_stream_svd(&s.stream, &y, options, &run, &h), LITHE_ESHAPE, "a stream of 10 rows has 10 x 9");
    CHECK_STATUS(&run, lithe_lowrank_stream_svd(&s.stream, NULL, options, &run, &h), LITHE_EINVAL, "y must not be NULL");
    CHECK(h == 0);
}

void test_streams(void)
{
    double a[M * N];
    CHECK(sizeof(lithe_stream) == 176);
    make(a);
    any_parts(a);
    refusals(a);
}

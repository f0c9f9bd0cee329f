/* Principal components of rows in blocks: the same in any parts, and what is refused. */
#include "check.h"

enum { M = 40, N = 8, L = 6 };

typedef struct state {
    double mean[N], gram[N * N], sketch[L * N];
    lithe_pca pca;
} state;

static void start(state *s, int sketched)
{
    memset(s, 0, sizeof *s);
    s->pca.mean = s->mean;
    s->pca.n = N;
    if (sketched)
        s->pca.sketch = doubles(s->sketch, L, N);
    else
        s->pca.gram = doubles(s->gram, N, N);
}

/* Variances 16 and 4 (divisor 32) along two directions about means of 100 and more, in the first 32 rows. */
static void make(double *a)
{
    for (int i = 0; i < M * N; i++) {
        int row = i / N, col = i % N;
        a[i] = 100 + col + (4 * hadamard(row, 1) * hadamard(col, 2) + 2 * hadamard(row, 3) * hadamard(col, 5)) / sqrt(N);
    }
}

static int32_t update(state *s, double *a, int64_t first, int64_t rows, const double *weights, lithe_run *run)
{
    lithe_matrix x = doubles(a + first * N, rows, N), w = doubles((double *)weights, rows, 1);
    return lithe_lowrank_pca_update(&s->pca, &x, weights == NULL ? NULL : &w, run);
}

static void components(const state *s, double spread)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    CHECK_STATUS(&run, lithe_lowrank_pca_components(&s->pca, "{\"n_components\": 2}", &run, &h), LITHE_OK, NULL);
    double *axes = array_of(h, "components", 2, N), *variances = array_of(h, "variances", 2, 1), *mean = array_of(h, "mean", N, 1);
    CHECK(fabs(variances[0] - 16 * spread) < 1e-6 && fabs(variances[1] - 4 * spread) < 1e-6);
    for (int j = 0; j < N; j++) {
        CHECK(fabs(mean[j] - 100 - j) < 1e-9);
        CHECK(fabs(fabs(axes[j]) - 1 / sqrt(N)) < 1e-8 && axes[j] * hadamard(j, 2) * axes[0] > 0);
    }
    CHECK(fabs(number_of(h, "total_variance") - 20 * spread) < 1e-6 && number_of(h, "noise_variance") < 1e-6);
    CHECK(number_of(h, "bound") < 1e-6);
    CHECK(lithe_free(h) == LITHE_OK);
    free(axes), free(variances), free(mean);
}

static void any_parts(double *a)
{
    lithe_run run = fresh_run();
    for (int sketched = 0; sketched < 2; sketched++) {
        state whole, part, other;
        start(&whole, sketched);
        CHECK_STATUS(&run, update(&whole, a, 0, 32, NULL, &run), LITHE_OK, NULL);
        CHECK(whole.pca.rows == 32 && whole.pca.weight == 32 && fabs(whole.pca.squared_norm - 640) < 1e-9);
        components(&whole, 32.0 / 31);
        start(&part, sketched);
        start(&other, sketched);
        CHECK_STATUS(&run, update(&part, a, 7, 25, NULL, &run), LITHE_OK, NULL);
        for (int i = 0; i < 7; i++)
            CHECK_STATUS(&run, update(&other, a, i, 1, NULL, &run), LITHE_OK, NULL);
        CHECK_STATUS(&run, lithe_lowrank_pca_merge(&part.pca, &other.pca, &run), LITHE_OK, NULL);
        components(&part, 32.0 / 31);

        /* Rows of weight 0 are no rows; float32 adds to the same state. */
        double weights[M];
        float single[M * N];
        for (int i = 0; i < M; i++)
            weights[i] = i < 32;
        for (int i = 0; i < M * N; i++)
            single[i] = (float)a[i];
        start(&part, sketched);
        CHECK_STATUS(&run, update(&part, a, 0, M, weights, &run), LITHE_OK, NULL);
        components(&part, 32.0 / 31);
        lithe_matrix x = floats(single, 32, N);
        start(&other, sketched);
        CHECK_STATUS(&run, lithe_lowrank_pca_update(&other.pca, &x, NULL, &run), LITHE_OK, NULL);
        CHECK(fabs(other.pca.squared_norm - 640) < 1e-2);
    }
}

static void refusals(double *a)
{
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    int64_t l = -1;
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(N, NULL, &l, &run), LITHE_OK, NULL);
    CHECK(l == 0);
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(N, "{\"n_components\": 2, \"sketch_size\": 6}", &l, &run), LITHE_OK, NULL);
    CHECK(l == 6);
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(1000000, "{\"n_components\": 2}", &l, &run), LITHE_OK, NULL);
    CHECK(l > 2 && l < 100);
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(0, NULL, &l, &run), LITHE_ESHAPE, "n is 0");
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(N, NULL, NULL, &run), LITHE_EINVAL, "sketch_rows must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_pca_sizes(N, "{\"n_components\": 9}", &l, &run), LITHE_EINVAL, "n_components = 9");

    state s, t;
    start(&s, 0);
    CHECK_STATUS(&run, lithe_lowrank_pca_components(&s.pca, NULL, &run, &h), LITHE_ESHAPE, "at least 2 are needed");
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_OK, NULL);
    const state before = s;
    double weights[] = {1, -1};
    CHECK_STATUS(&run, update(&s, a, 0, 2, weights, &run), LITHE_EINVAL, "weight 1 is -1");
    lithe_matrix x = doubles(a, 5, N - 1), w = doubles(weights, 2, 1);
    CHECK_STATUS(&run, lithe_lowrank_pca_update(&s.pca, &x, NULL, &run), LITHE_ESHAPE, "x has 7 columns");
    CHECK_STATUS(&run, lithe_lowrank_pca_update(&s.pca, &x, &w, &run), LITHE_ESHAPE, "sample_weight must be 5 x 1");
    CHECK_STATUS(&run, lithe_lowrank_pca_update(&s.pca, NULL, NULL, &run), LITHE_EINVAL, "x must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_pca_update(NULL, &x, NULL, &run), LITHE_EINVAL, "pca must not be NULL");
    double kept = a[N + 3];
    a[N + 3] = INFINITY;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_EDATA, "infinity at row 1, column 3");
    a[N + 3] = kept;
    CHECK(memcmp(&s, &before, sizeof s) == 0);
    s.pca.reserved[0] = 1;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_EINVAL, "pca.reserved must be 0");
    s = before, s.pca.mean = NULL;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_EINVAL, "pca.mean must not be NULL");
    s = before, s.pca.rows = -1;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_ESHAPE, "pca has seen -1 rows");
    s = before, s.pca.gram.rows--;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_ESHAPE, "do not fit together");
    s = before, s.pca.gram.dtype = LITHE_FLOAT32;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_EINVAL, "pca.gram must have dtype LITHE_FLOAT64");
    s = before, s.pca.n = -1;
    CHECK_STATUS(&run, update(&s, a, 0, 10, NULL, &run), LITHE_ESHAPE, "cannot have -1 features");
    s = before, s.pca.mean = s.mean, s.pca.gram = doubles(s.gram, N, N);
    start(&t, 1);
    CHECK_STATUS(&run, lithe_lowrank_pca_merge(&s.pca, &t.pca, &run), LITHE_ESHAPE, "do not merge");
    CHECK_STATUS(&run, lithe_lowrank_pca_merge(&s.pca, NULL, &run), LITHE_EINVAL, "other must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_pca_components(&s.pca, "{\"n_components\": 9}", &run, &h), LITHE_EINVAL, "n_components = 9");
    CHECK(h == 0);
}

void test_pca(void)
{
    double a[M * N];
    CHECK(sizeof(lithe_pca) == 160);
    make(a);
    any_parts(a);
    refusals(a);
}

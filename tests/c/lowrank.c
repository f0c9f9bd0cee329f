/* Singular value decompositions: what comes out, and what is refused. */
#include "check.h"

#include <time.h>

enum { ROWS = 30, COLS = 8, RANK = 3, CAPACITY = 640 + 32 * RANK };

static const char *const options = "{\"n_components\": 3, \"random_state\": \"1\"}";

/* Places for the results of one call. */
typedef struct places {
    double u[ROWS * RANK], s[RANK], v[COLS * RANK], mean[COLS];
    char report[CAPACITY];
    int64_t needed;
} places;

/* A = the sum of 4, 2 and 1 times outer products of orthonormal vectors (rows of a Hadamard matrix), plus a shift. */
static double sign(int i, int j)
{
    int bits = i & j, parity = 0;
    for (; bits != 0; bits >>= 1)
        parity ^= bits & 1;
    return parity ? -1 : 1;
}

static void make(double *a, double shift)
{
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            a[i * COLS + j] = shift * (j + 1);
            for (int r = 0; r < RANK && i < 16; r++)
                a[i * COLS + j] += (4 >> r) * sign(i, r + 1) / 4 * sign(j, r + 1) / sqrt(8.0);
        }
}

static int32_t decompose(lithe_matrix *a, int32_t transposed, int32_t center, places *p, lithe_run *run)
{
    lithe_matrix u = doubles(p->u, ROWS, RANK), v = doubles(p->v, COLS, RANK);
    return lithe_lowrank_svd(a, transposed, center, options, &u, p->s, &v, p->mean, p->report, CAPACITY, &p->needed, run);
}

static int32_t decompose_sparse(lithe_sparse *a, int32_t center, places *p, lithe_run *run)
{
    lithe_matrix u = doubles(p->u, ROWS, RANK), v = doubles(p->v, COLS, RANK);
    return lithe_lowrank_svd_sparse(a, center, options, &u, p->s, &v, p->mean, p->report, CAPACITY, &p->needed, run);
}

static int is_answer(const places *p, const double *a)
{
    int ok = fabs(p->s[0] - 4) < 1e-12 && fabs(p->s[1] - 2) < 1e-12 && fabs(p->s[2] - 1) < 1e-12;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            double left = a[i * COLS + j];
            for (int r = 0; r < RANK; r++)
                left -= p->u[i * RANK + r] * p->s[r] * p->v[j * RANK + r];
            ok &= fabs(left) < 1e-12;
        }
    return ok;
}

static void dense(void)
{
    lithe_run run = fresh_run();
    double a[ROWS * COLS], flipped[ROWS * COLS];
    float single[ROWS * COLS], us[ROWS * (RANK + 1)];
    places p, q;
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS), t = doubles(flipped, COLS, ROWS), f = floats(single, ROWS, COLS);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            flipped[j * ROWS + i] = a[i * COLS + j];
            single[i * COLS + j] = (float)a[i * COLS + j];
        }

    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_OK, NULL);
    CHECK(is_answer(&p, a));
    CHECK(p.needed == (int64_t)strlen(p.report) + 1 && p.needed <= CAPACITY);
    CHECK(strstr(p.report, "\"method\":\"gram\"") != NULL && strstr(p.report, "\"converged\":true") != NULL);
    CHECK(strstr(p.report, "\"seed\":\"1\"") != NULL && strstr(p.report, "\"residuals\":[") != NULL);
    CHECK(strstr(p.report, "\"centered_norm\":null") == NULL);
    CHECK_STATUS(&run, decompose(&t, 1, 0, &p, &run), LITHE_OK, NULL);
    CHECK(is_answer(&p, a));

    /* The number of threads changes nothing; results that are not wanted are left out. */
    run.threads = 1;
    CHECK_STATUS(&run, decompose(&x, 0, 1, &p, &run), LITHE_OK, NULL);
    run.threads = 2;
    CHECK_STATUS(&run, decompose(&x, 0, 1, &q, &run), LITHE_OK, NULL);
    CHECK(memcmp(p.u, q.u, sizeof p.u) == 0 && memcmp(p.s, q.s, sizeof p.s) == 0 && memcmp(p.v, q.v, sizeof p.v) == 0);
    CHECK_STATUS(&run, lithe_lowrank_svd(&x, 0, 1, options, NULL, q.s, NULL, NULL, NULL, 0, NULL, &run), LITHE_OK, NULL);
    CHECK(memcmp(p.s, q.s, sizeof p.s) == 0);

    /* float32, into places with gaps, which stay as they are. */
    lithe_matrix u = floats(us, ROWS, RANK);
    u.stride = RANK + 1;
    for (int i = 0; i < ROWS * (RANK + 1); i++)
        us[i] = -77;
    CHECK_STATUS(&run, lithe_lowrank_svd(&f, 0, 0, options, &u, p.s, NULL, NULL, NULL, 0, NULL, &run), LITHE_OK, NULL);
    CHECK(fabs(p.s[0] - 4) < 1e-5 && fabs(p.s[2] - 1) < 1e-5);
    for (int i = 0; i < ROWS; i++)
        CHECK(us[i * (RANK + 1) + RANK] == -77 && fabsf(us[i * (RANK + 1)]) <= 0.26f);
}

static void centred(void)
{
    lithe_run run = fresh_run();
    double a[ROWS * COLS], moved[ROWS * COLS];
    places p, q;
    make(a, 0);
    make(moved, 1000);
    lithe_matrix x = doubles(a, ROWS, COLS), y = doubles(moved, ROWS, COLS);
    CHECK_STATUS(&run, decompose(&x, 0, 1, &p, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, decompose(&y, 0, 1, &q, &run), LITHE_OK, NULL);
    for (int r = 0; r < RANK; r++)
        CHECK(fabs(p.s[r] - q.s[r]) < 1e-8);
    for (int j = 0; j < COLS; j++)
        CHECK(fabs(q.mean[j] - p.mean[j] - 1000 * (j + 1)) < 1e-9);
}

static void sparse(void)
{
    lithe_run run = fresh_run();
    double a[ROWS * COLS], values[ROWS * COLS], by_column[ROWS * COLS];
    int32_t indices[ROWS * COLS], indptr[ROWS + 1];
    int64_t wide[ROWS * COLS], starts[COLS + 1];
    places p;
    make(a, 0);
    memcpy(values, a, sizeof a);
    for (int i = 0; i <= ROWS; i++)
        indptr[i] = i * COLS;
    for (int j = 0; j <= COLS; j++)
        starts[j] = j * ROWS;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            indices[i * COLS + j] = j;
            by_column[j * ROWS + i] = a[i * COLS + j];
            wide[j * ROWS + i] = i;
        }
    const lithe_sparse csr = {values, indices, indptr, ROWS, COLS, ROWS * COLS, LITHE_FLOAT64, LITHE_INT32, LITHE_CSR, {0}};
    lithe_sparse x = csr, y = {by_column, wide, starts, ROWS, COLS, ROWS * COLS, LITHE_FLOAT64, LITHE_INT64, LITHE_CSC, {0}};

    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_OK, NULL);
    CHECK(is_answer(&p, a));
    CHECK_STATUS(&run, decompose_sparse(&y, 0, &p, &run), LITHE_OK, NULL);
    CHECK(is_answer(&p, a));
    CHECK_STATUS(&run, decompose_sparse(&y, 1, &p, &run), LITHE_OK, NULL);

    CHECK_STATUS(&run, decompose_sparse(NULL, 0, &p, &run), LITHE_EINVAL, "a must not be NULL");
    CHECK_STATUS(&run, decompose_sparse(&x, 2, &p, &run), LITHE_EINVAL, "center must be 0 or 1, got 2");
    x = csr, x.dtype = 0;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "unknown dtype 0");
    x = csr, x.index_dtype = 32;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "unknown index_dtype 32");
    x = csr, x.layout = 0;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "unknown layout 0");
    x = csr, x.reserved[4] = 1;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "reserved must be 0");
    x = csr, x.rows = -1;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_ESHAPE, "negative shape -1 x 8");
    x = csr, x.nnz = INT64_MAX;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_ESHAPE, "overflows the address space");
    x = csr, x.values = NULL;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "a.values must not be NULL");
    x = csr, x.indices = NULL;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "a.indices must not be NULL");
    x = csr, x.indptr = NULL;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "a.indptr must not be NULL");
    x = csr, x.values = (char *)values + 4;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EINVAL, "a.values is misaligned");
    x = csr, x.nnz--;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_ESHAPE, "announces 240 entries");
    x = csr;
    indices[9] = COLS;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_ESHAPE, "row 1, has column index 8");
    indices[9] = 1;
    indptr[4] = -5;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_ESHAPE, "must not decrease");
    indptr[4] = 4 * COLS;
    values[9] = NAN;
    CHECK_STATUS(&run, decompose_sparse(&x, 0, &p, &run), LITHE_EDATA, "row 1, column 1");
}

static void impossible_matrices(void)
{
    double storage[2 * COLS + 1] = {0};
    const lithe_matrix good = doubles(storage, 2, COLS);
    lithe_matrix x;
    lithe_run run = fresh_run();
    places p;

    CHECK_STATUS(&run, decompose(NULL, 0, 0, &p, &run), LITHE_EINVAL, "a must not be NULL");
    x = good, x.data = NULL;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_EINVAL, "a.data must not be NULL");
    x = good, x.rows = -1;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_ESHAPE, "negative shape -1 x 8");
    x = good, x.stride = COLS - 1;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_ESHAPE, "row stride 7");
    x = good, x.rows = INT64_MAX / 2;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_ESHAPE, "overflows the address space");
    x = good, x.dtype = 3;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_EINVAL, "unknown dtype 3");
    x = good, x.data = (char *)storage + 1;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_EINVAL, "a.data is misaligned");
    x = good, x.rows = 0;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_ESHAPE, "at least one row");
    x = good;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_EINVAL, "n_components must be in [1, min(m, n) = 2], got 3");
    CHECK_STATUS(&run, decompose(&x, 2, 0, &p, &run), LITHE_EINVAL, "transposed must be 0 or 1, got 2");
    CHECK_STATUS(&run, decompose(&x, 0, -1, &p, &run), LITHE_EINVAL, "center must be 0 or 1, got -1");
}

static void wrong_places_and_options(void)
{
    double a[ROWS * COLS];
    lithe_run run = fresh_run();
    places p;
    make(a, 0);
    lithe_matrix x = doubles(a, ROWS, COLS), u = doubles(p.u, ROWS, RANK), v = doubles(p.v, COLS, RANK);

#define SVD(opts, u, s, v, report, capacity) \
    lithe_lowrank_svd(&x, 0, 0, (opts), (u), (s), (v), NULL, (report), (capacity), &p.needed, &run)
    CHECK_STATUS(&run, SVD(options, &u, NULL, &v, NULL, 0), LITHE_EINVAL, "s must not be NULL");
    CHECK_STATUS(&run, SVD(options, &v, p.s, &v, NULL, 0), LITHE_ESHAPE, "u must be 30 x 3, got 8 x 3");
    CHECK_STATUS(&run, SVD(options, &u, p.s, &u, NULL, 0), LITHE_ESHAPE, "v must be 8 x 3, got 30 x 3");
    v.dtype = LITHE_FLOAT32;
    CHECK_STATUS(&run, SVD(options, &u, p.s, &v, NULL, 0), LITHE_EINVAL, "v must have dtype LITHE_FLOAT64");
    v.dtype = LITHE_FLOAT64;
    p.needed = 0;
    CHECK_STATUS(&run, SVD(options, &u, p.s, &v, p.report, CAPACITY - 1), LITHE_EINVAL, "can take 736 bytes, capacity is 735");
    CHECK(p.needed == CAPACITY && run.iteration == 0);
    CHECK_STATUS(&run, SVD(options, &u, p.s, &v, NULL, 5), LITHE_EINVAL, "report must not be NULL");
    CHECK_STATUS(&run, SVD(options, &u, p.s, &v, p.report, INT64_MIN), LITHE_EINVAL, "capacity is");
    CHECK_STATUS(&run, SVD(NULL, &u, p.s, &v, NULL, 0), LITHE_EINVAL, "n_components must be in [1, min(m, n) = 8], got 0");
    CHECK_STATUS(&run, SVD("{\"n_components\": 9}", &u, p.s, &v, NULL, 0), LITHE_EINVAL, "got 9");
    CHECK_STATUS(&run, SVD("{\"n_components\": -1}", &u, p.s, &v, NULL, 0), LITHE_EINVAL, "n_components");
    CHECK_STATUS(&run, SVD("{\"n_component\": 3}", &u, p.s, &v, NULL, 0), LITHE_EINVAL, "did you mean n_components?");
    CHECK_STATUS(&run, SVD("{\"n_components\": 3, \"method\": \"magic\"}", &u, p.s, &v, NULL, 0), LITHE_EINVAL, "method must be one of");
    CHECK_STATUS(&run, SVD("{\"n_components\": 3, \"tol\": 2}", &u, p.s, &v, NULL, 0), LITHE_EINVAL, "tol must be in [0, 1)");

    a[5 * COLS + 2] = NAN;
    CHECK_STATUS(&run, SVD(options, &u, p.s, &v, NULL, 0), LITHE_EDATA, "NaN at row 5, column 2");
    a[5 * COLS + 2] = -INFINITY;
    CHECK_STATUS(&run, decompose(&x, 0, 1, &p, &run), LITHE_EDATA, "infinity at row 5, column 2");
    run.cancel = 1;
    CHECK_STATUS(&run, decompose(&x, 0, 0, &p, &run), LITHE_ECANCELLED, "cancelled");
#undef SVD
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
    double *a = noise(200 * 150), s[2] = {0, 0};
    lithe_matrix x = doubles(a, 200, 150);
    CHECK_STATUS(&run, lithe_lowrank_svd(&x, 0, 0, "{\"n_components\": 2, \"tol\": 1e-12, \"method\": \"krylov\", \"max_passes\": 4}",
                                         NULL, s, NULL, NULL, NULL, 0, NULL, &run), LITHE_ENOCONV, "not converged after 4 passes");
    CHECK(s[0] >= s[1] && s[1] > 0 && run.max_iterations >= 4);
    free(a);
}

typedef struct endless {
    lithe_matrix x;
    lithe_run run;
    double s[2];
    int32_t status;
} endless;

static void *decompose_forever(void *argument)
{
    endless *e = argument;
    e->status = lithe_lowrank_svd(&e->x, 0, 0, "{\"n_components\": 2, \"tol\": 1e-300, \"method\": \"subspace\", \"max_passes\": 1000000000}",
                                  NULL, e->s, NULL, NULL, NULL, 0, NULL, &e->run);
    return NULL;
}

static void cancel_from_another_thread(void)
{
    double *a = noise(200 * 150);
    endless e = {doubles(a, 200, 150), fresh_run(), {-1, -1}, -1};
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, decompose_forever, &e) == 0);
    const struct timespec moment = {0, 5000000};
    for (int i = 0; i < 6000 && __atomic_load_n(&e.run.iteration, __ATOMIC_SEQ_CST) < 3; i++)
        nanosleep(&moment, NULL);
    __atomic_store_n(&e.run.cancel, 1, __ATOMIC_SEQ_CST);
    CHECK(pthread_join(worker, NULL) == 0);
    CHECK(e.status == LITHE_ECANCELLED && e.s[0] == -1);
    free(a);
}

void test_lowrank(void)
{
    CHECK(sizeof(lithe_sparse) == 80);
    dense();
    centred();
    sparse();
    impossible_matrices();
    wrong_places_and_options();
    short_of_tolerance();
    cancel_from_another_thread();
}

/* Mixtures fitted to rows that come block by block, or bit by bit. */
#include "check.h"

static const char *const options = "{\"n_components\": 3, \"covariance_type\": \"diag\", \"random_state\": \"5\"}";

/* Blocks of 50 rows; the call of number fail_at fails. */
typedef struct reader {
    const blobs *b;
    int64_t at;
    int calls, fail_at;
} reader;

static int32_t next_rows(void *context, int32_t first, lithe_matrix *block)
{
    reader *r = context;
    if (first)
        r->at = 0;
    if (++r->calls == r->fail_at)
        return 7;
    int64_t rows = r->b->n - r->at < 50 ? r->b->n - r->at : 50;
    if (rows > 0)
        *block = doubles(r->b->x + r->at * FEATURES, rows, FEATURES);
    r->at += rows;
    return 0;
}

static void blocks(const blobs *b)
{
    lithe_run run = fresh_run();
    reader r = {b, 0, 0, 0};
    lithe_operator x = {0};
    x.kind = LITHE_ROW_BLOCKS, x.next_rows = next_rows, x.context = &r, x.rows = b->n, x.cols = FEATURES, x.dtype = LITHE_FLOAT64;
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(&x, NULL, NULL, options, &run, &model), LITHE_OK, NULL);
    double weights[BLOBS];
    lithe_matrix out = doubles(weights, BLOBS, 1);
    CHECK_STATUS(&run, lithe_mixture_get(model, "weights", &out, &run), LITHE_OK, NULL);
    for (int c = 0; c < BLOBS; c++)
        CHECK(fabs(weights[c] - 1.0 / BLOBS) < 0.01);
    CHECK(lithe_free(model) == LITHE_OK);

    model = 0;
    r.calls = 0, r.fail_at = 2;
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(&x, NULL, NULL, options, &run, &model), LITHE_ECALLBACK, "x.next_rows returned 7");
    CHECK(model == 0);
    int a_pass = (int)((b->n + 49) / 50) + 1;
    r.calls = 0, r.fail_at = 2 * a_pass + 2; /* in the pass after the first iteration */
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(&x, NULL, NULL, options, &run, &model), LITHE_ECALLBACK, "the model after 1 iterations is kept");
    CHECK(model != 0 && lithe_free(model) == LITHE_OK);
    model = 0;
    r.fail_at = 0;
    x.rows++;
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(&x, NULL, NULL, options, &run, &model), LITHE_ESHAPE, "x.rows is");
    x.kind = LITHE_DENSE;
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(&x, NULL, NULL, options, &run, &model), LITHE_EINVAL, "LITHE_ROW_BLOCKS");
    CHECK_STATUS(&run, lithe_mixture_fit_blocks(NULL, NULL, NULL, options, &run, &model), LITHE_EINVAL, "x must not be NULL");
    CHECK(model == 0);
}

static void batches(const blobs *b)
{
    enum { WIDTH = 1 + 3 * FEATURES };
    lithe_run run = fresh_run();
    double statistics[BLOBS * WIDTH];
    lithe_matrix state = doubles(statistics, BLOBS, WIDTH);
    lithe_handle model = 0;
    int64_t seen = 0;
    for (int64_t at = 0; at + 50 <= b->n; at += 50) {
        lithe_matrix x = doubles(b->x + at * FEATURES, 50, FEATURES);
        lithe_handle next = 0;
        CHECK_STATUS(&run, lithe_mixture_partial_fit(model, seen, &state, &x, NULL, NULL, options, &run, &next), LITHE_OK, NULL);
        CHECK(next != 0 && next != model);
        if (model)
            CHECK(lithe_free(model) == LITHE_OK);
        model = next;
        seen++;
        CHECK(fabs(statistics[0] + statistics[WIDTH] + statistics[2 * WIDTH] - 1) < 1e-9);
    }
    lithe_matrix x = doubles(b->x, 2, FEATURES), narrow = doubles(statistics, BLOBS, WIDTH - 1);
    lithe_handle next = 0;
    CHECK_STATUS(&run, lithe_mixture_partial_fit(0, 0, &state, &x, NULL, NULL, options, &run, &next), LITHE_ESHAPE, "at least as many rows");
    CHECK_STATUS(&run, lithe_mixture_partial_fit(model, seen, &narrow, &x, NULL, NULL, options, &run, &next), LITHE_ESHAPE, "statistics must be 3 x 13");
    CHECK_STATUS(&run, lithe_mixture_partial_fit(model, -1, &state, &x, NULL, NULL, options, &run, &next), LITHE_EINVAL, "batches must not be negative");
    CHECK(next == 0);
    CHECK(lithe_free(model) == LITHE_OK);
}

void test_mixture_blocks(void)
{
    blobs b = make_blobs(300);
    blocks(&b);
    batches(&b);
    free_blobs(&b);
}

/* Whatever is wrong with a matrix or a pointer is refused with a reason, before anything is read or written. */
#include "check.h"

static lithe_handle model;

/* Every way in for data points: they must all refuse alike. */
static void refused(lithe_matrix *x, int32_t want, const char *fragment)
{
    lithe_run run = fresh_run();
    lithe_handle made = 0;
    double numbers[256];
    int64_t labels[64];
    int32_t ids[64];
    lithe_matrix dst = doubles(numbers, 2, FEATURES);

    CHECK_STATUS(&run, lithe_mixture_fit(x, NULL, NULL, NULL, &run, &made), want, fragment);
    CHECK(made == 0);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, x, numbers, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_predict(model, x, labels, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, x, &dst, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, x, 1, ids, &dst, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_transform(model, x, &dst, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_denoise(model, x, -1, &dst, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_criteria(model, x, numbers, &run), want, fragment);
    CHECK_STATUS(&run, lithe_mixture_sample(model, 1, x, labels, &run), want, fragment);
    CHECK_STATUS(&run, lithe_kmeans_fit(x, NULL, NULL, NULL, &dst, labels, numbers, NULL, &run), want, fragment);
    CHECK_STATUS(&run, lithe_kmeans_assign(&dst, x, labels, numbers, &run), want, fragment);
}

static void impossible_matrices(void)
{
    double storage[2 * FEATURES + 1] = {0};
    const lithe_matrix good = doubles(storage, 2, FEATURES);
    lithe_matrix x;

    refused(NULL, LITHE_EINVAL, "x must not be NULL");
    x = good, x.data = NULL;
    refused(&x, LITHE_EINVAL, "x.data must not be NULL");
    x = good, x.rows = -1;
    refused(&x, LITHE_ESHAPE, "negative shape -1 x 4");
    x = good, x.cols = INT64_MIN;
    refused(&x, LITHE_ESHAPE, "negative shape");
    x = good, x.stride = FEATURES - 1;
    refused(&x, LITHE_ESHAPE, "row stride 3, shorter than its 4 columns");
    x = good, x.stride = -FEATURES;
    refused(&x, LITHE_ESHAPE, "row stride -4");
    x = good, x.rows = INT64_MAX / 2;
    refused(&x, LITHE_ESHAPE, "overflows the address space");
    x = good, x.stride = INT64_MAX;
    refused(&x, LITHE_ESHAPE, "overflows the address space");
    x = good, x.rows = (int64_t)1 << 31, x.stride = (int64_t)1 << 31;
    refused(&x, LITHE_ESHAPE, "overflows the address space");
    x = good, x.cols = x.stride = INT64_MAX;
    refused(&x, LITHE_ESHAPE, "overflows the address space");
    x = good, x.dtype = 0;
    refused(&x, LITHE_EINVAL, "unknown dtype 0");
    x = good, x.dtype = 64;
    refused(&x, LITHE_EINVAL, "unknown dtype 64");
    x = good, x.reserved = 1;
    refused(&x, LITHE_EINVAL, "reserved must be 0");
    x = good, x.data = (char *)storage + 1;
    refused(&x, LITHE_EINVAL, "x.data is misaligned");
    x = good, x.data = (char *)storage + 2, x.dtype = LITHE_FLOAT32;
    refused(&x, LITHE_EINVAL, "x.data is misaligned");
}

static void wrong_outputs(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(b->x, 8, FEATURES), dst;
    double numbers[64];
    float singles[64];
    int64_t labels[16];
    int32_t ids[64];

    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, NULL, &run), LITHE_EINVAL, "dst must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, (double *)(void *)((char *)numbers + 4), &run), LITHE_EINVAL, "dst is misaligned");
    CHECK_STATUS(&run, lithe_mixture_predict(model, &x, NULL, &run), LITHE_EINVAL, "labels must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_criteria(model, &x, NULL, &run), LITHE_EINVAL, "out3 must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_posterior(model, &x, NULL, &run), LITHE_EINVAL, "dst must not be NULL");
    dst = doubles(numbers, 8, BLOBS + 1);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, &x, &dst, &run), LITHE_ESHAPE, "dst must be 8 x 3, got 8 x 4");
    dst = floats(singles, 8, BLOBS);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, &x, &dst, &run), LITHE_EINVAL, "dst must have dtype LITHE_FLOAT64");
    dst = doubles(numbers, 8, 2);
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, &x, 2, NULL, &dst, &run), LITHE_EINVAL, "ids must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, &x, 0, ids, &dst, &run), LITHE_EINVAL, "k must be in [1, 3], got 0");
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, &x, 4, ids, &dst, &run), LITHE_EINVAL, "k must be in [1, 3], got 4");
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, &x, INT64_MIN, ids, &dst, &run), LITHE_EINVAL, "k must be");
    CHECK_STATUS(&run, lithe_mixture_denoise(model, &x, -1, &dst, &run), LITHE_ESHAPE, "dst must be 8 x 4");
    CHECK_STATUS(&run, lithe_mixture_sample(model, 1, &dst, labels, &run), LITHE_ESHAPE, "x must be n x 4, got 8 x 2");
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, NULL, &run, NULL), LITHE_EINVAL, "model must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_get(model, "means", NULL, &run), LITHE_EINVAL, "out (means) must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_get(model, "means", &dst, &run), LITHE_ESHAPE, "out (means) must be 3 x 4, got 8 x 2");
    CHECK_STATUS(&run, lithe_mixture_get(model, NULL, &dst, &run), LITHE_EINVAL, "name must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_get(model, "mean", &dst, &run), LITHE_EINVAL, "unknown attribute \"mean\", known are weights, means");
}

static void bad_data(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_handle made = 0;
    double numbers[64];
    lithe_matrix x = doubles(b->x, b->n, FEATURES), dst;
    double kept = b->x[5 * FEATURES + 2];

    b->x[5 * FEATURES + 2] = NAN;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, NULL, &run, &made), LITHE_EDATA, "NaN at row 5, column 2");
    dst = doubles(numbers, 8, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, NULL, &dst, NULL, NULL, NULL, &run), LITHE_EDATA, "NaN at row 5, column 2");
    b->x[5 * FEATURES + 2] = -INFINITY;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, NULL, &run, &made), LITHE_EDATA, "infinity at row 5, column 2");
    double *scores = malloc((size_t)b->n * sizeof *scores);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, scores, &run), LITHE_EDATA, "row 5");
    free(scores);
    b->x[5 * FEATURES + 2] = kept;
    CHECK(made == 0);

    x = doubles(b->x, 2, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 3}", &run, &made), LITHE_ESHAPE, NULL);
    x = doubles(NULL, 0, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, NULL, &run, &made), LITHE_ESHAPE, NULL);
    x = doubles(b->x, 3, 0);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, NULL, &run, &made), LITHE_ESHAPE, NULL);
    x = doubles(b->x, 3, FEATURES - 1);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, numbers, &run), LITHE_ESHAPE, NULL);
    CHECK(made == 0);

    /* Nothing to do is no mistake, and then no pointer matters. */
    x = doubles((double *)8, 0, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_predict(model, &x, NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_criteria(model, &x, numbers, &run), LITHE_ESHAPE, "no rows");
}

static void weights_and_starts(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_handle made = 0;
    lithe_matrix x = doubles(b->x, b->n, FEATURES);
    double *w = malloc((size_t)b->n * 2 * sizeof *w);
    for (int64_t i = 0; i < 2 * b->n; i++)
        w[i] = 1;
    lithe_matrix weight = doubles(w, b->n - 1, 1);
    const char *options = "{\"n_components\": 3, \"covariance_type\": \"diag\"}";

    CHECK_STATUS(&run, lithe_mixture_fit(&x, &weight, NULL, options, &run, &made), LITHE_ESHAPE, "sample_weight must be");
    weight = doubles(w, 1, b->n);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, &weight, NULL, options, &run, &made), LITHE_ESHAPE, "sample_weight must be");
    weight = doubles(w, b->n, 1);
    weight.dtype = LITHE_FLOAT32;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, &weight, NULL, options, &run, &made), LITHE_EINVAL, "sample_weight must have dtype LITHE_FLOAT64");
    weight = doubles(w, b->n, 1);
    w[3] = -1;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, &weight, NULL, options, &run, &made), LITHE_EINVAL, NULL);
    w[3] = NAN;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, &weight, NULL, options, &run, &made), LITHE_EDATA, "row 3 is NaN");

    lithe_mixture_start start = {0};
    double means[(BLOBS + 1) * FEATURES] = {0};
    start.means = doubles(means, FEATURES, BLOBS); /* transposed: as many numbers, another meaning */
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &made), LITHE_ESHAPE, "start.means must be 3 x 4, got 4 x 3");
    start.means = doubles(means, BLOBS + 1, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &made), LITHE_ESHAPE, "start.means must be 3 x 4");
    memset(&start, 0, sizeof start);
    start.labels = b->labels;
    start.n_labels = b->n - 1;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &made), LITHE_ESHAPE, "start.n_labels");
    start.labels = NULL;
    start.n_labels = b->n;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &made), LITHE_EINVAL, "start.labels must not be NULL");
    CHECK(made == 0);
    free(w);
}

void test_arguments(void)
{
    blobs b = make_blobs(90);
    model = fit_blobs(&b);
    impossible_matrices();
    wrong_outputs(&b);
    bad_data(&b);
    weights_and_starts(&b);
    CHECK(lithe_free(model) == LITHE_OK);
    free_blobs(&b);
}

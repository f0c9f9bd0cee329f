/* K-means. */
#include "check.h"

void test_kmeans(void)
{
    blobs b = make_blobs(300);
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(b.x, b.n, FEATURES);
    double centers[BLOBS * (FEATURES + 1)], inertia = -1, sum = 0;
    int64_t *labels = malloc((size_t)b.n * sizeof *labels), *again = malloc((size_t)b.n * sizeof *again), n_iter = -1;
    double *distances = malloc((size_t)b.n * sizeof *distances);
    const char *options = "{\"n_clusters\": 3, \"random_state\": \"1\"}";

    /* The place of the centres may have gaps, which stay as they are. */
    lithe_matrix out = doubles(centers, BLOBS, FEATURES);
    out.stride = FEATURES + 1;
    for (int i = 0; i < BLOBS * (FEATURES + 1); i++)
        centers[i] = -77;
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, options, &out, labels, &inertia, &n_iter, &run), LITHE_OK, NULL);
    CHECK(n_iter >= 1 && n_iter < 300);
    for (int c = 0; c < BLOBS; c++) {
        CHECK(centers[c * (FEATURES + 1) + FEATURES] == -77);
        CHECK(centers[c * (FEATURES + 1)] > -1 && centers[c * (FEATURES + 1)] < 41);
    }
    int consistent = 1;
    for (int64_t i = 0; i < b.n; i++)
        consistent &= labels[i] == labels[i % BLOBS];
    CHECK(consistent);

    CHECK_STATUS(&run, lithe_kmeans_assign(&out, &x, again, distances, &run), LITHE_OK, NULL);
    for (int64_t i = 0; i < b.n; i++)
        sum += distances[i];
    CHECK(memcmp(labels, again, (size_t)b.n * sizeof *labels) == 0);
    CHECK(fabs(sum - inertia) < 1e-9 * inertia);
    CHECK(inertia > 0.5 * FEATURES * (double)b.n && inertia < 2.0 * FEATURES * (double)b.n);
    CHECK_STATUS(&run, lithe_kmeans_assign(&out, &x, NULL, NULL, &run), LITHE_OK, NULL);

    /* A start that is the answer stays it; results that are not wanted are left out. */
    double kept[BLOBS * (FEATURES + 1)];
    memcpy(kept, centers, sizeof kept);
    lithe_matrix start = doubles(kept, BLOBS, FEATURES);
    start.stride = FEATURES + 1;
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, &start, options, &out, NULL, NULL, NULL, &run), LITHE_OK, NULL);
    for (int i = 0; i < BLOBS * (FEATURES + 1); i++)
        CHECK(fabs(kept[i] - centers[i]) < 1e-9);

    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, "{\"n_clusters\": 50, \"max_iter\": 1, \"tol\": -1}", &out, labels, NULL, NULL, &run),
                 LITHE_ESHAPE, "centers must be 50 x 4, got 3 x 4");
    double many[50 * FEATURES];
    lithe_matrix places = doubles(many, 50, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, "{\"n_clusters\": 50, \"max_iter\": 1, \"tol\": -1}", &places, labels, NULL, &n_iter, &run),
                 LITHE_ENOCONV, "1 iteration");
    CHECK(n_iter == 1);

    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, options, NULL, NULL, NULL, NULL, &run), LITHE_EINVAL, "centers must not be NULL");
    places = doubles(many, 2, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, &places, options, &out, NULL, NULL, NULL, &run), LITHE_ESHAPE, "start must be 3 x 4");
    float single[BLOBS * FEATURES];
    lithe_matrix s = floats(single, BLOBS, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, options, &s, NULL, NULL, NULL, &run), LITHE_EINVAL, "centers must have dtype LITHE_FLOAT64");
    x.rows = 2;
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, options, &out, NULL, NULL, NULL, &run), LITHE_ESHAPE, NULL);
    CHECK_STATUS(&run, lithe_kmeans_assign(NULL, &x, labels, NULL, &run), LITHE_EINVAL, "centers must not be NULL");
    CHECK_STATUS(&run, lithe_kmeans_assign(&s, &x, labels, NULL, &run), LITHE_EINVAL, "centers must have dtype");
    places = doubles(many, 2, FEATURES - 1);
    CHECK_STATUS(&run, lithe_kmeans_assign(&places, &x, labels, NULL, &run), LITHE_ESHAPE, NULL);
    many[1] = NAN;
    places = doubles(many, 2, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_assign(&places, &x, labels, NULL, &run), LITHE_EDATA, NULL);

    free(labels);
    free(again);
    free(distances);
    free_blobs(&b);
}

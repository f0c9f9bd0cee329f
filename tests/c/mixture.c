/* Fitting, making and reading mixtures. */
#include "check.h"

static const char *const options = "{\"n_components\": 3, \"covariance_type\": \"diag\", \"random_state\": \"5\"}";

static void get(lithe_handle model, const char *name, double *out, int64_t rows, int64_t cols)
{
    lithe_run run = fresh_run();
    lithe_matrix m = doubles(out, rows, cols);
    CHECK_STATUS(&run, lithe_mixture_get(model, name, &m, &run), LITHE_OK, NULL);
}

static void finds_the_clouds(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(b->x, b->n, FEATURES);
    lithe_handle model = 0;
    double weights[BLOBS], means[BLOBS * FEATURES], noise[BLOBS * FEATURES];
    int64_t *labels = malloc((size_t)b->n * sizeof *labels);

    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, options, &run, &model), LITHE_OK, NULL);
    CHECK(run.iteration > 0 && run.max_iterations >= run.iteration);
    CHECK(isfinite(run.objective) && run.evaluations > 0 && run.seconds > 0);
    CHECK(run.phase[0] != '\0');

    get(model, "weights", weights, BLOBS, 1);
    get(model, "means", means, BLOBS, FEATURES);
    get(model, "noise_variance", noise, BLOBS, FEATURES);
    CHECK(fabs(weights[0] + weights[1] + weights[2] - 1) < 1e-12);
    for (int c = 0; c < BLOBS; c++)
        CHECK(fabs(weights[c] - 1.0 / BLOBS) < 0.01);
    for (int i = 0; i < BLOBS * FEATURES; i++)
        CHECK(noise[i] > 0.5 && noise[i] < 2);

    CHECK_STATUS(&run, lithe_mixture_predict(model, &x, labels, &run), LITHE_OK, NULL);
    int same_cloud_same_label = 1;
    for (int64_t i = BLOBS; i < b->n; i++)
        same_cloud_same_label &= labels[i] == labels[i % BLOBS];
    CHECK(same_cloud_same_label);
    CHECK(labels[0] != labels[1] && labels[1] != labels[2] && labels[0] != labels[2]);

    char info[4096];
    CHECK_STATUS(&run, lithe_mixture_info(model, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(info, "\"n_components\":3") != NULL && strstr(info, "\"n_features\":4") != NULL);
    CHECK(strstr(info, "\"n_factors\":0") != NULL && strstr(info, "\"covariance_type\":\"diag\"") != NULL);
    CHECK(strstr(info, "\"converged\":true") != NULL && strstr(info, "\"n_parameters\":26") != NULL);

    const char *field = strstr(info, "\"n_history\":");
    CHECK(field != NULL);
    int64_t n = field != NULL ? strtoll(field + 12, NULL, 10) : 0;
    CHECK(n > 0 && n <= 100);
    double *history = calloc((size_t)n * 3, sizeof *history);
    get(model, "history", history, n, 3);
    for (int64_t i = 1; i < n; i++)
        CHECK(history[3 * i] >= history[3 * (i - 1)] - 1e-9);
    lithe_matrix short_history = doubles(history, n - 1, 3);
    CHECK_STATUS(&run, lithe_mixture_get(model, "history", &short_history, &run), LITHE_ESHAPE, "x 3, got");
    free(history);

    /* Any dtype and any stride will do for an attribute. */
    float single[BLOBS * (FEATURES + 3)];
    for (int i = 0; i < BLOBS * (FEATURES + 3); i++)
        single[i] = -77;
    lithe_matrix wide = floats(single, BLOBS, FEATURES);
    wide.stride = FEATURES + 3;
    CHECK_STATUS(&run, lithe_mixture_get(model, "means", &wide, &run), LITHE_OK, NULL);
    for (int c = 0; c < BLOBS; c++)
        for (int j = 0; j < FEATURES + 3; j++)
            CHECK(single[c * (FEATURES + 3) + j] == (j < FEATURES ? (float)means[c * FEATURES + j] : -77));

    CHECK(lithe_free(model) == LITHE_OK);
    free(labels);
}

/* The same rows with gaps between them give the same bits, and neither rows nor gaps are touched. */
static void strides_are_read_in_place(const blobs *b)
{
    const int64_t stride = FEATURES + 3;
    size_t bytes = (size_t)(b->n * stride) * sizeof(double);
    double *gappy = malloc(bytes), *before = malloc(bytes);
    for (int64_t i = 0; i < b->n * stride; i++)
        gappy[i] = i % stride < FEATURES ? b->x[i / stride * FEATURES + i % stride] : NAN;
    memcpy(before, gappy, bytes);

    lithe_run run = fresh_run();
    lithe_handle packed_model = 0, gappy_model = 0;
    lithe_matrix x = doubles(b->x, b->n, FEATURES), y = doubles(gappy, b->n, FEATURES);
    y.stride = stride;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, options, &run, &packed_model), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_fit(&y, NULL, NULL, options, &run, &gappy_model), LITHE_OK, NULL);
    CHECK(memcmp(before, gappy, bytes) == 0);

    double first[BLOBS * FEATURES], second[BLOBS * FEATURES];
    get(packed_model, "means", first, BLOBS, FEATURES);
    get(gappy_model, "means", second, BLOBS, FEATURES);
    CHECK(memcmp(first, second, sizeof first) == 0);
    CHECK(lithe_free(packed_model) == LITHE_OK);
    CHECK(lithe_free(gappy_model) == LITHE_OK);
    free(gappy);
    free(before);
}

/* One row; single precision; weights, also with a stride; a start by means, and by labels. */
static void other_inputs(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_handle model = 0;
    lithe_matrix x = doubles(b->x, 1, FEATURES);
    double mean[FEATURES], means[BLOBS * FEATURES];
    CHECK(lithe_mixture_fit(&x, NULL, NULL, "{\"covariance_type\": \"diag\"}", &run, &model) == LITHE_OK);
    get(model, "means", mean, 1, FEATURES);
    for (int j = 0; j < FEATURES; j++)
        CHECK(fabs(mean[j] - b->x[j]) < 1e-12);
    CHECK(lithe_free(model) == LITHE_OK);

    float *single = malloc((size_t)(b->n * FEATURES) * sizeof *single);
    for (int64_t i = 0; i < b->n * FEATURES; i++)
        single[i] = (float)b->x[i];
    lithe_matrix s = floats(single, b->n, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&s, NULL, NULL, options, &run, &model), LITHE_OK, NULL);
    CHECK(lithe_free(model) == LITHE_OK);
    free(single);

    /* Only the first cloud has weight: so has the mixture. */
    double *weight = calloc((size_t)b->n * 2, sizeof *weight);
    for (int64_t i = 0; i < b->n; i++)
        weight[2 * i] = b->labels[i] == 0;
    lithe_matrix w = doubles(weight, b->n, 1);
    w.stride = 2;
    x = doubles(b->x, b->n, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, &w, NULL, "{\"covariance_type\": \"diag\"}", &run, &model), LITHE_OK, NULL);
    get(model, "means", mean, 1, FEATURES);
    for (int j = 0; j < FEATURES; j++)
        CHECK(fabs(mean[j]) < 1);
    CHECK(lithe_free(model) == LITHE_OK);
    free(weight);

    /* Components keep the order of the start. */
    lithe_mixture_start start = {0};
    for (int c = 0; c < BLOBS; c++)
        for (int j = 0; j < FEATURES; j++)
            means[c * FEATURES + j] = 20.0 * (double)((c * (j + 1)) % BLOBS);
    start.means = doubles(means, BLOBS, FEATURES);
    int64_t labels[BLOBS];
    lithe_matrix head = doubles(b->x, BLOBS, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &model), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_predict(model, &head, labels, &run), LITHE_OK, NULL);
    CHECK(labels[0] == 0 && labels[1] == 1 && labels[2] == 2);
    CHECK(lithe_free(model) == LITHE_OK);

    memset(&start, 0, sizeof start);
    start.labels = b->labels;
    start.n_labels = b->n;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, &start, options, &run, &model), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_predict(model, &head, labels, &run), LITHE_OK, NULL);
    CHECK(labels[0] == 0 && labels[1] == 1 && labels[2] == 2);
    CHECK(lithe_free(model) == LITHE_OK);
}

static void stops_short(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_handle model = 0;
    lithe_matrix x = doubles(b->x, b->n, FEATURES);
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 2, \"covariance_type\": \"diag\", \"max_iter\": 3, \"tol\": -1}", &run, &model),
                 LITHE_ENOCONV, "3 iterations");
    CHECK(model != 0);
    CHECK(lithe_free(model) == LITHE_OK);

    run.cancel = 1;
    model = 0;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, options, &run, &model), LITHE_ECANCELLED, "cancelled");
    CHECK(model == 0 && run.cancel == 1);
}

static void made_from_parameters(void)
{
    double w[] = {0.25, 0.75}, mu[] = {0, 0, 5, 5}, load[] = {1, 0.5, -1, 2}, noise[] = {1, 2, 3, 4};
    lithe_matrix weights = doubles(w, 2, 1), means = doubles(mu, 2, 2), loadings = doubles(load, 4, 1), var = doubles(noise, 2, 2);
    lithe_run run = fresh_run();
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_OK, NULL);

    double back[4];
    get(model, "loadings", back, 4, 1);
    CHECK(memcmp(back, load, sizeof load) == 0);
    get(model, "weights", back, 2, 1);
    CHECK(memcmp(back, w, sizeof w) == 0);
    get(model, "neighbors", back, 2, 0);

    /* The density of one point by hand: Sigma = [2 1/2; 1/2 9/4] and [4 -2; -2 8], determinants 17/4 and 28. */
    double point[] = {0, 0}, score;
    lithe_matrix x = doubles(point, 1, 2);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, &score, &run), LITHE_OK, NULL);
    double pi = acos(-1.0), square = (8.0 * 25 + 2 * 2.0 * 25 + 4.0 * 25) / 28;
    double density = 0.25 / (2 * pi * sqrt(4.25)) + 0.75 / (2 * pi * sqrt(28.0)) * exp(-square / 2);
    CHECK(fabs(score - log(density)) < 1e-12);
    double dof[2];
    get(model, "dof", dof, 2, 1);
    CHECK(isinf(dof[0]) && isinf(dof[1]));

    /* t components: Gamma(nu/2 + 1) / Gamma(nu/2) = nu/2 in two dimensions. */
    double nu[] = {3, 5};
    lithe_matrix tails = doubles(nu, 2, 1);
    lithe_handle tailed = 0;
    CHECK_STATUS(&run, lithe_mixture_with_tails(model, "t", &tails, &run, &tailed), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_score_samples(tailed, &x, &score, &run), LITHE_OK, NULL);
    density = 0.25 / (2 * pi * sqrt(4.25)) + 0.75 / (2 * pi * sqrt(28.0)) * pow(1 + square / 5, -3.5);
    CHECK(fabs(score - log(density)) < 1e-12);
    get(tailed, "dof", dof, 2, 1);
    CHECK(memcmp(dof, nu, sizeof nu) == 0);
    CHECK(lithe_free(tailed) == LITHE_OK);
    CHECK_STATUS(&run, lithe_mixture_with_tails(model, "gaussian", NULL, &run, &tailed), LITHE_OK, NULL);
    CHECK(lithe_free(tailed) == LITHE_OK);
    CHECK_STATUS(&run, lithe_mixture_with_tails(model, "t", NULL, &run, &tailed), LITHE_ESHAPE, "0 degrees of freedom");
    CHECK_STATUS(&run, lithe_mixture_with_tails(model, "cauchy", &tails, &run, &tailed), LITHE_EINVAL, "family must be");
    nu[1] = -1;
    CHECK_STATUS(&run, lithe_mixture_with_tails(model, "t", &tails, &run, &tailed), LITHE_EINVAL, "degrees of freedom of component 1");
    lithe_handle typed = 0;
    CHECK_STATUS(&run, lithe_mixture_with_loadings(model, "tied", &run, &typed), LITHE_OK, NULL);
    char facts[512];
    int64_t needed;
    CHECK_STATUS(&run, lithe_mixture_info(typed, facts, sizeof facts, &needed, &run), LITHE_OK, NULL);
    CHECK(strstr(facts, "\"loadings_type\":\"tied\"") && strstr(facts, "\"n_parameters\":11"));
    CHECK(lithe_free(typed) == LITHE_OK);
    CHECK_STATUS(&run, lithe_mixture_with_loadings(model, "half", &run, &typed), LITHE_EINVAL, "loadings_type must be");
    const char *known = "{\"noise_type\": \"tied\", \"n_iter\": 1, \"lower_bound\": -2.5, \"converged\": true}";
    double entries[] = {-3, 0.5, 7, -2.5, 0.75, 8}, kept[6], graph[] = {0, 1, 1, 0};
    lithe_matrix history = doubles(entries, 2, 3), neighbors = doubles(graph, 2, 2);
    CHECK_STATUS(&run, lithe_mixture_with_facts(model, known, &history, &neighbors, &run, &typed), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_info(typed, facts, sizeof facts, &needed, &run), LITHE_OK, NULL);
    CHECK(strstr(facts, "\"noise_type\":\"tied\"") && strstr(facts, "\"n_iter\":1") && strstr(facts, "\"lower_bound\":-2.5"));
    CHECK(strstr(facts, "\"n_neighbors\":2") && strstr(facts, "\"n_history\":2") && strstr(facts, "\"converged\":true"));
    get(typed, "history", kept, 2, 3);
    CHECK(memcmp(kept, entries, sizeof kept) == 0);
    CHECK(lithe_free(typed) == LITHE_OK);
    CHECK_STATUS(&run, lithe_mixture_with_facts(model, "{\"noise_type\": \"half\"}", NULL, NULL, &run, &typed), LITHE_EINVAL, "noise_type must be");
    CHECK(lithe_free(model) == LITHE_OK);

    model = 0;
    w[0] = 0.5;
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_EINVAL, NULL);
    w[0] = 0.25;
    noise[2] = 0;
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_EINVAL, NULL);
    noise[2] = NAN;
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_EDATA, NULL);
    noise[2] = 3;
    CHECK_STATUS(&run, lithe_mixture_new("full", &weights, &means, &loadings, &var, &run, &model), LITHE_EINVAL, "covariance");
    CHECK_STATUS(&run, lithe_mixture_new(NULL, &weights, &means, &loadings, &var, &run, &model), LITHE_EINVAL, "covariance_type must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_new("factor", NULL, &means, &loadings, &var, &run, &model), LITHE_EINVAL, "weights must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_new("factor", &means, &means, &loadings, &var, &run, &model), LITHE_ESHAPE, "weights must be 2 x 1");
    loadings = doubles(load, 2, 2);
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_ESHAPE, "loadings must be 4 x 2");
    CHECK(model == 0);
}

void test_mixture(void)
{
    blobs b = make_blobs(300);
    finds_the_clouds(&b);
    strides_are_read_in_place(&b);
    other_inputs(&b);
    stops_short(&b);
    made_from_parameters();
    free_blobs(&b);
}

/* Sums of functions: effects of terms, updates, models made from their parts, and what is refused. */
#include "check.h"

enum { N = 400, D = 2, M = 6, Q = 28 };

static const char *const wanted =
    "{\"categories\": [0, 3], \"n_basis\": 7, \"terms\": [{\"features\": [0]}, {\"features\": [0, 1], \"category_kernel\": \"identity\"}]}";

typedef struct data {
    double x[N * D], y[N], test[M * D];
} data;

static double apart(double x, double group) { return (group - 1) * x; }

static void make(data *a)
{
    for (int i = 0; i < N; i++) {
        a->x[D * i] = fmod(0.37 * i, 2.0) - 1;
        a->x[D * i + 1] = i % 3;
        a->y[i] = 20 + 2 * sin(2 * a->x[D * i]) + apart(a->x[D * i], i % 3) + 0.1 * cos(97.0 * i);
    }
    for (int i = 0; i < M; i++) {
        a->test[D * i] = -0.9 + 0.3 * i;
        a->test[D * i + 1] = i % 3;
    }
}

static lithe_handle fit(data *a, int64_t n, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, n, D), y = doubles(a->y, n, 1);
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, options, &run, &model), LITHE_OK, NULL);
    CHECK(model != 0);
    return model;
}

static lithe_handle predict(lithe_handle model, data *a, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->test, M, D);
    lithe_handle result = 0;
    CHECK_STATUS(&run, lithe_gp_basis_predict(model, &x, options, &run, &result), LITHE_OK, NULL);
    return result;
}

static void finds_functions(data *a)
{
    lithe_handle model = fit(a, N, wanted), result = predict(model, a, "{\"effects\": true}");
    double *mean = array_of(result, "mean", M, 1), *effects = array_of(result, "effects", M, 2);
    double *variance = array_of(result, "variance", M, 1), *spread = array_of(result, "effect_variances", M, 2);
    double center = 0;
    for (int i = 0; i < N; i++)
        center += a->y[i] / N;
    for (int i = 0; i < M; i++) {
        const double *p = a->test + D * i;
        CHECK(fabs(mean[i] - 20 - 2 * sin(2 * p[0]) - apart(p[0], p[1])) < 0.1);
        CHECK(fabs(center + effects[2 * i] + effects[2 * i + 1] - mean[i]) < 1e-9);
        CHECK(variance[i] > 0 && variance[i] < 0.2 && spread[2 * i] > 0);
    }
    free(mean), free(effects), free(variance), free(spread);
    lithe_free(result);
    result = predict(model, a, "{\"skip_variance\": true}");
    free(array_of(result, "variance", 0, 1));
    lithe_free(result), lithe_free(model);
}

static void is_made_of_its_parts(data *a)
{
    static double gram[Q * Q], moments[2 * Q], theta[5];
    static char info[16384], design[4096];
    lithe_run run = fresh_run();
    lithe_handle model = fit(a, N, wanted), copy = 0;
    lithe_matrix g = doubles(gram, Q, Q), m = doubles(moments, 2, Q), t = doubles(theta, 5, 1);
    CHECK_STATUS(&run, lithe_gp_basis_get(model, "gram", &g, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_basis_get(model, "moments", &m, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_basis_get(model, "theta", &t, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_basis_info(model, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    const char *from = strstr(info, "\"design\":") + strlen("\"design\":"), *to = strstr(from, ",\"diagnostics\":");
    memcpy(design, from, (size_t)(to - from));
    char state[256];
    const char *sum = strstr(info, "\"sum\":"), *end = strstr(sum, ",\"arrays\":");
    snprintf(state, sizeof state, "{\"n_samples\": %d, %.*s}", N, (int)(end - sum), sum);
    CHECK_STATUS(&run, lithe_gp_basis_new(&g, &m, &t, design, state, &run, &copy), LITHE_OK, NULL);
    lithe_handle results[2] = {predict(model, a, NULL), predict(copy, a, NULL)};
    double *one = array_of(results[0], "mean", M, 1), *other = array_of(results[1], "mean", M, 1);
    CHECK(memcmp(one, other, M * sizeof *one) == 0);
    free(one), free(other);
    lithe_free(results[0]), lithe_free(results[1]), lithe_free(copy);
    copy = 0;
    t.rows = 4;
    CHECK_STATUS(&run, lithe_gp_basis_new(&g, &m, &t, design, state, &run, &copy), LITHE_ESHAPE, "theta has 4 elements for 5");
    CHECK_STATUS(&run, lithe_gp_basis_new(&g, &m, &t, "{\"term\": 1}", state, &run, &copy), LITHE_EINVAL, "design");
    lithe_free(model);
}

static void learns_more(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle model = fit(a, N / 2, "{\"categories\": [0, 3], \"ranges\": [[-1, 1], [0, 0]]}"), more = 0;
    lithe_matrix x = doubles(a->x + N / 2 * D, N / 2, D), y = doubles(a->y + N / 2, N / 2, 1);
    CHECK_STATUS(&run, lithe_gp_basis_update(model, &x, &y, NULL, &run, &more), LITHE_OK, NULL);
    char info[16384];
    CHECK_STATUS(&run, lithe_gp_basis_info(more, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(info, "\"n_samples\":400") != NULL);
    CHECK_STATUS(&run, lithe_gp_basis_info(model, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(info, "\"n_samples\":200") != NULL);
    lithe_free(model), lithe_free(more);
}

static void refusals(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle model = 0, fitted = fit(a, N, wanted), result = 0;
    lithe_matrix x = doubles(a->x, N, D), y = doubles(a->y, N, 1), test = doubles(a->test, M, D);
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &x, NULL, &run, &model), LITHE_ESHAPE, "y must be 400 x 1");
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, "{\"terms\": [{\"feature\": 0}]}", &run, &model), LITHE_EINVAL, "option terms");
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, "{\"boundary\": 0.5}", &run, &model), LITHE_EINVAL, "boundary must be more than 1");
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, "{\"categories\": [0, 2]}", &run, &model), LITHE_EINVAL,
                 "X is 2 at row 2, column 1, whose categories are the integers from 0 to 1");
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, "{\"max_iter\": 1}", &run, &model), LITHE_ENOCONV, "raise max_iter");
    CHECK(model != 0 && lithe_free(model) == LITHE_OK);
    model = 0;
    double kept = a->x[6];
    a->x[6] = NAN;
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, NULL, &run, &model), LITHE_EDATA, "X is NaN at row 3, column 0");
    a->x[6] = kept;
    a->test[3] = 3;
    CHECK_STATUS(&run, lithe_gp_basis_predict(fitted, &test, NULL, &run, &result), LITHE_EINVAL, "X is 3 at row 1, column 1");
    a->test[3] = 1;
    CHECK_STATUS(&run, lithe_gp_basis_get(fitted, "x", &x, &run), LITHE_EINVAL, "no array \"x\"");
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_gp_basis_fit(&x, &y, NULL, &run, &model), LITHE_ECANCELLED, NULL);
    CHECK(model == 0 && result == 0);
    lithe_free(fitted);
}

void test_gp_basis(void)
{
    static data a;
    make(&a);
    finds_functions(&a);
    is_made_of_its_parts(&a);
    learns_more(&a);
    refusals(&a);
}

/* Gaussian processes: training, prediction, draws, models made from their parts, and what is refused. */
#include "check.h"

#include <pthread.h>

enum { N = 60, D = 2, M = 7, DRAWS = 64 };

static const char *const product =
    "{\"type\": \"Product\", \"k1\": {\"type\": \"Constant\", \"constant_value\": 1.5},"
    " \"k2\": {\"type\": \"RBF\", \"length_scale\": [0.7, 1.1]}}";
static const char *const given = "{\"optimizer\": \"none\", \"noise\": 0.01, \"noise_fixed\": true}";

typedef struct data {
    double x[N * D], y[N], test[M * D];
} data;

static void make(data *a)
{
    for (int i = 0; i < N; i++) {
        a->x[D * i] = fmod(0.37 * i, 3.0);
        a->x[D * i + 1] = fmod(0.83 * i, 2.0);
        a->y[i] = 5 + sin(2 * a->x[D * i]) + 0.5 * cos(3 * a->x[D * i + 1]) + 0.05 * cos(97.0 * i);
    }
    for (int i = 0; i < M * D; i++)
        a->test[i] = 0.2 + 0.17 * i;
}

static lithe_handle fit(data *a, const char *kernel, double *known, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, N, D), y = doubles(a->y, N, 1), v = doubles(known, N, 1);
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, kernel, known == NULL ? NULL : &v, options, &run, &model), LITHE_OK, NULL);
    CHECK(model != 0);
    return model;
}

/* Mean and variance at the test points, by Gauss-Jordan elimination of K + v I. */
static void reference(const data *a, double v, double *mean, double *variance)
{
    enum { W = N + 1 + M };
    static double t[N * W];
#define KERNEL(p, q) (1.5 * exp(-0.5 * (pow(((p)[0] - (q)[0]) / 0.7, 2) + pow(((p)[1] - (q)[1]) / 1.1, 2))))
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            t[i * W + j] = KERNEL(a->x + D * i, a->x + D * j) + (i == j ? v : 0);
        t[i * W + N] = a->y[i];
        for (int j = 0; j < M; j++)
            t[i * W + N + 1 + j] = KERNEL(a->x + D * i, a->test + D * j);
    }
    for (int p = 0; p < N; p++)
        for (int i = 0; i < N; i++) {
            double f = t[i * W + p] / t[p * W + p];
            for (int j = p; j < W && i != p; j++)
                t[i * W + j] -= f * t[p * W + j];
        }
    for (int j = 0; j < M; j++) {
        mean[j] = 0;
        variance[j] = 1.5;
        for (int i = 0; i < N; i++) {
            double k = KERNEL(a->x + D * i, a->test + D * j) / t[i * W + i];
            mean[j] += k * t[i * W + N];
            variance[j] -= k * t[i * W + N + 1 + j];
        }
    }
}

static void predict(lithe_handle model, data *a, const char *options, double *mean, double *variance)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    lithe_matrix x = doubles(a->test, M, D);
    CHECK_STATUS(&run, lithe_gp_predict(model, &x, options, &run, &result), LITHE_OK, NULL);
    double *m = array_of(result, "mean", M, 1), *v = array_of(result, "variance", M, 1);
    memcpy(mean, m, M * sizeof *mean);
    memcpy(variance, v, M * sizeof *variance);
    free(m), free(v);
    CHECK(lithe_free(result) == LITHE_OK);
}

static int close_to(const double *a, const double *b, double tolerance)
{
    int ok = 1;
    for (int i = 0; i < M; i++)
        ok = ok && fabs(a[i] - b[i]) <= tolerance;
    return ok;
}

static void is_exact(data *a)
{
    double mean[M], variance[M], want[M], spread[M], known[N];
    reference(a, 0.01, want, spread);
    lithe_handle model = fit(a, product, NULL, given);
    predict(model, a, NULL, mean, variance);
    CHECK(close_to(mean, want, 1e-8) && close_to(variance, spread, 1e-8));
    predict(model, a, "{\"with_noise\": true}", mean, variance);
    for (int i = 0; i < M; i++)
        spread[i] += 0.01;
    CHECK(close_to(variance, spread, 1e-8));
    CHECK(lithe_free(model) == LITHE_OK);

    for (int i = 0; i < N; i++)
        known[i] = 0.01;
    model = fit(a, product, known, "{\"optimizer\": \"none\", \"noise_fixed\": true}");
    predict(model, a, NULL, mean, variance);
    CHECK(close_to(mean, want, 1e-8));
    CHECK(lithe_free(model) == LITHE_OK);

    /* Conjugate gradients come near, and say how near. */
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    lithe_matrix x = doubles(a->test, M, D);
    model = fit(a, product, NULL, "{\"optimizer\": \"none\", \"noise\": 0.01, \"noise_fixed\": true, \"solver\": \"cg\","
                " \"precision\": \"float64\", \"predict_tol\": 1e-8}");
    CHECK_STATUS(&run, lithe_gp_predict(model, &x, "{\"variance\": \"exact\"}", &run, &result), LITHE_OK, NULL);
    double *m = array_of(result, "mean", M, 1), *v = array_of(result, "variance", M, 1), *bound = array_of(result, "bound", M, 1);
    CHECK(close_to(m, want, 1e-4));
    for (int i = 0; i < M; i++)
        CHECK(v[i] > spread[i] - 0.01 - 1e-9 && v[i] < spread[i] - 0.01 + bound[i] + 1e-9);
    free(m), free(v), free(bound);
    lithe_free(result), lithe_free(model);
}

static const char *info_of(lithe_handle model)
{
    static char text[8192];
    lithe_run run = fresh_run();
    CHECK_STATUS(&run, lithe_gp_info(model, text, sizeof text, NULL, &run), LITHE_OK, NULL);
    return text;
}

static double fact(const char *info, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *place = strstr(info, key);
    CHECK(place != NULL);
    return place == NULL ? NAN : strtod(place + strlen(key), NULL);
}

static void learns(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle fixed = fit(a, product, NULL, "{\"optimizer\": \"none\", \"normalize_y\": true}");
    lithe_handle model = fit(a, product, NULL, "{\"normalize_y\": true, \"normalize_x\": true}"), again = 0;
    double before = fact(info_of(fixed), "log_likelihood");
    const char *info = info_of(model);
    CHECK(fact(info, "log_likelihood") > before + 1 && fact(info, "lower") == fact(info, "upper"));
    CHECK(fact(info, "n_samples") == N && fact(info, "n_features") == D && fact(info, "n_iter") > 0);
    CHECK(strstr(info, "\"converged\":true") != NULL && strstr(info, "\"theta\":[") != NULL);
    CHECK(strstr(info, "\"kernel\":{\"type\":\"Product\",") != NULL && strstr(info, "\"diagnostics\":[]") != NULL);
    CHECK(strstr(info, "\"arrays\":[\"x\",\"y\",\"weights\",\"scaling\",\"y_scaling\"]") != NULL);

    /* The same model from its parts, with the kernel as it was trained. */
    static double x[N * D], y[N], weights[N], scaling[2 * D], units[2];
    static char kernel[2000], state[2000];
    double mean[M], variance[M], other[M], spread[M];
    const lithe_matrix parts[] = {doubles(x, N, D), doubles(y, N, 1), doubles(weights, N, 1), doubles(scaling, 2, D),
                                  doubles(units, 2, 1)};
    const char *const names[] = {"x", "y", "weights", "scaling", "y_scaling"};
    for (int i = 0; i < 5; i++)
        CHECK_STATUS(&run, lithe_gp_get(model, names[i], &parts[i], &run), LITHE_OK, NULL);
    const char *from = strstr(info, "\"kernel\":") + 9, *to = strstr(info, ",\"diagnostics\":");
    snprintf(kernel, sizeof kernel, "%.*s", (int)(to - from), from);
    snprintf(state, sizeof state, "{\"noise\": %.17g}", fact(info, "noise"));
    CHECK_STATUS(&run, lithe_gp_new(&parts[0], &parts[1], &parts[2], NULL, &parts[3], &parts[4], NULL, kernel, state, &run, &again),
                 LITHE_OK, NULL);
    predict(model, a, NULL, mean, variance);
    predict(again, a, NULL, other, spread);
    CHECK(memcmp(mean, other, sizeof mean) == 0 && memcmp(variance, spread, sizeof variance) == 0);
    for (int i = 0; i < M; i++) {
        double *p = a->test + D * i;
        if (p[0] < 2.5 && p[1] < 1.8)
            CHECK(fabs(mean[i] - 5 - sin(2 * p[0]) - 0.5 * cos(3 * p[1])) < 0.15);
    }
    CHECK_STATUS(&run, lithe_gp_get(model, "z", &parts[0], &run), LITHE_EINVAL, "no array \"z\", known are [x y weights scaling y_scaling]");
    CHECK_STATUS(&run, lithe_gp_get(model, "x", &parts[1], &run), LITHE_ESHAPE, "out (x) must be 60 x 2");
    CHECK_STATUS(&run, lithe_gp_new(&parts[0], &parts[1], &parts[0], NULL, NULL, NULL, NULL, kernel, state, &run, &again), LITHE_ESHAPE,
                 "weights must be 60 x 1");
    CHECK_STATUS(&run, lithe_gp_new(&parts[0], &parts[1], &parts[2], NULL, NULL, NULL, &parts[0], kernel, state, &run, &again), LITHE_ESHAPE,
                 "directions must be 60 x 60");
    CHECK_STATUS(&run, lithe_gp_new(&parts[0], &parts[1], &parts[2], NULL, NULL, NULL, NULL, kernel, "{\"solver\": \"lu\"}", &run,
                                    &again), LITHE_EINVAL, "solver must be one of");
    scaling[D] = 0;
    CHECK_STATUS(&run, lithe_gp_new(&parts[0], &parts[1], &parts[2], NULL, &parts[3], NULL, NULL, kernel, state, &run, &again), LITHE_EINVAL,
                 "scaling[1, 0] is 0");
    lithe_free(fixed), lithe_free(model), lithe_free(again);
}

/* Draws have the mean and the covariance of the posterior, and are functions: parts of the points give the same. */
static void draws(data *a)
{
    lithe_run run = fresh_run();
    static double all[M * DRAWS], some[2 * DRAWS], covariance[M * M];
    double mean[M], variance[M];
    lithe_matrix x = doubles(a->test, M, D), dst = doubles(all, M, DRAWS), part = doubles(a->test, 2, D),
                 few = doubles(some, 2, DRAWS), c = doubles(covariance, M, M);
    lithe_handle model = fit(a, product, NULL, given);
    predict(model, a, NULL, mean, variance);
    CHECK_STATUS(&run, lithe_gp_covariance(model, &x, NULL, &c, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_sample(model, &x, 3, &dst, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_sample(model, &part, 3, &few, &run), LITHE_OK, NULL);
    for (int i = 0; i < M; i++) {
        double sum = 0, squares = 0;
        CHECK(fabs(covariance[i * M + i] - variance[i]) < 1e-8);
        for (int j = 0; j < i; j++)
            CHECK(covariance[i * M + j] == covariance[j * M + i]);
        for (int j = 0; j < DRAWS; j++) {
            sum += all[i * DRAWS + j] - mean[i];
            squares += pow(all[i * DRAWS + j] - mean[i], 2);
        }
        CHECK(fabs(sum / DRAWS) < 5 * sqrt(variance[i] / DRAWS) + 1e-6);
        CHECK(squares / DRAWS > 0.4 * variance[i] && squares / DRAWS < 2 * variance[i]);
    }
    int same = 1;
    for (int i = 0; i < 2 * DRAWS; i++)
        same = same && fabs(some[i] - all[i]) < 1e-9;
    CHECK(same);
    lithe_free(model);
}

/* Leaving a point out by the formula, and by leaving it out. */
static void left_out(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle whole = fit(a, product, NULL, given), rest = 0, result = 0, one = 0;
    lithe_matrix x = doubles(a->x + D, N - 1, D), y = doubles(a->y + 1, N - 1, 1), first = doubles(a->x, 1, D);
    CHECK_STATUS(&run, lithe_gp_leave_one_out(whole, 0, &run, &result), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, given, &run, &rest), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_predict(rest, &first, "{\"with_noise\": true}", &run, &one), LITHE_OK, NULL);
    double *mean = array_of(result, "mean", N, 1), *variance = array_of(result, "variance", N, 1);
    double *density = array_of(result, "log_density", N, 1), *m = array_of(one, "mean", 1, 1), *v = array_of(one, "variance", 1, 1);
    CHECK(fabs(mean[0] - m[0]) < 1e-8 && fabs(variance[0] - v[0]) < 1e-8);
    CHECK(fabs(density[0] + 0.5 * log(6.283185307179586 * v[0]) + 0.5 * pow(a->y[0] - m[0], 2) / v[0]) < 1e-6);
    CHECK_STATUS(&run, lithe_gp_leave_one_out(whole, -1, &run, &result), LITHE_EINVAL, "n_neighbors must be in");
    free(mean), free(variance), free(density), free(m), free(v);
    lithe_free(whole), lithe_free(rest), lithe_free(result), lithe_free(one);
}

static void refusals(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle model = 0, fitted = fit(a, product, NULL, given), result = 0;
    double out[M * M];
    lithe_matrix x = doubles(a->x, N, D), y = doubles(a->y, N, 1), narrow = doubles(a->x, N, 1), dst = doubles(out, M, M);
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, NULL, NULL, NULL, &run, &model), LITHE_EINVAL, "kernel must not be NULL");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, "{\"type\": \"RBG\"}", NULL, NULL, &run, &model), LITHE_EINVAL, "unknown kernel type \"RBG\"");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, "{\"type\": \"RBF\", \"length_scale\": [1, 2, 3]}", NULL, NULL, &run, &model), LITHE_EINVAL,
                 "3 values of length_scale for 2 features");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, "{\"solver\": \"qr\"}", &run, &model), LITHE_EINVAL, "solver must be one of");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, "{\"priors\": [{\"parameter\": \"noise\", \"sort\": 1}]}", &run, &model),
                 LITHE_EINVAL, "option priors: expected an array of objects such as");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &narrow, product, &x, NULL, &run, &model), LITHE_ESHAPE, "known_noise must be 60 x 1");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &dst, product, NULL, NULL, &run, &model), LITHE_ESHAPE, "y must be 60 x 7");
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, "{\"max_iter\": 1}", &run, &model), LITHE_ENOCONV, "raise max_iter");
    CHECK(model != 0 && lithe_free(model) == LITHE_OK);
    model = 0;
    double kept = a->x[5];
    a->x[5] = NAN;
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, NULL, &run, &model), LITHE_EDATA, "contains NaN at row 2, column 1");
    a->x[5] = kept;
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_gp_fit(&x, &y, product, NULL, NULL, &run, &model), LITHE_ECANCELLED, NULL);
    run.cancel = 0;
    CHECK(model == 0);

    CHECK_STATUS(&run, lithe_gp_predict(fitted, &narrow, NULL, &run, &result), LITHE_ESHAPE, "1 columns");
    CHECK_STATUS(&run, lithe_gp_predict(fitted, &x, "{\"variance\": \"some\"}", &run, &result), LITHE_EINVAL, "variance must be one of");
    CHECK_STATUS(&run, lithe_gp_covariance(fitted, &x, NULL, &dst, &run), LITHE_ESHAPE, "dst must be 60 x 60");
    CHECK_STATUS(&run, lithe_gp_sample(fitted, &x, 1, &dst, &run), LITHE_ESHAPE, "dst must be 60 x 7");
    dst.rows = 0, narrow.rows = 0;
    CHECK_STATUS(&run, lithe_gp_sample(fitted, &narrow, 1, &dst, &run), LITHE_ESHAPE, "1 columns");
    CHECK_STATUS(&run, lithe_gp_predict(result, &x, NULL, &run, &result), LITHE_EHANDLE, NULL);
    CHECK_STATUS(&run, lithe_gp_predict(fitted, &x, NULL, &run, &result), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_info(result, NULL, 0, NULL, &run), LITHE_EHANDLE, "is a result, expected a Gaussian process");
    lithe_free(fitted), lithe_free(result);
}

/* Two outputs are two models that share a kernel. */
static void outputs(data *a)
{
    lithe_run run = fresh_run();
    static double y[2 * N], draws[M * 6];
    double mean[M], variance[M];
    for (int i = 0; i < N; i++) {
        y[2 * i] = a->y[i];
        y[2 * i + 1] = 3 - 2 * a->y[i];
    }
    lithe_matrix x = doubles(a->x, N, D), targets = doubles(y, N, 2), at = doubles(a->test, M, D), d = doubles(draws, M, 6),
                 odd = doubles(draws, M, 3);
    lithe_handle model = 0, result = 0, single = fit(a, product, NULL, given);
    CHECK_STATUS(&run, lithe_gp_fit(&x, &targets, product, NULL, given, &run, &model), LITHE_OK, NULL);
    CHECK(fact(info_of(model), "n_outputs") == 2);
    CHECK_STATUS(&run, lithe_gp_predict(model, &at, NULL, &run, &result), LITHE_OK, NULL);
    double *m = array_of(result, "mean", M, 2), *v = array_of(result, "variance", M, 2);
    predict(single, a, NULL, mean, variance);
    for (int i = 0; i < M; i++)
        CHECK(fabs(m[2 * i] - mean[i]) < 1e-8 && fabs(v[2 * i + 1] - variance[i]) < 1e-8);
    CHECK_STATUS(&run, lithe_gp_sample(model, &at, 1, &d, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_sample(model, &at, 1, &odd, &run), LITHE_ESHAPE, "multiple of the 2 outputs");
    free(m), free(v);
    lithe_free(model), lithe_free(result), lithe_free(single);
}

/* What data and computation leave open is never less than what data do; a model in a file is the same model. */
static void uncertainty(data *a)
{
    static const char *const kinds[] = {"{\"uncertainty\": \"combined\"}", "{\"uncertainty\": \"mathematical\"}",
                                        "{\"uncertainty\": \"computational\"}"};
    lithe_run run = fresh_run();
    char path[512];
    double mean[M], v[3][M], again[M], covariance[M * M], value = 0, lower = 0, slope[3], theta[3];
    lithe_matrix x = doubles(a->test, M, D), c = doubles(covariance, M, M), s = doubles(slope, 3, 1), t = doubles(theta, 3, 1);
    lithe_handle model = fit(a, product, NULL, "{\"optimizer\": \"none\", \"noise\": 0.01, \"noise_fixed\": true,"
                             " \"solver\": \"itergp\", \"n_actions\": 12}"), loaded = 0;
    CHECK(fact(info_of(model), "n_directions") == 12);
    for (int k = 0; k < 3; k++)
        predict(model, a, kinds[k], mean, v[k]);
    for (int i = 0; i < M; i++)
        CHECK(v[0][i] >= v[1][i] && v[2][i] >= 0 && fabs(v[0][i] - v[1][i] - v[2][i]) < 1e-12);
    CHECK_STATUS(&run, lithe_gp_covariance(model, &x, kinds[0], &c, &run), LITHE_OK, NULL);
    CHECK(fabs(covariance[0] - v[0][0]) < 1e-9);
    CHECK_STATUS(&run, lithe_gp_covariance(model, &x, kinds[2], &c, &run), LITHE_EINVAL, "take the difference");
    CHECK_STATUS(&run, lithe_gp_predict(model, &x, "{\"uncertainty\": \"some\"}", &run, &loaded), LITHE_EINVAL,
                 "uncertainty must be one of");

    temporary_path(path, sizeof path, "lithe_test_gp.lithe");
    CHECK_STATUS(&run, lithe_gp_save(model, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_load(path, &run, &loaded), LITHE_EFILE, "holds a \"gp\"");
    CHECK_STATUS(&run, lithe_gp_load(path, &run, &loaded), LITHE_OK, NULL);
    predict(loaded, a, kinds[0], mean, again);
    CHECK(memcmp(again, v[0], sizeof again) == 0);
    remove(path);
    CHECK_STATUS(&run, lithe_gp_load(path, &run, &loaded), LITHE_EFILE, NULL);
    lithe_free(model), lithe_free(loaded);

    /* Likelihoods of other parameters, and their slope. */
    model = fit(a, product, NULL, given);
    CHECK_STATUS(&run, lithe_gp_likelihood(model, NULL, &value, NULL, &run), LITHE_OK, NULL);
    CHECK(value == fact(info_of(model), "log_likelihood"));
    theta[0] = log(1.5), theta[1] = log(0.7), theta[2] = log(1.1) + 1e-5;
    CHECK_STATUS(&run, lithe_gp_likelihood(model, &t, &value, &s, &run), LITHE_OK, NULL);
    theta[2] -= 2e-5;
    CHECK_STATUS(&run, lithe_gp_likelihood(model, &t, &lower, NULL, &run), LITHE_OK, NULL);
    CHECK(fabs((value - lower) / 2e-5 - slope[2]) < 1e-3 * (1 + fabs(slope[2])));
    CHECK_STATUS(&run, lithe_gp_likelihood(model, &c, &value, NULL, &run), LITHE_ESHAPE, "theta must be 3 x 1");
    lithe_free(model);
}

static void before_data(data *a)
{
    lithe_run run = fresh_run();
    double gram[M * M], draws[M * 4], some[4];
    lithe_matrix x = doubles(a->test, M, D), g = doubles(gram, M, M), d = doubles(draws, M, 4), first = doubles(a->test, 1, D),
                 few = doubles(some, 1, 4);
    CHECK_STATUS(&run, lithe_gp_kernel_matrix(product, &x, &x, &g, &run), LITHE_OK, NULL);
    CHECK(fabs(gram[0] - 1.5) < 1e-12 && fabs(gram[1] - gram[M]) < 1e-12);
    CHECK_STATUS(&run, lithe_gp_sample_prior(product, &x, 1, &d, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_sample_prior(product, &first, 1, &few, &run), LITHE_OK, NULL);
    for (int j = 0; j < 4; j++)
        CHECK(fabs(some[j] - draws[j]) < 1e-9);
    d.cols = 0;
    CHECK_STATUS(&run, lithe_gp_sample_prior(product, &x, 1, &d, &run), LITHE_EINVAL, "at least 1");
}

/* Cancels from another thread once training is under way. */
static void *cancel_soon(void *argument)
{
    lithe_run *run = argument;
    while (__atomic_load_n(&run->iteration, __ATOMIC_SEQ_CST) < 2)
        ;
    __atomic_store_n(&run->cancel, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void interrupted(void)
{
    enum { MANY = 700 };
    static double x[MANY], y[MANY];
    for (int i = 0; i < MANY; i++) {
        x[i] = 0.01 * i;
        y[i] = sin(3 * x[i]) + 0.1 * cos(91.0 * i);
    }
    lithe_run run = fresh_run(), other = fresh_run();
    lithe_matrix points = doubles(x, MANY, 1), targets = doubles(y, MANY, 1);
    lithe_handle model = 0, result = 0;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, cancel_soon, &run) == 0);
    CHECK_STATUS(&run, lithe_gp_fit(&points, &targets, "{\"type\": \"RBF\"}", NULL, "{\"optimizer\": \"adam\", \"max_iter\": 100000}",
                                    &run, &model), LITHE_ECANCELLED, "interrupted in training");
    pthread_join(thread, NULL);
    CHECK(model != 0);
    const char *info = info_of(model);
    CHECK(strstr(info, "\"arrays\":[]") != NULL && strstr(info, "\"kernel\":{\"type\":\"RBF\"") != NULL);
    CHECK(fact(info, "n_iter") >= 2 && fact(info, "noise") > 0 && fact(info, "n_samples") == MANY);
    CHECK_STATUS(&other, lithe_gp_predict(model, &points, NULL, &other, &result), LITHE_ESHAPE, "fit again, starting from its kernel");
    CHECK_STATUS(&other, lithe_gp_save(model, "nowhere", &other), LITHE_ESHAPE, "no weights");
    CHECK_STATUS(&other, lithe_gp_leave_one_out(model, 0, &other, &result), LITHE_ESHAPE, "no weights");
    CHECK(lithe_free(model) == LITHE_OK);
}

void test_gp(void)
{
    data a;
    make(&a);
    is_exact(&a);
    learns(&a);
    draws(&a);
    left_out(&a);
    refusals(&a);
    outputs(&a);
    uncertainty(&a);
    before_data(&a);
    interrupted();
}

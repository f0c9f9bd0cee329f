/* Gaussian process classification: training, prediction, classifiers made from their parts, and what is refused. */
#include "check.h"

enum { N = 90, D = 2, M = 5 };

static const char *const product =
    "{\"type\": \"Product\", \"k1\": {\"type\": \"Constant\", \"constant_value\": 2},"
    " \"k2\": {\"type\": \"RBF\", \"length_scale\": [0.9, 1.1]}}";

typedef struct data {
    double x[N * D], test[M * D];
    int64_t two[N], three[N];
} data;

static void make(data *a)
{
    for (int i = 0; i < N; i++) {
        a->x[D * i] = fmod(0.37 * i, 3.0);
        a->x[D * i + 1] = fmod(0.83 * i, 2.0);
        double v = a->x[D * i] + 0.3 * sin(91.0 * i);
        a->two[i] = v > 1.4;
        a->three[i] = v > 2 ? 2 : v > 1;
    }
    for (int i = 0; i < M; i++) {
        a->test[D * i] = 0.1 + 0.65 * i;
        a->test[D * i + 1] = 1;
    }
}

static lithe_handle fit(data *a, int64_t *labels, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, N, D);
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, labels, product, options, &run, &model), LITHE_OK, NULL);
    CHECK(model != 0);
    return model;
}

static double *proba(lithe_handle model, data *a, int64_t classes, const char *options)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    lithe_matrix x = doubles(a->test, M, D);
    CHECK_STATUS(&run, lithe_gp_classifier_predict(model, &x, options, &run, &result), LITHE_OK, NULL);
    double *p = array_of(result, "probabilities", M, classes);
    int64_t *labels = indices_of(result, "labels", M);
    for (int i = 0; i < M; i++) {
        double sum = 0;
        int64_t best = 0;
        for (int64_t k = 0; k < classes; k++) {
            sum += p[i * classes + k];
            best = p[i * classes + k] > p[i * classes + best] ? k : best;
        }
        CHECK(fabs(sum - 1) < 1e-12 && labels[i] == best);
    }
    free(labels);
    CHECK(lithe_free(result) == LITHE_OK);
    return p;
}

static const char *info_of(lithe_handle model)
{
    static char text[8192];
    lithe_run run = fresh_run();
    CHECK_STATUS(&run, lithe_gp_classifier_info(model, text, sizeof text, NULL, &run), LITHE_OK, NULL);
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

static void two_classes(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle fixed = fit(a, a->two, "{\"optimizer\": \"none\"}"), model = fit(a, a->two, NULL), again = 0;
    double theta[3], grad[3], there, value = fact(info_of(fixed), "log_likelihood");
    const char *info = info_of(model);
    CHECK(fact(info, "log_likelihood") > value && fact(info, "n_classes") == 2 && fact(info, "n_latent") == 1);
    CHECK(strstr(info, "\"converged\":true") != NULL && strstr(info, "\"diagnostics\":[]") != NULL);

    lithe_matrix t = doubles(theta, 3, 1), slope = doubles(grad, 3, 1), few = doubles(theta, 2, 1);
    theta[0] = log(2), theta[1] = log(0.9), theta[2] = log(1.1);
    CHECK_STATUS(&run, lithe_gp_classifier_likelihood(model, &t, &there, &slope, &run), LITHE_OK, NULL);
    CHECK(fabs(there - value) < 1e-9);
    theta[1] += 1e-5;
    CHECK_STATUS(&run, lithe_gp_classifier_likelihood(model, &t, &there, NULL, &run), LITHE_OK, NULL);
    CHECK(fabs((there - value) / 1e-5 - grad[1]) < 1e-3);
    CHECK_STATUS(&run, lithe_gp_classifier_likelihood(model, &few, &there, NULL, &run), LITHE_ESHAPE, "3 free parameters each");

    double *p = proba(model, a, 2, NULL);
    CHECK(p[0] > 0.8 && p[2 * M - 1] > 0.8);

    /* The same classifier from its parts, with the kernel as it was trained; and one by conjugate gradients. */
    static double x[N * D], weights[N], latent[N], labels[N];
    static char kernels[2000];
    const lithe_matrix parts[] = {doubles(x, N, D), doubles(weights, N, 1), doubles(latent, N, 1), doubles(labels, N, 1)};
    const char *const names[] = {"x", "weights", "latent", "labels"};
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(&run, lithe_gp_classifier_get(model, names[i], &parts[i], &run), LITHE_OK, NULL);
    for (int i = 0; i < N; i++)
        CHECK(labels[i] == (double)a->two[i] && fabs(labels[i] - 1 / (1 + exp(-latent[i])) - weights[i]) < 1e-7);
    const char *from = strstr(info, "\"kernels\":") + 10, *to = strstr(info, ",\"diagnostics\":");
    snprintf(kernels, sizeof kernels, "%.*s", (int)(to - from), from);
    CHECK_STATUS(&run, lithe_gp_classifier_new(&parts[0], a->two, &parts[1], &parts[2], kernels, NULL, &run, &again), LITHE_OK, NULL);
    double *same = proba(again, a, 2, NULL);
    CHECK(memcmp(p, same, 2 * M * sizeof *p) == 0);
    lithe_handle near = fit(a, a->two, "{\"solver\": \"cg\", \"precision\": \"float64\"}");
    double *close = proba(near, a, 2, NULL);
    for (int i = 0; i < 2 * M; i++)
        CHECK(fabs(close[i] - p[i]) < 2e-3);
    CHECK_STATUS(&run, lithe_gp_classifier_get(model, "y", &parts[0], &run), LITHE_EINVAL, "no array \"y\", known are");
    CHECK_STATUS(&run, lithe_gp_classifier_new(&parts[0], a->two, &parts[0], &parts[0], kernels, NULL, &run, &again), LITHE_ESHAPE,
                 "90 x 1");
    CHECK_STATUS(&run, lithe_gp_classifier_new(&parts[0], a->two, &parts[1], &parts[2], "[]", NULL, &run, &again), LITHE_ESHAPE,
                 "0 kernels for 1 problems");
    CHECK_STATUS(&run, lithe_gp_classifier_new(&parts[0], a->two, &parts[1], &parts[2], "7", NULL, &run, &again), LITHE_EINVAL,
                 "not an array");
    CHECK_STATUS(&run, lithe_gp_classifier_new(&parts[0], a->two, &parts[1], &parts[2], kernels, "{\"multi_class\": \"all\"}", &run,
                                               &again), LITHE_EINVAL, "multi_class must be one of");
    free(p), free(same), free(close);
    lithe_free(fixed), lithe_free(model), lithe_free(again), lithe_free(near);
}

static void files(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle model = fit(a, a->three, "{\"optimizer\": \"none\"}"), loaded = 0;
    char path[1024];
    temporary_path(path, sizeof path, "lithe_test_gp_classifier.lithe");
    CHECK_STATUS(&run, lithe_gp_classifier_save(model, path, "[\"low\"]", &run), LITHE_ESHAPE, "1 names of 3 classes");
    CHECK_STATUS(&run, lithe_gp_classifier_save(model, path, "low", &run), LITHE_EINVAL, "not an array");
    CHECK_STATUS(&run, lithe_gp_classifier_save(model, path, NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_classifier_save(model, path, "[\"low\", 1, true]", &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_load(path, &run, &loaded), LITHE_EFILE, "holds a \"gp_classifier\"");
    CHECK_STATUS(&run, lithe_gp_classifier_load(path, &run, &loaded), LITHE_OK, NULL);
    CHECK(strstr(info_of(loaded), "\"names\":[\"low\",1,true]") != NULL && strstr(info_of(model), "\"names\":[]") != NULL);
    double *p = proba(model, a, 3, NULL), *same = proba(loaded, a, 3, NULL);
    CHECK(memcmp(p, same, 3 * M * sizeof *p) == 0);
    remove(path);
    free(p), free(same), lithe_free(model), lithe_free(loaded);
}

static void three_classes(data *a)
{
    lithe_run run = fresh_run();
    lithe_handle rest = fit(a, a->three, NULL), softmax = fit(a, a->three, "{\"multi_class\": \"softmax\"}"),
                 pairs = fit(a, a->three, "{\"multi_class\": \"one_vs_one\"}"), result = 0;
    double *p = proba(rest, a, 3, NULL), *q = proba(softmax, a, 3, NULL),
           *drawn = proba(softmax, a, 3, "{\"softmax_integral\": \"monte_carlo\"}");
    for (int i = 0; i < 3 * M; i++)
        CHECK(fabs(p[i] - q[i]) < 0.25 && fabs(q[i] - drawn[i]) < 0.08);
    CHECK(p[0] > 0.6 && q[0] > 0.6 && q[3 * M - 1] > 0.6);
    lithe_matrix x = doubles(a->test, M, D);
    CHECK_STATUS(&run, lithe_gp_classifier_predict(pairs, &x, NULL, &run, &result), LITHE_OK, NULL);
    int64_t *labels = indices_of(result, "labels", M);
    CHECK(labels[0] == 0 && labels[M - 1] == 2);
    free(p), free(q), free(drawn), free(labels);
    lithe_free(rest), lithe_free(softmax), lithe_free(pairs), lithe_free(result);
}

static void refusals(data *a)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, N, D), narrow = doubles(a->x, N, 1);
    lithe_handle model = 0, fitted = fit(a, a->two, "{\"optimizer\": \"none\"}"), result = 0;
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, NULL, product, NULL, &run, &model), LITHE_EINVAL, "labels must not be NULL");
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, a->two, NULL, NULL, &run, &model), LITHE_EINVAL, "kernel must not be NULL");
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, a->two, product, "{\"solver\": \"qr\"}", &run, &model), LITHE_EINVAL,
                 "solver must be one of");
    int64_t kept = a->two[7];
    a->two[7] = -2;
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, a->two, product, NULL, &run, &model), LITHE_EINVAL, "labels[7] is -2");
    a->two[7] = kept;
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, a->two, product, NULL, &run, &model), LITHE_ECANCELLED, NULL);
    run.cancel = 0;
    CHECK(model == 0);
    CHECK_STATUS(&run, lithe_gp_classifier_fit(&x, a->two, product, "{\"max_iter\": 1}", &run, &model), LITHE_ENOCONV, "raise max_iter");
    CHECK(lithe_free(model) == LITHE_OK);
    CHECK_STATUS(&run, lithe_gp_classifier_predict(fitted, &narrow, NULL, &run, &result), LITHE_ESHAPE, "1 columns");
    CHECK_STATUS(&run, lithe_gp_classifier_predict(fitted, &x, "{\"variance\": \"some\"}", &run, &result), LITHE_EINVAL,
                 "variance must be one of");
    CHECK_STATUS(&run, lithe_gp_info(fitted, NULL, 0, NULL, &run), LITHE_EHANDLE, "is a Gaussian process classifier");
    lithe_free(fitted);
}

void test_gp_classifier(void)
{
    static data a;
    make(&a);
    two_classes(&a);
    three_classes(&a);
    files(&a);
    refusals(&a);
}

/* Support vector machines: the system that they solve, weights, machines made from their parts, and what is refused. */
#include "check.h"

enum { N = 80, D = 2 };

typedef struct data {
    double x[N * D], weights[N];
    int64_t two[N], three[N];
} data;

static void make(data *a)
{
    for (int i = 0; i < N; i++) {
        double radius = 1 + i % 3 + 0.2 * cos(31.0 * i);
        a->x[D * i] = radius * cos(0.9 * i);
        a->x[D * i + 1] = radius * sin(0.9 * i);
        a->two[i] = i % 3 == 0;
        a->three[i] = i % 3;
        a->weights[i] = 1 + i % 2;
    }
}

static lithe_handle train(data *a, const int64_t *labels, double *weights, const char *kernel, const char *options)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, N, D), w = doubles(weights, N, 1);
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, labels, weights == NULL ? NULL : &w, kernel, options, &run, &model), LITHE_OK, NULL);
    CHECK(model != 0);
    return model;
}

static void get(lithe_handle model, const char *name, double *out, int64_t rows, int64_t cols)
{
    lithe_run run = fresh_run();
    lithe_matrix m = doubles(out, rows, cols);
    CHECK_STATUS(&run, lithe_gp_svm_get(model, name, &m, &run), LITHE_OK, NULL);
}

static void decide(lithe_handle model, data *a, double *out, int64_t functions)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(a->x, N, D), dst = doubles(out, N, functions);
    CHECK_STATUS(&run, lithe_gp_svm_decide(model, &x, &dst, &run), LITHE_OK, NULL);
}

/* f(x_i) = sum_j a_j k(x_j, x_i) + b, y_i - f(x_i) = a_i / (C w_i), and the a add to zero. */
static void solves_its_system(data *a)
{
    double dual[N], b, f[N], sum = 0;
    lithe_handle model = train(a, a->two, a->weights, NULL, "{\"gamma\": 0.5, \"C\": 4}");
    get(model, "dual_coef", dual, N, 1);
    get(model, "intercept", &b, 1, 1);
    decide(model, a, f, 1);
    for (int i = 0; i < N; i++) {
        double want = b;
        for (int j = 0; j < N; j++)
            want += dual[j] * exp(-0.5 * (pow(a->x[D * i] - a->x[D * j], 2) + pow(a->x[D * i + 1] - a->x[D * j + 1], 2)));
        CHECK(fabs(f[i] - want) < 1e-8);
        CHECK(fabs((a->two[i] ? 1 : -1) - f[i] - dual[i] / (4 * a->weights[i])) < 1e-8);
        sum += dual[i];
    }
    CHECK(fabs(sum) < 1e-9);

    double other[N];
    lithe_handle same = train(a, a->two, a->weights, "{\"type\": \"RBF\", \"length_scale\": 1}",
                              "{\"C\": 4, \"solver\": \"cg\", \"precision\": \"float64\", \"tol\": 1e-10}");
    decide(same, a, other, 1);
    for (int i = 0; i < N; i++)
        CHECK(fabs(f[i] - other[i]) < 1e-7);
    CHECK(lithe_free(model) == LITHE_OK && lithe_free(same) == LITHE_OK);
}

static void is_made_of_its_parts(data *a)
{
    static double x[N * D], dual[N * 3], b[3], f[N * 3], again[N * 3];
    lithe_run run = fresh_run();
    lithe_handle model = train(a, a->three, NULL, "{\"type\": \"Matern\", \"length_scale\": 2}", NULL), copy = 0;
    get(model, "x", x, N, D);
    get(model, "dual_coef", dual, N, 3);
    get(model, "intercept", b, 3, 1);
    lithe_matrix points = doubles(x, N, D), coefficients = doubles(dual, N, 3), intercept = doubles(b, 3, 1);
    CHECK_STATUS(&run, lithe_gp_svm_new(&points, &coefficients, &intercept, "{\"type\": \"Matern\", \"length_scale\": 2}", NULL,
                 &run, &copy), LITHE_OK, NULL);
    decide(model, a, f, 3);
    decide(copy, a, again, 3);
    CHECK(memcmp(f, again, sizeof f) == 0);
    char text[4096];
    CHECK_STATUS(&run, lithe_gp_svm_info(copy, text, sizeof text, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(text, "\"n_samples\":80,\"n_features\":2,\"n_functions\":3") != NULL);
    lithe_free(copy);
    CHECK_STATUS(&run, lithe_gp_svm_new(&points, &coefficients, &intercept, "{\"type\": \"RBF\"}", "{\"precision\": \"half\"}", &run,
                 &copy), LITHE_EINVAL, "precision must be float32 or float64");
    lithe_free(model);
}

static void refusals(data *a)
{
    lithe_run run = fresh_run();
    double out[N];
    int64_t bad[N] = {0};
    lithe_matrix x = doubles(a->x, N, D), narrow = doubles(a->x, N, 1), dst = doubles(out, N, 1);
    lithe_handle model = 0, fitted = train(a, a->two, NULL, NULL, NULL);
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, NULL, NULL, NULL, NULL, &run, &model), LITHE_EINVAL, "labels must not be NULL");
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, bad, NULL, NULL, NULL, &run, &model), LITHE_EINVAL, "belong to class 0");
    bad[3] = -1;
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, bad, NULL, NULL, NULL, &run, &model), LITHE_EINVAL, "label 3 is -1");
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, a->two, &x, NULL, NULL, &run, &model), LITHE_ESHAPE, "sample_weight must be 80 x 1");
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, a->two, NULL, NULL, "{\"c\": 1}", &run, &model), LITHE_EINVAL, "unknown option \"c\"");
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, a->two, NULL, "{}", NULL, &run, &model), LITHE_EINVAL, "type");
    CHECK_STATUS(&run, lithe_gp_svm_decide(fitted, &narrow, &dst, &run), LITHE_ESHAPE, "1 columns");
    CHECK_STATUS(&run, lithe_gp_svm_decide(fitted, &x, &x, &run), LITHE_ESHAPE, "dst must be 80 x 1");
    CHECK_STATUS(&run, lithe_gp_svm_get(fitted, "y", &dst, &run), LITHE_EINVAL, "no array \"y\"");
    CHECK_STATUS(&run, lithe_gp_info(fitted, NULL, 0, NULL, &run), LITHE_EHANDLE, "is a support vector machine");
    run.cancel = 1;
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, a->two, NULL, NULL, NULL, &run, &model), LITHE_ECANCELLED, NULL);
    run.cancel = 0;
    CHECK(model == 0);
    CHECK_STATUS(&run, lithe_gp_svm_fit(&x, a->two, NULL, NULL, "{\"C\": 1e6, \"solver\": \"cg\", \"rank\": 1, \"max_iter\": 1}", &run,
                 &model), LITHE_ENOCONV, "allow more iterations");
    CHECK(model != 0);
    lithe_free(model), lithe_free(fitted);
}

void test_gp_svm(void)
{
    static data a;
    make(&a);
    solves_its_system(&a);
    is_made_of_its_parts(&a);
    refusals(&a);
}

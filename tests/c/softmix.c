/* Softmax mixtures: a fit finds what its counts were made of, and bad arguments are refused. */
#include "check.h"

enum { CELLS = 400, TRAITS = 2, CLASSES = 2 };

static const double truth[CLASSES * TRAITS] = {1.5, -0.5, -1.0, 1.0}, shares[CLASSES] = {0.7, 0.3};

/* Cells on a spiral, and 1e6 draws at their expected counts. */
static void make(double *x, double *counts)
{
    double sums[CLASSES] = {0, 0};
    for (int j = 0; j < CELLS; j++) {
        double angle = 2.399963 * j, radius = 2.5 * sqrt((j + 0.5) / CELLS);
        x[j * TRAITS] = radius * cos(angle);
        x[j * TRAITS + 1] = radius * sin(angle);
        for (int k = 0; k < CLASSES; k++)
            sums[k] += exp(x[j * TRAITS] * truth[k * TRAITS] + x[j * TRAITS + 1] * truth[k * TRAITS + 1]);
    }
    for (int j = 0; j < CELLS; j++) {
        counts[j] = 0;
        for (int k = 0; k < CLASSES; k++)
            counts[j] += 1e6 * shares[k] / sums[k] * exp(x[j * TRAITS] * truth[k * TRAITS] + x[j * TRAITS + 1] * truth[k * TRAITS + 1]);
    }
}

void test_softmix(void)
{
    static double x[CELLS * TRAITS], counts[CELLS], posterior[CELLS * CLASSES], logs[CELLS];
    make(x, counts);
    lithe_matrix cells = doubles(x, CELLS, TRAITS), data = doubles(counts, CELLS, 1);
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, NULL, NULL, "{\"n_components\": 2, \"random_state\": \"3\"}", &run, &h), LITHE_OK, NULL);
    double *theta = array_of(h, "theta", CLASSES, TRAITS), *alpha = array_of(h, "alpha", CLASSES, 1);
    double *normalizers = array_of(h, "normalizers", CLASSES, 1), *covariance = array_of(h, "covariance", 6, 6);
    for (int i = 0; i < CLASSES * TRAITS; i++)
        CHECK(fabs(theta[i] - truth[i]) < 1e-4);
    CHECK(fabs(alpha[0] - shares[0]) < 1e-4 && fabs(alpha[0] + alpha[1] - 1) < 1e-12);
    CHECK(number_of(h, "converged") == 1 && number_of(h, "parameters") == 5 && number_of(h, "hits") >= 1);
    CHECK(number_of(h, "certificate") >= 0 && number_of(h, "certificate") < 1e-4);

    /* The same start, the same maximum. */
    lithe_matrix t = doubles(theta, CLASSES, TRAITS), a = doubles(alpha, CLASSES, 1), z = doubles(normalizers, CLASSES, 1);
    lithe_handle again = 0;
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, &t, &a, "{\"n_components\": 2, \"n_init\": 1}", &run, &again), LITHE_OK, NULL);
    CHECK(fabs(number_of(again, "log_likelihood") - number_of(h, "log_likelihood")) < 1e-6);

    lithe_matrix p = doubles(posterior, CELLS, CLASSES);
    CHECK_STATUS(&run, lithe_softmix_posterior(&t, &a, &z, &cells, &p, logs, &run), LITHE_OK, NULL);
    double total = 0;
    for (int j = 0; j < CELLS; j++) {
        total += exp(logs[j]);
        CHECK(fabs(posterior[2 * j] + posterior[2 * j + 1] - 1) < 1e-12);
    }
    CHECK(fabs(total - 1) < 1e-9);
    CHECK_STATUS(&run, lithe_softmix_posterior(&t, &a, &z, &cells, NULL, NULL, &run), LITHE_OK, NULL);

    /* Files hold all that is known, also of mixtures made of parameters. */
    char path[512], reports[2][4096];
    temporary_path(path, sizeof path, "lithe_test_softmix.lithe");
    lithe_handle loaded = 0, made = 0;
    CHECK_STATUS(&run, lithe_softmix_save(h, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_softmix_load(path, &run, &loaded), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_report(h, reports[0], sizeof reports[0], NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_report(loaded, reports[1], sizeof reports[1], NULL, &run), LITHE_OK, NULL);
    CHECK(strcmp(reports[0], reports[1]) == 0);
    double *same = array_of(loaded, "covariance", 6, 6);
    CHECK(memcmp(same, covariance, 36 * sizeof *same) == 0);
    free(same);
    lithe_free(loaded);
    CHECK_STATUS(&run, lithe_softmix_new(&t, &a, &z, NULL, NULL, NULL, NULL, &data, "{\"draws\": 1000000, \"at_edge\": [1]}", &run, &made), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_softmix_save(made, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_softmix_load(path, &run, &loaded), LITHE_OK, NULL);
    CHECK(number_of(loaded, "draws") == 1e6 && number_of(loaded, "cells") == CELLS);
    lithe_free(loaded);
    lithe_free(made);
    loaded = 0;
    CHECK_STATUS(&run, lithe_softmix_new(&t, &a, &z, NULL, NULL, NULL, NULL, NULL, "{\"at_edge\": [2]}", &run, &loaded), LITHE_ESHAPE, "no class 2 among 2");
    CHECK_STATUS(&run, lithe_mixture_load(path, &run, &loaded), LITHE_EFILE, "softmix");
    CHECK(loaded == 0);
    remove(path);

    double robust[36];
    lithe_matrix r = doubles(robust, 6, 6);
    CHECK_STATUS(&run, lithe_softmix_covariance(&t, &a, &cells, &data, "robust", 0, &run, &r), LITHE_OK, NULL);
    CHECK(fabs(robust[0] / covariance[0] - 1) < 1e-2);
    CHECK_STATUS(&run, lithe_softmix_covariance(&t, &a, &cells, &data, "exact", 0, &run, &r), LITHE_EINVAL, "covariance must be one of");

    int64_t rows[2000], classes[2000], first = 0;
    CHECK_STATUS(&run, lithe_softmix_sample(&t, &a, &cells, 5, 2000, rows, classes, &run), LITHE_OK, NULL);
    for (int i = 0; i < 2000; i++) {
        CHECK(rows[i] >= 0 && rows[i] < CELLS);
        first += classes[i] == 0;
    }
    CHECK(first > 1300 && first < 1500);

    lithe_handle none = 0;
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, NULL, NULL, NULL, NULL, &run, &none), LITHE_EINVAL, "counts must not be NULL");
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, &data, NULL, NULL, &run, &none), LITHE_ESHAPE, "start_theta must be 2 x 2");
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, NULL, NULL, "{\"components\": 2}", &run, &none), LITHE_EINVAL, "did you mean n_components");
    counts[7] = -1;
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, NULL, NULL, NULL, &run, &none), LITHE_EINVAL, "the count of row 7 is negative");
    x[3] = NAN;
    counts[7] = 1;
    CHECK_STATUS(&run, lithe_softmix_fit(&cells, &data, NULL, NULL, NULL, &run, &none), LITHE_EDATA, "row 1, column 1");
    CHECK(none == 0);
    free(theta);
    free(alpha);
    free(normalizers);
    free(covariance);
    lithe_free(h);
    lithe_free(again);
}

/* Numbers found from random products, and random sketches. */
#include "check.h"

enum { COLS = 8 };

static void probes(void)
{
    double a[COLS * COLS];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make_symmetric(a, COLS, 3);
    lithe_matrix x = doubles(a, COLS, COLS);
    lithe_operator op = dense_operator(&x);
    CHECK_STATUS(&run, lithe_lowrank_trace(&op, "{\"psd\": true}", &run, &h), LITHE_OK, NULL);
    CHECK(fabs(number_of(h, "value") - 10) < 1e-9 && number_of(h, "error") < 1e-9 && number_of(h, "products") > 0);
    CHECK(lithe_free(h) == LITHE_OK);
    CHECK_STATUS(&run, lithe_lowrank_diagonal(&op, NULL, &run, &h), LITHE_OK, NULL);
    double *values = array_of(h, "values", COLS, 1), *errors = array_of(h, "errors", COLS, 1);
    for (int i = 0; i < COLS; i++)
        CHECK(fabs(values[i] - 1.25) < 1e-9 && errors[i] < 1e-9);
    CHECK(lithe_free(h) == LITHE_OK);
    free(values), free(errors);
    const struct {
        const char *kind;
        double value;
    } norms[] = {{"spectral", 5}, {"frobenius", sqrt(38)}};
    for (int t = 0; t < 2; t++) {
        CHECK_STATUS(&run, lithe_lowrank_norm(&op, norms[t].kind, NULL, &run, &h), LITHE_OK, NULL);
        CHECK(fabs(number_of(h, "value") - norms[t].value) < 1e-9);
        CHECK(lithe_free(h) == LITHE_OK);
    }
    h = 0;
    CHECK_STATUS(&run, lithe_lowrank_norm(&op, "nuclear", NULL, &run, &h), LITHE_EINVAL, "got \"nuclear\"");
    CHECK_STATUS(&run, lithe_lowrank_norm(&op, NULL, NULL, &run, &h), LITHE_EINVAL, "kind must not be NULL");
    CHECK_STATUS(&run, lithe_lowrank_trace(&op, "{\"n_products\": 3}", &run, &h), LITHE_EINVAL, "n_products must be at least 4");
    CHECK_STATUS(&run, lithe_lowrank_trace(&op, "{\"psd\": 1}", &run, &h), LITHE_EINVAL, "expected true or false");
    x.rows--;
    CHECK_STATUS(&run, lithe_lowrank_trace(&op, NULL, &run, &h), LITHE_ESHAPE, "only square matrices");
    CHECK(h == 0);
}

static void log_determinant(void)
{
    double a[COLS * COLS];
    lithe_run run = fresh_run();
    lithe_handle h = 0;
    make_symmetric(a, COLS, 3);
    lithe_matrix x = doubles(a, COLS, COLS);
    lithe_operator op = dense_operator(&x);
    CHECK_STATUS(&run, lithe_lowrank_logdet(&op, "{\"mu\": 0.5}", &run, &h), LITHE_OK, NULL);
    CHECK(fabs(number_of(h, "value") - log(5.5 * 3.5 * 2.5) - 5 * log(0.5)) < 1e-9 && number_of(h, "error") == 0);
    CHECK(lithe_free(h) == LITHE_OK);
    h = 0;
    CHECK_STATUS(&run, lithe_lowrank_logdet(&op, "{\"mu\": -1}", &run, &h), LITHE_EINVAL, "mu");
    make_symmetric(a, COLS, -3);
    CHECK_STATUS(&run, lithe_lowrank_logdet(&op, "{\"mu\": 1}", &run, &h), LITHE_ENUMERIC, "");
    CHECK(h == 0);
}

/* A sketch of the identity is the random matrix itself, which the sketch of another matrix must be made with. */
static void sketches(void)
{
    enum { D = 6 };
    double a[COLS * COLS], unit[COLS * COLS] = {0};
    lithe_run run = fresh_run();
    const char *const texts[] = {"{\"size\": 6}", "{\"size\": 6, \"kind\": \"gaussian\", \"random_state\": \"3\"}",
                                 "{\"size\": 6, \"kind\": \"srtt\"}"};
    lithe_handle h = 0;
    make_symmetric(a, COLS, 3);
    for (int i = 0; i < COLS; i++)
        unit[i * COLS + i] = 1;
    lithe_matrix x = doubles(a, COLS, COLS), e = doubles(unit, COLS, COLS);
    lithe_operator op = dense_operator(&x), identity = dense_operator(&e);
    for (int t = 0; t < 3; t++) {
        CHECK_STATUS(&run, lithe_lowrank_sketch(&identity, texts[t], &run, &h), LITHE_OK, NULL);
        double *s = array_of(h, "sketch", D, COLS), total = 0;
        CHECK(lithe_free(h) == LITHE_OK);
        CHECK_STATUS(&run, lithe_lowrank_sketch(&op, texts[t], &run, &h), LITHE_OK, NULL);
        double *sa = array_of(h, "sketch", D, COLS);
        CHECK(lithe_free(h) == LITHE_OK);
        for (int p = 0; p < D; p++)
            for (int j = 0; j < COLS; j++) {
                double sum = 0;
                for (int k = 0; k < COLS; k++)
                    sum += s[p * COLS + k] * a[k * COLS + j];
                CHECK(fabs(sum - sa[p * COLS + j]) < 1e-12);
                total += s[p * COLS + j] * s[p * COLS + j];
            }
        CHECK(total > COLS / 3 && total < COLS * 3);
        free(s), free(sa);
    }
    h = 0;
    CHECK_STATUS(&run, lithe_lowrank_sketch(&op, NULL, &run, &h), LITHE_EINVAL, "size");
    CHECK_STATUS(&run, lithe_lowrank_sketch(&op, "{\"size\": 6, \"kind\": \"count\"}", &run, &h), LITHE_EINVAL, "kind must be one of");
    CHECK(h == 0);
}

void test_estimates(void)
{
    probes();
    log_determinant();
    sketches();
}

/* Surrogates of densities: the loop of asking and telling, draws, and what is refused. */
#include "check.h"

enum { D = 2, MOST = 64 };

static double log_density(const double *x)
{
    double a = x[0] - 1, b = (x[1] - x[0]) / 0.5;
    return -0.5 * (a * a + b * b);
}

/* Asks for points, evaluates and tells them; returns how many they were. */
static int64_t step(lithe_handle surrogate)
{
    lithe_run run = fresh_run();
    lithe_handle asked = 0;
    int64_t rows = 0, cols = 0;
    double y[MOST];
    CHECK_STATUS(&run, lithe_gp_surrogate_ask(surrogate, 0, &run, &asked), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_shape(asked, "x", &rows, &cols, &run), LITHE_OK, NULL);
    CHECK(cols == D && rows <= MOST);
    if (rows > 0) {
        double *x = array_of(asked, "x", rows, D);
        for (int64_t i = 0; i < rows; i++)
            y[i] = log_density(x + D * i);
        lithe_matrix points = doubles(x, rows, D), values = doubles(y, rows, 1);
        CHECK_STATUS(&run, lithe_gp_surrogate_tell(surrogate, &points, &values, &run), LITHE_OK, NULL);
        free(x);
    } else {
        CHECK(number_of(asked, "converged") == 1);
    }
    lithe_free(asked);
    return rows;
}

static void finds_a_density(lithe_handle surrogate)
{
    lithe_run run = fresh_run();
    lithe_handle draws = 0;
    int64_t n = 0;
    char info[16384];
    for (int64_t rows; (rows = step(surrogate)) > 0;)
        n += rows;
    CHECK(n < 60);
    CHECK_STATUS(&run, lithe_gp_surrogate_info(surrogate, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(info, "\"converged\":true") != NULL && strstr(info, "\"diagnostics\":[]") != NULL);
    CHECK_STATUS(&run, lithe_gp_surrogate_sample(surrogate, 2000, 1, &run, &draws), LITHE_OK, NULL);
    double *mean = array_of(draws, "mean", D, 1), *cov = array_of(draws, "covariance", D, D);
    double *x = array_of(draws, "x", 2000, D), *level = array_of(draws, "log_density", 2000, 1);
    CHECK(fabs(mean[0] - 1) < 0.1 && fabs(mean[1] - 1) < 0.1);
    CHECK(fabs(cov[0] - 1) < 0.15 && fabs(cov[1] - 1) < 0.15 && fabs(cov[3] - 1.25) < 0.2);
    CHECK(fabs(number_of(draws, "log_evidence") - log(3.14159265)) < 0.2);
    double value[3], deviation[3];
    lithe_matrix some = doubles(x, 3, D), values = doubles(value, 3, 1), spreads = doubles(deviation, 3, 1);
    CHECK_STATUS(&run, lithe_gp_surrogate_evaluate(surrogate, &some, &values, &spreads, &run), LITHE_OK, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(fabs(value[i] - level[i]) < 1e-6 && fabs(value[i] - log_density(x + D * i)) < 0.2 && deviation[i] < 0.2);
    CHECK_STATUS(&run, lithe_gp_surrogate_evaluate(surrogate, &some, &values, NULL, &run), LITHE_OK, NULL);

    double *points = malloc((size_t)n * (D + 1) * sizeof *points);
    lithe_matrix all = doubles(points, n, D), told = doubles(points + n * D, n, 1);
    CHECK_STATUS(&run, lithe_gp_surrogate_evaluations(surrogate, &all, &told, &run), LITHE_OK, NULL);
    for (int64_t i = 0; i < n; i++)
        CHECK(points[n * D + i] == log_density(points + D * i));
    free(points), free(mean), free(cov), free(x), free(level);
    lithe_free(draws);
}

static void refusals(lithe_matrix *box)
{
    lithe_run run = fresh_run();
    lithe_handle surrogate = 0, result = 0;
    double x[2] = {0.5, 0.25}, y[1] = {NAN}, far[2] = {0, 6};
    lithe_matrix point = doubles(x, 1, D), value = doubles(y, 1, 1), outside = doubles(far, 1, D), flat = doubles(x, 1, 2);
    CHECK_STATUS(&run, lithe_gp_surrogate_new(box, "{\"tolerance\": 1}", &run, &surrogate), LITHE_EINVAL, "unknown option");
    CHECK_STATUS(&run, lithe_gp_surrogate_new(&flat, NULL, &run, &surrogate), LITHE_EINVAL, "the lower one comes first");
    CHECK_STATUS(&run, lithe_gp_surrogate_new(box, "{\"theta\": [1]}", &run, &surrogate), LITHE_ESHAPE, "theta must have");
    CHECK(surrogate == 0);
    CHECK_STATUS(&run, lithe_gp_surrogate_new(box, NULL, &run, &surrogate), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_gp_surrogate_tell(surrogate, &point, &value, &run), LITHE_EDATA, "[0.5 0.25] is NaN");
    y[0] = 1;
    CHECK_STATUS(&run, lithe_gp_surrogate_tell(surrogate, &outside, &value, &run), LITHE_EINVAL, "outside of its bounds");
    CHECK_STATUS(&run, lithe_gp_surrogate_tell(surrogate, &point, &point, &run), LITHE_ESHAPE, "y must be 1 x 1");
    CHECK_STATUS(&run, lithe_gp_surrogate_sample(surrogate, 10, 0, &run, &result), LITHE_EINVAL, "0 finite values");
    CHECK_STATUS(&run, lithe_gp_surrogate_ask(surrogate, -1, &run, &result), LITHE_EINVAL, "count must be in");
    CHECK_STATUS(&run, lithe_gp_info(surrogate, NULL, 0, NULL, &run), LITHE_EHANDLE, "is a surrogate of a density");
    CHECK(result == 0);
    lithe_free(surrogate);
}

void test_gp_surrogate(void)
{
    double bounds[2 * D] = {-5, 5, -5, 5};
    lithe_run run = fresh_run();
    lithe_matrix box = doubles(bounds, D, 2);
    lithe_handle surrogate = 0;
    CHECK_STATUS(&run, lithe_gp_surrogate_new(&box, "{\"random_state\": \"2\"}", &run, &surrogate), LITHE_OK, NULL);
    finds_a_density(surrogate);
    lithe_free(surrogate);
    refusals(&box);
}

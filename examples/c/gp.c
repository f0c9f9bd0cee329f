/*
 * A Gaussian process from C: observe a function with noise, fit, predict with uncertainty, draw functions.
 *
 *     cc gp.c $(pkg-config --cflags --libs lithe) -lm -o gp && ./gp
 */
#include <lithe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 80 /* observations */
#define M 9  /* places to predict at */
#define K 3  /* draws */

static lithe_run run = LITHE_RUN_INIT; /* threads and cancellation go in, progress and messages come out */

/* Ends the program with the library's explanation if a call failed. */
static void must(int32_t status)
{
    if (status != LITHE_OK && status != LITHE_ENOCONV) {
        fprintf(stderr, "%s\n", run.message);
        exit(1);
    }
}

/* A view of n x d numbers of ours; the library neither copies nor keeps it. */
static lithe_matrix view(double *data, int64_t n, int64_t d)
{
    lithe_matrix m = {data, n, d, d, LITHE_FLOAT64, 0};
    return m;
}

static double uniform(void) { return (rand() + 0.5) / (RAND_MAX + 1.0); }

int main(void)
{
    double x[N], y[N], places[M], mean[M], variance[M], draws[M * K];

    if (lithe_abi_version() != LITHE_ABI_VERSION) {
        fprintf(stderr, "this program needs another version of lithe\n");
        return 1;
    }
    for (int i = 0; i < N; i++) {
        x[i] = 8 * uniform();
        y[i] = sin(x[i]) + 0.2 * (uniform() - 0.5);
    }
    for (int i = 0; i < M; i++)
        places[i] = i + 0.5;

    /* Fit. A kernel is JSON text, and so are options; lithe_describe("gp", ...) lists these. */
    const char *kernel = "{\"type\": \"Product\", \"k1\": {\"type\": \"Constant\", \"constant_value\": 1},"
                         " \"k2\": {\"type\": \"Matern\", \"nu\": 2.5}}";
    lithe_matrix points = view(x, N, 1), targets = view(y, N, 1), at = view(places, M, 1);
    lithe_handle model = 0, prediction = 0;
    must(lithe_gp_fit(&points, &targets, kernel, NULL, "{\"random_state\": \"1\"}", &run, &model));
    char info[8192];
    must(lithe_gp_info(model, info, sizeof info, NULL, &run));
    printf("%s\n", info);

    /* Predict: a result with the arrays mean and variance. */
    lithe_matrix m = view(mean, M, 1), v = view(variance, M, 1), d = view(draws, M, K);
    must(lithe_gp_predict(model, &at, NULL, &run, &prediction));
    must(lithe_result_read(prediction, "mean", &m, &run));
    must(lithe_result_read(prediction, "variance", &v, &run));
    must(lithe_gp_sample(model, &at, 7, &d, &run));
    int right = 0;
    printf("   x    truth    mean  +- two deviations   three functions that the data allow\n");
    for (int i = 0; i < M; i++) {
        double deviation = sqrt(variance[i]);
        printf("%4.1f  %7.3f %7.3f  +- %.3f            %7.3f %7.3f %7.3f\n", places[i], sin(places[i]), mean[i], 2 * deviation,
               draws[K * i], draws[K * i + 1], draws[K * i + 2]);
        right += fabs(mean[i] - sin(places[i])) < 4 * deviation;
    }
    lithe_free(prediction);
    lithe_free(model);
    return right == M ? 0 : 1;
}

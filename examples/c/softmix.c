/*
 * Two kinds of customers in the numbers of sales of products with known features.
 *
 *     cc softmix.c $(pkg-config --cflags --libs lithe) -lm -o softmix && ./softmix
 */
#include <lithe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define P 2000 /* products */
#define L 3    /* features of each */
#define K 2    /* kinds of customers */

static lithe_run run = LITHE_RUN_INIT;

/* Ends the program with the library's explanation if a call failed. */
static void must(int32_t status)
{
    if (status != LITHE_OK && status != LITHE_ENOCONV) {
        fprintf(stderr, "%s\n", run.message);
        exit(1);
    }
}

static lithe_matrix view(double *data, int64_t rows, int64_t cols)
{
    lithe_matrix m = {data, rows, cols, cols, LITHE_FLOAT64, 0};
    return m;
}

static double uniform(void) { return (rand() + 0.5) / (RAND_MAX + 1.0); }

int main(void)
{
    static const double taste[K][L] = {{1.5, -1, 0}, {-0.5, 0, 1}}, share[K] = {0.6, 0.4};
    static double x[P * L], counts[P], running[P], theta[K * L], alpha[K], errors[K * L + K];
    for (int i = 0; i < P * L; i++)
        x[i] = sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
    for (int k = 0; k < K; k++) {
        double sum = 0;
        for (int j = 0; j < P; j++)
            running[j] = sum += exp(x[j * L] * taste[k][0] + x[j * L + 1] * taste[k][1] + x[j * L + 2] * taste[k][2]);
        for (int sale = 0; sale < 40000 * share[k]; sale++) {
            double u = uniform() * sum;
            int j = 0;
            while (running[j] < u)
                j++;
            counts[j]++;
        }
    }

    lithe_matrix cells = view(x, P, L), data = view(counts, P, 1);
    lithe_handle fit = 0;
    must(lithe_softmix_fit(&cells, &data, NULL, NULL, "{\"n_components\": 2, \"random_state\": \"7\"}", &run, &fit));
    lithe_matrix t = view(theta, K, L), a = view(alpha, K, 1), e = view(errors, K * L + K, 1);
    must(lithe_result_read(fit, "theta", &t, &run));
    must(lithe_result_read(fit, "alpha", &a, &run));
    must(lithe_result_read(fit, "standard_errors", &e, &run));
    int near = 1;
    for (int k = 0; k < K; k++) {
        printf("%.1f %% of sales, taste", 100 * alpha[k]);
        for (int i = 0; i < L; i++) {
            printf("  %5.2f +- %.2f", theta[k * L + i], errors[k * L + i]);
            near &= fabs(theta[k * L + i] - taste[k][i]) < 5 * errors[k * L + i];
        }
        printf("\n");
    }
    double bic, gain;
    must(lithe_result_number(fit, "bic", &bic, &run));
    must(lithe_result_number(fit, "certificate", &gain, &run));
    printf("BIC %.1f; more kinds could gain %.4f nats per sale at most\n", bic, gain);
    lithe_free(fit);
    return near ? 0 : 1;
}

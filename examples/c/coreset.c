/*
 * Two hundred of 20,000 measurements that stand for all of them, and what is known about how well.
 *
 *     cc coreset.c $(pkg-config --cflags --libs lithe) -lm -o coreset && ./coreset
 */
#include <lithe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 20000 /* measurements */
#define D 4     /* numbers of each */
#define K 200   /* representatives */

static lithe_run run = LITHE_RUN_INIT;

/* Ends the program with the library's explanation if a call failed. */
static void must(int32_t status)
{
    if (status != LITHE_OK) {
        fprintf(stderr, "%s\n", run.message);
        exit(1);
    }
}

static double fact(lithe_handle result, const char *name)
{
    double value;
    must(lithe_result_number(result, name, &value, &run));
    return value;
}

static double uniform(void) { return (rand() + 0.5) / (RAND_MAX + 1.0); }

int main(void)
{
    static float x[N * D];
    static double weights[K];
    static int64_t indices[K], assignment[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++) /* three clusters, one of them rare */
            x[i * D + j] = (float)(5 * (i % 2 + (i % 50 == 0) * j) + sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()));

    /* First what it would take, then the selection. */
    lithe_matrix data = {x, N, D, D, LITHE_FLOAT32, 0}, w = {weights, K, 1, 1, LITHE_FLOAT64, 0};
    const char *options = "{\"n_samples\": 200, \"engine\": \"stochastic\", \"random_state\": \"7\"}";
    lithe_handle plan = 0, found = 0;
    must(lithe_coreset_facility_plan("rows", &data, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, options, &run, &plan));
    printf("%.1f MB besides the data, about %.1g s on one thread\n", fact(plan, "bytes") / 1e6, fact(plan, "seconds"));
    lithe_free(plan);
    must(lithe_coreset_facility_location("rows", &data, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, options, &run, &found));
    must(lithe_result_read_indices(found, "indices", indices, K, &run));
    must(lithe_result_read_indices(found, "assignment", assignment, N, &run));
    must(lithe_result_read(found, "weights", &w, &run));
    printf("%d rows stand for %d; a row is %.2f from its representative on average\n", K, N, fact(found, "loss") / N);
    printf("no %d rows could make that less than %.2f\n", K, fact(found, "loss_bound") / N);

    /* Weighted means over the representatives, beside those over everything. */
    double all = 0, some = 0, sum = 0;
    for (int i = 0; i < N; i++)
        all += x[i * D] / N;
    for (int k = 0; k < K; k++) {
        some += weights[k] * x[indices[k] * D] / N;
        sum += weights[k];
    }
    printf("mean of the first number: %.3f of all, %.3f of the representatives\n", all, some);
    printf("row 50 is represented by row %lld\n", (long long)indices[assignment[50]]);
    lithe_free(found);
    return fabs(all - some) < 0.1 && fabs(sum - N) < 1e-6 ? 0 : 1;
}

/*
 * A Gaussian mixture from C: draw data, fit, look at the weights, classify, save and load.
 *
 *     cc mixture.c $(pkg-config --cflags --libs lithe) -lm -o mixture && ./mixture
 */
#include <lithe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 6000 /* points */
#define D 10   /* features */
#define C 3    /* components */

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

static double normal(void)
{
    double u = (rand() + 1.0) / (RAND_MAX + 2.0), v = (rand() + 1.0) / (RAND_MAX + 2.0);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

int main(void)
{
    static double data[N * D];
    static int64_t truth[N], labels[N];

    if (lithe_abi_version() != LITHE_ABI_VERSION) {
        fprintf(stderr, "this program needs another version of lithe\n");
        return 1;
    }

    /* Half of the points around 0, a third around 4, a sixth around -4; their features are correlated by a common
     * factor, which is what the model is made for. */
    for (int i = 0; i < N; i++) {
        double factor = normal();
        truth[i] = i % 6 < 3 ? 0 : i % 6 < 5 ? 1 : 2;
        for (int j = 0; j < D; j++)
            data[i * D + j] = (truth[i] == 1 ? 4 : truth[i] == 2 ? -4 : 0) + factor * (j % 2 ? 1 : -1) + 0.5 * normal();
    }

    /* Fit. Options are JSON text; lithe_describe("mixture", ...) lists them. */
    lithe_matrix x = view(data, N, D);
    lithe_handle model = 0;
    must(lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 3, \"n_factors\": 1, \"random_state\": \"1\"}", &run, &model));
    printf("fitted in %.2f s: %.4f nats per point\n", run.seconds, run.objective);

    /* Read the parameters. */
    double weights[C];
    lithe_matrix w = view(weights, C, 1);
    must(lithe_mixture_get(model, "weights", &w, &run));
    for (int c = 0; c < C; c++)
        printf("component %d holds %4.1f %% of the points\n", c, 100 * weights[c]);

    /* Classify. Components come in any order, so call each by the cloud that most of its points are from. */
    must(lithe_mixture_predict(model, &x, labels, &run));
    int count[C][C] = {{0}}, right = 0;
    for (int i = 0; i < N; i++)
        count[labels[i]][truth[i]]++;
    for (int c = 0; c < C; c++)
        right += (int)fmax(count[c][0], fmax(count[c][1], count[c][2]));
    printf("%.2f %% of the points are in the component of their cloud\n", 100.0 * right / N);

    /* Save, load, and find the same model. Python and Go read the file too. */
    lithe_handle loaded = 0;
    double before[3], after[3];
    must(lithe_mixture_save(model, "mixture.lithe", &run));
    must(lithe_mixture_load("mixture.lithe", &run, &loaded));
    must(lithe_mixture_criteria(model, &x, before, &run));
    must(lithe_mixture_criteria(loaded, &x, after, &run));
    printf("log-likelihood %.3f, after saving and loading %.3f; BIC %.1f\n", before[0], after[0], after[2]);
    remove("mixture.lithe");

    lithe_free(model);
    lithe_free(loaded);
    return right > 0.99 * N && before[0] == after[0] ? 0 : 1;
}

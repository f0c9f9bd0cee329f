/*
 * A latent-class logit from C: travellers who choose between two routes, some of them for the price.
 *
 *     cc latent_class.c $(pkg-config --cflags --libs lithe) -lm -o latent_class && ./latent_class
 */
#include <lithe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PERSONS = 200, TIMES = 6, ROUTES = 2, ROWS = PERSONS * TIMES * ROUTES, COLUMNS = 2 };

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
    static double x[ROWS * COLUMNS];
    static int64_t choice[ROWS], ids[ROWS], panels[ROWS];
    double beta[2 * COLUMNS], shares[2], log_likelihood;

    if (lithe_abi_version() != LITHE_ABI_VERSION) {
        fprintf(stderr, "this program needs another version of lithe\n");
        return 1;
    }
    for (int t = 0; t < PERSONS * TIMES; t++) {
        int best = 0;
        double most = -INFINITY;
        for (int j = 0; j < ROUTES; j++) {
            int i = t * ROUTES + j;
            x[COLUMNS * i] = 10 * uniform();     /* price */
            x[COLUMNS * i + 1] = 60 * uniform(); /* minutes */
            double u = (t / TIMES % 2 ? -1.0 : -0.1) * x[COLUMNS * i] - 0.08 * x[COLUMNS * i + 1] - log(-log(uniform()));
            if (u > most)
                most = u, best = i;
            ids[i] = t, panels[i] = t / TIMES;
        }
        choice[best] = 1;
    }

    lithe_matrix m = view(x, ROWS, COLUMNS), coefficients = view(beta, 2, COLUMNS), probabilities = view(shares, 2, 1);
    lithe_handle found = 0;
    must(lithe_choice_fit(&m, choice, ids, NULL, NULL, panels, NULL, NULL, NULL, "{\"n_classes\": 2, \"random_state\": \"1\"}", &run,
                          &found));
    must(lithe_result_read(found, "coefficients", &coefficients, &run));
    must(lithe_result_read(found, "shares", &probabilities, &run));
    must(lithe_result_number(found, "log_likelihood", &log_likelihood, &run));
    printf("log-likelihood %.2f\n", log_likelihood);
    for (int k = 0; k < 2; k++)
        printf("%2.0f %% of the persons: price %6.3f, minutes %6.3f\n", 100 * shares[k], beta[COLUMNS * k], beta[COLUMNS * k + 1]);
    lithe_free(found);
    return 0;
}

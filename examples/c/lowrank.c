/*
 * Principal components of a matrix in C: a table of 2,000 rows in 40 columns that has three directions, some noise, and
 * large means, decomposed without a centred copy.
 *
 *     cc lowrank.c $(pkg-config --cflags --libs lithe) -lm -o lowrank && ./lowrank
 */
#include <stdio.h>

#include <lithe.h>

enum { ROWS = 2000, COLS = 40, RANK = 5 };

static double data[ROWS * COLS], scores[ROWS * RANK], values[RANK], axes[COLS * RANK], mean[COLS];

/* A number in [-0.5, 0.5). */
static double random_number(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0 - 0.5;
}

int main(void)
{
    for (int i = 0; i < ROWS; i++) {
        double hidden[3] = {20 * random_number(), 10 * random_number(), 5 * random_number()};
        for (int j = 0; j < COLS; j++)
            data[i * COLS + j] = 100 + hidden[j % 3] + 0.1 * random_number();
    }

    lithe_run run = LITHE_RUN_INIT;
    lithe_matrix x = {data, ROWS, COLS, COLS, LITHE_FLOAT64, 0};
    lithe_matrix u = {scores, ROWS, RANK, RANK, LITHE_FLOAT64, 0};
    lithe_matrix v = {axes, COLS, RANK, RANK, LITHE_FLOAT64, 0};
    char report[640 + 32 * RANK];
    int32_t status = lithe_lowrank_svd(&x, 0, 1, "{\"n_components\": 5}", &u, values, &v, mean, report, sizeof report,
                                       NULL, &run);
    if (status != LITHE_OK && status != LITHE_ENOCONV) {
        fprintf(stderr, "%s\n", run.message);
        return 1;
    }
    printf("mean of the first column  %.3f\nvariances along the first axes ", mean[0]);
    for (int k = 0; k < RANK; k++)
        printf(" %.4g", values[k] * values[k] / (ROWS - 1));
    printf("\n%s\n", report);
    return 0;
}

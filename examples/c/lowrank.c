/*
 * Principal components of a matrix in C: a table of 2,000 rows in 40 columns that has three directions, some noise, and
 * large means, decomposed without a centred copy; then once more to a tolerance, read piece by piece.
 *
 *     cc lowrank.c $(pkg-config --cflags --libs lithe) -lm -o lowrank && ./lowrank
 */
#include <stdio.h>

#include <lithe.h>

enum { ROWS = 2000, COLS = 40, RANK = 5 };

static double data[ROWS * COLS], values[RANK], mean[COLS];

/* A number in [-0.5, 0.5). */
static double random_number(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0 - 0.5;
}

/* Yields the next rows of the table; context counts those read so far. A file would be read here. */
static int32_t next_rows(void *context, int32_t first, lithe_matrix *block)
{
    int64_t *at = context;
    if (first)
        *at = 0;
    if (*at < ROWS) {
        lithe_matrix rows = {data + *at * COLS, 100, COLS, COLS, LITHE_FLOAT64, 0};
        *block = rows;
        *at += 100;
    }
    return 0;
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
    lithe_operator a = {0};
    a.kind = LITHE_DENSE;
    a.dense = &x;
    a.center = 1;
    lithe_handle result = 0;
    int32_t status = lithe_lowrank_svd(&a, "{\"n_components\": 5}", &run, &result);
    if (status != LITHE_OK && status != LITHE_ENOCONV) {
        fprintf(stderr, "%s\n", run.message);
        return 1;
    }
    lithe_matrix s = {values, RANK, 1, 1, LITHE_FLOAT64, 0}, m = {mean, COLS, 1, 1, LITHE_FLOAT64, 0};
    double left_out = 0;
    lithe_result_read(result, "s", &s, &run);
    lithe_result_read(result, "mean", &m, &run);
    lithe_result_number(result, "relative_error", &left_out, &run);
    lithe_free(result);
    printf("mean of the first column  %.3f\nvariances along the first axes ", mean[0]);
    for (int k = 0; k < RANK; k++)
        printf(" %.4g", values[k] * values[k] / (ROWS - 1));
    printf("\nleft out  %.3g %% of the norm\n", 100 * left_out);

    /* The rank that leaves out one per cent, of the table as a function that yields it a hundred rows at a time. */
    int64_t at = 0, rank = 0;
    lithe_operator stream = {0};
    stream.kind = LITHE_ROW_BLOCKS;
    stream.next_rows = next_rows;
    stream.context = &at;
    stream.rows = ROWS;
    stream.cols = COLS;
    stream.dtype = LITHE_FLOAT64;
    stream.center = 1;
    if (lithe_lowrank_qb(&stream, "{\"tol\": 0.01}", &run, &result) != LITHE_OK) {
        fprintf(stderr, "%s\n", run.message);
        return 1;
    }
    lithe_result_shape(result, "q", NULL, &rank, &run);
    lithe_free(result);
    printf("rank at a tolerance of 1 %%  %d\n", (int)rank);
    return 0;
}

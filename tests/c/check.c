#include "check.h"

int check_passed, check_failed;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void check_that(int ok, const char *what, const char *detail, const char *file, int line)
{
    pthread_mutex_lock(&lock);
    if (ok) {
        check_passed++;
    } else {
        check_failed++;
        printf("%s:%d: failed: %s%s\n", file, line, what, detail);
    }
    pthread_mutex_unlock(&lock);
}

void check_status(const lithe_run *run, int32_t got, int32_t want, const char *fragment, const char *what,
                  const char *file, int line)
{
    char detail[1400];
    int ok = got == want && run->status == want;
    if (want == LITHE_OK)
        ok = ok && run->message[0] == '\0';
    if (fragment != NULL)
        ok = ok && strstr(run->message, fragment) != NULL;
    snprintf(detail, sizeof detail, "\n    returned %d (%s), expected %d, message \"%s\", expected in it \"%s\"", (int)got,
             lithe_status_string(got), (int)want, run->message, fragment != NULL ? fragment : "");
    check_that(ok, what, detail, file, line);
}

int check_summary(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed == 0 && check_passed > 0 ? 0 : 1;
}

/* A multiplicative generator is good enough for clouds of points. */
static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

blobs make_blobs(int64_t n)
{
    blobs b = {n, malloc((size_t)(n * FEATURES) * sizeof(double)), malloc((size_t)n * sizeof(int64_t))};
    uint64_t state = 42;
    for (int64_t i = 0; i < n; i++) {
        b.labels[i] = i % BLOBS;
        for (int64_t j = 0; j < FEATURES; j++) {
            double sum = -6; /* of twelve uniform numbers: nearly normal */
            for (int k = 0; k < 12; k++)
                sum += uniform(&state);
            b.x[i * FEATURES + j] = sum + 20.0 * (double)((b.labels[i] * (j + 1)) % BLOBS);
        }
    }
    return b;
}

void free_blobs(blobs *b)
{
    free(b->x);
    free(b->labels);
}

lithe_matrix doubles(double *data, int64_t rows, int64_t cols)
{
    lithe_matrix m = {data, rows, cols, cols, LITHE_FLOAT64, 0};
    return m;
}

lithe_matrix floats(float *data, int64_t rows, int64_t cols)
{
    lithe_matrix m = {data, rows, cols, cols, LITHE_FLOAT32, 0};
    return m;
}

lithe_run fresh_run(void)
{
    lithe_run run = LITHE_RUN_INIT;
    return run;
}

lithe_handle fit_blobs(const blobs *b)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(b->x, b->n, FEATURES);
    lithe_handle model = 0;
    int32_t status = lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 3, \"covariance_type\": \"diag\"}", &run, &model);
    if (status != LITHE_OK && status != LITHE_ENOCONV) {
        printf("cannot fit the fixture: %s\n", run.message);
        exit(1);
    }
    return model;
}

char *temporary_path(char *buffer, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(buffer, size, "%s/%s", folder != NULL ? folder : "/tmp", name);
    return buffer;
}

lithe_operator dense_operator(const lithe_matrix *a)
{
    lithe_operator op = {0};
    op.kind = LITHE_DENSE;
    op.dense = a;
    return op;
}

double number_of(lithe_handle result, const char *name)
{
    lithe_run run = fresh_run();
    double value = 0;
    CHECK_STATUS(&run, lithe_result_number(result, name, &value, &run), LITHE_OK, NULL);
    return value;
}

double *array_of(lithe_handle result, const char *name, int64_t rows, int64_t cols)
{
    lithe_run run = fresh_run();
    double *values = calloc((size_t)(rows * cols) + 1, sizeof *values);
    lithe_matrix out = doubles(values, rows, cols);
    CHECK_STATUS(&run, lithe_result_read(result, name, &out, &run), LITHE_OK, NULL);
    return values;
}

int64_t *indices_of(lithe_handle result, const char *name, int64_t count)
{
    lithe_run run = fresh_run();
    int64_t *values = calloc((size_t)count + 1, sizeof *values);
    CHECK_STATUS(&run, lithe_result_read_indices(result, name, values, count, &run), LITHE_OK, NULL);
    return values;
}

double hadamard(int i, int j)
{
    int bits = i & j, parity = 0;
    for (; bits != 0; bits >>= 1)
        parity ^= bits & 1;
    return parity ? -1 : 1;
}

void make_symmetric(double *a, int n, double second)
{
    const double values[] = {5, second, 2};
    for (int i = 0; i < n * n; i++) {
        a[i] = 0;
        for (int r = 0; r < 3; r++)
            a[i] += values[r] * hadamard(i / n, r + 1) * hadamard(i % n, r + 1) / n;
    }
}

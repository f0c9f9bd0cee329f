/* Results: their reports, numbers and arrays, and what is refused. */
#include "check.h"

enum { ROWS = 6, COLS = 3, RANK = 2 };

/* Singular values 5, 3 and 1. */
static const double values[ROWS * COLS] = {0, 5, 0, 3, 0, 0, 0, 0, 1};

static lithe_handle decompose(void)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles((double *)values, ROWS, COLS);
    lithe_operator a = dense_operator(&x);
    lithe_handle result = 0;
    CHECK_STATUS(&run, lithe_lowrank_svd(&a, "{\"n_components\": 2, \"random_state\": \"18446744073709551615\"}", &run, &result),
                 LITHE_OK, NULL);
    CHECK(result != 0);
    return result;
}

static void report(lithe_handle result)
{
    lithe_run run = fresh_run();
    char text[1000];
    int64_t needed = 0;
    CHECK_STATUS(&run, lithe_result_report(result, NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK(needed > 100 && needed < (int64_t)sizeof text);
    CHECK_STATUS(&run, lithe_result_report(result, text, needed, NULL, &run), LITHE_OK, NULL);
    CHECK((int64_t)strlen(text) == needed - 1 && text[0] == '{' && text[needed - 2] == '}');
    CHECK(strstr(text, "\"method\":\"gram\"") != NULL && strstr(text, "\"converged\":true") != NULL);
    CHECK(strstr(text, "\"seed\":\"18446744073709551615\"") != NULL && strstr(text, "\"passes\":") != NULL);
    CHECK(strstr(text, "\"arrays\":{\"u\":{\"rows\":6,\"cols\":2,\"type\":\"float64\"},\"s\":{\"rows\":2,\"cols\":1,") != NULL);
    CHECK_STATUS(&run, lithe_result_report(result, text, needed - 1, NULL, &run), LITHE_EINVAL, "capacity");
}

static void numbers(lithe_handle result)
{
    lithe_run run = fresh_run();
    double value = 7;
    CHECK(fabs(number_of(result, "error") - 1) < 1e-12);
    CHECK(fabs(number_of(result, "relative_error") - 1 / sqrt(35)) < 1e-12);
    CHECK(fabs(number_of(result, "norm") - sqrt(35)) < 1e-12);
    CHECK(number_of(result, "converged") == 1 && number_of(result, "passes") >= 1);
    CHECK_STATUS(&run, lithe_result_number(result, "errors", &value, &run), LITHE_EINVAL, "has no number \"errors\", known are error,");
    CHECK_STATUS(&run, lithe_result_number(result, "method", &value, &run), LITHE_EINVAL, "has no number \"method\"");
    CHECK_STATUS(&run, lithe_result_number(result, NULL, &value, &run), LITHE_EINVAL, "name must not be NULL");
    CHECK_STATUS(&run, lithe_result_number(result, "error", NULL, &run), LITHE_EINVAL, "value must not be NULL");
    CHECK(value == 7);
}

static void arrays(lithe_handle result)
{
    lithe_run run = fresh_run();
    int64_t rows = 0, cols = 0, positions[RANK];
    double out[ROWS * (RANK + 1)];
    float single[ROWS * RANK];
    lithe_matrix u = doubles(out, ROWS, RANK), f = floats(single, ROWS, RANK);
    CHECK_STATUS(&run, lithe_result_shape(result, "v", &rows, &cols, &run), LITHE_OK, NULL);
    CHECK(rows == COLS && cols == RANK);
    CHECK_STATUS(&run, lithe_result_shape(result, "s", &rows, NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_shape(result, "s", NULL, &cols, &run), LITHE_OK, NULL);
    CHECK(rows == RANK && cols == 1);
    CHECK_STATUS(&run, lithe_result_shape(result, "w", &rows, &cols, &run), LITHE_EINVAL, "no array \"w\", known are u, s, v, residuals");

    /* Into a place with gaps, which stay as they are. */
    u.stride = RANK + 1;
    for (int i = 0; i < ROWS * (RANK + 1); i++)
        out[i] = -77;
    CHECK_STATUS(&run, lithe_result_read(result, "u", &u, &run), LITHE_OK, NULL);
    CHECK(fabs(out[0] - 1) < 1e-12 && fabs(out[RANK + 2] - 1) < 1e-12 && fabs(out[1]) < 1e-12);
    for (int i = 0; i < ROWS; i++)
        CHECK(out[i * (RANK + 1) + RANK] == -77);

    u.rows = ROWS - 1;
    CHECK_STATUS(&run, lithe_result_read(result, "u", &u, &run), LITHE_ESHAPE, "out (u) must be 6 x 2, got 5 x 2");
    CHECK_STATUS(&run, lithe_result_read(result, "u", &f, &run), LITHE_EINVAL, "out (u) must have dtype LITHE_FLOAT64");
    CHECK_STATUS(&run, lithe_result_read(result, "u", NULL, &run), LITHE_EINVAL, "out (u) must not be NULL");
    CHECK_STATUS(&run, lithe_result_read(result, "x", &u, &run), LITHE_EINVAL, "no array \"x\"");
    CHECK_STATUS(&run, lithe_result_read_indices(result, "u", positions, RANK, &run), LITHE_EINVAL, "lithe_result_read");
    CHECK_STATUS(&run, lithe_result_read_indices(result, "x", positions, RANK, &run), LITHE_EINVAL, "no array \"x\"");
}

static void indices(void)
{
    lithe_run run = fresh_run();
    lithe_matrix x = doubles((double *)values, ROWS, COLS), out = doubles((double[2]){0}, 2, 1);
    lithe_operator a = dense_operator(&x);
    lithe_handle result = 0;
    CHECK_STATUS(&run, lithe_lowrank_column_id(&a, "{\"n_components\": 2}", &run, &result), LITHE_OK, NULL);
    int64_t *chosen = indices_of(result, "indices", 2);
    CHECK(chosen[0] == 1 && chosen[1] == 0);
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", chosen, 1, &run), LITHE_ESHAPE, "indices has 2 elements, count is 1");
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", NULL, 2, &run), LITHE_EINVAL, "must not be NULL");
    CHECK_STATUS(&run, lithe_result_read(result, "indices", &out, &run), LITHE_EINVAL, "lithe_result_read_indices");
    CHECK_STATUS(&run, lithe_result_view(result, "indices", &out, &run, &result), LITHE_EINVAL, "lithe_result_read_indices");
    free(chosen);
    CHECK(lithe_free(result) == LITHE_OK);
}

static void views(void)
{
    lithe_run run = fresh_run();
    lithe_handle result = decompose(), first = 0, second = 0;
    lithe_matrix u, again;
    memset(&u, 0x5a, sizeof u); /* whatever was there */
    CHECK_STATUS(&run, lithe_result_view(result, "u", &u, &run, &first), LITHE_OK, NULL);
    CHECK(u.rows == ROWS && u.cols == RANK && u.stride >= RANK && u.dtype == LITHE_FLOAT64 && u.reserved == 0);
    CHECK(fabs(((double *)u.data)[0] - 1) < 1e-12);
    ((double *)u.data)[0] = 7;
    CHECK_STATUS(&run, lithe_result_view(result, "u", &again, &run, &second), LITHE_OK, NULL);
    CHECK(again.data == u.data && second != first);
    CHECK_STATUS(&run, lithe_result_view(result, "u", NULL, &run, &second), LITHE_EINVAL, "array (u) must not be NULL");
    CHECK_STATUS(&run, lithe_result_view(result, "u", &again, &run, NULL), LITHE_EINVAL, "owner must not be NULL");
    CHECK_STATUS(&run, lithe_result_view(result, "x", &again, &run, &second), LITHE_EINVAL, "no array \"x\"");

    /* An array outlives its result, and other views of it. */
    CHECK(lithe_free(result) == LITHE_OK && lithe_free(second) == LITHE_OK);
    CHECK(((double *)u.data)[0] == 7);
    CHECK_STATUS(&run, lithe_result_view(first, "u", &again, &run, &second), LITHE_EHANDLE, "is a view of an array, expected a result");
    CHECK(lithe_free(first) == LITHE_OK && lithe_free(first) == LITHE_EHANDLE);
}

static void handles(lithe_handle result)
{
    lithe_run run = fresh_run();
    blobs b = make_blobs(60);
    lithe_handle model = fit_blobs(&b);
    lithe_matrix x = doubles(b.x, b.n, FEATURES);
    double value;
    CHECK_STATUS(&run, lithe_result_number(model, "error", &value, &run), LITHE_EHANDLE, "is a mixture model, expected a result");
    CHECK_STATUS(&run, lithe_mixture_predict(result, &x, b.labels, &run), LITHE_EHANDLE, "is a result, expected a mixture model");
    CHECK_STATUS(&run, lithe_result_number(0, "error", &value, &run), LITHE_EHANDLE, "never opened");
    CHECK(lithe_free(model) == LITHE_OK);
    CHECK(lithe_free(result) == LITHE_OK);
    CHECK_STATUS(&run, lithe_result_number(result, "error", &value, &run), LITHE_EHANDLE, "has been closed");
    free_blobs(&b);
}

void test_results(void)
{
    lithe_handle result = decompose();
    report(result);
    numbers(result);
    arrays(result);
    indices();
    views();
    handles(result);
}

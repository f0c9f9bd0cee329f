/* Facility location. */
#include "check.h"

static lithe_handle chosen(const char *kind, const lithe_matrix *x, const lithe_sparse *graph, const char *options)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    CHECK_STATUS(&run, lithe_coreset_facility_location(kind, x, NULL, graph, NULL, NULL, NULL, 0, NULL, 0, options, &run, &result),
                 LITHE_OK, NULL);
    return result;
}

static double number(lithe_handle result, const char *name)
{
    lithe_run run = fresh_run();
    double value = NAN;
    CHECK_STATUS(&run, lithe_result_number(result, name, &value, &run), LITHE_OK, NULL);
    return value;
}

void test_facility(void)
{
    double points[8] = {0, 0.1, 0.2, 5, 5.1, 5.2, 5.3, 5.4}, distances[64], weights[2];
    int64_t indices[2] = {-1, -1}, assignment[8], labels[8] = {0, 0, 0, 1, 1, 1, 1, 1}, first = 7;
    lithe_matrix x = doubles(points, 8, 1), d = doubles(distances, 8, 8), w = doubles(weights, 2, 1);
    lithe_run run = fresh_run();
    for (int i = 0; i < 64; i++)
        distances[i] = fabs(points[i / 8] - points[i % 8]);

    lithe_handle result = chosen("rows", &x, NULL, "{\"n_samples\": 2}");
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", indices, 2, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read_indices(result, "assignment", assignment, 8, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read(result, "weights", &w, &run), LITHE_OK, NULL);
    CHECK(indices[0] == 3 && indices[1] == 1);
    CHECK(weights[0] == 5 && weights[1] == 3);
    for (int i = 0; i < 8; i++)
        CHECK(assignment[i] == (i < 3));
    CHECK(fabs(number(result, "loss") - 1.2) < 1e-12);
    CHECK(number(result, "certificate") >= 0 && number(result, "certificate") <= 1);
    lithe_free(result);

    result = chosen("distances", &d, NULL, "{\"cover_loss\": 1.3}");
    CHECK(number(result, "loss") <= 1.3);
    lithe_free(result);

    /* A graph in which nobody but itself is connected to row 2. */
    double similar[4] = {1, 0.5, 1, 1};
    int32_t columns[4] = {0, 0, 1, 2}, starts[4] = {0, 1, 3, 4};
    lithe_sparse graph = {similar, columns, starts, 3, 3, 4, LITHE_FLOAT64, LITHE_INT32, LITHE_CSR, {0}};
    result = chosen("graph", NULL, &graph, "{\"n_samples\": 1}");
    CHECK(number(result, "uncovered") == 1);
    CHECK(fabs(number(result, "loss") - 1.5) < 1e-12);
    lithe_free(result);

    /* The rows of the same matrix, the last of which is orthogonal to the others. */
    result = chosen("sparse_rows", NULL, &graph, "{\"n_samples\": 2, \"metric\": \"cosine\"}");
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", indices, 2, &run), LITHE_OK, NULL);
    CHECK(indices[0] == 0 && indices[1] == 2);
    CHECK(fabs(number(result, "loss") - (1 - 0.5 / sqrt(1.25))) < 1e-12);
    lithe_free(result);

    /* Classes, and a first row. */
    CHECK_STATUS(&run, lithe_coreset_facility_location("rows", &x, NULL, NULL, NULL, labels, &first, 1, NULL, 0,
                 "{\"n_samples\": 2}", &run, &result), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", indices, 2, &run), LITHE_OK, NULL);
    CHECK(indices[0] == 1 && indices[1] == 7);
    lithe_free(result);

    CHECK_STATUS(&run, lithe_coreset_facility_plan("rows", &x, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, "{\"n_samples\": 2}", &run,
                 &result), LITHE_OK, NULL);
    CHECK(number(result, "bytes") > 0);
    lithe_free(result);

    result = 0;
    CHECK_STATUS(&run, lithe_coreset_facility_location("rows", &x, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, "{\"n_samples\": 9}",
                 &run, &result), LITHE_EINVAL, "only 8 rows");
    CHECK_STATUS(&run, lithe_coreset_facility_location("points", &x, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, "{\"n_samples\": 1}",
                 &run, &result), LITHE_EINVAL, "kind must be one of");
    distances[3] = 9;
    CHECK_STATUS(&run, lithe_coreset_facility_location("distances", &d, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0,
                 "{\"n_samples\": 1}", &run, &result), LITHE_ESHAPE, "not symmetric");
    CHECK(result == 0);
}

/* Weighted subsets by sampling, by gradients, for active learning, and what training on them tells. */
#include "check.h"

static double number(lithe_handle result, const char *name)
{
    lithe_run run = fresh_run();
    double value = NAN;
    CHECK_STATUS(&run, lithe_result_number(result, name, &value, &run), LITHE_OK, NULL);
    return value;
}

static int64_t length(lithe_handle result, const char *name)
{
    lithe_run run = fresh_run();
    int64_t rows = -1;
    CHECK_STATUS(&run, lithe_result_shape(result, name, &rows, NULL, &run), LITHE_OK, NULL);
    return rows;
}

static void test_samples(const lithe_matrix *x, const int64_t *labels)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    int64_t indices[3] = {-1, -1, -1}, initial = 2;
    CHECK_STATUS(&run, lithe_coreset_k_center(x, &initial, 1, "{\"n_centers\": 3, \"assign\": true}", &run, &result), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read_indices(result, "indices", indices, 3, &run), LITHE_OK, NULL);
    CHECK(indices[0] == 2 && length(result, "assignment") == 12 && number(result, "radius") > 0);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_k_center(x, NULL, 0, NULL, &run, &result), LITHE_EINVAL, "n_centers");
    CHECK_STATUS(&run, lithe_coreset_lightweight(x, NULL, "{\"n_samples\": 5}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "weights") <= 5 && number(result, "effective_size") <= 5);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_sensitivity(x, NULL, "{\"n_samples\": 5, \"n_clusters\": 2}", &run, &result), LITHE_OK, NULL);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_stratified(labels, 12, "{\"n_samples\": 4}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "indices") == 4);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_logistic(x, labels, NULL, "{\"n_samples\": 6}", &run, &result), LITHE_OK, NULL);
    lithe_free(result);
}

static void test_gradients(const lithe_matrix *g, const int64_t *labels)
{
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    double square[2] = {0, 0}, diagonal[2] = {4, -1}, denominator[2], plain = NAN, preconditioned = NAN, ones[12];
    lithe_matrix s = doubles(square, 2, 1), d = doubles(diagonal, 2, 1), h = doubles(denominator, 2, 1), w = doubles(ones, 12, 1);
    int64_t steps = 0, all[12];
    CHECK_STATUS(&run, lithe_coreset_curvature(&s, &steps, &d, "{\"damping\": 1e-300}", &h, &run), LITHE_OK, NULL);
    CHECK(steps == 1 && fabs(denominator[0] - 4) < 1e-12 && fabs(denominator[1] - 1) < 1e-12);
    CHECK_STATUS(&run, lithe_coreset_adacore(g, NULL, &h, labels, NULL, "{\"n_samples\": 4}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "indices") == 4 && number(result, "preconditioned_error") >= 0);
    CHECK(length(result, "residual") == 2);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_adacore(g, NULL, NULL, NULL, NULL, "{\"n_samples\": 4, \"weights\": \"least_squares\"}", &run, &result), LITHE_OK, NULL);
    CHECK(number(result, "error") < 0.1);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_gradmatch(g, NULL, NULL, NULL, NULL, "{\"n_samples\": 3}", &run, &result), LITHE_OK, NULL);
    CHECK(number(result, "relative_error") < 1e-6); /* two parameters need no more than two gradients */
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_glister(g, NULL, g, NULL, labels, "{\"n_samples\": 5, \"rounds\": 2}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "indices") == 5 && length(result, "losses") == 3);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_glister(g, NULL, g, g, labels, "{\"n_samples\": 5}", &run, &result), LITHE_EINVAL, "activations");
    for (int i = 0; i < 12; i++)
        all[i] = i, ones[i] = 1;
    CHECK_STATUS(&run, lithe_coreset_facility_knapsack("rows", g, NULL, NULL, NULL, &w, NULL, 0, NULL, 0, "{\"cost_limit\": 2.5}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "indices") == 2);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_gradient_error(g, NULL, all, 12, &w, NULL, NULL, &plain, &preconditioned, &run), LITHE_OK, NULL);
    CHECK(plain < 1e-12 && preconditioned == plain);
    CHECK_STATUS(&run, lithe_coreset_diagonal("fisher", g, NULL, NULL, &d, &run), LITHE_OK, NULL);
    CHECK(diagonal[0] > 0);
    CHECK_STATUS(&run, lithe_coreset_diagonal("exact", g, g, NULL, &d, &run), LITHE_EINVAL, "fisher");
}

/* Averages of the gradients of three samples, of which one stays away at first. */
static void test_averages(void)
{
    lithe_run run = fresh_run();
    float state[6] = {0}, given[4] = {4, 0, 0, 8}, now[4];
    int64_t steps[3] = {0}, slots[2] = {2, 0};
    lithe_matrix a = {state, 3, 2, 2, LITHE_FLOAT32, 0}, g = {given, 2, 2, 2, LITHE_FLOAT32, 0}, c = {now, 2, 2, 2, LITHE_FLOAT32, 0};
    CHECK_STATUS(&run, lithe_coreset_average(&a, steps, slots, &g, 0.5, &c, &run), LITHE_OK, NULL);
    CHECK(memcmp(given, now, sizeof now) == 0 && state[4] == 2 && state[1] == 4 && state[2] == 0);
    CHECK_STATUS(&run, lithe_coreset_average(&a, steps, NULL, &g, 0.5, &c, &run), LITHE_OK, NULL);
    CHECK(steps[0] == 2 && steps[1] == 1 && steps[2] == 1 && state[0] == 2 && state[1] == 2);
    CHECK(fabs(now[0] - 2 / 0.75) < 1e-6 && now[2] == 0 && now[3] == 8);
    slots[1] = 2;
    CHECK_STATUS(&run, lithe_coreset_average(&a, steps, slots, &g, 0.5, NULL, &run), LITHE_EINVAL, "twice");
    CHECK_STATUS(&run, lithe_coreset_average(&a, steps, NULL, &g, 1, NULL, &run), LITHE_EINVAL, "beta1");
    CHECK(steps[0] == 2);
}

/* The rows of g (12 x 2) as a sparse matrix without zeros, of which the same must come out. */
static void test_sparse(const lithe_matrix *g, const int64_t *labels)
{
    lithe_run run = fresh_run();
    lithe_handle dense = 0, sparse = 0;
    int64_t starts[13], columns[24], a[4], b[4];
    double curvature[2] = {4, 1}, target[2] = {3, 5}, weights[2];
    lithe_matrix c = doubles(curvature, 2, 1), t = doubles(target, 2, 1), w = doubles(weights, 2, 1);
    for (int i = 0; i < 24; i++)
        columns[i] = i % 2, starts[i / 2] = 2 * (i / 2);
    starts[12] = 24;
    lithe_sparse s = {g->data, columns, starts, 12, 2, 24, LITHE_FLOAT64, LITHE_INT64, LITHE_CSR, {0}};
    CHECK_STATUS(&run, lithe_coreset_adacore(g, NULL, &c, labels, NULL, "{\"n_samples\": 4}", &run, &dense), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_coreset_sparse_adacore(&s, &c, labels, NULL, "{\"n_samples\": 4}", &run, &sparse), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read_indices(dense, "indices", a, 4, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read_indices(sparse, "indices", b, 4, &run), LITHE_OK, NULL);
    CHECK(memcmp(a, b, sizeof a) == 0 && fabs(number(dense, "loss") - number(sparse, "loss")) < 1e-9);
    lithe_free(dense);
    lithe_free(sparse);
    CHECK_STATUS(&run, lithe_coreset_sparse_gradmatch(&s, NULL, &t, NULL, "{\"n_samples\": 2}", &run, &sparse), LITHE_OK, NULL);
    CHECK(length(sparse, "weights") == 2 && number(sparse, "relative_error") < 1e-6);
    CHECK_STATUS(&run, lithe_result_read_indices(sparse, "indices", a, 2, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_result_read(sparse, "weights", &w, &run), LITHE_OK, NULL);
    const double *x = g->data;
    for (int k = 0; k < 2; k++)
        CHECK(fabs(weights[0] * x[2 * a[0] + k] + weights[1] * x[2 * a[1] + k] - target[k]) < 1e-6);
    lithe_free(sparse);
    sparse = 0;
    CHECK_STATUS(&run, lithe_coreset_sparse_adacore(&s, &t, labels, NULL, NULL, &run, &sparse), LITHE_EINVAL, "n_samples");
    CHECK_STATUS(&run, lithe_coreset_sparse_gradmatch(&s, NULL, g, NULL, "{\"n_samples\": 2}", &run, &sparse), LITHE_ESHAPE, "target");
    double all[12], plain = 1, by_curvature = 1, other = 1, fisher[2], same[2];
    int64_t first[3] = {0, 4, 7};
    lithe_matrix three = doubles(all, 3, 1), f = doubles(fisher, 2, 1), again = doubles(same, 2, 1);
    for (int i = 0; i < 3; i++)
        all[i] = 4;
    CHECK_STATUS(&run, lithe_coreset_gradient_error(g, NULL, first, 3, &three, &c, NULL, &plain, &other, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_coreset_sparse_gradient_error(&s, first, 3, &three, &c, NULL, &plain, &by_curvature, &run), LITHE_OK, NULL);
    CHECK(fabs(by_curvature - other) < 1e-12);
    CHECK_STATUS(&run, lithe_coreset_diagonal("fisher", g, NULL, NULL, &f, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_coreset_sparse_fisher(&s, NULL, &again, &run), LITHE_OK, NULL);
    CHECK(fabs(fisher[0] - same[0]) < 1e-12 && fabs(fisher[1] - same[1]) < 1e-12);
    CHECK_STATUS(&run, lithe_coreset_sparse_k_center(&s, NULL, 0, "{\"n_centers\": 3, \"metric\": \"cosine\"}", &run, &sparse), LITHE_OK, NULL);
    CHECK(length(sparse, "indices") == 3 && number(sparse, "radius") >= 0);
    lithe_free(sparse);
    CHECK_STATUS(&run, lithe_coreset_sparse_lightweight(&s, NULL, "{\"n_samples\": 5}", &run, &sparse), LITHE_OK, NULL);
    lithe_free(sparse);
    CHECK_STATUS(&run, lithe_coreset_sparse_sensitivity(&s, NULL, "{\"n_samples\": 5, \"n_clusters\": 2}", &run, &sparse), LITHE_OK, NULL);
    lithe_free(sparse);
    CHECK_STATUS(&run, lithe_coreset_sparse_logistic(&s, labels, NULL, "{\"n_samples\": 6}", &run, &sparse), LITHE_OK, NULL);
    lithe_free(sparse);
    CHECK_STATUS(&run, lithe_coreset_sparse_batch(&s, first, 3, "{\"n_samples\": 2}", &run, &sparse), LITHE_OK, NULL);
    CHECK(length(sparse, "indices") == 2);
    lithe_free(sparse);
    sparse = 0;
    s.layout = LITHE_CSC, s.rows = 2, s.cols = 12;
    CHECK_STATUS(&run, lithe_coreset_sparse_k_center(&s, NULL, 0, "{\"n_centers\": 1}", &run, &sparse), LITHE_EINVAL, "LITHE_CSR");
    CHECK_STATUS(&run, lithe_coreset_sparse_adacore(&s, NULL, NULL, NULL, "{\"n_samples\": 4}", &run, &sparse), LITHE_EINVAL, "LITHE_CSR");
    CHECK_STATUS(&run, lithe_coreset_sparse_adacore(NULL, NULL, NULL, NULL, NULL, &run, &sparse), LITHE_EINVAL, "gradients must not be NULL");
    CHECK(sparse == 0);
}

void test_subsets(void)
{
    double points[24];
    int64_t labels[12], observed[2] = {0, 1};
    lithe_matrix x = doubles(points, 12, 2);
    lithe_run run = fresh_run();
    lithe_handle result = 0;
    for (int i = 0; i < 12; i++) {
        labels[i] = i % 2;
        points[2 * i] = sin(i) + 2 * labels[i];
        points[2 * i + 1] = 1 + cos(3.0 * i);
    }
    test_samples(&x, labels);
    test_gradients(&x, labels);
    test_sparse(&x, labels);
    test_averages();
    CHECK_STATUS(&run, lithe_coreset_batch(&x, 0, observed, 2, "{\"n_samples\": 3, \"method\": \"maxdet\"}", &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "indices") == 3);
    lithe_free(result);
    CHECK_STATUS(&run, lithe_coreset_train(&x, labels, &x, labels, "{\"subset\": \"full\", \"max_iter\": 4, \"hidden_layer_sizes\": [3]}",
                 &run, &result), LITHE_OK, NULL);
    CHECK(length(result, "trace") == 4 && length(result, "parameters") == 2 * 3 + 3 + 3 * 2 + 2);
    lithe_free(result);
}

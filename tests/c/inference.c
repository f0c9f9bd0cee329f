/* What a mixture says about data. */
#include "check.h"

/* A two-component factor model in three dimensions. */
static lithe_handle known_model(void)
{
    static double w[] = {0.4, 0.6}, mu[] = {0, 0, 0, 3, -3, 1}, load[] = {1, 0.5, -0.5, 0.3, 1, 2}, noise[] = {1, 0.5, 2, 1, 1, 0.25};
    lithe_matrix weights = doubles(w, 2, 1), means = doubles(mu, 2, 3), loadings = doubles(load, 6, 1), var = doubles(noise, 2, 3);
    lithe_run run = fresh_run();
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_mixture_new("factor", &weights, &means, &loadings, &var, &run, &model), LITHE_OK, NULL);
    return model;
}

enum { N = 200, D = 3 };

static void agree_with_each_other(lithe_handle model, lithe_matrix *x)
{
    lithe_run run = fresh_run();
    static double scores[N], posterior[N * 2], top[N * 2], factors[N], clean[N * D], criteria[3];
    static int64_t labels[N];
    static int32_t ids[N * 2];
    lithe_matrix p = doubles(posterior, N, 2), t = doubles(top, N, 2), z = doubles(factors, N, 1), y = doubles(clean, N, D);

    CHECK_STATUS(&run, lithe_mixture_score_samples(model, x, scores, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_predict(model, x, labels, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, x, &p, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_top_posterior(model, x, 2, ids, &t, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_transform(model, x, &z, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_denoise(model, x, -1, &y, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_criteria(model, x, criteria, &run), LITHE_OK, NULL);

    double sum = 0;
    int probabilities = 1, order = 1, moved = 0;
    for (int i = 0; i < N; i++) {
        sum += scores[i];
        probabilities &= fabs(posterior[2 * i] + posterior[2 * i + 1] - 1) < 1e-9;
        probabilities &= labels[i] == (posterior[2 * i + 1] > posterior[2 * i]);
        order &= ids[2 * i] == labels[i] && ids[2 * i + 1] == 1 - labels[i] && top[2 * i] >= top[2 * i + 1];
        order &= fabs(top[2 * i] - posterior[2 * i + ids[2 * i]]) < 1e-9;
        for (int j = 0; j < D; j++)
            moved += clean[i * D + j] != ((double *)x->data)[i * D + j];
    }
    CHECK(probabilities);
    CHECK(order);
    CHECK(moved > N * D / 2);
    CHECK(fabs(criteria[0] - sum) < 1e-9 * fabs(sum));
    /* Parameters: 1 weight, 6 means, 2 * (3 * 2 - 0) covariances. */
    CHECK(fabs(criteria[1] - (2 * 19 - 2 * sum)) < 1e-6);
    CHECK(fabs(criteria[2] - (19 * log(N) - 2 * sum)) < 1e-6);

    CHECK_STATUS(&run, lithe_mixture_denoise(model, x, 0, &y, &run), LITHE_OK, NULL);
    CHECK(memcmp(clean, x->data, sizeof clean) == 0);
}

static void precisions_agree(lithe_handle model, const lithe_matrix *x)
{
    static float single[N * D], posterior32[N * 2];
    static double posterior64[N * 2], scores32[N], scores64[N];
    const double *values = x->data;
    for (int i = 0; i < N * D; i++)
        single[i] = (float)values[i];
    lithe_matrix s = floats(single, N, D), p32 = floats(posterior32, N, 2), p64 = doubles(posterior64, N, 2);
    lithe_run run = fresh_run();
    CHECK_STATUS(&run, lithe_mixture_posterior(model, x, &p64, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, &s, &p32, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, x, scores64, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &s, scores32, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_posterior(model, &s, &p64, &run), LITHE_EINVAL, "dst must have dtype LITHE_FLOAT32");
    int close = 1;
    for (int i = 0; i < N; i++)
        close &= fabs(scores32[i] - scores64[i]) < 1e-3 && fabs((double)posterior32[2 * i] - posterior64[2 * i]) < 1e-3;
    CHECK(close);
}

static void threads_do_not_change_bits(lithe_handle model, const lithe_matrix *x)
{
    static double one[N], four[N];
    lithe_run run = fresh_run();
    run.threads = 1;
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, x, one, &run), LITHE_OK, NULL);
    run.threads = 4;
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, x, four, &run), LITHE_OK, NULL);
    CHECK(memcmp(one, four, sizeof one) == 0);
}

static void samples(lithe_handle model, double *x)
{
    static double again[N * D];
    static float single[N * D];
    static int64_t labels[N];
    lithe_matrix m = doubles(x, N, D), a = doubles(again, N, D), s = floats(single, N, D);
    lithe_run run = fresh_run();
    CHECK_STATUS(&run, lithe_mixture_sample(model, 7, &m, labels, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_sample(model, 7, &a, NULL, &run), LITHE_OK, NULL);
    CHECK(memcmp(x, again, sizeof again) == 0);
    CHECK_STATUS(&run, lithe_mixture_sample(model, 7, &s, NULL, &run), LITHE_OK, NULL);
    CHECK(single[4] == (float)x[4]);
    CHECK_STATUS(&run, lithe_mixture_sample(model, 8, &a, NULL, &run), LITHE_OK, NULL);
    CHECK(memcmp(x, again, sizeof again) != 0);
    int second = 0;
    for (int i = 0; i < N; i++) {
        CHECK(labels[i] == 0 || labels[i] == 1);
        second += (int)labels[i];
    }
    CHECK(second > N * 0.45 && second < N * 0.75);
}

/* A read-only page as input, as a memory-mapped file would be: writing to it would end the program. */
static void constant_input(lithe_handle model)
{
    static const double page[] = {0.5, -1.5, 2.5, 1, 2, 3};
    lithe_matrix x = doubles((double *)(uintptr_t)page, 2, D);
    lithe_run run = fresh_run();
    double scores[2];
    int64_t labels[2];
    lithe_handle fitted = 0;
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, scores, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_predict(model, &x, labels, &run), LITHE_OK, NULL);
    CHECK(lithe_mixture_fit(&x, NULL, NULL, "{\"covariance_type\": \"spherical\"}", &run, &fitted) == LITHE_OK);
    CHECK(lithe_free(fitted) == LITHE_OK);
}

void test_inference(void)
{
    static double x[N * D];
    lithe_matrix m = doubles(x, N, D);
    lithe_handle model = known_model();
    samples(model, x);
    agree_with_each_other(model, &m);
    precisions_agree(model, &m);
    threads_do_not_change_bits(model, &m);
    constant_input(model);
    CHECK(lithe_free(model) == LITHE_OK);
}

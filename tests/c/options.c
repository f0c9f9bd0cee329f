/* Options are JSON text; every mistake in it is named. */
#include "check.h"

void test_options(void)
{
    static const struct {
        const char *text, *fragment;
    } bad[] = {
        {"{\"n_component\": 3}", "unknown option \"n_component\" (did you mean n_components?); known are n_components, covariance_type"},
        {"{\"Tol\": 3}", "unknown option \"Tol\" (did you mean tol?)"},
        {"{\"gamma\": 3}", "unknown option \"gamma\"; known are"},
        {"{\"Threads\": 3}", "unknown option \"Threads\""},
        {"{\"-\": 3}", "unknown option \"-\""},
        {"{\"n_components\": \"3\"}", "option n_components: expected an integer, got \"3\""},
        {"{\"n_components\": 3.5}", "option n_components: expected an integer, got 3.5"},
        {"{\"n_components\": 99999999999999999999}", "option n_components: expected an integer"},
        {"{\"n_components\": [3]}", "option n_components: expected an integer, got [3]"},
        {"{\"n_components\": true}", "option n_components: expected an integer"},
        {"{\"n_components\": 0}", "option n_components: 0 is not possible"},
        {"{\"n_components\": -4}", "n_components must be at least 1, got -4"},
        {"{\"covariance_type\": \"\"}", "option covariance_type: \"\" is not possible"},
        {"{\"covariance_type\": \"full\"}", "covariance_type must be one of"},
        {"{\"covariance_type\": 1}", "option covariance_type: expected a string, got 1"},
        {"{\"tol\": \"small\"}", "option tol: expected a number, got \"small\""},
        {"{\"tol\": 1e999}", "option tol: expected a number"},
        {"{\"reg_covar\": -1}", "reg_covar is a fraction"},
        {"{\"random_state\": \"-1\"}", "option random_state: expected an integer in [0, 2^64)"},
        {"{\"random_state\": \"18446744073709551616\"}", "option random_state: expected an integer in [0, 2^64)"},
        {"{\"random_state\": \"\"}", "option random_state: expected"},
        {"{\"tol\": NaN}", "malformed JSON"},
        {"{\"tol\": 1,}", "malformed JSON"},
        {"{\"tol\": 1", "malformed JSON"},
        {"{\"tol\": 1} x", "malformed JSON: something follows the object"},
        {"{\"tol\": 1}{}", "malformed JSON: something follows the object"},
        {"[1]", "expected a JSON object such as {\"tol\": 0.001}, got array"},
        {"3", "expected a JSON object"},
        {"tol=1", "malformed JSON"},
    };
    static const char *const good[] = {
        NULL, "", "  \n", "{}", "null", " { } ", "{\"n_components\": null}", "{\"random_state\": \"18446744073709551615\"}",
        "{\"random_state\": 7}", "{\"random_state\": 0}", "{\"tol\": 0, \"max_iter\": 5}", "{\"tol\": -1, \"max_iter\": 2}",
        "{\"reg_covar\": 0}", "{\"n_components\": 2, \"covariance_type\": \"spherical\", \"init_params\": \"random\"}",
    };
    blobs b = make_blobs(60);
    lithe_matrix x = doubles(b.x, b.n, FEATURES);
    lithe_matrix wide = doubles(b.x, b.n / 2, 2 * FEATURES); /* the default of five factors needs more than five */

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lithe_run run = fresh_run();
        lithe_handle model = 0;
        CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, bad[i].text, &run, &model), LITHE_EINVAL, bad[i].fragment);
        CHECK(model == 0);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        lithe_run run = fresh_run();
        lithe_handle model = 0;
        int32_t status = lithe_mixture_fit(&wide, NULL, NULL, good[i], &run, &model);
        check_that((status == LITHE_OK || status == LITHE_ENOCONV) && model != 0, good[i] != NULL ? good[i] : "NULL",
                   run.message, __FILE__, __LINE__);
        CHECK(lithe_free(model) == LITHE_OK);
    }

    lithe_run run = fresh_run();
    double centers[8 * FEATURES];
    lithe_matrix out = doubles(centers, 8, FEATURES);
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, "{\"n_components\": 8}", &out, NULL, NULL, NULL, &run), LITHE_EINVAL,
                 "unknown option \"n_components\"");
    CHECK_STATUS(&run, lithe_kmeans_fit(&x, NULL, NULL, "{\"n_cluster\": 8}", &out, NULL, NULL, NULL, &run), LITHE_EINVAL,
                 "did you mean n_clusters?");
    free_blobs(&b);
}

/* The distribution of what rows are before noise. */
#include "check.h"

/* Rows at -3 and 3, a quarter of them at -3, under noise of variance 1/4: close to two atoms. */
void test_npmle(void)
{
    lithe_run run = fresh_run();
    double rows[80], noise = 0.25, denoised[80], certificate = NAN, weight[80];
    for (int i = 0; i < 80; i++)
        rows[i] = i % 4 == 0 ? -3 : 3, weight[i] = i % 4 == 0;
    lithe_matrix x = doubles(rows, 80, 1), variance = doubles(&noise, 1, 1), w = doubles(weight, 80, 1), out = doubles(denoised, 80, 1);
    lithe_handle model = 0;
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, NULL, NULL, &run, &model, &certificate), LITHE_OK, NULL);
    CHECK(certificate >= 0 && certificate <= 1e-4 && run.iteration > 0);
    CHECK_STATUS(&run, lithe_mixture_denoise(model, &x, -1, &out, &run), LITHE_OK, NULL);
    CHECK(fabs(denoised[0] + 3) < 0.05 && fabs(denoised[1] - 3) < 0.05);
    char info[4096];
    CHECK_STATUS(&run, lithe_mixture_info(model, info, sizeof info, NULL, &run), LITHE_OK, NULL);
    CHECK(strstr(info, "\"covariance_type\":\"diag\"") != NULL);
    CHECK(lithe_free(model) == LITHE_OK);

    /* Only rows at -3 have weight: one atom, and there. */
    model = 0;
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, &w, "{\"n_atoms\": 4}", &run, &model, NULL), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_denoise(model, &x, -1, &out, &run), LITHE_OK, NULL);
    CHECK(fabs(denoised[0] + 3) < 0.05 && denoised[1] < 0);
    CHECK(lithe_free(model) == LITHE_OK);

    /* What one step leaves above tol is a result all the same. */
    model = 0;
    for (int i = 0; i < 80; i++)
        rows[i] = 0.1 * i;
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, NULL, "{\"max_iter\": 1, \"tol\": 1e-9}", &run, &model, &certificate), LITHE_ENOCONV, NULL);
    CHECK(model != 0 && certificate > 1e-9 && lithe_free(model) == LITHE_OK);

    model = 0;
    noise = 0;
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, NULL, NULL, &run, &model, NULL), LITHE_EINVAL, "noise_variance");
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &x, NULL, NULL, &run, &model, NULL), LITHE_ESHAPE, "noise_variance");
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, NULL, "{\"flow\": \"up\"}", &run, &model, NULL), LITHE_EINVAL, "flow");
    noise = 0.25, rows[7] = NAN;
    CHECK_STATUS(&run, lithe_npmle_fit(&x, &variance, NULL, NULL, &run, &model, NULL), LITHE_EDATA, "row 7");
    CHECK(model == 0);
}

/* A panic anywhere in the library comes back as a status, and the library goes on. Needs the build tag lithe_debug. */
#include "check.h"

int32_t lithe_debug_panic(int32_t where, lithe_run *run);
int32_t lithe_debug_handle(lithe_handle *handle);

void test_panics(void)
{
    lithe_run run = fresh_run();
    for (int round = 0; round < 3; round++) {
        CHECK_STATUS(&run, lithe_debug_panic(0, &run), LITHE_EPANIC, "panic: deliberate");
        CHECK_STATUS(&run, lithe_debug_panic(0, &run), LITHE_EPANIC, "lithe_debug_panic");
        CHECK_STATUS(&run, lithe_debug_panic(1, &run), LITHE_EPANIC, "panic: deliberate, in a tile");
        CHECK_STATUS(&run, lithe_debug_panic(2, &run), LITHE_ENOMEM, "not enough memory");
        CHECK(lithe_debug_panic(0, NULL) == LITHE_EPANIC);
        CHECK(lithe_debug_panic(1, NULL) == LITHE_EPANIC);

        blobs b = make_blobs(60);
        lithe_handle model = fit_blobs(&b);
        CHECK(model != 0);
        CHECK(lithe_free(model) == LITHE_OK);
        free_blobs(&b);
    }

    lithe_handle other = 0;
    double x[FEATURES] = {0}, score;
    lithe_matrix m = doubles(x, 1, FEATURES);
    CHECK(lithe_debug_handle(&other) == LITHE_OK);
    CHECK_STATUS(&run, lithe_mixture_score_samples(other, &m, &score, &run), LITHE_EHANDLE, "expected a mixture model");
    CHECK_STATUS(&run, lithe_mixture_save(other, "/nonexistent/x", &run), LITHE_EHANDLE, "expected a mixture model");
    CHECK(lithe_free(other) == LITHE_OK);
    CHECK(lithe_free(other) == LITHE_EHANDLE);
}

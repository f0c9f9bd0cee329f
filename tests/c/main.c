/* Runs every suite against the release library, or with -DLITHE_DEBUG the one that needs the debug library. */
#include "check.h"

int main(void)
{
#ifdef LITHE_DEBUG
    test_panics();
#else
    test_library();
    test_arguments();
    test_options();
    test_mixture();
    test_inference();
    test_files();
    test_kmeans();
    test_results();
    test_lowrank();
    test_operators();
    test_kernels();
    test_estimates();
    test_streams();
    test_pca();
    test_gp();
    test_gp_svm();
    test_gp_basis();
    test_gp_classifier();
    test_gp_surrogate();
    test_choice();
    test_threads();
#endif
    return check_summary();
}

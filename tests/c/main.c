/* Runs suites against the release library, all of them or those named as arguments, with seconds of each if there are
 * arguments ("list" prints the names); with -DLITHE_DEBUG the one that needs the debug library. */
#include "check.h"

#include <time.h>

typedef struct {
    const char *name;
    void (*run)(void);
} suite;

static const suite suites[] = {
#ifdef LITHE_DEBUG
    {"panics", test_panics},
#else
    {"library", test_library},
    {"arguments", test_arguments},
    {"options", test_options},
    {"mixture", test_mixture},
    {"mixture_blocks", test_mixture_blocks},
    {"npmle", test_npmle},
    {"inference", test_inference},
    {"files", test_files},
    {"kmeans", test_kmeans},
    {"results", test_results},
    {"lowrank", test_lowrank},
    {"operators", test_operators},
    {"kernels", test_kernels},
    {"estimates", test_estimates},
    {"streams", test_streams},
    {"pca", test_pca},
    {"gp", test_gp},
    {"gp_svm", test_gp_svm},
    {"gp_basis", test_gp_basis},
    {"gp_classifier", test_gp_classifier},
    {"gp_surrogate", test_gp_surrogate},
    {"softmix", test_softmix},
    {"choice", test_choice},
    {"facility", test_facility},
    {"subsets", test_subsets},
    {"threads", test_threads},
#endif
};

static void run(const suite *s, int timed)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    s->run();
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (timed)
        printf("%6.1f s %s\n", (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec), s->name);
}

int main(int argc, char **argv)
{
    const size_t count = sizeof suites / sizeof suites[0];
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (size_t s = 0; s < count; s++)
            puts(suites[s].name);
        return 0;
    }
    for (size_t s = 0; argc < 2 && s < count; s++)
        run(&suites[s], 0);
    for (int a = 1; a < argc; a++) {
        size_t s = 0;
        while (s < count && strcmp(suites[s].name, argv[a]) != 0)
            s++;
        if (s == count) {
            fprintf(stderr, "there is no suite %s\n", argv[a]);
            return 2;
        }
        run(&suites[s], 1);
    }
    return check_summary();
}

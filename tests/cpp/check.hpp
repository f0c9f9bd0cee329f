/* What the C++ tests share: CHECK counts, failures are printed, check_summary() closes. */
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>
#include <string>

inline int passed = 0, failed = 0;

inline void check_that(bool ok, const char *what, const char *file, int line) {
    (ok ? passed : failed)++;
    if (!ok)
        std::printf("%s:%d: failed: %s\n", file, line, what);
}

inline int check_summary() {
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

#define CHECK(condition) check_that(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

/* The expression must throw a lithe::error of that status whose text contains the fragment. */
#define CHECK_THROWS(expression, wanted, fragment)                                                    \
    try {                                                                                             \
        (void)(expression);                                                                           \
        check_that(false, #expression " throws", __FILE__, __LINE__);                                 \
    } catch (const lithe::error &e) {                                                                 \
        check_that(e.status() == (wanted), #expression " throws " #wanted, __FILE__, __LINE__);       \
        check_that(std::string(e.what()).find(fragment) != std::string::npos, e.what(), __FILE__, __LINE__); \
    }

void test_mixture_fits();
void test_gp();
void test_gp_models();
void test_gp_classifier();
void test_choice();
void test_coreset();
void test_softmix();
void test_gp_surrogate();
void test_lowrank();

#endif

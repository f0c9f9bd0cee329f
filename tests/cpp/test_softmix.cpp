/* Softmax mixtures of lithe.hpp: a fit, its file, and what both say about cells. */
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "check.hpp"
#include "lithe.hpp"

void test_softmix() {
    std::vector<double> x, counts;
    for (int j = 0; j < 300; j++) {
        double angle = 2.399963 * j, radius = 2.5 * std::sqrt((j + 0.5) / 300);
        x.insert(x.end(), {radius * std::cos(angle), radius * std::sin(angle)});
        counts.push_back(std::round(100 * (std::exp(1.5 * x[x.size() - 2]) + std::exp(2 * x.back()))));
    }
    lithe::matrix_view<double> cells(x, 2);
    auto fit = lithe::softmix::mixture::fit(cells, counts, {{"n_components", 2}, {"random_state", 1}});
    CHECK(fit.converged() && fit.theta().rows() == 2);
    auto path = (std::filesystem::temp_directory_path() / "lithe_test_softmix_cpp.lithe").string();
    fit.save(path);
    auto loaded = lithe::softmix::mixture::load(path);
    std::remove(path.c_str());
    CHECK(loaded.converged() && loaded.log_likelihood() == fit.log_likelihood() && loaded.alpha() == fit.alpha());
    CHECK(loaded.log_probability(cells) == fit.log_probability(cells));
    CHECK(loaded.report().vector("counts") == counts);
    CHECK_THROWS(lithe::softmix::mixture::load(path), LITHE_EFILE, "lithe_test_softmix_cpp");
}

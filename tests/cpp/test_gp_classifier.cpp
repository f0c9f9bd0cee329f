/* Gaussian process classification of lithe.hpp. */
#include <cmath>

#include "check.hpp"
#include "lithe.hpp"

using lithe::matrix_view;
using lithe::gp::classifier;

namespace {

const std::string kernel = R"({"type": "Product", "k1": {"type": "Constant", "constant_value": 1},
                               "k2": {"type": "RBF", "length_scale": 1}})";

} // namespace

void test_gp_classifier() {
    std::vector<double> x;
    std::vector<std::int64_t> two, three;
    for (int i = 0; i < 60; i++) {
        x.push_back(0.1 * i);
        two.push_back(std::sin(x.back()) > 0);
        three.push_back(i / 20);
    }
    const std::vector<double> at{1.5, 4.5};
    matrix_view points(x, 1), places(at, 1);

    classifier m = classifier::fit(points, two, kernel);
    CHECK(m.converged() && m.n_samples() == 60 && m.n_features() == 1 && m.n_classes() == 2 && m.n_latent() == 1);
    CHECK(m.solver() == "cholesky" && m.labels() == two);
    auto p = m.predict(places);
    CHECK(p.labels == (std::vector<std::int64_t>{1, 0}) && p.probabilities(0, 1) > 0.6 && p.probabilities(1, 0) > 0.6);
    CHECK(p.mean(0, 0) > 0 && p.variance(0, 0) > 0 && m.predict(places, {{"variance", "none"}}).variance.rows() == 0);

    classifier again = classifier::from_parts({m.x(), m.labels(), m.weights(), m.latent(), m.kernels(), {}});
    CHECK(again.predict(places).probabilities(0, 1) == p.probabilities(0, 1));
    const std::vector<double> theta{0.3, -0.2};
    auto here = m.log_likelihood(theta, true), there = m.log_likelihood({0.3 + 1e-5, -0.2});
    CHECK(std::abs((there.value - here.value) / 1e-5 - here.gradient[0]) < 1e-3 && there.gradient.empty() &&
          here.value < m.log_likelihood());

    classifier softmax = classifier::fit(points, three, kernel, {{"multi_class", "softmax"}});
    CHECK(softmax.n_latent() == 3 && softmax.predict(places).labels == (std::vector<std::int64_t>{0, 2}));
    CHECK(classifier::fit(points, three, kernel, {{"multi_class", "one_vs_one"}}).predict(places).probabilities.rows() == 0);
    CHECK(!classifier::fit(points, two, kernel, {{"max_iter", 1}}).converged());
    CHECK_THROWS(classifier::fit(points, {1, 2}, kernel), LITHE_ESHAPE, "2 labels for 60 points");
    CHECK_THROWS(classifier::fit(points, std::vector<std::int64_t>(60, 0), kernel), LITHE_EINVAL, "at least 2 classes");
    CHECK_THROWS(m.log_likelihood({1}), LITHE_ESHAPE, "free parameters each");
}

/* Support vector machines and sums of functions of lithe.hpp. */
#include <cmath>

#include "check.hpp"
#include "lithe.hpp"

using lithe::matrix_view;
using value = lithe::options::value;

static void machines() {
    std::vector<double> x;
    std::vector<std::int64_t> labels;
    for (int i = 0; i < 90; i++) {
        x.push_back((1 + i % 3) * std::cos(0.7 * i));
        x.push_back((1 + i % 3) * std::sin(0.7 * i));
        labels.push_back(i % 3);
    }
    matrix_view points(x, 2);
    auto m = lithe::gp::svm::fit(points, labels, {{"C", 50}});
    CHECK(m.converged() && m.n_samples() == 90 && m.n_features() == 2 && m.n_functions() == 3);
    CHECK(m.predict(points) == labels);
    auto f = m.decide(points), b = m.intercept(), x_again = m.x(), dual = m.dual_coef();
    std::vector<double> intercept{b(0, 0), b(1, 0), b(2, 0)};
    auto again = lithe::gp::svm::from_parts(x_again, dual, intercept, m.kernel());
    CHECK(again.decide(points)(5, 1) == f(5, 1));
    CHECK(!lithe::gp::svm::fit(points, labels, {{"C", 1e6}, {"solver", "cg"}, {"rank", 1}, {"max_iter", 1}}).converged());
    std::vector<double> weights(90, 1.0);
    weights[0] = 0;
    auto two = lithe::gp::svm::fit(points, std::vector<std::int64_t>(labels.begin(), labels.end()), {}, nullptr,
                                   R"({"type": "RBF", "length_scale": 1})", weights);
    CHECK(two.n_samples() == 89 && two.kernel() == R"({"type":"RBF","length_scale":1})");
    CHECK_THROWS(lithe::gp::svm::fit(points, {0, 1}), LITHE_ESHAPE, "2 labels for 90 points");
    CHECK_THROWS(lithe::gp::svm::fit(points, labels, {{"C", -1}}), LITHE_EINVAL, "C must be a positive number");
}

static void functions() {
    std::vector<double> x, y;
    for (int i = 0; i < 300; i++) {
        x.push_back(std::fmod(0.37 * i, 6.0));
        x.push_back(i % 2);
        y.push_back(10 + std::sin(x[2 * static_cast<std::size_t>(i)]) + (i % 2 ? 0.5 : -0.5) + 0.05 * std::cos(97.0 * i));
    }
    matrix_view points(x, 2);
    lithe::options o{{"categories", value::from_json("[0, 2]")}, {"n_basis", 10}};
    auto m = lithe::gp::basis::fit(points, y, o);
    CHECK(m.converged() && m.n_samples() == 300 && m.n_terms() == 2 && m.n_columns() == 11 && m.noise() < 0.01);
    auto p = m.predict(points, {{"effects", true}});
    CHECK(p.mean.size() == 300 && p.variance.size() == 300 && p.effects.cols() == 2 && p.effect_variances.rows() == 300);
    CHECK(std::abs(p.effects(1, 1) - 0.5) < 0.05 && std::abs(p.mean[7] - y[7]) < 0.2);
    CHECK(m.predict(points, {{"skip_variance", true}}).variance.empty());
    auto again = lithe::gp::basis::from_parts({m.gram(), m.moments(), m.theta(4), m.design(), m.state()});
    CHECK(again.predict(points).mean == m.predict(points).mean);
    CHECK(m.update(points, y).n_samples() == 600);
    CHECK_THROWS(m.theta(9), LITHE_ESHAPE, "must be 4 x 1");
    o.set("terms", value::from_json(R"([{"features": [0, 7]}])"));
    CHECK_THROWS(lithe::gp::basis::fit(points, y, o), LITHE_EINVAL, "term 0 names feature 7");
}

void test_gp_models() {
    machines();
    functions();
}

/* Weighted subsets of lithe.hpp: selection, samples, gradients, and what is thrown. */
#include <cmath>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "lithe.hpp"

namespace {

double sum(const std::vector<double> &v) { return std::accumulate(v.begin(), v.end(), 0.0); }

void test_selection() {
    const std::vector<double> points{0, 0.1, 0.2, 5, 5.1, 5.2, 5.3, 5.4};
    lithe::matrix_view<double> x(points, 1);
    auto chosen = lithe::coreset::facility_location(x, {{"n_samples", 2}});
    CHECK((chosen.indices == std::vector<std::int64_t>{3, 1}) && (chosen.weights == std::vector<double>{5, 3}));
    CHECK(chosen.assignment.size() == 8 && chosen.gains.size() == 2);
    CHECK(std::abs(chosen.loss() - 1.2) < 1e-12 && chosen.engine() == "decremental");
    CHECK(chosen.certificate() >= 0 && chosen.certificate() <= 1);
    CHECK(lithe::coreset::explain(x, {{"n_samples", 2}}).engine == "decremental");

    lithe::coreset::terms t;
    t.groups = {0, 0, 0, 1, 1, 1, 1, 1};
    t.initial = {7};
    t.weights = std::vector<double>(8, 0.5);
    chosen = lithe::coreset::facility_location(x, {{"n_samples", 2}}, t);
    CHECK((chosen.indices == std::vector<std::int64_t>{1, 7}) && sum(chosen.weights) == 4);
    t.weights.pop_back();
    CHECK_THROWS(lithe::coreset::facility_location(x, {{"n_samples", 2}}, t), LITHE_ESHAPE, "7 weights for 8 rows");
    CHECK_THROWS(lithe::coreset::facility_location(x, {{"n_samples", 9}}), LITHE_EINVAL, "8");

    auto centers = lithe::coreset::k_center(x, {{"n_centers", 2}, {"assign", true}});
    CHECK(std::abs(centers.number("radius") - 0.4) < 1e-12 && sum(centers.vector("weights")) == 8);
    auto asked = lithe::coreset::batch(x, {{"n_samples", 2}, {"method", "maxdist"}}, {0});
    CHECK(asked.indices("indices").front() == 7);
}

void test_samples() {
    std::vector<float> data;
    std::vector<std::int64_t> labels;
    for (int i = 0; i < 600; i++) {
        labels.push_back(i % 3 == 0);
        data.insert(data.end(), {static_cast<float>(std::sin(i)) + static_cast<float>(labels.back()), static_cast<float>(i % 7)});
    }
    lithe::matrix_view<float> x(data, 2);
    lithe::run one(1), two(2);
    auto a = lithe::coreset::sensitivity(x, {{"n_samples", 100}, {"n_clusters", 3}, {"random_state", 5}}, {}, &one);
    auto b = lithe::coreset::sensitivity(x, {{"n_samples", 100}, {"n_clusters", 3}, {"random_state", 5}}, {}, &two);
    CHECK(a.indices == b.indices && a.weights == b.weights && a.assignment.empty());
    CHECK(a.effective_size() > 20 && a.effective_size() <= static_cast<double>(a.indices.size()));
    CHECK(std::abs(sum(lithe::coreset::lightweight(x, {{"n_samples", 200}, {"random_state", 1}}).weights) / 600 - 1) < 0.3);
    CHECK(std::abs(sum(lithe::coreset::logistic(x, labels, {{"n_samples", 200}, {"random_state", 1}}).weights) / 600 - 1) < 0.5);
    CHECK(sum(lithe::coreset::stratified(labels, {{"n_samples", 30}}).weights) == 600);
}

void test_gradients() {
    std::vector<double> residuals, inputs;
    std::vector<std::int64_t> classes;
    for (int i = 0; i < 200; i++) {
        double p = 0.5 + 0.4 * std::sin(3 * i), y = i % 2;
        classes.push_back(i % 2);
        residuals.insert(residuals.end(), {p - y, y - p});
        inputs.insert(inputs.end(), {std::cos(i), std::cos(2 * i), std::sin(5 * i)});
    }
    lithe::matrix_view<double> r(residuals, 2), a(inputs, 3);
    lithe::coreset::gradients<double> g{r, &a};
    lithe::coreset::terms t;
    t.groups = classes;
    auto plain = lithe::coreset::craig(g, {{"n_samples", 40}}, t);
    auto scaled = lithe::coreset::adacore(g, std::vector<double>(8, 2.0), {{"n_samples", 40}}, t);
    CHECK(plain.indices == scaled.indices && std::abs(scaled.loss() - plain.loss() / 2) < 1e-9 * plain.loss());
    CHECK(std::abs(sum(plain.weights) - 200) < 1e-9 && plain.report.number("error") > 0);
    auto matched = lithe::coreset::gradmatch(g, {{"n_samples", 8}});
    CHECK(matched.indices.size() <= 8 && matched.report.number("relative_error") < 0.2);
    CHECK_THROWS(lithe::coreset::adacore(g, {1, 2}, {{"n_samples", 40}}), LITHE_ESHAPE, "curvature");
}

} // namespace

void test_coreset() {
    test_selection();
    test_samples();
    test_gradients();
}

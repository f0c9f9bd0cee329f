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

    lithe::coreset::terms begun;
    begun.initial = {7};
    auto bought = lithe::coreset::facility_knapsack(x, {1, 1, 1, 9, 1, 1, 1, 1}, {{"cost_limit", 2.5}}, begun);
    CHECK(bought.indices.size() == 2 && sum(bought.weights) == 8 && bought.assignment.size() == 8);
    CHECK((bought.indices == std::vector<std::int64_t>{7, 1}) && bought.certificate() <= 1);
    CHECK_THROWS(lithe::coreset::facility_knapsack(x, {1, 2}, {{"cost_limit", 2.5}}), LITHE_ESHAPE, "costs");

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

/* A sparse matrix and the same one with its zeros. */
void test_sparse_gradients() {
    constexpr std::int64_t n = 60, m = 5;
    std::vector<double> full(n * m), values;
    std::vector<std::int32_t> columns, starts{0};
    std::vector<std::int64_t> classes;
    for (int i = 0; i < n; i++) {
        for (int k : {i % 3, 3 + i % 2}) {
            values.push_back(1.5 + std::sin(7 * i + k));
            columns.push_back(k);
            full[static_cast<std::size_t>(i * m + k)] = values.back();
        }
        starts.push_back(static_cast<std::int32_t>(values.size()));
        classes.push_back(i % 2);
    }
    auto sparse = lithe::lowrank::sparse_view<double>::csr(n, m, starts, columns, values);
    lithe::coreset::gradients<double> dense{lithe::matrix_view<double>(full, m)};
    lithe::coreset::terms t;
    t.groups = classes;
    auto a = lithe::coreset::craig(sparse, {{"n_samples", 12}}, t), b = lithe::coreset::craig(dense, {{"n_samples", 12}}, t);
    CHECK(a.indices == b.indices && a.weights == b.weights && std::abs(a.loss() - b.loss()) < 1e-9);
    const std::vector<double> curvature{1, 2, 4, 1, 2};
    a = lithe::coreset::adacore(sparse, curvature, {{"n_samples", 12}}, t);
    CHECK(a.indices == lithe::coreset::adacore(dense, curvature, {{"n_samples", 12}}, t).indices);
    a = lithe::coreset::gradmatch(sparse, {{"n_samples", 6}}), b = lithe::coreset::gradmatch(dense, {{"n_samples", 6}});
    CHECK(a.indices == b.indices && a.report.number("relative_error") < 1e-6);
    a = lithe::coreset::facility_location(sparse, {{"n_samples", 12}}, t);
    CHECK(a.indices == lithe::coreset::facility_location(lithe::matrix_view<double>(full, m), {{"n_samples", 12}}, t).indices);
    CHECK(lithe::coreset::k_center(sparse, {{"n_centers", 9}}).indices("indices").size() == 9);
    CHECK(std::abs(lithe::coreset::k_center(sparse, {{"n_centers", 9}}).number("radius") -
                   lithe::coreset::k_center(lithe::matrix_view<double>(full, m), {{"n_centers", 9}}).number("radius")) < 1e-9);
    CHECK(lithe::coreset::lightweight(sparse, {{"n_samples", 20}}).indices ==
          lithe::coreset::lightweight(lithe::matrix_view<double>(full, m), {{"n_samples", 20}}).indices);
    CHECK(lithe::coreset::sensitivity(sparse, {{"n_samples", 20}, {"n_clusters", 3}}).effective_size() > 5);
    CHECK(lithe::coreset::logistic(sparse, classes, {{"n_samples", 20}}).indices ==
          lithe::coreset::logistic(lithe::matrix_view<double>(full, m), classes, {{"n_samples", 20}}).indices);
    CHECK(lithe::coreset::batch(sparse, {{"n_samples", 4}, {"method", "maxdet"}}, {0}).indices("indices").size() == 4);
    t.weights = {1};
    CHECK_THROWS(lithe::coreset::craig(sparse, {{"n_samples", 12}}, t), LITHE_ESHAPE, "1 weights for 60 rows");
    const std::vector<std::int32_t> positions{0, 1}, at{0};
    const std::vector<double> one{1};
    auto by_columns = lithe::lowrank::sparse_view<double>::csc(2, 1, positions, at, one);
    CHECK_THROWS(lithe::coreset::craig(by_columns, {{"n_samples", 1}}), LITHE_EINVAL, "LITHE_CSR");
}

/* Gradients in the logits of two classes; validation data is of class 0 and undecided, so that class 0 is what helps. */
void test_validation() {
    std::vector<double> rows, undecided(16, 0.0), ones(20, 1.0), others(8, 1.0);
    for (int i = 0; i < 20; i++) {
        double y = i % 4 == 0;
        rows.insert(rows.end(), {0.5 - y, y - 0.5});
    }
    lithe::matrix_view<double> g(rows, 2), activations(ones, 1), inputs(others, 1);
    lithe::coreset::validation<double> v{lithe::matrix_view<double>(undecided, 2), std::vector<std::int64_t>(8, 0)};
    auto chosen = lithe::coreset::glister(lithe::coreset::gradients<double>{g}, v, {{"n_samples", 4}, {"rounds", 2}});
    for (std::int64_t i : chosen.indices("indices"))
        CHECK(i % 4 == 0);
    auto losses = chosen.vector("losses");
    CHECK(losses.size() == 3 && losses[1] < losses[0] && std::abs(losses[0] - std::log(2.0)) < 1e-12);
    v.inputs = &inputs;
    CHECK(lithe::coreset::glister({g, &activations}, v, {{"n_samples", 4}}).indices("indices").size() == 4);
    v.labels.pop_back();
    CHECK_THROWS(lithe::coreset::glister({g, &activations}, v, {{"n_samples", 4}}), LITHE_ESHAPE, "7 labels for 8 rows");
}

} // namespace

void test_coreset() {
    test_selection();
    test_samples();
    test_gradients();
    test_sparse_gradients();
    test_validation();
}

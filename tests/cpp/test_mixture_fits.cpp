/* Mixtures of lithe.hpp from blocks and batches of rows, the number of components, and mixing distributions. */
#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "lithe.hpp"

namespace {

constexpr std::int64_t n = 400, d = 2, block = 50;

/* Two clouds, around (0, 0) and (20, -20), of points that are not random. */
std::vector<double> clouds() {
    std::vector<double> x;
    for (int i = 0; i < n; i++)
        x.insert(x.end(), {1.5 * std::sin(1.7 * i) + 20 * (i % 2), 1.5 * std::cos(2.9 * i) - 20 * (i % 2)});
    return x;
}

const lithe::options diagonal = {{"n_components", 2}, {"covariance_type", "diag"}, {"random_state", 3}};

void blocks(const std::vector<double> &data) {
    std::int64_t at = 0;
    int calls = 0, fail_at = 0;
    lithe::lowrank::row_blocks<double> x(n, d, [&](bool first) -> std::optional<lithe::matrix_view<double>> {
        at = first ? 0 : at + block;
        if (++calls == fail_at)
            throw std::runtime_error("the disk is gone");
        if (at >= n)
            return {};
        return lithe::matrix_view<double>(data.data() + at * d, block, d);
    });
    auto m = lithe::mixture::fit_blocks(x, diagonal);
    CHECK(m.converged() && std::abs(m.weights()(0, 0) - 0.5) < 1e-6);
    CHECK(std::abs(m.means()(0, 0) - m.means()(1, 0)) > 19);

    lithe::mixture::start s;
    const std::vector<double> means{20, -20, 0, 0};
    s.means = lithe::matrix_view<double>(means, d);
    CHECK(lithe::mixture::fit_blocks(x, diagonal, nullptr, std::vector<double>(n, 2.0), s).means()(0, 0) > 19);

    /* A pass has n / block blocks and an end; the failure comes in the pass after the first iteration. */
    std::optional<lithe::mixture::model> kept;
    calls = 0, fail_at = 2 * (n / block + 1) + 2;
    try {
        lithe::mixture::fit_blocks(x, diagonal, nullptr, {}, {}, &kept);
        CHECK(!"it throws");
    } catch (const std::runtime_error &e) {
        CHECK(std::string(e.what()) == "the disk is gone");
    }
    CHECK(kept && kept->n_iter() == 1);
    fail_at = 0;
    CHECK_THROWS(lithe::mixture::fit_blocks(x, diagonal, nullptr, {1.0}), LITHE_ESHAPE, "sample_weight");
}

void batches(const std::vector<double> &data) {
    lithe::mixture::stepwise online(2, 0, {{"covariance_type", "diag"}});
    CHECK_THROWS(online.current(), LITHE_EINVAL, "before the first batch");
    CHECK_THROWS(online.partial_fit(lithe::matrix_view<double>(data.data(), 1, d)), LITHE_ESHAPE, "at least as many rows");
    for (std::int64_t at = 0; at < n; at += block)
        online.partial_fit(lithe::matrix_view<double>(data.data() + at * d, block, d));
    CHECK(online.batches() == n / block && online.current().n_components() == 2);
    CHECK(std::abs(online.current().means()(0, 0) - online.current().means()(1, 0)) > 19);
    lithe::mixture::start s;
    s.labels.assign(block, 0);
    CHECK_THROWS(online.partial_fit(lithe::matrix_view<double>(data.data(), block, d), nullptr, {}, s), LITHE_EINVAL, "start");
    CHECK(online.batches() == n / block && online.current().n_components() == 2);

    lithe::mixture::stepwise factors(2, 1, {});
    factors.partial_fit(lithe::matrix_view<double>(data, d));
    CHECK(factors.current().n_factors() == 1);
}

void number_of_components(const std::vector<double> &data) {
    lithe::matrix_view<double> x(data, d);
    auto found = lithe::mixture::select<double>(x, {1, 2}, "icl", {{"covariance_type", "diag"}});
    CHECK(found.best.n_components() == 2 && found.path.size() == 2);
    CHECK(found.path[1].components == 2 && found.path[1].criterion == found.path[1].icl && found.path[1].icl < found.path[0].icl);
    CHECK(std::isnan(found.path[0].held_out) && found.path[1].converged);
    double sum = 0;
    for (double e : found.best.entropies(x))
        sum += e;
    CHECK(sum >= 0 && std::abs(found.path[1].icl - found.path[1].bic - 2 * sum) < 1e-6);
    auto held = lithe::mixture::select<double>(x, {1, 2}, "held_out", {{"covariance_type", "diag"}}, x);
    CHECK(std::abs(held.path[1].held_out + held.path[1].log_likelihood / n) < 1e-9);
    auto warm = lithe::mixture::select<double>(x, {2, 1}, "icl", {{"covariance_type", "diag"}}, {}, nullptr, {}, true);
    CHECK(warm.path[0].components == 2 && warm.path[0].icl < warm.path[1].icl);
    CHECK_THROWS(lithe::mixture::select<double>(x, {}, "bic"), LITHE_ESHAPE, "n_candidates");
}

/* Noise-free rows at -3 and 3 under noise of variance 1/4: two atoms, which posterior means fall to. */
void mixing_distribution() {
    std::vector<double> rows;
    for (int i = 0; i < 100; i++)
        rows.push_back(i % 4 == 0 ? -3 : 3);
    lithe::matrix_view<double> x(rows, 1);
    auto found = lithe::mixture::fit_npmle(x, {0.25});
    CHECK(found.converged && found.certificate >= 0 && found.certificate <= 1e-4);
    CHECK(found.estimate.covariance_type() == "diag" && std::abs(found.estimate.noise_variance()(0, 0) - 0.25) < 1e-12);
    CHECK(std::abs(found.estimate.denoise(x)(1, 0) - 3) < 0.05);
    CHECK_THROWS(lithe::mixture::fit_npmle(x, {0.25, 1}), LITHE_ESHAPE, "noise_variance");
}

} // namespace

void test_mixture_fits() {
    const auto data = clouds();
    blocks(data);
    batches(data);
    number_of_components(data);
    mixing_distribution();
}

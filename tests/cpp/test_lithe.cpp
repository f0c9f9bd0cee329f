// Tests lithe.hpp: that every member does what the C function behind it does, ownership, and errors as exceptions.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "check.hpp"
#include "lithe.hpp"

namespace {

using lithe::matrix;
using lithe::matrix_view;
using lithe::mixture::kmeans;
using lithe::mixture::model;

static_assert(!std::is_copy_constructible_v<model> && !std::is_copy_assignable_v<model>);
static_assert(std::is_nothrow_move_constructible_v<model> && std::is_move_assignable_v<model>);
static_assert(!std::is_copy_constructible_v<lithe::run>);
static_assert(!std::is_constructible_v<matrix_view<double>, std::vector<double> &&, std::int64_t>);

constexpr std::int64_t n = 600, d = 4, clouds = 3;

// Three well separated clouds.
std::vector<double> cloud_data() {
    std::mt19937_64 generator(7);
    std::normal_distribution<double> normal;
    std::vector<double> x;
    for (std::int64_t i = 0; i < n; i++)
        for (std::int64_t j = 0; j < d; j++)
            x.push_back(normal(generator) + 20.0 * static_cast<double>((i % clouds) * (j + 1) % clouds));
    return x;
}

const lithe::options diagonal = {{"n_components", 3}, {"covariance_type", "diag"}, {"random_state", std::uint64_t{11}}};

bool follows_clouds(const std::vector<std::int64_t> &labels) {
    for (std::size_t i = clouds; i < labels.size(); i++)
        if (labels[i] != labels[i % clouds])
            return false;
    return labels[0] != labels[1] && labels[1] != labels[2] && labels[0] != labels[2];
}

void options_are_json() {
    CHECK(lithe::options().json() == "{}");
    CHECK((lithe::options{{"a", 1}, {"b", 0.5}, {"c", true}, {"d", "x\"\\\n"}}.json() ==
           "{\"a\": 1, \"b\": 0.5, \"c\": true, \"d\": \"x\\\"\\\\\\u000a\"}"));
    CHECK(lithe::options().set("s", UINT64_MAX).json() == "{\"s\": 18446744073709551615}");
    CHECK(lithe::options().set("t", 0.1).json() == "{\"t\": 0.10000000000000001}");
}

void fits_and_infers(const std::vector<double> &data) {
    matrix_view x(data, d);
    lithe::run r(2);
    model m = model::fit(x, diagonal, &r);
    CHECK(m.converged() && m.n_iter() > 0);
    CHECK(r.iteration() > 0 && r.max_iterations() == 100 && std::isfinite(r.objective()));
    CHECK(!r.phase().empty() && r.seconds() > 0 && r.evaluations() > 0);
    CHECK(m.n_components() == 3 && m.n_features() == d && m.n_factors() == 0 && m.covariance_type() == "diag");
    CHECK(m.n_parameters() == 2 + 12 + 12);
    CHECK(std::isfinite(m.lower_bound()) && m.coverage_gap() == 0);
    CHECK(!m.history().empty() && m.history().back().objective >= m.history().front().objective);
    CHECK(m.weights().rows() == 3 && std::abs(m.weights()(0, 0) - 1.0 / 3) < 0.01);
    CHECK(m.means().cols() == d && m.noise_variance().rows() == 3 && m.loadings().cols() == 0);
    CHECK(m.neighbors().rows() == 3);

    auto labels = m.predict(x);
    CHECK(follows_clouds(labels));
    auto p = m.posterior(x);
    auto t = m.top_posterior(x, 2);
    bool sums = p.rows() == n && p.cols() == 3, tops = t.ids.cols() == 2;
    for (std::int64_t i = 0; i < n; i++) {
        sums = sums && std::abs(p(i, 0) + p(i, 1) + p(i, 2) - 1) < 1e-9;
        tops = tops && t.ids(i, 0) == labels[static_cast<std::size_t>(i)] && t.probabilities(i, 0) >= t.probabilities(i, 1);
    }
    CHECK(sums);
    CHECK(tops);

    double total = 0;
    for (double s : m.score_samples(x))
        total += s;
    auto c = m.criteria(x);
    CHECK(std::abs(c.log_likelihood - total) < 1e-9 * std::abs(total));
    CHECK(std::abs(c.aic - (2.0 * 26 - 2 * total)) < 1e-6 && c.bic > c.aic);

    matrix<double> clean = m.denoise(x, 0);
    CHECK(clean(3, 2) == data[3 * d + 2]);
    CHECK(m.denoise(x)(3, 2) != data[3 * d + 2]);

    auto s = m.sample(50, 3);
    CHECK(s.x.rows() == 50 && s.labels.size() == 50 && m.predict(s.x.view()) == s.labels);
    CHECK(m.sample(50, 3).x(49, 3) == s.x(49, 3) && m.sample(50, 4).x(49, 3) != s.x(49, 3));

    std::vector<float> single(data.begin(), data.end());
    matrix<float> q = m.posterior(matrix_view(single, d));
    CHECK(std::abs(static_cast<double>(q(5, 1)) - p(5, 1)) < 1e-3);

    // Every second row: a view with a stride.
    matrix_view<double> even(data.data(), n / 2, d, 2 * d);
    auto half = m.predict(even);
    CHECK(half.size() == n / 2 && half[7] == labels[14]);
}

void starts_and_parameters(const std::vector<double> &data) {
    matrix_view x(data, d);
    matrix<double> centers(clouds, d);
    for (std::int64_t c = 0; c < clouds; c++)
        for (std::int64_t j = 0; j < d; j++)
            centers(c, j) = 20.0 * static_cast<double>(c * (j + 1) % clouds);
    lithe::mixture::start s;
    s.means = centers;
    auto labels = model::fit(x, diagonal, nullptr, {}, s).predict(x);
    CHECK(labels[0] == 0 && labels[1] == 1 && labels[2] == 2);

    lithe::mixture::start by_label;
    by_label.labels = labels;
    CHECK(model::fit(x, diagonal, nullptr, {}, by_label).predict(x) == labels);
    by_label.dof = {3, 4};
    CHECK_THROWS(model::fit(x, diagonal, nullptr, {}, by_label), LITHE_ESHAPE, "start.n_dof must be the");
    by_label.dof = std::vector<double>(static_cast<std::size_t>(clouds), -1.0);
    CHECK_THROWS(model::fit(x, diagonal, nullptr, {}, by_label), LITHE_EINVAL, "starting degrees of freedom");

    std::vector<double> weight;
    for (std::int64_t i = 0; i < n; i++)
        weight.push_back(i % clouds == 1);
    model one = model::fit(x, {{"covariance_type", "spherical"}}, nullptr, weight);
    CHECK(std::abs(one.means()(0, 0) - 20) < 0.5);

    model f = model::fit(x, {{"n_components", 3}, {"n_factors", 2}});
    CHECK(f.n_factors() == 2 && f.loadings().rows() == 3 * d && f.loadings().cols() == 2);
    CHECK(f.transform(x).rows() == n && f.transform(x).cols() == 2);
    model g = model::from_parameters("factor", f.weights(), f.means(), f.noise_variance(), f.loadings().view());
    auto a = f.score_samples(x), b = g.score_samples(x);
    bool close = true;
    for (std::size_t i = 0; i < a.size(); i++)
        close = close && std::abs(a[i] - b[i]) < 1e-9;
    CHECK(close);
    model t = g.with_tails("t", std::vector<double>(static_cast<std::size_t>(g.n_components()), 3.0));
    CHECK(g.family() == "gaussian" && t.family() == "t" && t.dof()(0, 0) == 3.0 && t.score_samples(x)[0] != b[0]);
    model u = model::fit(x, {{"n_components", 3}, {"n_factors", 2}, {"loadings_type", "tied"}});
    CHECK(u.loadings()(0, 1) == u.loadings()(d, 1) && u.n_parameters() == u.with_loadings("own").n_parameters() - 2 * (2 * d - 1));
}

/* One component of loadings 1, 1 and noise 1, 0.5: given x_0 = 2, the factor is N(1, 1/2) and x_1 is N(2, 1). */
void missing_values() {
    std::vector<double> weight{1}, mean{0, 1}, loadings{1, 1}, noise{1, 0.5}, row{2, std::nan("")};
    model m = model::from_parameters("factor", matrix_view<double>(weight, 1), matrix_view<double>(mean, 2),
                                     matrix_view<double>(noise, 2), matrix_view<double>(loadings, 1));
    matrix_view<double> x(row, 2);
    CHECK(std::abs(m.impute(x)(0, 1) - 2) < 1e-12 && m.impute(x)(0, 0) == 2);
    CHECK(m.impute_draw(x, 3)(0, 1) == m.impute_draw(x, 3)(0, 1) && m.impute_draw(x, 3)(0, 1) != m.impute_draw(x, 4)(0, 1));
    CHECK(std::abs(m.conditional(row).means()(0, 0) - 2) < 1e-12 && std::abs(m.conditional_mean(x, {1})(0, 0) - 2) < 1e-12);
    std::vector<double> first{2};
    double alone = m.marginal({0}).score_samples(matrix_view<double>(first, 1))[0];
    CHECK(std::abs(m.with({{"missing", "nan"}}).score_samples(x)[0] - alone) < 1e-12);
    CHECK_THROWS(m.score_samples(x), LITHE_EDATA, "NaN");
}

void moves_and_files(const std::vector<double> &data) {
    matrix_view x(data, d);
    model a = model::fit(x, diagonal), c = model::fit(x, {{"n_components", 1}, {"covariance_type", "diag"}});
    auto expected = a.score_samples(x);
    model b = std::move(a);
    CHECK(b.score_samples(x) == expected);
    c = std::move(b);
    CHECK(c.score_samples(x) == expected && c.n_components() == 3);

    const char *folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/lithe_test_cpp.lithe";
    c.save(path);
    model loaded = model::load(path);
    CHECK(loaded.score_samples(x) == expected && loaded.converged());
    CHECK(std::remove(path.c_str()) == 0);
    CHECK_THROWS(model::load(path), LITHE_EFILE, "no such file");
    CHECK_THROWS(c.save("/nonexistent/m.lithe"), LITHE_EFILE, "cannot write");
}

void errors(const std::vector<double> &data) {
    matrix_view x(data, d);
    CHECK_THROWS(model::fit(x, {{"n_component", 3}}), LITHE_EINVAL, "did you mean n_components?");
    CHECK_THROWS(model::fit(x, {{"n_components", 3.5}}), LITHE_EINVAL, "expected an integer");
    CHECK_THROWS(model::fit(matrix_view(data.data(), 2, d), {{"n_components", 3}, {"covariance_type", "diag"}}), LITHE_ESHAPE, "");
    CHECK_THROWS(model::fit(x, diagonal, nullptr, {1.0, 2.0}), LITHE_ESHAPE, "sample_weight");
    CHECK_THROWS(matrix_view(data, 7), LITHE_ESHAPE, "cannot be cut into rows of 7");
    CHECK_THROWS(matrix_view(data, 0), LITHE_ESHAPE, "rows of 0");
    CHECK_THROWS(model::fit(matrix_view<double>(nullptr, 5, 2)), LITHE_EINVAL, "must not be NULL");
    CHECK_THROWS(model::fit(matrix_view<double>(data.data(), -5, 2)), LITHE_ESHAPE, "negative");
    model m = model::fit(x, diagonal);
    CHECK_THROWS(m.predict(matrix_view<double>(data.data(), -5, d)), LITHE_ESHAPE, "negative");
    CHECK_THROWS(m.predict(matrix_view(data, d / 2)), LITHE_ESHAPE, "");
    CHECK_THROWS(m.sample(-1), LITHE_ESHAPE, "negative");
    CHECK_THROWS(m.top_posterior(x, 0), LITHE_EINVAL, "k must be");
    CHECK_THROWS(m.top_posterior(x, 9), LITHE_EINVAL, "k must be");
    auto bad = data;
    bad[9] = std::nan("");
    CHECK_THROWS(m.score_samples(matrix_view(bad, d)), LITHE_EDATA, "row 2, column 1");
    model early = model::fit(x, lithe::options(diagonal).set("max_iter", 1).set("tol", -1));
    CHECK(!early.converged() && early.n_iter() == 1);
}

void cancels(const std::vector<double> &data) {
    matrix_view x(data, d);
    lithe::run r;
    std::int64_t seen = 0; // iterations count anew in every phase, so that those of the seeding may end it
    std::thread watcher([&] {
        for (int i = 0; i < 6000 && (seen = r.iteration()) < 3; i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        r.cancel();
    });
    CHECK_THROWS(model::fit(x, {{"n_components", 10}, {"covariance_type", "diag"}, {"tol", -1}, {"max_iter", 1000000000}}, &r),
                 LITHE_ECANCELLED, "cancelled");
    watcher.join();
    CHECK(seen >= 3);
    CHECK_THROWS(model::fit(x, diagonal, &r), LITHE_ECANCELLED, "cancelled");
    r.reset();
    CHECK(model::fit(x, diagonal, &r).converged());
}

void clusters(const std::vector<double> &data) {
    matrix_view x(data, d);
    kmeans km = kmeans::fit(x, clouds, {{"random_state", 5}});
    CHECK(km.converged() && km.n_iter() >= 1 && follows_clouds(km.labels()));
    CHECK(km.predict(x) == km.labels());
    double sum = 0;
    for (double v : km.squared_distances(x))
        sum += v;
    CHECK(std::abs(sum - km.inertia()) < 1e-9 * sum);
    kmeans again = kmeans::fit(x, clouds, {}, nullptr, {}, km.centers().view());
    CHECK(again.labels() == km.labels());
    CHECK_THROWS(kmeans::fit(x, 0), LITHE_EINVAL, "n_clusters");
    CHECK_THROWS(kmeans::fit(x, clouds, {}, nullptr, {}, matrix_view<double>(data.data(), 2, d)), LITHE_ESHAPE, "start must be 3 x 4");
}

} // namespace

int main() {
    CHECK(lithe::version() == LITHE_VERSION);
    auto data = cloud_data();
    const auto before = data;
    options_are_json();
    fits_and_infers(data);
    starts_and_parameters(data);
    missing_values();
    moves_and_files(data);
    errors(data);
    cancels(data);
    clusters(data);
    test_mixture_fits();
    test_lowrank();
    test_gp();
    test_gp_models();
    test_gp_classifier();
    test_choice();
    test_softmix();
    test_coreset();
    test_gp_surrogate();
    CHECK(data == before);
    return check_summary();
}

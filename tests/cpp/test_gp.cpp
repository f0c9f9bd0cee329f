/* Gaussian processes of lithe.hpp. */
#include <cmath>
#include <cstdio>

#include "check.hpp"
#include "lithe.hpp"

using lithe::matrix_view;
using lithe::gp::model;

namespace {

const std::string kernel = R"({"type": "Product", "k1": {"type": "Constant", "constant_value": 1},
                               "k2": {"type": "RBF", "length_scale": 1}})";

} // namespace

void test_gp() {
    std::vector<double> x, y;
    for (int i = 0; i < 40; i++) {
        x.push_back(0.2 * i);
        y.push_back(2 + std::sin(x.back()) + 0.05 * std::cos(91.0 * i));
    }
    const std::vector<double> at{1.03, 4.5, 30};
    matrix_view points(x, 1), places(at, 1);

    model m = model::fit(points, y, kernel, {{"normalize_y", true}});
    CHECK(m.converged() && m.n_samples() == 40 && m.n_features() == 1 && m.solver() == "cholesky");
    CHECK(m.noise() > 0 && m.log_likelihood() > 0);
    auto p = m.predict(places);
    CHECK(std::abs(p.mean[0] - 2 - std::sin(1.03)) < 0.1 && std::abs(p.mean[1] - 2 - std::sin(4.5)) < 0.1);
    CHECK(p.variance.size() == 3 && p.variance[0] < 0.01 && p.variance[2] > 0.1 && p.bound.empty());
    CHECK(m.predict(places, {{"variance", "none"}}).variance.empty());
    auto c = m.covariance(places);
    CHECK(c(0, 1) == c(1, 0) && std::abs(c(2, 2) - p.variance[2]) < 1e-8);
    auto d = m.sample(places, 5, 3);
    CHECK(d.rows() == 3 && d.cols() == 5 && d(2, 0) != d(2, 1) && std::abs(d(0, 0) - p.mean[0]) < 0.5);
    auto left = m.leave_one_out();
    CHECK(left.mean.size() == 40 && std::abs(left.mean[20] - y[20]) < 0.3 && left.variance[20] > p.variance[0]);

    lithe::gp::parts parts{m.x(), m.y(), m.weights(), {}, {}, m.y_scaling(), {}, m.kernel(), {{"noise", m.noise()}}};
    model again = model::from_parts(parts);
    CHECK(again.predict(places).mean == p.mean && again.predict(places).variance == p.variance);
    parts.state.set("solver", "none");
    CHECK_THROWS(model::from_parts(parts), LITHE_EINVAL, "solver must be one of");

    model known = model::fit(points, y, kernel, {{"optimizer", "none"}, {"noise_fixed", true}}, nullptr,
                             std::vector<double>(40, 0.01));
    CHECK(known.known_noise()(7, 0) == 0.01);
    CHECK_THROWS(m.known_noise(), LITHE_EINVAL, "no array \"known_noise\"");
    CHECK(!model::fit(points, y, kernel, {{"max_iter", 1}}).converged());
    CHECK_THROWS(model::fit(points, y, R"({"type": "RBF", "scale": 1})"), LITHE_EINVAL, "has no field \"scale\"");
    CHECK_THROWS(model::fit(points, {1, 2}, kernel), LITHE_ESHAPE, "y must be 40 x 1");
    CHECK_THROWS(m.sample(places, 0), LITHE_EINVAL, "draws");

    /* Two outputs, uncertainty of the computation, files, likelihoods, and what there is before data. */
    std::vector<double> two;
    for (double v : y) {
        two.push_back(v);
        two.push_back(-v);
    }
    model pair = model::fit(points, matrix_view(two, 2), kernel, {{"normalize_y", true}});
    auto q = pair.predict(places);
    CHECK(pair.n_outputs() == 2 && q.mean.size() == 6 && std::abs(q.mean[2] + q.mean[3]) < 1e-6 && pair.sample(places, 3).cols() == 6);
    model few = model::fit(points, y, kernel, {{"normalize_y", true}, {"solver", "itergp"}, {"n_actions", 5}});
    CHECK(few.n_directions() == 5 && few.directions()(4, 39) != 0);
    auto combined = few.predict(places), exact = few.predict(places, {{"uncertainty", "mathematical"}});
    for (int i = 0; i < 3; i++)
        CHECK(combined.variance[i] >= exact.variance[i]);
    auto wide = few.covariance(places, {{"uncertainty", "combined"}});
    CHECK(std::abs(wide(1, 1) - combined.variance[1]) < 1e-9);
    const std::string path = "lithe_test_gp_cpp.lithe";
    few.save(path);
    CHECK(model::load(path).predict(places).variance == combined.variance);
    std::remove(path.c_str());
    auto l = m.log_likelihood({0.1, 0.2}, true);
    CHECK(l.gradient.size() == 2 && m.log_likelihood({0.1, 0.2}).value - l.value < 1e-9 && l.value < m.log_likelihood());
    CHECK(lithe::gp::kernel_matrix(kernel, points, places).cols() == 3 && lithe::gp::sample_prior(kernel, places, 4).cols() == 4);

    lithe::run stop;
    stop.cancel();
    std::optional<model> found;
    CHECK_THROWS(model::fit(points, y, kernel, {}, &stop, {}, &found), LITHE_ECANCELLED, "");
    CHECK(!found);
}

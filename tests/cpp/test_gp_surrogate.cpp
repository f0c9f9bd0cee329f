/* The C++ interface of surrogates of densities. */
#include <cmath>
#include <vector>

#include "check.hpp"
#include "lithe.hpp"

void test_gp_surrogate() {
    std::vector<double> box{-5, 5, -5, 5};
    lithe::gp::surrogate s(lithe::matrix_view(box, 2), {{"random_state", 2}});
    auto density = [](double a, double b) { return -0.5 * ((a - 1) * (a - 1) + 4 * (b - a) * (b - a)); };
    for (auto x = s.ask(); x.rows() > 0; x = s.ask()) {
        std::vector<double> y;
        for (std::int64_t i = 0; i < x.rows(); i++)
            y.push_back(density(x(i, 0), x(i, 1)));
        s.tell(x.view(), y);
    }
    CHECK(s.converged() && s.n_evaluations() < 60 && s.ask(3).rows() == 3);
    auto draws = s.sample(500, 1);
    auto x = draws.array<double>("x");
    auto mean = draws.vector("mean");
    CHECK(x.rows() == 500 && x.cols() == 2 && std::abs(mean[0] - 1) < 0.1 && std::abs(mean[1] - 1) < 0.1);
    CHECK(std::abs(draws.number("log_evidence") - std::log(3.14159265)) < 0.2);
    CHECK(std::abs(s.log_density(x.view())[0] - draws.vector("log_density")[0]) < 1e-6);
    lithe::gp::surrogate moved(std::move(s));
    std::vector<double> one{0, 0};
    CHECK_THROWS(moved.tell(lithe::matrix_view(one, 2), {NAN}), LITHE_EDATA, "[0 0] is NaN");
    CHECK_THROWS(lithe::gp::surrogate(lithe::matrix_view(box, 2), {{"batch", 2}}), LITHE_EINVAL, "unknown option");
}

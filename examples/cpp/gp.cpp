// A Gaussian process from C++: fit, predict with the uncertainty of data and computation, draw, save and load.
//
//     c++ -std=c++17 gp.cpp $(pkg-config --cflags --libs lithe) -o gp && ./gp
#include <cmath>
#include <cstdio>
#include <iostream>
#include <lithe.hpp>
#include <random>
#include <vector>

int main() {
    constexpr int n = 200;
    std::mt19937_64 generator(1);
    std::uniform_real_distribution<double> uniform(0, 10);
    std::normal_distribution<double> normal;
    std::vector<double> x, y;
    for (int i = 0; i < n; i++) {
        x.push_back(uniform(generator));
        y.push_back(std::sin(x.back()) + 0.3 * x.back() + 0.1 * normal(generator));
    }
    const std::vector<double> places{0.5, 2.5, 5.5, 9.5, 12};

    try {
        // Views of our numbers, which the library neither copies nor keeps. Kernels are JSON text, and so are options.
        const lithe::matrix_view points(x, 1), at(places, 1);
        const std::string kernel = R"({"type": "Product", "k1": {"type": "Constant", "constant_value": 1},
                                       "k2": {"type": "Matern", "nu": 2.5}})";

        // Fit. Another thread could watch or cancel the call through `run`; what training has found by then is kept.
        lithe::run run;
        std::optional<lithe::gp::model> interrupted;
        const auto exact = lithe::gp::model::fit(points, y, kernel, {{"normalize_y", true}}, &run, {}, &interrupted);
        std::cout << "fitted in " << run.seconds() << " s, log-likelihood " << exact.log_likelihood() << "\n";

        // The same kernel with ten actions in the place of a solution: what they leave open counts as uncertainty.
        const auto few = lithe::gp::model::fit(points, y, exact.kernel(), {{"normalize_y", true}, {"optimizer", "none"},
            {"noise", exact.noise()}, {"noise_fixed", true}, {"solver", "itergp"}, {"n_actions", 10}});
        const auto p = exact.predict(at), combined = few.predict(at), part = few.predict(at, {{"uncertainty", "computational"}});
        const auto draws = exact.sample(at, 2, 7);
        bool right = true;
        std::printf("   x    truth    mean  +- 2 std   after ten actions   of which computation   two functions\n");
        for (std::size_t i = 0; i < places.size(); i++) {
            const double truth = std::sin(places[i]) + 0.3 * places[i];
            std::printf("%4.1f  %7.3f %7.3f  +- %.3f   %7.3f +- %.3f    %.3f                %7.3f %7.3f\n", places[i], truth, p.mean[i],
                        2 * std::sqrt(p.variance[i]), combined.mean[i], 2 * std::sqrt(combined.variance[i]),
                        2 * std::sqrt(part.variance[i]), draws(static_cast<std::int64_t>(i), 0),
                        draws(static_cast<std::int64_t>(i), 1));
            right = right && combined.variance[i] >= p.variance[i] * (1 - 1e-6) && std::abs(p.mean[i] - truth) < 5 * std::sqrt(p.variance[i]) + 0.1;
        }

        // Save, load, and predict the same. Python and Go read the file too.
        few.save("gp.lithe");
        const auto loaded = lithe::gp::model::load("gp.lithe");
        std::remove("gp.lithe");
        return right && loaded.predict(at).mean == combined.mean ? 0 : 1;
    } catch (const lithe::error &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}

// A Gaussian mixture from C++: draw data, fit, look at the weights, classify, save and load.
//
//     c++ -std=c++17 mixture.cpp $(pkg-config --cflags --libs lithe) -o mixture && ./mixture
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <lithe.hpp>
#include <random>
#include <vector>

int main() {
    constexpr std::int64_t n = 6000, d = 10;

    // Half of the points around 0, a third around 4, a sixth around -4; their features are correlated by a common
    // factor, which is what the model is made for.
    std::mt19937_64 generator(1);
    std::normal_distribution<double> normal;
    std::vector<double> data;
    std::vector<std::size_t> truth;
    for (std::int64_t i = 0; i < n; i++) {
        const std::size_t cloud = i % 6 < 3 ? 0 : i % 6 < 5 ? 1 : 2;
        const double factor = normal(generator);
        for (std::int64_t j = 0; j < d; j++)
            data.push_back(std::array{0.0, 4.0, -4.0}[cloud] + factor * (j % 2 ? 1 : -1) + 0.5 * normal(generator));
        truth.push_back(cloud);
    }

    try {
        // A view of our numbers, which the library neither copies nor keeps.
        const lithe::matrix_view x(data, d);

        // Fit. Another thread could watch or cancel the call through `run`.
        lithe::run run;
        auto model = lithe::mixture::model::fit(x, {{"n_components", 3}, {"n_factors", 1}, {"random_state", 1}}, &run);
        std::cout << "fitted in " << run.seconds() << " s: " << run.objective() << " nats per point\n";

        // Read the parameters.
        const auto weights = model.weights();
        for (std::int64_t c = 0; c < model.n_components(); c++)
            std::cout << "component " << c << " holds " << 100 * weights(c, 0) << " % of the points\n";

        // Classify. Components come in any order, so call each by the cloud that most of its points are from.
        const auto labels = model.predict(x);
        std::array<std::array<int, 3>, 3> count{};
        for (std::size_t i = 0; i < labels.size(); i++)
            count[static_cast<std::size_t>(labels[i])][truth[i]]++;
        int right = 0;
        for (const auto &component : count)
            right += *std::max_element(component.begin(), component.end());
        std::cout << 100.0 * right / n << " % of the points are in the component of their cloud\n";

        // Save, load, and find the same model. Python and Go read the file too.
        model.save("mixture.lithe");
        const auto loaded = lithe::mixture::model::load("mixture.lithe");
        std::remove("mixture.lithe");
        const auto before = model.criteria(x), after = loaded.criteria(x);
        std::cout << "log-likelihood " << before.log_likelihood << ", after saving and loading " << after.log_likelihood
                  << "; BIC " << after.bic << '\n';

        return right > 0.99 * n && before.log_likelihood == after.log_likelihood ? 0 : 1;
    } catch (const lithe::error &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}

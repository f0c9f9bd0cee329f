// A logistic regression on a fiftieth of the data, drawn so that the coefficients come out close to those of all of it.
//
//     c++ -std=c++17 coreset.cpp $(pkg-config --cflags --libs lithe) -o coreset && ./coreset
#include <array>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include <lithe.hpp>

constexpr std::int64_t n = 100000, d = 3;
using coefficients = std::array<double, d>;

// Maximizes the weighted likelihood by gradient ascent with momentum.
static coefficients train(const std::vector<double> &x, const std::vector<std::int64_t> &y,
                          const std::vector<std::int64_t> &rows, const std::vector<double> &weights) {
    coefficients w{}, velocity{};
    for (int step = 0; step < 300; step++) {
        coefficients gradient{};
        double total = 0;
        for (std::size_t s = 0; s < rows.size(); s++) {
            const double *row = &x[static_cast<std::size_t>(rows[s] * d)];
            double u = w[0] * row[0] + w[1] * row[1] + w[2] * row[2];
            double error = static_cast<double>(y[static_cast<std::size_t>(rows[s])]) - 1 / (1 + std::exp(-u));
            for (std::size_t j = 0; j < d; j++)
                gradient[j] += weights[s] * error * row[j];
            total += weights[s];
        }
        for (std::size_t j = 0; j < d; j++)
            w[j] += velocity[j] = 0.9 * velocity[j] + gradient[j] / total;
    }
    return w;
}

static double distance(const coefficients &a, const coefficients &b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

int main() {
    // Some 4 % of the rows are of class 1.
    std::mt19937_64 random(1);
    std::normal_distribution<> normal;
    std::uniform_real_distribution<> uniform;
    std::vector<double> x;
    std::vector<std::int64_t> y, all;
    for (std::int64_t i = 0; i < n; i++) {
        double a = normal(random), b = normal(random);
        x.insert(x.end(), {a, b, 1});
        y.push_back(uniform(random) < 1 / (1 + std::exp(-(1.5 * a - b - 4.5))));
        all.push_back(i);
    }

    try {
        auto sample = lithe::coreset::logistic(lithe::matrix_view<double>(x, d), y,
                                               {{"n_samples", n / 50}, {"no_intercept", true}, {"random_state", 7}});
        auto even = lithe::coreset::stratified(std::vector<std::int64_t>(n, 0), {{"n_samples", n / 50}, {"random_state", 7}});
        auto truth = train(x, y, all, std::vector<double>(n, 1.0));
        double close = distance(truth, train(x, y, sample.indices, sample.weights));
        double far = distance(truth, train(x, y, even.indices, even.weights));
        std::cout << sample.indices.size() << " of " << n << " rows, as good as " << sample.effective_size()
                  << " of equal weights\ncoefficients are off by " << close << "; those of as many random rows by " << far << '\n';
        return close < 0.5 ? 0 : 1;
    } catch (const lithe::error &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}

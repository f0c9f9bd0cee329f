// Two kinds of customers in the numbers of sales of products with known features.
//
//     c++ -std=c++17 softmix.cpp $(pkg-config --cflags --libs lithe) -o softmix && ./softmix
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include <lithe.hpp>

int main() {
    constexpr std::int64_t products = 2000, features = 3;
    const double taste[2][features] = {{1.5, -1, 0}, {-0.5, 0, 1}}, share[2] = {0.6, 0.4};
    std::mt19937_64 random(1);
    std::normal_distribution<> normal;
    std::vector<double> x(products * features), counts(products, 0.0);
    for (double &v : x)
        v = normal(random);
    for (int k = 0; k < 2; k++) {
        std::vector<double> weight(products);
        for (std::size_t j = 0; j < weight.size(); j++)
            weight[j] = std::exp(x[3 * j] * taste[k][0] + x[3 * j + 1] * taste[k][1] + x[3 * j + 2] * taste[k][2]);
        std::discrete_distribution<std::size_t> product(weight.begin(), weight.end());
        for (int sale = 0; sale < 40000 * share[k]; sale++)
            counts[product(random)]++;
    }

    lithe::matrix_view<double> cells(x, features);
    auto found = lithe::softmix::mixture::fit(cells, counts, {{"n_components", 2}, {"random_state", 7}});
    std::vector<double> errors = found.report().vector("standard_errors");
    bool near = true;
    for (std::int64_t k = 0; k < 2; k++) {
        std::cout << 100 * found.alpha()[static_cast<std::size_t>(k)] << " % of sales, taste";
        for (std::int64_t i = 0; i < features; i++) {
            double error = errors[static_cast<std::size_t>(k * features + i)];
            std::cout << "  " << found.theta()(k, i) << " +- " << error;
            near = near && std::abs(found.theta()(k, i) - taste[k][i]) < 5 * error;
        }
        std::cout << '\n';
    }
    std::cout << "BIC " << found.report().number("bic") << "; more kinds could gain " << found.report().number("certificate")
              << " nats per sale at most\n";
    return near && found.converged() ? 0 : 1;
}

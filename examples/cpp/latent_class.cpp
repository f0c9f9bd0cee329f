// A latent-class logit in C++: shoppers who choose among brands, with standard errors, and what a person's past choices tell
// about the next one.
//
//     c++ -std=c++17 latent_class.cpp $(pkg-config --cflags --libs lithe) -o latent_class && ./latent_class
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include <lithe.hpp>

int main() {
    // 200 persons choose 6 times among 4 brands, by price and quality; half of them do not care for the price.
    constexpr std::int64_t persons = 200, times = 6, brands = 4, columns = 2;
    std::mt19937_64 random(1);
    std::normal_distribution<> normal;
    std::extreme_value_distribution<> gumbel;
    std::vector<double> x;
    std::vector<std::int64_t> choice, ids, panels;
    for (std::int64_t t = 0; t < persons * times; t++) {
        std::size_t best = choice.size();
        double most = -INFINITY;
        for (std::int64_t j = 0; j < brands; j++) {
            double price = normal(random), quality = normal(random);
            double u = (t / times % 2 == 0 ? -2 : -0.1) * price + quality + gumbel(random);
            if (u > most) {
                most = u;
                best = choice.size();
            }
            x.insert(x.end(), {price, quality});
            choice.push_back(0);
            ids.push_back(t);
            panels.push_back(t / times);
        }
        choice[best] = 1;
    }

    lithe::softmix::survey<double> survey{lithe::matrix_view(x, columns)};
    survey.choice = choice;
    survey.ids = ids;
    survey.panels = panels;
    auto model = lithe::softmix::latent_class_logit::fit(survey, {{"n_classes", 2}, {"random_state", 1}});

    auto beta = model.coefficients();
    auto index = model.index();
    auto covariance = model.covariance();
    auto shares = model.shares();
    std::cout << "log-likelihood " << model.log_likelihood() << '\n';
    for (std::int64_t k = 0; k < beta.rows(); k++) {
        std::cout << 100 * shares[static_cast<std::size_t>(k)] << " % of the persons:";
        for (std::int64_t p = 0; p < columns; p++) {
            auto at = index[static_cast<std::size_t>(k * columns + p)];
            std::cout << "  " << beta(k, p) << " (" << std::sqrt(covariance(at, at)) << ')';
        }
        std::cout << '\n';
    }
    auto known = model.posterior();
    auto by_class = model.probabilities(survey);
    double before = shares[0] * by_class(0, 0) + shares[1] * by_class(0, 1);
    double after = known.posterior(0, 0) * by_class(0, 0) + known.posterior(0, 1) * by_class(0, 1);
    std::cout << "the first brand: " << before << " for anybody, " << after << " for the first person\n";
}

/* The C++ interface of choice models. */
#include <cmath>
#include <cstdio>
#include <vector>

#include "check.hpp"
#include "lithe.hpp"

void test_choice() {
    constexpr std::int64_t persons = 30, times = 4, alternatives = 3;
    std::vector<double> x;
    lithe::softmix::survey<double> s{lithe::matrix_view<double>(nullptr, 0, 2)};
    for (std::int64_t t = 0; t < persons * times; t++) {
        std::size_t best = s.choice.size();
        double most = -1e9;
        for (std::int64_t j = 0; j < alternatives; j++) {
            double i = static_cast<double>(t * alternatives + j), a = std::sin(1 + 7.3 * i), b = std::cos(3.1 * i * i);
            double u = (t / times % 2 == 0 ? 2 : -2) * a + 0.5 * b + std::sin(0.7 * i * i + i);
            if (u > most) {
                most = u;
                best = s.choice.size();
            }
            x.insert(x.end(), {a, b});
            s.choice.push_back(0);
            s.ids.push_back(t);
            s.panels.push_back(t / times);
        }
        s.choice[best] = 1;
    }
    s.x = lithe::matrix_view(x, 2);
    auto one = lithe::softmix::latent_class_logit::fit(s);
    auto two = lithe::softmix::latent_class_logit::fit(s, {{"n_classes", 2}, {"random_state", 3}});
    CHECK(one.converged() && two.converged() && two.parameters() == 5 && two.covariance().rows() == 5);
    CHECK(two.log_likelihood() > one.log_likelihood() + 5 && one.log_likelihood() > one.null_log_likelihood());
    CHECK(two.coefficients()(0, 0) * two.coefficients()(1, 0) < 0);
    double log = 0;
    auto p = one.probabilities(s);
    for (std::size_t i = 0; i < s.choice.size(); i++)
        log += s.choice[i] == 1 ? std::log(p(static_cast<std::int64_t>(i), 0)) : 0;
    CHECK(std::abs(log - one.log_likelihood()) < 1e-8);
    auto known = two.posterior(), again = two.posterior(s);
    CHECK(known.person == again.person && std::abs(known.posterior(3, 1) - again.posterior(3, 1)) < 1e-9);
    const char *path = "lithe_test_choice_cpp";
    two.save(path);
    auto loaded = lithe::softmix::latent_class_logit::load(path);
    std::remove(path);
    CHECK(loaded.converged() && loaded.log_likelihood() == two.log_likelihood() && loaded.shares() == two.shares());
    CHECK(loaded.posterior().person == known.person && loaded.covariance()(4, 4) == two.covariance()(4, 4));
    CHECK_THROWS(lithe::softmix::latent_class_logit::load(path), LITHE_EFILE, "lithe_test_choice_cpp");
    s.alts = {1, 2};
    CHECK_THROWS(lithe::softmix::latent_class_logit::fit(s), LITHE_ESHAPE, "alts has 2 elements");
    s.alts.clear();
    CHECK_THROWS(lithe::softmix::latent_class_logit::fit(s, {{"classes", 2}}), LITHE_EINVAL, "n_classes");
}

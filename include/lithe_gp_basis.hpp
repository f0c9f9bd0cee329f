/*
 * Sums of functions of continuous and categorical features of lithe.hpp, over the lithe_gp_basis_... functions of lithe.h.
 */
#ifndef LITHE_GP_BASIS_HPP
#define LITHE_GP_BASIS_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace gp {

struct basis_prediction {
    std::vector<double> mean, variance;        /* variance unless it is skipped */
    matrix<double> effects, effect_variances; /* a column per term, with option effects */
};

/* What basis::from_parts needs, as the functions of the same names return it; state holds the fields of
 * lithe_describe("gp_basis_model"). */
struct basis_parts {
    matrix<double> gram, moments, theta;
    std::string design;
    options state;
};

/* The mean of y plus a function for each term, each a Gaussian process known through some basis functions. Options that are
 * arrays go in as JSON text: {{"terms", options::value::from_json(R"([{"features": [0]}, {"features": [0, 1]}])")}}. */
class basis : public detail::fitted<lithe_gp_basis_info, lithe_gp_basis_get> {
public:
    basis(basis &&) = default;
    basis &operator=(basis &&) = default;

    template <class T>
    static basis fit(const matrix_view<T> &x, const std::vector<double> &y, const options &o = {}, run *r = nullptr) {
        matrix_view<double> targets(y, 1);
        detail::handle h;
        std::string text = o.json();
        bool met = detail::call(r, [&](lithe_run *b) {
            return lithe_gp_basis_fit(x.c(), targets.c(), text.c_str(), b, h.out());
        });
        return basis(std::move(h), met);
    }

    static basis from_parts(const basis_parts &p) {
        detail::handle h;
        std::string text = p.state.json();
        matrix_view<double> gram = p.gram, moments = p.moments, theta = p.theta;
        detail::call(nullptr, [&](lithe_run *b) {
            return lithe_gp_basis_new(gram.c(), moments.c(), theta.c(), p.design.c_str(), text.c_str(), b, h.out());
        });
        return basis(std::move(h), true);
    }

    /* The model of these rows and those of this one together. */
    template <class T>
    basis update(const matrix_view<T> &x, const std::vector<double> &y, const options &o = {}, run *r = nullptr) const {
        matrix_view<double> targets(y, 1);
        detail::handle h;
        std::string text = o.json();
        bool met = detail::call(r, [&](lithe_run *b) {
            return lithe_gp_basis_update(h_.get(), x.c(), targets.c(), text.c_str(), b, h.out());
        });
        return basis(std::move(h), met);
    }

    std::int64_t n_samples() const { return count("n_samples"); }
    std::int64_t n_terms() const { return count("n_terms"); }
    std::int64_t n_columns() const { return count("n_columns"); }
    double noise() const { return fact("noise"); }
    double log_likelihood() const { return fact("log_likelihood"); }
    /* What from_parts needs besides matrices. */
    std::string design() const { return nested("design"); }
    options state() const {
        return {{"n_samples", n_samples()}, {"sum", fact("sum")}, {"squares", fact("squares")}, {"offset", fact("offset")}};
    }

    matrix<double> gram() const { return attribute("gram", n_columns(), n_columns()); }
    matrix<double> moments() const { return attribute("moments", 2, n_columns()); }
    /* Logarithms of the parameters, count of them; info() names them. */
    matrix<double> theta(std::int64_t count) const { return attribute("theta", count, 1); }

    template <class T>
    basis_prediction predict(const matrix_view<T> &x, const options &o = {}, run *r = nullptr) const {
        std::string text = o.json();
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_basis_predict(h_.get(), x.c(), text.c_str(), b, out);
        });
        return {found.vector("mean"), found.vector("variance"), found.array<double>("effects"), found.array<double>("effect_variances")};
    }

private:
    basis(detail::handle &&h, bool met) : fitted(std::move(h), met) {}
};

} // namespace gp
} // namespace lithe

#endif /* LITHE_GP_BASIS_HPP */

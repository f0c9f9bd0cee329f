/*
 * Surrogates of expensive densities of lithe.hpp, over the lithe_gp_surrogate_... functions of lithe.h.
 */
#ifndef LITHE_GP_SURROGATE_HPP
#define LITHE_GP_SURROGATE_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace gp {

/* Says where to evaluate the logarithm of a density next, and draws from what it has learnt:
 *
 *     for (auto x = s.ask(); x.rows() > 0; x = s.ask())
 *         s.tell(x.view(), evaluate(x));
 */
class surrogate {
public:
    /* bounds is d x 2: lower and upper. */
    explicit surrogate(const matrix_view<double> &bounds, const options &o = {}, run *r = nullptr) {
        std::string text = o.json();
        detail::call(r, [&](lithe_run *b) { return lithe_gp_surrogate_new(bounds.c(), text.c_str(), b, h_.out()); });
    }

    /* Points to evaluate next, one per row: count of them, or as many as suit the state of the search. */
    matrix<double> ask(std::int64_t count = 0, run *r = nullptr) {
        return result::of(r, [&](lithe_run *b, lithe_handle *out) {
                   return lithe_gp_surrogate_ask(h_.get(), count, b, out);
               }).array<double>("x");
    }

    /* Adds one value per row of x. */
    void tell(const matrix_view<double> &x, const std::vector<double> &y) {
        matrix_view<double> values(y, 1);
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_surrogate_tell(h_.get(), x.c(), values.c(), b); });
    }

    /* Arrays x, log_density, mean and covariance, and the number log_evidence. */
    result sample(std::int64_t count, std::uint64_t seed = 0, run *r = nullptr) {
        return result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_surrogate_sample(h_.get(), count, seed, b, out);
        });
    }

    /* The logarithm of the surrogate at the rows of x. */
    std::vector<double> log_density(const matrix_view<double> &x, run *r = nullptr) {
        auto out = detail::one_per_row<double>(detail::rows_of(x));
        matrix_view<double> values(out, 1);
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_surrogate_evaluate(h_.get(), x.c(), values.c(), nullptr, b);
        });
        return out;
    }

    bool converged() const { return detail::member(info(), "converged") == "true"; }
    std::int64_t n_evaluations() const {
        return static_cast<std::int64_t>(detail::number(detail::member(info(), "n_evaluations")));
    }
    /* What is known about the search, as JSON. */
    std::string info() const {
        return detail::text_of([this](char *text, std::int64_t length, std::int64_t *needed, lithe_run *b) {
            return lithe_gp_surrogate_info(h_.get(), text, length, needed, b);
        });
    }

private:
    detail::handle h_;
};

} // namespace gp
} // namespace lithe

#endif /* LITHE_GP_SURROGATE_HPP */

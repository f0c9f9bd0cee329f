/*
 * Softmax mixtures of lithe.hpp, over the lithe_softmix_... functions of lithe.h.
 */
#ifndef LITHE_SOFTMIX_HPP
#define LITHE_SOFTMIX_HPP

#include <utility>

#include "lithe_base.hpp"

namespace lithe {
namespace softmix {

/* A mixture of softmax distributions over cells: rows of features, one row per cell. */
class mixture {
public:
    /* Fits to counts, one per row of x. */
    template <class T>
    static mixture fit(const matrix_view<T> &x, const std::vector<double> &counts, const options &o = {}, run *r = nullptr) {
        expect(x, counts);
        std::string text = o.json();
        matrix_view<double> data(counts, 1);
        return mixture(result::of(r, [&](lithe_run *b, lithe_handle *h) {
            return lithe_softmix_fit(x.c(), data.c(), nullptr, nullptr, text.c_str(), b, h);
        }));
    }

    /* What save, or another language, wrote to a file. */
    static mixture load(const std::string &path, run *r = nullptr) {
        return mixture(result::of(r, [&](lithe_run *b, lithe_handle *h) { return lithe_softmix_load(path.c_str(), b, h); }));
    }
    void save(const std::string &path) const {
        lithe::detail::call(nullptr, [&](lithe_run *b) { return lithe_softmix_save(found_.get(), path.c_str(), b); });
    }

    bool converged() const { return found_.word("converged") == "true"; }
    const matrix<double> &theta() const noexcept { return theta_; } /* K x L, most probable class first */
    const std::vector<double> &alpha() const noexcept { return alpha_; }
    double log_likelihood() const { return found_.number("log_likelihood"); }
    /* All that lithe_softmix_fit tells: standard_errors, covariance, bic, certificate and more. */
    const result &report() const noexcept { return found_; }

    /* The probability of each class given a draw of each row of x. */
    template <class T>
    matrix<T> posterior(const matrix_view<T> &x, run *r = nullptr) const {
        matrix<T> out(x.rows(), theta_.rows());
        apply(x, out.view().c(), nullptr, r);
        return out;
    }

    /* The logarithm of the probability of each row of x. */
    template <class T>
    std::vector<double> log_probability(const matrix_view<T> &x, run *r = nullptr) const {
        auto out = lithe::detail::one_per_row<double>(x.rows());
        apply(x, nullptr, out.data(), r);
        return out;
    }

    /* The covariance of theta, class by class, and alpha: kind "observed", "expected" or "robust". */
    template <class T>
    matrix<double> covariance(const matrix_view<T> &x, const std::vector<double> &counts, const std::string &kind = "robust",
                              double ridge = 0, run *r = nullptr) const {
        expect(x, counts);
        const std::int64_t d = theta_.rows() * (theta_.cols() + 1);
        matrix<double> out(d, d);
        matrix_view<double> a(alpha_, 1), data(counts, 1);
        lithe::detail::call(r, [&](lithe_run *b) {
            return lithe_softmix_covariance(theta_.view().c(), a.c(), x.c(), data.c(), kind.c_str(), ridge, b, out.view().c());
        });
        return out;
    }

    /* Draws n cells, and the classes they come from. */
    template <class T>
    std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> sample(const matrix_view<T> &x, std::int64_t n,
                                                                           std::uint64_t seed, run *r = nullptr) const {
        auto rows = lithe::detail::one_per_row<std::int64_t>(n), classes = rows;
        matrix_view<double> a(alpha_, 1);
        lithe::detail::call(r, [&](lithe_run *b) {
            return lithe_softmix_sample(theta_.view().c(), a.c(), x.c(), seed, n, rows.data(), classes.data(), b);
        });
        return {std::move(rows), std::move(classes)};
    }

private:
    explicit mixture(result found)
        : found_(std::move(found)), theta_(found_.array<double>("theta")), alpha_(found_.vector("alpha")),
          normalizers_(found_.vector("normalizers")) {}

    template <class T>
    static void expect(const matrix_view<T> &x, const std::vector<double> &counts) {
        if (static_cast<std::int64_t>(counts.size()) != x.rows())
            throw error(LITHE_ESHAPE, "there are " + std::to_string(counts.size()) + " counts for " + std::to_string(x.rows()) + " rows");
    }
    template <class T>
    void apply(const matrix_view<T> &x, const lithe_matrix *dst, double *logs, run *r) const {
        matrix_view<double> a(alpha_, 1), z(normalizers_, 1);
        lithe::detail::call(r, [&](lithe_run *b) {
            return lithe_softmix_posterior(theta_.view().c(), a.c(), z.c(), x.c(), dst, logs, b);
        });
    }

    result found_;
    matrix<double> theta_;
    std::vector<double> alpha_, normalizers_;
};

} // namespace softmix
} // namespace lithe

#endif /* LITHE_SOFTMIX_HPP */

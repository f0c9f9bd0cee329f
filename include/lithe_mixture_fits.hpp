/*
 * Other ways to mixtures in lithe.hpp: rows read in blocks or batches, a choice of the number of components, and the
 * distribution behind noisy rows. Over the functions of the same names of lithe.h.
 */
#ifndef LITHE_MIXTURE_FITS_HPP
#define LITHE_MIXTURE_FITS_HPP

#include "lithe_mixture.hpp"
#include "lithe_operator.hpp"

namespace lithe {
namespace mixture {

namespace detail {

using namespace lithe::detail;

inline const lithe_matrix *given(const matrix_view<double> &column) noexcept {
    return column.rows() > 0 ? column.c() : nullptr;
}

} // namespace detail

/* Fits to rows that do not fit in memory, which are read once a pass. Where reading fails, or the run is cancelled, after at
 * least one iteration, the error is thrown all the same, and *kept, if given, has the model of the last complete one. */
template <class T>
model fit_blocks(const lowrank::row_blocks<T> &x, const options &o = {}, run *r = nullptr,
                 const std::vector<double> &sample_weight = {}, const start &s = {}, std::optional<model> *kept = nullptr) {
    const lowrank::detail::operand<T> rows(x);
    const matrix_view<double> weight(sample_weight, 1);
    const lithe_mixture_start from = s.c();
    const std::string text = o.json();
    detail::handle h;
    try {
        detail::call(r, [&](lithe_run *b) {
            return rows.checked(lithe_mixture_fit_blocks(rows.c(), detail::given(weight), &from, text.c_str(), b, h.out()));
        });
    } catch (...) {
        if (kept != nullptr && h.get() != 0)
            kept->emplace(std::move(h));
        throw;
    }
    return model(std::move(h));
}

/* A mixture that learns batch by batch, by stepwise EM. */
class stepwise {
public:
    /* n_factors is 0 for the covariance types "diag" and "spherical". */
    stepwise(std::int64_t n_components, std::int64_t n_factors, options o)
        : options_(std::move(o.set("n_components", n_components))),
          statistics_(n_components > 0 ? n_components : 0, 0), factors_(n_factors) {
        if (n_factors > 0)
            options_.set("n_factors", n_factors);
    }

    /* Learns from the rows of x; the first batch needs one for each component, and may begin at s. After an error nothing
     * has changed. */
    template <class T>
    void partial_fit(const matrix_view<T> &x, run *r = nullptr, const std::vector<double> &sample_weight = {},
                     const start &s = {}) {
        const matrix_view<double> weight(sample_weight, 1);
        const lithe_mixture_start from = s.c();
        const std::string text = options_.json();
        if (batches_ == 0)
            statistics_ = matrix<double>(statistics_.rows(), 1 + factors_ + factors_ * factors_ +
                                                                 (x.cols() > 0 ? x.cols() : 0) * (3 + factors_));
        detail::handle next;
        detail::call(r, [&](lithe_run *b) {
            return lithe_mixture_partial_fit(current_ ? current_->get() : 0, batches_, statistics_.view().c(), x.c(),
                                             detail::given(weight), s.empty() ? nullptr : &from, text.c_str(), b, next.out());
        });
        current_.emplace(std::move(next));
        batches_++;
    }

    /* The mixture after the batches so far, of which there must be one. */
    const model &current() const {
        if (!current_)
            throw error(LITHE_EINVAL, "there is no mixture before the first batch; call partial_fit");
        return *current_;
    }
    std::int64_t batches() const noexcept { return batches_; }

private:
    options options_;
    matrix<double> statistics_;
    std::int64_t factors_, batches_ = 0;
    std::optional<model> current_;
};

/* A number of components that was tried; criteria are lower for better models, held_out is NaN without such rows. */
struct candidate {
    std::int64_t components;
    double criterion, log_likelihood, aic, bic, icl, held_out, seconds;
    bool converged;
};

struct selection {
    model best;
    std::vector<candidate> path;
};

/* Fits each of the numbers of components, and keeps the one that is best by "aic", "bic", "icl" or, on other rows,
 * "held_out". With warm, each is split from the next smaller one instead of starting anew. */
template <class T>
selection select(const matrix_view<T> &x, const std::vector<std::int64_t> &components, const std::string &criterion,
                 const options &o = {}, const std::optional<matrix_view<T>> &held_out = {}, run *r = nullptr,
                 const std::vector<double> &sample_weight = {}, bool warm = false) {
    const auto count = static_cast<std::int64_t>(components.size());
    matrix<double> path(count, 9);
    const matrix_view<double> weight(sample_weight, 1);
    const std::string text = o.json();
    detail::handle h;
    detail::call(r, [&](lithe_run *b) {
        const auto how = warm ? lithe_mixture_select_warm : lithe_mixture_select;
        return how(x.c(), detail::given(weight), components.data(), count, criterion.c_str(), held_out ? held_out->c() : nullptr,
                   text.c_str(), path.view().c(), b, h.out());
    });
    selection found{model(std::move(h)), {}};
    for (std::int64_t i = 0; i < count; i++)
        found.path.push_back({static_cast<std::int64_t>(path(i, 0)), path(i, 1), path(i, 2), path(i, 3), path(i, 4), path(i, 5),
                              path(i, 6), path(i, 7), path(i, 8) != 0});
    return found;
}

/* The estimate is a diagonal mixture whose means and weights are the atoms, and denoise tells the posterior means. The
 * certificate bounds what its mean log-likelihood lacks to the maximum, in nats per row; converged: it is at most tol. */
struct npmle {
    model estimate;
    double certificate;
    bool converged;
};

/* The distribution of what the rows are before noise of the given variances, one per feature, by maximum likelihood over all
 * distributions. */
template <class T>
npmle fit_npmle(const matrix_view<T> &x, const std::vector<double> &noise_variance, const options &o = {}, run *r = nullptr,
                const std::vector<double> &sample_weight = {}) {
    const matrix_view<double> noise(noise_variance, 1), weight(sample_weight, 1);
    const std::string text = o.json();
    double certificate = 0;
    detail::handle h;
    const bool converged = detail::call(r, [&](lithe_run *b) {
        return lithe_npmle_fit(x.c(), noise.c(), detail::given(weight), text.c_str(), b, h.out(), &certificate);
    });
    return {model(std::move(h)), certificate, converged};
}

} // namespace mixture
} // namespace lithe

#endif /* LITHE_MIXTURE_FITS_HPP */

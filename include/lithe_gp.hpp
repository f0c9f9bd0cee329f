/*
 * Gaussian processes of lithe.hpp, over the lithe_gp_... functions of lithe.h.
 */
#ifndef LITHE_GP_HPP
#define LITHE_GP_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace gp {

struct prediction {
    std::vector<double> mean, variance; /* no variance where the option variance is "none" */
    std::vector<double> bound;          /* how much too large each variance is at most, where that is known */
};

struct held_out {
    std::vector<double> mean, variance, log_density;
};

/* What gp::model::from_parts needs: in the units of the model, as its functions of the same names return it. */
struct parts {
    matrix<double> x, y, weights;
    std::optional<matrix<double>> known_noise, scaling;
    std::string kernel;
    options state; /* of lithe_describe("gp_model") */
};

/* A Gaussian process conditioned on n_samples() points of n_features() features. Kernels are JSON text. */
class model {
public:
    model(model &&) = default;
    model &operator=(model &&) = default;

    /* Trains on the rows of x. Of known_noise there must be none or one variance per row. */
    template <class T>
    static model fit(const matrix_view<T> &x, const std::vector<double> &y, const std::string &kernel, const options &o = {},
                     run *r = nullptr, const std::vector<double> &known_noise = {}) {
        matrix_view<double> targets(y, 1), known(known_noise, 1);
        detail::handle h;
        std::string text = o.json();
        bool met = detail::call(r, [&](lithe_run *b) {
            return lithe_gp_fit(x.c(), targets.c(), kernel.c_str(), known_noise.empty() ? nullptr : known.c(), text.c_str(), b,
                                h.out());
        });
        return model(std::move(h), met);
    }

    static model from_parts(const parts &p, run *r = nullptr) {
        detail::handle h;
        std::string text = p.state.json();
        matrix_view<double> x = p.x, y = p.y, weights = p.weights;
        matrix_view<double> known = p.known_noise ? p.known_noise->view() : y, scaling = p.scaling ? p.scaling->view() : y;
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_new(x.c(), y.c(), weights.c(), p.known_noise ? known.c() : nullptr, p.scaling ? scaling.c() : nullptr,
                                p.kernel.c_str(), text.c_str(), b, h.out());
        });
        return model(std::move(h), true);
    }

    /* Nothing ended early; info() says what did, and what to do. */
    bool converged() const noexcept { return met_; }
    const std::string &info() const noexcept { return info_; } /* JSON */
    std::int64_t n_samples() const { return static_cast<std::int64_t>(fact("n_samples")); }
    std::int64_t n_features() const { return static_cast<std::int64_t>(fact("n_features")); }
    double noise() const { return fact("noise"); }
    double log_likelihood() const { return fact("log_likelihood"); } /* NaN if unknown */
    std::string solver() const { return detail::member(info_, "solver"); }
    /* The kernel as it was trained. */
    std::string kernel() const {
        const std::string key = "\"kernel\":", end = ",\"diagnostics\":";
        std::size_t from = info_.find(key) + key.size();
        return info_.substr(from, info_.rfind(end) - from);
    }

    matrix<double> x() const { return attribute("x", n_samples(), n_features()); }
    matrix<double> y() const { return attribute("y", n_samples(), 1); }
    matrix<double> weights() const { return attribute("weights", n_samples(), 1); }
    matrix<double> known_noise() const { return attribute("known_noise", n_samples(), 1); }
    matrix<double> scaling() const { return attribute("scaling", 2, n_features()); }

    template <class T>
    prediction predict(const matrix_view<T> &x, const options &o = {}, run *r = nullptr) const {
        std::string text = o.json();
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_predict(h_.get(), x.c(), text.c_str(), b, out);
        });
        return {found.vector("mean"), found.vector("variance"), found.vector("bound")};
    }
    template <class T>
    matrix<double> covariance(const matrix_view<T> &x, run *r = nullptr) const {
        matrix<double> dst(detail::rows_of(x), detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_gp_covariance(h_.get(), x.c(), dst.view().c(), b); });
        return dst;
    }
    /* A column for each of count functions: those of a seed and count are the same ones at any points. */
    template <class T>
    matrix<double> sample(const matrix_view<T> &x, std::int64_t count, std::uint64_t seed = 0, run *r = nullptr) const {
        matrix<double> dst(detail::rows_of(x), count > 0 ? count : 0);
        detail::call(r, [&](lithe_run *b) { return lithe_gp_sample(h_.get(), x.c(), seed, dst.view().c(), b); });
        return dst;
    }
    /* Predictions of each training observation from all others. */
    held_out leave_one_out(std::int64_t n_neighbors = 0, run *r = nullptr) const {
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_leave_one_out(h_.get(), n_neighbors, b, out);
        });
        return {found.vector("mean"), found.vector("variance"), found.vector("log_density")};
    }

private:
    model(detail::handle &&h, bool met) : h_(std::move(h)), met_(met) {
        std::int64_t needed = 0;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_info(h_.get(), nullptr, 0, &needed, b); });
        info_.resize(static_cast<std::size_t>(needed));
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_info(h_.get(), info_.data(), needed, &needed, b); });
        info_.pop_back();
    }

    double fact(const char *name) const { return detail::number(detail::member(info_, name)); }
    matrix<double> attribute(const char *name, std::int64_t rows, std::int64_t cols) const {
        matrix<double> m(rows, cols);
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_get(h_.get(), name, m.view().c(), b); });
        return m;
    }

    detail::handle h_;
    std::string info_;
    bool met_ = false;
};

} // namespace gp

} // namespace lithe

#endif /* LITHE_GP_HPP */

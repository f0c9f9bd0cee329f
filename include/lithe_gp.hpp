/*
 * Gaussian processes of lithe.hpp, over the lithe_gp_... functions of lithe.h.
 */
#ifndef LITHE_GP_HPP
#define LITHE_GP_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace gp {

/* A row for each point and a value for each output in it, row after row. */
struct prediction {
    std::vector<double> mean, variance; /* no variance where the option variance is "none" */
    std::vector<double> bound;          /* how much too large each variance is at most, where that is known */
};

struct held_out {
    std::vector<double> mean, variance, log_density;
};

struct likelihood {
    double value;
    std::vector<double> gradient; /* by the logarithms of the kernel's free parameters; empty unless asked for */
};

/* What gp::model::from_parts needs: in the units of the model, as its functions of the same names return it. */
struct parts {
    matrix<double> x, y, weights;
    std::optional<matrix<double>> known_noise, scaling, y_scaling, directions;
    std::string kernel;
    options state; /* of lithe_describe("gp_model") */
};

/* A Gaussian process conditioned on n_samples() points of n_features() features. Kernels are JSON text. */
class model : public detail::fitted<lithe_gp_info, lithe_gp_get> {
public:
    model(model &&) = default;
    model &operator=(model &&) = default;

    /* Trains on the rows of x. Of known_noise there must be none or one variance per row. A training that is cancelled
     * throws, and if interrupted is given and training had begun, leaves there what it has found: a model without weights,
     * whose kernel() and noise() another fit can start from. */
    template <class T>
    static model fit(const matrix_view<T> &x, const std::vector<double> &y, const std::string &kernel, const options &o = {},
                     run *r = nullptr, const std::vector<double> &known_noise = {}, std::optional<model> *interrupted = nullptr) {
        return fit(x, matrix_view<double>(y, 1), kernel, o, r, known_noise, interrupted);
    }
    /* The same for several outputs, the columns of y, that share kernel and noise. */
    template <class T>
    static model fit(const matrix_view<T> &x, const matrix_view<double> &y, const std::string &kernel, const options &o = {},
                     run *r = nullptr, const std::vector<double> &known_noise = {}, std::optional<model> *interrupted = nullptr) {
        matrix_view<double> known(known_noise, 1);
        detail::handle h;
        std::string text = o.json();
        try {
            bool met = detail::call(r, [&](lithe_run *b) {
                return lithe_gp_fit(x.c(), y.c(), kernel.c_str(), known_noise.empty() ? nullptr : known.c(), text.c_str(), b, h.out());
            });
            return model(std::move(h), met);
        } catch (const error &e) {
            if (e.status() == LITHE_ECANCELLED && h.get() != 0 && interrupted != nullptr)
                interrupted->emplace(model(std::move(h), false));
            throw;
        }
    }

    /* Models in files that every language reads. */
    void save(const std::string &path) const {
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_save(h_.get(), path.c_str(), b); });
    }
    static model load(const std::string &path, run *r = nullptr) {
        detail::handle h;
        detail::call(r, [&](lithe_run *b) { return lithe_gp_load(path.c_str(), b, h.out()); });
        return model(std::move(h), true);
    }

    static model from_parts(const parts &p, run *r = nullptr) {
        detail::handle h;
        std::string text = p.state.json();
        matrix_view<double> x = p.x, y = p.y, weights = p.weights;
        matrix_view<double> views[4] = {y, y, y, y};
        const lithe_matrix *more[4] = {};
        const std::optional<matrix<double>> *given[4] = {&p.known_noise, &p.scaling, &p.y_scaling, &p.directions};
        for (int i = 0; i < 4; i++)
            if (*given[i]) {
                views[i] = (*given[i])->view();
                more[i] = views[i].c();
            }
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_new(x.c(), y.c(), weights.c(), more[0], more[1], more[2], more[3], p.kernel.c_str(), text.c_str(), b,
                                h.out());
        });
        return model(std::move(h), true);
    }

    std::int64_t n_samples() const { return count("n_samples"); }
    std::int64_t n_features() const { return count("n_features"); }
    std::int64_t n_outputs() const { return count("n_outputs"); }
    std::int64_t n_directions() const { return count("n_directions"); } /* of solver itergp */
    double noise() const { return fact("noise"); }
    double log_likelihood() const { return fact("log_likelihood"); } /* NaN if unknown */
    std::string solver() const { return detail::member(info(), "solver"); }
    /* The kernel as it was trained. */
    std::string kernel() const { return nested("kernel"); }

    matrix<double> x() const { return attribute("x", n_samples(), n_features()); }
    matrix<double> y() const { return attribute("y", n_samples(), n_outputs()); }
    matrix<double> weights() const { return attribute("weights", n_samples(), n_outputs()); }
    matrix<double> known_noise() const { return attribute("known_noise", n_samples(), 1); }
    matrix<double> scaling() const { return attribute("scaling", 2, n_features()); }
    matrix<double> y_scaling() const { return attribute("y_scaling", 2, n_outputs()); }
    matrix<double> directions() const { return attribute("directions", n_directions(), n_samples()); }

    template <class T>
    prediction predict(const matrix_view<T> &x, const options &o = {}, run *r = nullptr) const {
        std::string text = o.json();
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_predict(h_.get(), x.c(), text.c_str(), b, out);
        });
        return {flat(found, "mean"), flat(found, "variance"), flat(found, "bound")};
    }
    template <class T>
    matrix<double> covariance(const matrix_view<T> &x, const options &o = {}, run *r = nullptr) const {
        matrix<double> dst(detail::rows_of(x), detail::rows_of(x));
        std::string text = o.json();
        detail::call(r, [&](lithe_run *b) { return lithe_gp_covariance(h_.get(), x.c(), text.c_str(), dst.view().c(), b); });
        return dst;
    }
    /* A column for each of count functions, or for each output of it: those of a seed and count are the same ones at any
     * points. */
    template <class T>
    matrix<double> sample(const matrix_view<T> &x, std::int64_t count, std::uint64_t seed = 0, run *r = nullptr) const {
        matrix<double> dst(detail::rows_of(x), count > 0 ? count * n_outputs() : 0);
        detail::call(r, [&](lithe_run *b) { return lithe_gp_sample(h_.get(), x.c(), seed, dst.view().c(), b); });
        return dst;
    }
    /* Predictions of each training observation from all others. */
    held_out leave_one_out(std::int64_t n_neighbors = 0, run *r = nullptr) const {
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_leave_one_out(h_.get(), n_neighbors, b, out);
        });
        return {flat(found, "mean"), flat(found, "variance"), flat(found, "log_density")};
    }

    /* log p(y) for other values of the logarithms of the kernel's free parameters; the noise stays what it is. */
    likelihood log_likelihood(const std::vector<double> &theta, bool with_gradient = false, run *r = nullptr) const {
        likelihood out{0, std::vector<double>(with_gradient ? theta.size() : 0)};
        matrix_view<double> at(theta, 1), slope(out.gradient, 1);
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_likelihood(h_.get(), at.c(), &out.value, with_gradient ? slope.c() : nullptr, b);
        });
        return out;
    }

private:
    static std::vector<double> flat(const result &found, const char *name) {
        matrix<double> all = found.array<double>(name);
        return {all.data(), all.data() + all.rows() * all.cols()};
    }

    model(detail::handle &&h, bool met) : fitted(std::move(h), met) {}
};

/* Before there are data: covariances k(x_i, y_j) of a kernel, and draws of functions, a column for each. */
template <class T>
matrix<double> kernel_matrix(const std::string &kernel, const matrix_view<T> &x, const matrix_view<T> &y, run *r = nullptr) {
    matrix<double> dst(detail::rows_of(x), detail::rows_of(y));
    detail::call(r, [&](lithe_run *b) { return lithe_gp_kernel_matrix(kernel.c_str(), x.c(), y.c(), dst.view().c(), b); });
    return dst;
}
template <class T>
matrix<double> sample_prior(const std::string &kernel, const matrix_view<T> &x, std::int64_t count, std::uint64_t seed = 0,
                            run *r = nullptr) {
    matrix<double> dst(detail::rows_of(x), count > 0 ? count : 0);
    detail::call(r, [&](lithe_run *b) { return lithe_gp_sample_prior(kernel.c_str(), x.c(), seed, dst.view().c(), b); });
    return dst;
}

} // namespace gp

} // namespace lithe

#endif /* LITHE_GP_HPP */

/*
 * Gaussian process classification of lithe.hpp, over the lithe_gp_classifier_... functions of lithe.h.
 */
#ifndef LITHE_GP_CLASSIFIER_HPP
#define LITHE_GP_CLASSIFIER_HPP

#include "lithe_gp.hpp"

namespace lithe {
namespace gp {

struct class_prediction {
    std::vector<std::int64_t> labels;
    matrix<double> probabilities;  /* a column for each class; no rows with one_vs_one */
    matrix<double> mean, variance; /* a column for each latent function; no variances where that option is "none" */
};

/* What gp::classifier::from_parts needs, as the functions of the same names return it. */
struct classifier_parts {
    matrix<double> x;
    std::vector<std::int64_t> labels;
    matrix<double> weights, latent;
    std::string kernels; /* a JSON array */
    options state;       /* of lithe_describe("gp_classifier_model") */
};

/* A classifier of n_classes() classes, numbered from 0. Kernels are JSON text. */
class classifier : public detail::fitted<lithe_gp_classifier_info, lithe_gp_classifier_get> {
public:
    classifier(classifier &&) = default;
    classifier &operator=(classifier &&) = default;

    /* Trains on the rows of x and a label for each. */
    template <class T>
    static classifier fit(const matrix_view<T> &x, const std::vector<std::int64_t> &labels, const std::string &kernel,
                          const options &o = {}, run *r = nullptr) {
        require(x.rows(), labels);
        detail::handle h;
        std::string text = o.json();
        bool met = detail::call(r, [&](lithe_run *b) {
            return lithe_gp_classifier_fit(x.c(), labels.data(), kernel.c_str(), text.c_str(), b, h.out());
        });
        return classifier(std::move(h), met);
    }

    static classifier from_parts(const classifier_parts &p, run *r = nullptr) {
        require(p.x.rows(), p.labels);
        detail::handle h;
        std::string text = p.state.json();
        matrix_view<double> x = p.x, weights = p.weights, latent = p.latent;
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_classifier_new(x.c(), p.labels.data(), weights.c(), latent.c(), p.kernels.c_str(), text.c_str(), b,
                                           h.out());
        });
        return classifier(std::move(h), true);
    }

    /* Files that every language reads. names is a JSON array of what the classes are called. */
    void save(const std::string &path, const std::string &names = "") const {
        detail::call(nullptr, [&](lithe_run *b) { return lithe_gp_classifier_save(h_.get(), path.c_str(), names.c_str(), b); });
    }
    static classifier load(const std::string &path, run *r = nullptr) {
        detail::handle h;
        detail::call(r, [&](lithe_run *b) { return lithe_gp_classifier_load(path.c_str(), b, h.out()); });
        return classifier(std::move(h), true);
    }

    std::int64_t n_samples() const { return count("n_samples"); }
    std::int64_t n_features() const { return count("n_features"); }
    std::int64_t n_classes() const { return count("n_classes"); }
    std::int64_t n_latent() const { return count("n_latent"); }
    double log_likelihood() const { return fact("log_likelihood"); } /* the mean over problems; NaN if unknown */
    std::string solver() const { return detail::member(info(), "solver"); }
    /* The kernels as they were trained, a JSON array. */
    std::string kernels() const { return nested("kernels"); }

    matrix<double> x() const { return attribute("x", n_samples(), n_features()); }
    matrix<double> weights() const { return attribute("weights", n_samples(), n_latent()); }
    matrix<double> latent() const { return attribute("latent", n_samples(), n_latent()); }
    std::vector<std::int64_t> labels() const {
        matrix<double> column = attribute("labels", n_samples(), 1);
        std::vector<std::int64_t> out;
        for (std::int64_t i = 0; i < column.rows(); i++)
            out.push_back(static_cast<std::int64_t>(column(i, 0)));
        return out;
    }

    template <class T>
    class_prediction predict(const matrix_view<T> &at, const options &o = {}, run *r = nullptr) const {
        std::string text = o.json();
        result found = result::of(r, [&](lithe_run *b, lithe_handle *out) {
            return lithe_gp_classifier_predict(h_.get(), at.c(), text.c_str(), b, out);
        });
        return {found.indices("labels"), found.array<double>("probabilities"), found.array<double>("mean"),
                found.array<double>("variance")};
    }

    /* That of other parameters, the logarithms of the free ones of each problem, or the same for all. */
    likelihood log_likelihood(const std::vector<double> &theta, bool with_gradient = false, run *r = nullptr) const {
        likelihood out{0, std::vector<double>(with_gradient ? theta.size() : 0)};
        matrix_view<double> at(theta, 1), slope(out.gradient, 1);
        detail::call(r, [&](lithe_run *b) {
            return lithe_gp_classifier_likelihood(h_.get(), at.c(), &out.value, with_gradient ? slope.c() : nullptr, b);
        });
        return out;
    }

private:
    classifier(detail::handle &&h, bool met) : fitted(std::move(h), met) {}

    static void require(std::int64_t rows, const std::vector<std::int64_t> &labels) {
        if (static_cast<std::int64_t>(labels.size()) != rows)
            throw error(LITHE_ESHAPE, "there are " + std::to_string(labels.size()) + " labels for " + std::to_string(rows) +
                                          " points");
    }
};

} // namespace gp

} // namespace lithe

#endif /* LITHE_GP_CLASSIFIER_HPP */

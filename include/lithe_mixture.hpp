/*
 * Mixtures and k-means of lithe.hpp, over the lithe_mixture_... and lithe_kmeans_... functions of lithe.h.
 */
#ifndef LITHE_MIXTURE_HPP
#define LITHE_MIXTURE_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace mixture {

/* Initial values for model::fit. Shapes are those of lithe_mixture_start; what is left out, the method finds. */
struct start {
    std::optional<matrix_view<double>> weights, means, loadings, noise_variance;
    std::vector<std::int64_t> labels;
    std::vector<double> dof; /* one per component, for family "t" where degrees of freedom are estimated */

    bool empty() const noexcept { return !weights && !means && !loadings && !noise_variance && labels.empty() && dof.empty(); }
    /* For the C interface, while this lives. */
    lithe_mixture_start c() const noexcept {
        lithe_mixture_start out{};
        out.weights = absent_or(weights);
        out.means = absent_or(means);
        out.loadings = absent_or(loadings);
        out.noise_variance = absent_or(noise_variance);
        out.labels = labels.empty() ? nullptr : labels.data();
        out.n_labels = static_cast<std::int64_t>(labels.size());
        out.dof = dof.empty() ? nullptr : dof.data();
        out.n_dof = static_cast<std::int64_t>(dof.size());
        return out;
    }

private:
    static lithe_matrix absent_or(const std::optional<matrix_view<double>> &m) noexcept { return m ? *m->c() : lithe_matrix{}; }
};

struct iteration {
    double objective, seconds, evaluations;
};

struct criteria {
    double log_likelihood, aic, bic;
};

/* Gaps are exact log-densities minus those found, in nats; agreement is the part of rows with the same component. */
struct search_report {
    double rows, gap, worst_gap, agreement, evaluations;
};

template <class T>
struct top {
    matrix<std::int32_t> ids;
    matrix<T> probabilities;
};

struct samples {
    matrix<double> x;
    std::vector<std::int64_t> labels;
};

/* A Gaussian mixture of n_components() components in n_features() dimensions. */
class model {
public:
    model(model &&) = default;
    model &operator=(model &&) = default;

    /* Takes a handle of the C interface to a mixture, and closes it in the end. */
    explicit model(detail::handle &&h) : h_(std::move(h)) {
        info_ = detail::text_of([this](char *text, std::int64_t length, std::int64_t *needed, lithe_run *b) {
            return lithe_mixture_info(h_.get(), text, length, needed, b);
        });
    }
    lithe_handle get() const noexcept { return h_.get(); } /* still owned by this */

    /* Fits to the rows of x. Of sample_weight there must be none or one per row. */
    template <class T>
    static model fit(const matrix_view<T> &x, const options &o = {}, run *r = nullptr,
                     const std::vector<double> &sample_weight = {}, const start &s = {}) {
        const lithe_mixture_start c = s.c();
        matrix_view<double> weight(sample_weight, 1);
        detail::handle h;
        std::string text = o.json();
        detail::call(r, [&](lithe_run *b) {
            return lithe_mixture_fit(x.c(), sample_weight.empty() ? nullptr : weight.c(), &c, text.c_str(), b, h.out());
        });
        return model(std::move(h));
    }

    /* covariance_type is "factor", "diag" or "spherical"; only the first has loadings. */
    static model from_parameters(const std::string &covariance_type, const matrix_view<double> &weights,
                                 const matrix_view<double> &means, const matrix_view<double> &noise_variance,
                                 const std::optional<matrix_view<double>> &loadings = {}) {
        detail::handle h;
        detail::call(nullptr, [&](lithe_run *b) {
            return lithe_mixture_new(covariance_type.c_str(), weights.c(), means.c(), loadings ? loadings->c() : nullptr,
                                     noise_variance.c(), b, h.out());
        });
        return model(std::move(h));
    }

    /* The same parameters with components of family "t" or "tyler" and these degrees of freedom, one per component. */
    model with_tails(const std::string &family, const std::vector<double> &dof) const {
        detail::handle h;
        matrix_view<double> column(dof, 1);
        detail::call(nullptr, [&](lithe_run *b) {
            return lithe_mixture_with_tails(h_.get(), family.c_str(), dof.empty() ? nullptr : column.c(), b, h.out());
        });
        return model(std::move(h));
    }

    /* A copy that says how its components share loadings ("own", "tied" or "common"), which the criteria count by. */
    model with_loadings(const std::string &loadings_type) const {
        detail::handle h;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_with_loadings(h_.get(), loadings_type.c_str(), b, h.out()); });
        return model(std::move(h));
    }

    static model load(const std::string &path) {
        detail::handle h;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_load(path.c_str(), b, h.out()); });
        return model(std::move(h));
    }
    void save(const std::string &path) const {
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_save(h_.get(), path.c_str(), b); });
    }

    std::int64_t n_components() const { return integer("n_components"); }
    std::int64_t n_features() const { return integer("n_features"); }
    std::int64_t n_factors() const { return integer("n_factors"); }
    std::int64_t n_parameters() const { return integer("n_parameters"); }
    std::int64_t n_iter() const { return integer("n_iter"); }
    bool converged() const { return detail::member(info_, "converged") == "true"; }
    double lower_bound() const { return detail::number(detail::member(info_, "lower_bound")); }
    double coverage_gap() const { return detail::number(detail::member(info_, "coverage_gap")); }
    std::string covariance_type() const { return detail::member(info_, "covariance_type"); }

    matrix<double> weights() const { return attribute("weights", n_components(), 1); }
    matrix<double> means() const { return attribute("means", n_components(), n_features()); }
    matrix<double> loadings() const { return attribute("loadings", n_components() * n_features(), n_factors()); }
    matrix<double> noise_variance() const { return attribute("noise_variance", n_components(), n_features()); }
    std::string family() const { return detail::member(info_, "family"); }
    matrix<double> dof() const { return attribute("dof", n_components(), 1); }
    matrix<double> neighbors() const { return attribute("neighbors", n_components(), integer("n_neighbors")); }
    std::vector<iteration> history() const {
        matrix<double> m = attribute("history", integer("n_history"), 3);
        std::vector<iteration> list;
        for (std::int64_t i = 0; i < m.rows(); i++)
            list.push_back({m(i, 0), m(i, 1), m(i, 2)});
        return list;
    }

    template <class T>
    std::vector<double> score_samples(const matrix_view<T> &x, run *r = nullptr) const {
        auto dst = detail::one_per_row<double>(detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_mixture_score_samples(h_.get(), x.c(), dst.data(), b); });
        return dst;
    }
    /* Of the posterior over components of each row, in nats. */
    template <class T>
    std::vector<double> entropies(const matrix_view<T> &x, run *r = nullptr) const {
        auto dst = detail::one_per_row<double>(detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_mixture_entropies(h_.get(), x.c(), dst.data(), b); });
        return dst;
    }
    template <class T>
    std::vector<std::int64_t> predict(const matrix_view<T> &x, run *r = nullptr) const {
        auto dst = detail::one_per_row<std::int64_t>(detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_mixture_predict(h_.get(), x.c(), dst.data(), b); });
        return dst;
    }
    template <class T>
    matrix<T> posterior(const matrix_view<T> &x, run *r = nullptr) const {
        return rows_to<T>(n_components(), x, r, lithe_mixture_posterior);
    }
    template <class T>
    top<T> top_posterior(const matrix_view<T> &x, std::int64_t k, run *r = nullptr) const {
        std::int64_t width = k > 0 && k <= n_components() ? k : 0;
        top<T> dst{{detail::rows_of(x), width}, {detail::rows_of(x), width}};
        detail::call(r, [&](lithe_run *b) {
            return lithe_mixture_top_posterior(h_.get(), x.c(), k, dst.ids.data(), dst.probabilities.view().c(), b);
        });
        return dst;
    }
    template <class T>
    matrix<T> transform(const matrix_view<T> &x, run *r = nullptr) const {
        return rows_to<T>(n_factors(), x, r, lithe_mixture_transform);
    }
    /* noise_variance < 0 means the model's own noise. */
    template <class T>
    matrix<T> denoise(const matrix_view<T> &x, double noise_variance = -1, run *r = nullptr) const {
        return rows_to<T>(n_features(), x, r,
                          [&](lithe_handle h, const lithe_matrix *in, const lithe_matrix *out, lithe_run *b) {
                              return lithe_mixture_denoise(h, in, noise_variance, out, b);
                          });
    }
    /* The same mixture, answering questions about rows as the options say, for example {{"missing", "nan"}}. */
    model with(const options &o) const {
        detail::handle h;
        std::string text = o.json();
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_with(h_.get(), text.c_str(), b, h.out()); });
        return model(std::move(h));
    }
    /* The same mixture with a component graph, C x G, as neighbors() has it; {{"algorithm", "search"}} follows it. */
    model link(const matrix_view<double> &graph) const {
        detail::handle h;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_link(h_.get(), graph.c(), b, h.out()); });
        return model(std::move(h));
    }
    /* Answers by search beside exact ones, on at most 2,000 rows. */
    template <class T>
    search_report check_search(const matrix_view<T> &x, run *r = nullptr) const {
        double out[5] = {};
        detail::call(r, [&](lithe_run *b) { return lithe_mixture_check_search(h_.get(), x.c(), out, b); });
        return {out[0], out[1], out[2], out[3], out[4]};
    }
    /* The rows with the posterior mean of what is missing in place of every NaN. */
    template <class T>
    matrix<T> impute(const matrix_view<T> &x, run *r = nullptr) const {
        return rows_to<T>(n_features(), x, r, lithe_mixture_impute);
    }
    /* The rows with a draw of what is missing in place of every NaN. */
    template <class T>
    matrix<T> impute_draw(const matrix_view<T> &x, std::uint64_t seed, run *r = nullptr) const {
        return rows_to<T>(n_features(), x, r,
                          [&](lithe_handle h, const lithe_matrix *in, const lithe_matrix *out, lithe_run *b) {
                              return lithe_mixture_impute_draw(h, in, seed, out, b);
                          });
    }
    /* The mixture of some features alone, in the order given. */
    model marginal(const std::vector<std::int64_t> &features) const {
        detail::handle h;
        detail::call(nullptr, [&](lithe_run *b) {
            return lithe_mixture_marginal(h_.get(), features.data(), static_cast<std::int64_t>(features.size()), b, h.out());
        });
        return model(std::move(h));
    }
    /* The mixture of the features that are NaN in the row, given the others. */
    model conditional(const std::vector<double> &row) const {
        detail::handle h;
        matrix_view<double> x(row, static_cast<std::int64_t>(row.size()));
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_conditional(h_.get(), x.c(), b, h.out()); });
        return model(std::move(h));
    }
    /* The mean of some features of each row given the others; NaN marks what is not given. */
    template <class T>
    matrix<T> conditional_mean(const matrix_view<T> &x, const std::vector<std::int64_t> &features, run *r = nullptr) const {
        const auto n = static_cast<std::int64_t>(features.size());
        return rows_to<T>(n, x, r, [&](lithe_handle h, const lithe_matrix *in, const lithe_matrix *out, lithe_run *b) {
            return lithe_mixture_conditional_moments(h, in, features.data(), n, out, nullptr, b);
        });
    }
    template <class T>
    mixture::criteria criteria(const matrix_view<T> &x, run *r = nullptr) const {
        double out[3] = {};
        detail::call(r, [&](lithe_run *b) { return lithe_mixture_criteria(h_.get(), x.c(), out, b); });
        return {out[0], out[1], out[2]};
    }
    samples sample(std::int64_t n, std::uint64_t seed = 0, run *r = nullptr) const {
        if (n < 0)
            throw error(LITHE_ESHAPE, "cannot draw a negative number of rows, " + std::to_string(n));
        samples s{{n, n_features()}, detail::one_per_row<std::int64_t>(n)};
        detail::call(r, [&](lithe_run *b) {
            return lithe_mixture_sample(h_.get(), seed, s.x.view().c(), s.labels.data(), b);
        });
        return s;
    }

private:
    std::int64_t integer(const char *name) const {
        return static_cast<std::int64_t>(detail::number(detail::member(info_, name)));
    }
    matrix<double> attribute(const char *name, std::int64_t rows, std::int64_t cols) const {
        matrix<double> m(rows, cols);
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_get(h_.get(), name, m.view().c(), b); });
        return m;
    }
    template <class T, class F>
    matrix<T> rows_to(std::int64_t cols, const matrix_view<T> &x, run *r, F &&f) const {
        matrix<T> dst(detail::rows_of(x), cols);
        detail::call(r, [&](lithe_run *b) { return f(h_.get(), x.c(), dst.view().c(), b); });
        return dst;
    }

    detail::handle h_;
    std::string info_;
};

/* Cluster centres, and what the fit that found them said about its data. */
class kmeans {
public:
    template <class T>
    static kmeans fit(const matrix_view<T> &x, std::int64_t n_clusters, options o = {}, run *r = nullptr,
                      const std::vector<double> &sample_weight = {},
                      const std::optional<matrix_view<double>> &start = {}) {
        kmeans km;
        km.centers_ = matrix<double>(n_clusters > 0 ? n_clusters : 0, x.cols() > 0 ? x.cols() : 0);
        km.labels_ = detail::one_per_row<std::int64_t>(detail::rows_of(x));
        matrix_view<double> weight(sample_weight, 1);
        std::string text = o.set("n_clusters", n_clusters).json();
        km.converged_ = detail::call(r, [&](lithe_run *b) {
            return lithe_kmeans_fit(x.c(), sample_weight.empty() ? nullptr : weight.c(), start ? start->c() : nullptr,
                                    text.c_str(), km.centers_.view().c(), km.labels_.data(), &km.inertia_, &km.n_iter_, b);
        });
        return km;
    }

    const matrix<double> &centers() const noexcept { return centers_; }
    const std::vector<std::int64_t> &labels() const noexcept { return labels_; }
    double inertia() const noexcept { return inertia_; }
    std::int64_t n_iter() const noexcept { return n_iter_; }
    bool converged() const noexcept { return converged_; }

    /* The nearest centre of each row. */
    template <class T>
    std::vector<std::int64_t> predict(const matrix_view<T> &x, run *r = nullptr) const {
        auto dst = detail::one_per_row<std::int64_t>(detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_kmeans_assign(centers_.view().c(), x.c(), dst.data(), nullptr, b); });
        return dst;
    }
    /* The squared distance of each row to its nearest centre. */
    template <class T>
    std::vector<double> squared_distances(const matrix_view<T> &x, run *r = nullptr) const {
        auto dst = detail::one_per_row<double>(detail::rows_of(x));
        detail::call(r, [&](lithe_run *b) { return lithe_kmeans_assign(centers_.view().c(), x.c(), nullptr, dst.data(), b); });
        return dst;
    }

private:
    kmeans() = default;

    matrix<double> centers_;
    std::vector<std::int64_t> labels_;
    double inertia_ = 0;
    std::int64_t n_iter_ = 0;
    bool converged_ = false;
};

} // namespace mixture

} // namespace lithe

#endif /* LITHE_MIXTURE_HPP */

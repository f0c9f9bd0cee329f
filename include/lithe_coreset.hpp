/*
 * Weighted subsets of lithe.hpp, over the lithe_coreset_... functions of lithe.h.
 */
#ifndef LITHE_CORESET_HPP
#define LITHE_CORESET_HPP

#include <string>
#include <vector>

#include "lithe_operator.hpp"

namespace lithe {
namespace coreset {

/* Rows and what each stands for. Arrays that a function does not have are empty; the report has its other facts. */
struct subset {
    std::vector<std::int64_t> indices;
    std::vector<double> weights;
    std::vector<double> gains;            /* what the loss fell by with each */
    std::vector<std::int64_t> assignment; /* of every row: position in indices of the one that stands for it, -1: none */
    result report;

    double loss() const { return report.number("loss"); }
    double certificate() const { return report.number("certificate"); }
    double effective_size() const { return report.number("effective_size"); }
    std::string engine() const { return report.word("engine"); }
};

/* What facility_location would do. */
struct plan {
    std::string engine;
    double bytes, seconds; /* besides the data, and on one thread */
};

/* Gradients of n samples: rows of m numbers, or residuals and inputs of a last layer, whose products are never formed. */
template <class T>
struct gradients {
    matrix_view<T> rows;
    const matrix_view<T> *activations = nullptr;
};

/* What a loss is to be brought down on: logits (v x C), their classes, and the inputs of the last layer if the gradients come
 * with activations. */
template <class T>
struct validation {
    matrix_view<T> logits;
    std::vector<std::int64_t> labels;
    const matrix_view<T> *inputs = nullptr;
};

/* What a selection may be told besides data and options. Empty: equal weights, no groups, none to begin with, all rows. */
struct terms {
    std::vector<double> weights;          /* one per row, 0 or more */
    std::vector<std::int64_t> groups;     /* one per row, 0 or more: rows stand for their own group only */
    std::vector<std::int64_t> initial;    /* rows that are selected first */
    std::vector<std::int64_t> candidates; /* the only rows that may be selected */
};

namespace detail {

inline void expect(const char *what, std::size_t found, std::int64_t rows) {
    if (found != 0 && static_cast<std::int64_t>(found) != rows)
        throw error(LITHE_ESHAPE, "there are " + std::to_string(found) + " " + what + " for " + std::to_string(rows) + " rows");
}

/* A column of numbers, or nothing. */
class column {
public:
    explicit column(const std::vector<double> &values) : view_(values, 1), given_(!values.empty()) {}
    const lithe_matrix *c() const noexcept { return given_ ? view_.c() : nullptr; }

private:
    matrix_view<double> view_;
    bool given_;
};

inline const std::int64_t *numbers(const std::vector<std::int64_t> &v) noexcept { return v.empty() ? nullptr : v.data(); }
inline std::int64_t size(const std::vector<std::int64_t> &v) noexcept { return static_cast<std::int64_t>(v.size()); }

inline subset found(result &&r, bool assigned) {
    auto indices = r.indices("indices");
    auto weights = r.vector("weights");
    if (!assigned)
        return {std::move(indices), std::move(weights), {}, {}, std::move(r)};
    auto gains = r.vector("gains");
    auto assignment = r.indices("assignment");
    return {std::move(indices), std::move(weights), std::move(gains), std::move(assignment), std::move(r)};
}

template <class F, class T>
result facilities(F &&function, const std::string &kind, const matrix_view<T> &x, const options &o, const terms &t, run *r) {
    expect("weights", t.weights.size(), x.rows());
    expect("groups", t.groups.size(), x.rows());
    column weights(t.weights);
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return function(kind.c_str(), x.c(), nullptr, nullptr, weights.c(), numbers(t.groups), numbers(t.initial),
                        size(t.initial), numbers(t.candidates), size(t.candidates), text.c_str(), b, h);
    });
}

/* A selection among so many gradients; f takes weights, groups, options, run block and the place for the handle. */
template <class F>
subset grouped(std::int64_t rows, const options &o, const terms &t, bool assigned, run *r, F &&f) {
    expect("weights", t.weights.size(), rows);
    expect("groups", t.groups.size(), rows);
    column weights(t.weights);
    std::string text = o.json();
    return found(result::of(r, [&](lithe_run *b, lithe_handle *h) { return f(weights.c(), numbers(t.groups), text.c_str(), b, h); }),
                 assigned);
}

/* A sample of so many rows; f takes weights, options, run block and the place for the handle. */
template <class F>
subset sampled(std::int64_t rows, const options &o, const std::vector<double> &sample_weight, run *r, F &&f) {
    expect("weights", sample_weight.size(), rows);
    column weights(sample_weight);
    std::string text = o.json();
    return found(result::of(r, [&](lithe_run *b, lithe_handle *h) { return f(weights.c(), text.c_str(), b, h); }), false);
}

template <class T>
const lithe_matrix *optional(const matrix_view<T> *m) noexcept { return m == nullptr ? nullptr : m->c(); }

} // namespace detail

/* Selects rows of x by facility location. kind "rows": measured by the option metric; "distances" or "similarities": x is
 * symmetric and has those. One of the options n_samples and cover_loss must be given. */
template <class T>
subset facility_location(const matrix_view<T> &x, const options &o, const terms &t = {}, const std::string &kind = "rows",
                         run *r = nullptr) {
    return detail::found(detail::facilities(lithe_coreset_facility_location, kind, x, o, t, r), true);
}

/* The same among the rows of a sparse matrix, kept row after row with ascending columns, which is never made dense. */
template <class T>
subset facility_location(const lowrank::sparse_view<T> &x, const options &o, const terms &t = {}, run *r = nullptr) {
    return detail::grouped(x.rows(), o, t, true, r, [&](auto weights, auto groups, auto text, auto b, auto h) {
        return lithe_coreset_facility_location("sparse_rows", nullptr, nullptr, x.c(), weights, groups,
                                               detail::numbers(t.initial), detail::size(t.initial), detail::numbers(t.candidates),
                                               detail::size(t.candidates), text, b, h);
    });
}

/* Which engine facility_location would take, and what memory and time. */
template <class T>
plan explain(const matrix_view<T> &x, const options &o, const terms &t = {}, const std::string &kind = "rows",
             run *r = nullptr) {
    result found = detail::facilities(lithe_coreset_facility_plan, kind, x, o, t, r);
    return {found.word("engine"), found.number("bytes"), found.number("seconds")};
}

/* Selects rows as facility_location does, where each has a cost; the option cost_limit is what they may cost together. Of t,
 * groups do not count. */
template <class T>
subset facility_knapsack(const matrix_view<T> &x, const std::vector<double> &costs, const options &o, const terms &t = {},
                         const std::string &kind = "rows", run *r = nullptr) {
    detail::expect("weights", t.weights.size(), x.rows());
    detail::column weights(t.weights), price(costs);
    std::string text = o.json();
    return detail::found(result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_facility_knapsack(kind.c_str(), x.c(), nullptr, nullptr, weights.c(), price.c(),
                                               detail::numbers(t.initial), detail::size(t.initial),
                                               detail::numbers(t.candidates), detail::size(t.candidates), text.c_str(), b, h);
    }), true);
}

/* Selects samples by facility location between gradients, divided by curvature unless that is empty: AdaCore, or CRAIG. Of
 * t, weights and groups count. error and preconditioned_error of the report say how far the weighted sum of gradients is
 * from that of all, relative to it. */
template <class T>
subset adacore(const gradients<T> &g, const std::vector<double> &curvature, const options &o, const terms &t = {},
               run *r = nullptr) {
    detail::column by(curvature);
    return detail::grouped(g.rows.rows(), o, t, true, r, [&](auto weights, auto groups, auto text, auto b, auto h) {
        return lithe_coreset_adacore(g.rows.c(), detail::optional(g.activations), by.c(), groups, weights, text, b, h);
    });
}

/* The same among the rows of a sparse matrix, kept row after row with ascending columns. */
template <class T>
subset adacore(const lowrank::sparse_view<T> &g, const std::vector<double> &curvature, const options &o, const terms &t = {},
               run *r = nullptr) {
    detail::column by(curvature);
    return detail::grouped(g.rows(), o, t, true, r, [&](auto weights, auto groups, auto text, auto b, auto h) {
        return lithe_coreset_sparse_adacore(g.c(), by.c(), groups, weights, text, b, h);
    });
}

/* adacore without curvature, of gradients or the rows of a sparse matrix. */
template <class G>
subset craig(const G &g, const options &o, const terms &t = {}, run *r = nullptr) {
    return adacore(g, {}, o, t, r);
}

/* Weights, few of them positive, whose sum of gradients comes close to target, or to that of all if it is empty. */
template <class T>
subset gradmatch(const gradients<T> &g, const options &o, const terms &t = {}, const std::vector<double> &target = {},
                 run *r = nullptr) {
    detail::column goal(target);
    return detail::grouped(g.rows.rows(), o, t, false, r, [&](auto weights, auto groups, auto text, auto b, auto h) {
        return lithe_coreset_gradmatch(g.rows.c(), detail::optional(g.activations), groups, goal.c(), weights, text, b, h);
    });
}

/* The same among the rows of a sparse matrix, kept row after row with ascending columns. */
template <class T>
subset gradmatch(const lowrank::sparse_view<T> &g, const options &o, const terms &t = {}, const std::vector<double> &target = {},
                 run *r = nullptr) {
    detail::column goal(target);
    return detail::grouped(g.rows(), o, t, false, r, [&](auto weights, auto groups, auto text, auto b, auto h) {
        return lithe_coreset_sparse_gradmatch(g.c(), groups, goal.c(), weights, text, b, h);
    });
}

/* Samples whose gradients, those of a softmax in its logits or residuals with activations, bring the loss on validation data
 * down (GLISTER). The result has the arrays indices, scores and losses. */
template <class T>
result glister(const gradients<T> &g, const validation<T> &v, const options &o, run *r = nullptr) {
    if (static_cast<std::int64_t>(v.labels.size()) != v.logits.rows())
        throw error(LITHE_ESHAPE, "there are " + std::to_string(v.labels.size()) + " labels for " +
                                      std::to_string(v.logits.rows()) + " rows of logits");
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_glister(g.rows.c(), detail::optional(g.activations), v.logits.c(), detail::optional(v.inputs),
                                     v.labels.data(), text.c_str(), b, h);
    });
}

/* A weighted sample for k-means and its relatives, in two passes. */
template <class T>
subset lightweight(const matrix_view<T> &x, const options &o, const std::vector<double> &sample_weight = {},
                   run *r = nullptr) {
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_lightweight(x.c(), weights, text, b, h);
    });
}

/* The same of the rows of a sparse matrix, kept row after row with ascending columns, which is never made dense. */
template <class T>
subset lightweight(const lowrank::sparse_view<T> &x, const options &o, const std::vector<double> &sample_weight = {},
                   run *r = nullptr) {
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_sparse_lightweight(x.c(), weights, text, b, h);
    });
}

/* A weighted sample for k-means and mixtures of n_clusters components, by bounds of what each row can matter. */
template <class T>
subset sensitivity(const matrix_view<T> &x, const options &o, const std::vector<double> &sample_weight = {},
                   run *r = nullptr) {
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_sensitivity(x.c(), weights, text, b, h);
    });
}

/* The same of the rows of a sparse matrix, kept row after row with ascending columns, which is never made dense. */
template <class T>
subset sensitivity(const lowrank::sparse_view<T> &x, const options &o, const std::vector<double> &sample_weight = {},
                   run *r = nullptr) {
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_sparse_sensitivity(x.c(), weights, text, b, h);
    });
}

/* A weighted sample for logistic regression of labels 0 and 1, which may be empty for the methods leverage and lewis. */
template <class T>
subset logistic(const matrix_view<T> &x, const std::vector<std::int64_t> &labels, const options &o,
                const std::vector<double> &sample_weight = {}, run *r = nullptr) {
    detail::expect("labels", labels.size(), x.rows());
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_logistic(x.c(), detail::numbers(labels), weights, text, b, h);
    });
}

/* The same of sparse rows, of at most 4,096 columns. */
template <class T>
subset logistic(const lowrank::sparse_view<T> &x, const std::vector<std::int64_t> &labels, const options &o,
                const std::vector<double> &sample_weight = {}, run *r = nullptr) {
    detail::expect("labels", labels.size(), x.rows());
    return detail::sampled(x.rows(), o, sample_weight, r, [&](auto weights, auto text, auto b, auto h) {
        return lithe_coreset_sparse_logistic(x.c(), detail::numbers(labels), weights, text, b, h);
    });
}

/* Distinct rows such that every class gets its share of them. */
inline subset stratified(const std::vector<std::int64_t> &labels, const options &o, run *r = nullptr) {
    std::string text = o.json();
    return detail::found(result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_stratified(labels.data(), detail::size(labels), text.c_str(), b, h);
    }), false);
}

/* Farthest-first traversal; one of the options n_centers and radius must be given. The report has radius and evaluations,
 * and the arrays indices, distances and, with option assign, weights and assignment. */
template <class T>
result k_center(const matrix_view<T> &x, const options &o, const std::vector<std::int64_t> &initial = {}, run *r = nullptr) {
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_k_center(x.c(), detail::numbers(initial), detail::size(initial), text.c_str(), b, h);
    });
}

/* The same of the rows of a sparse matrix, kept row after row with ascending columns. */
template <class T>
result k_center(const lowrank::sparse_view<T> &x, const options &o, const std::vector<std::int64_t> &initial = {}, run *r = nullptr) {
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_sparse_k_center(x.c(), detail::numbers(initial), detail::size(initial), text.c_str(), b, h);
    });
}

/* Rows whose labels are to be asked for together, by their features; those observed have labels already. The result has
 * the arrays indices and scores. */
template <class T>
result batch(const matrix_view<T> &features, const options &o, const std::vector<std::int64_t> &observed = {},
             run *r = nullptr) {
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_batch(features.c(), 0, detail::numbers(observed), detail::size(observed), text.c_str(), b, h);
    });
}

/* The same of sparse features, kept row after row with ascending columns. */
template <class T>
result batch(const lowrank::sparse_view<T> &x, const options &o, const std::vector<std::int64_t> &observed = {}, run *r = nullptr) {
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) {
        return lithe_coreset_sparse_batch(x.c(), detail::numbers(observed), detail::size(observed), text.c_str(), b, h);
    });
}

} // namespace coreset
} // namespace lithe

#endif /* LITHE_CORESET_HPP */

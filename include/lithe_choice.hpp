/*
 * The latent-class and the multinomial logit, over the lithe_choice_... functions of lithe.h. Include lithe.hpp instead.
 */
#ifndef LITHE_CHOICE_HPP
#define LITHE_CHOICE_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace softmix {

/* Choices in long format, as the choice section of lithe.h describes them: one row of x per situation and alternative. The
 * vectors but choice and ids may be empty; what is there has one element per row. Views must outlive the calls. */
template <class T>
struct survey {
    explicit survey(matrix_view<T> attributes) : x(attributes) {}

    matrix_view<T> x;
    std::vector<std::int64_t> choice, ids, alts, avail, panels;
    std::vector<double> weights, situation_weights;
    std::optional<matrix_view<T>> membership;
};

namespace detail {

template <class V, class T>
const V *column(const char *name, const std::vector<V> &values, const survey<T> &s) {
    if (values.empty())
        return nullptr;
    if (static_cast<std::int64_t>(values.size()) != s.x.rows())
        throw error(LITHE_ESHAPE, std::string(name) + " has " + std::to_string(values.size()) + " elements for " +
                                      std::to_string(s.x.rows()) + " rows");
    return values.data();
}

/* A vector as the C interface takes matrices of one column. */
class one_column {
public:
    template <class T>
    one_column(const char *name, const std::vector<double> &values, const survey<T> &s) {
        if (column(name, values, s) != nullptr)
            view_.emplace(values, 1);
    }
    const lithe_matrix *c() const noexcept { return view_ ? view_->c() : nullptr; }

private:
    std::optional<matrix_view<double>> view_;
};

} // namespace detail

/* What the choices of persons tell about their classes. */
struct classes {
    std::vector<std::int64_t> person; /* their numbers, increasing */
    matrix<double> posterior;         /* persons x K */
    std::vector<double> likelihoods;  /* logarithms */
};

/* A fitted model; with option n_classes 1, the default, the multinomial logit. */
class latent_class_logit {
public:
    template <class T>
    static latent_class_logit fit(const survey<T> &s, const options &o = {}, run *r = nullptr) {
        detail::one_column weights("weights", s.weights, s), exponents("situation_weights", s.situation_weights, s);
        std::string text = o.json();
        return latent_class_logit(result::of(r, [&](lithe_run *b, lithe_handle *h) {
            return lithe_choice_fit(s.x.c(), detail::column("choice", s.choice, s), detail::column("ids", s.ids, s),
                                    detail::column("alts", s.alts, s), detail::column("avail", s.avail, s),
                                    detail::column("panels", s.panels, s), weights.c(), exponents.c(),
                                    s.membership ? s.membership->c() : nullptr, text.c_str(), b, h);
        }));
    }

    /* What save, or another language, wrote to a file. */
    static latent_class_logit load(const std::string &path, run *r = nullptr) {
        return latent_class_logit(result::of(r, [&](lithe_run *b, lithe_handle *h) { return lithe_choice_load(path.c_str(), b, h); }));
    }
    void save(const std::string &path) const {
        lithe::detail::call(nullptr, [&](lithe_run *b) { return lithe_choice_save(found_.get(), path.c_str(), b); });
    }

    bool converged() const { return found_.word("converged") == "true"; }
    double log_likelihood() const { return found_.number("log_likelihood"); }
    double null_log_likelihood() const { return found_.number("null"); }
    std::int64_t parameters() const { return static_cast<std::int64_t>(found_.number("parameters")); }
    const matrix<double> &coefficients() const noexcept { return coefficients_; } /* K x P */
    const matrix<double> &membership() const noexcept { return membership_; }     /* K x Q, the constant first */
    std::vector<double> shares() const { return found_.vector("shares"); }
    /* The parameter behind each coefficient, class by class, or -1 where it is fixed. */
    std::vector<std::int64_t> index() const { return found_.indices("index"); }
    matrix<double> covariance() const { return found_.array<double>("covariance"); } /* of the parameters */
    matrix<double> robust() const { return found_.array<double>("robust"); }
    classes posterior() const { return classes_of(found_); }
    const result &found() const noexcept { return found_; } /* everything that lithe_choice_fit tells */

    /* Probabilities, rows x K, with which the classes choose the alternative of each row; choice is not read. */
    template <class T>
    matrix<double> probabilities(const survey<T> &s, run *r = nullptr) const {
        matrix<double> out(lithe::detail::rows_of(s.x), coefficients_.rows());
        lithe::detail::call(r, [&](lithe_run *b) {
            return lithe_choice_probabilities(coefficients_.view().c(), s.x.c(), detail::column("ids", s.ids, s),
                                              detail::column("avail", s.avail, s), detail::column("panels", s.panels, s),
                                              out.view().c(), b);
        });
        return out;
    }

    /* The classes of the persons of a survey, who need not be those of the fit. */
    template <class T>
    classes posterior(const survey<T> &s, run *r = nullptr) const {
        detail::one_column exponents("situation_weights", s.situation_weights, s);
        return classes_of(result::of(r, [&](lithe_run *b, lithe_handle *h) {
            return lithe_choice_posterior(coefficients_.view().c(), membership_.view().c(), s.x.c(),
                                          detail::column("choice", s.choice, s), detail::column("ids", s.ids, s),
                                          detail::column("alts", s.alts, s), detail::column("avail", s.avail, s),
                                          detail::column("panels", s.panels, s), exponents.c(),
                                          s.membership ? s.membership->c() : nullptr, b, h);
        }));
    }

private:
    explicit latent_class_logit(result &&found)
        : found_(std::move(found)), coefficients_(found_.array<double>("coefficients")),
          membership_(found_.array<double>("membership")) {}

    static classes classes_of(const result &r) {
        return {r.indices("person"), r.array<double>("posterior"), r.vector("likelihoods")};
    }

    result found_;
    matrix<double> coefficients_, membership_;
};

} // namespace softmix
} // namespace lithe

#endif /* LITHE_CHOICE_HPP */

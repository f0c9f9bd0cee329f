/*
 * Least-squares support vector machines of lithe.hpp, over the lithe_gp_svm_... functions of lithe.h.
 */
#ifndef LITHE_GP_SVM_HPP
#define LITHE_GP_SVM_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace gp {

/* One function for two classes, and one per class for more. Kernels are JSON text; an empty one is the kernel that the
 * options name. */
class svm : public detail::fitted<lithe_gp_svm_info, lithe_gp_svm_get> {
public:
    svm(svm &&) = default;
    svm &operator=(svm &&) = default;

    /* Trains on the rows of x and one label of 0, 1, ... per row. Of sample_weight there must be none or one per row. */
    template <class T>
    static svm fit(const matrix_view<T> &x, const std::vector<std::int64_t> &labels, const options &o = {}, run *r = nullptr,
                   const std::string &kernel = {}, const std::vector<double> &sample_weight = {}) {
        if (static_cast<std::int64_t>(labels.size()) != x.rows())
            throw error(LITHE_ESHAPE, "there are " + std::to_string(labels.size()) + " labels for " + std::to_string(x.rows()) +
                                          " points");
        matrix_view<double> weights(sample_weight, 1);
        detail::handle h;
        std::string text = o.json();
        bool met = detail::call(r, [&](lithe_run *b) {
            return lithe_gp_svm_fit(x.c(), labels.data(), sample_weight.empty() ? nullptr : weights.c(),
                                    kernel.empty() ? nullptr : kernel.c_str(), text.c_str(), b, h.out());
        });
        return svm(std::move(h), met);
    }

    /* The machine with the arrays and the kernel of another; state as lithe_describe("gp_svm_model") says. */
    static svm from_parts(const matrix_view<double> &x, const matrix_view<double> &dual_coef,
                          const std::vector<double> &intercept, const std::string &kernel, const options &state = {}) {
        matrix_view<double> b(intercept, 1);
        detail::handle h;
        std::string text = state.json();
        detail::call(nullptr, [&](lithe_run *run) {
            return lithe_gp_svm_new(x.c(), dual_coef.c(), b.c(), kernel.c_str(), text.c_str(), run, h.out());
        });
        return svm(std::move(h), true);
    }

    std::int64_t n_samples() const { return count("n_samples"); } /* those of positive weight */
    std::int64_t n_features() const { return count("n_features"); }
    std::int64_t n_functions() const { return count("n_functions"); }
    /* The kernel in use. */
    std::string kernel() const { return nested("kernel"); }

    matrix<double> x() const { return attribute("x", n_samples(), n_features()); }
    matrix<double> dual_coef() const { return attribute("dual_coef", n_samples(), n_functions()); }
    matrix<double> intercept() const { return attribute("intercept", n_functions(), 1); }

    /* The value of each function at each row of x. */
    template <class T>
    matrix<double> decide(const matrix_view<T> &x, run *r = nullptr) const {
        matrix<double> dst(detail::rows_of(x), n_functions());
        detail::call(r, [&](lithe_run *b) { return lithe_gp_svm_decide(h_.get(), x.c(), dst.view().c(), b); });
        return dst;
    }
    /* The class of each row of x. */
    template <class T>
    std::vector<std::int64_t> predict(const matrix_view<T> &x, run *r = nullptr) const {
        matrix<double> f = decide(x, r);
        std::vector<std::int64_t> labels(static_cast<std::size_t>(f.rows()));
        for (std::int64_t i = 0; i < f.rows(); i++) {
            std::int64_t best = 0;
            for (std::int64_t j = 1; j < f.cols(); j++)
                best = f(i, j) > f(i, best) ? j : best;
            labels[static_cast<std::size_t>(i)] = f.cols() == 1 ? f(i, 0) > 0 : best;
        }
        return labels;
    }

private:
    svm(detail::handle &&h, bool met) : fitted(std::move(h), met) {}
};

} // namespace gp
} // namespace lithe

#endif /* LITHE_GP_SVM_HPP */

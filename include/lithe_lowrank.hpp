/*
 * Low-rank factors of lithe.hpp, over the lithe_lowrank_... functions of lithe.h.
 */
#ifndef LITHE_LOWRANK_HPP
#define LITHE_LOWRANK_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace lowrank {

/* A view of the transpose: transposed{matrix_view(data, n, m)} is the m x n matrix kept column after column. */
template <class T>
struct transposed {
    matrix_view<T> of;
};
template <class T>
transposed(matrix_view<T>) -> transposed<T>;

/* A sparse matrix in three vectors that must outlive it; see lithe_sparse for what they hold. I is std::int32_t or
 * std::int64_t. */
template <class T>
class sparse_view {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "elements are float or double");

public:
    /* Kept row after row: indptr has rows + 1 positions, indices are columns. */
    template <class I>
    static sparse_view csr(std::int64_t rows, std::int64_t cols, const std::vector<I> &indptr,
                           const std::vector<I> &indices, const std::vector<T> &values) {
        return sparse_view(LITHE_CSR, rows, cols, rows, indptr, indices, values);
    }
    /* Kept column after column: indptr has cols + 1 positions, indices are rows. */
    template <class I>
    static sparse_view csc(std::int64_t rows, std::int64_t cols, const std::vector<I> &indptr,
                           const std::vector<I> &indices, const std::vector<T> &values) {
        return sparse_view(LITHE_CSC, rows, cols, cols, indptr, indices, values);
    }
    std::int64_t rows() const noexcept { return c_.rows; }
    std::int64_t cols() const noexcept { return c_.cols; }
    const lithe_sparse *c() const noexcept { return &c_; }

private:
    template <class I>
    sparse_view(std::int32_t layout, std::int64_t rows, std::int64_t cols, std::int64_t major, const std::vector<I> &indptr,
                const std::vector<I> &indices, const std::vector<T> &values)
        : c_{values.data(), indices.data(), indptr.data(), rows, cols, static_cast<std::int64_t>(values.size()),
             std::is_same_v<T, float> ? LITHE_FLOAT32 : LITHE_FLOAT64,
             std::is_same_v<I, std::int32_t> ? LITHE_INT32 : LITHE_INT64, layout, {}} {
        static_assert(std::is_same_v<I, std::int32_t> || std::is_same_v<I, std::int64_t>, "indices have 32 or 64 bits");
        if (major < 0 || static_cast<std::int64_t>(indptr.size()) != major + 1 || indices.size() != values.size())
            throw error(LITHE_ESHAPE, "indptr has " + std::to_string(indptr.size()) + " positions for " +
                                          std::to_string(major) + " rows or columns, and there are " +
                                          std::to_string(indices.size()) + " indices for " +
                                          std::to_string(values.size()) + " values");
    }

    lithe_sparse c_;
};

/* A ~ U diag(s) V^T, with what is known about its error. */
template <class T>
class factors {
public:
    const matrix<T> &u() const noexcept { return u_; }               /* m x k */
    const std::vector<double> &s() const noexcept { return s_; }     /* k, decreasing */
    const matrix<T> &v() const noexcept { return v_; }               /* n x k */
    const std::vector<double> &mean() const noexcept { return mean_; } /* of the columns; empty unless centred */

    bool converged() const noexcept { return converged_; }
    double error() const { return number("error"); } /* estimated Frobenius norm of A - U diag(s) V^T */
    double relative_error() const { return number("relative_error"); }
    std::int64_t passes() const { return static_cast<std::int64_t>(number("passes")); }
    std::string method() const { return detail::member(report_, "method"); }
    std::string error_method() const { return detail::member(report_, "error_method"); }
    const std::string &report() const noexcept { return report_; } /* JSON, as lithe_lowrank_svd writes it */

    /* Calls f, which is one of the C functions with all but its outputs bound. */
    template <class F>
    static factors make(std::int64_t rows, std::int64_t cols, std::int64_t k, bool center, run *r, F &&f) {
        if (k < 1 || k > rows || k > cols)
            throw error_type(LITHE_EINVAL, "k must be in [1, min(m, n)] for a matrix of " + std::to_string(rows) + " x " +
                                               std::to_string(cols) + ", got " + std::to_string(k));
        factors out;
        out.u_ = matrix<T>(rows, k);
        out.v_ = matrix<T>(cols, k);
        out.s_ = detail::one_per_row<double>(k);
        out.mean_ = detail::one_per_row<double>(center ? cols : 0);
        out.report_.resize(static_cast<std::size_t>(640 + 32 * k));
        std::int64_t needed = 0;
        out.converged_ = detail::call(r, [&](lithe_run *b) {
            return f(out.u_.view().c(), out.s_.data(), out.v_.view().c(), center ? out.mean_.data() : nullptr,
                     out.report_.data(), static_cast<std::int64_t>(out.report_.size()), &needed, b);
        });
        out.report_.resize(static_cast<std::size_t>(needed - 1));
        return out;
    }

private:
    using error_type = lithe::error; /* error() hides it */
    factors() = default;
    double number(const char *name) const { return detail::number(detail::member(report_, name)); }

    matrix<T> u_, v_;
    std::vector<double> s_, mean_;
    std::string report_;
    bool converged_ = false;
};

/* The k leading singular triplets of A; center subtracts the mean of each column first. Options other than the rank are
 * those of lithe_describe("lowrank"). */
template <class T>
factors<T> svd(const matrix_view<T> &a, std::int64_t k, options o = {}, bool center = false, run *r = nullptr) {
    std::string text = o.set("n_components", k).json();
    return factors<T>::make(a.rows(), a.cols(), k, center, r, [&](auto... places) {
        return lithe_lowrank_svd(a.c(), 0, center, text.c_str(), places...);
    });
}
template <class T>
factors<T> svd(const transposed<T> &a, std::int64_t k, options o = {}, bool center = false, run *r = nullptr) {
    std::string text = o.set("n_components", k).json();
    return factors<T>::make(a.of.cols(), a.of.rows(), k, center, r, [&](auto... places) {
        return lithe_lowrank_svd(a.of.c(), 1, center, text.c_str(), places...);
    });
}
template <class T>
factors<T> svd(const sparse_view<T> &a, std::int64_t k, options o = {}, bool center = false, run *r = nullptr) {
    std::string text = o.set("n_components", k).json();
    return factors<T>::make(a.rows(), a.cols(), k, center, r, [&](auto... places) {
        return lithe_lowrank_svd_sparse(a.c(), center, text.c_str(), places...);
    });
}

} // namespace lowrank

} // namespace lithe

#endif /* LITHE_LOWRANK_HPP */

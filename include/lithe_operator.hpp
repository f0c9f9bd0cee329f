/*
 * Matrices in every form that lithe.hpp's functions take: dense, transposed, sparse, known through products, or read in
 * blocks of rows. Include lithe.hpp instead.
 */
#ifndef LITHE_OPERATOR_HPP
#define LITHE_OPERATOR_HPP

#include <exception>
#include <functional>

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

/* An m x n matrix A that is known through its products: multiply writes A x to y for x (n x l), multiply_transposed
 * A^T x for x (m x l), and may be left out where that is never needed, as for symmetric matrices. They are called on the
 * thread of the call; what they throw comes out of it. */
template <class T>
class products {
public:
    using function = std::function<void(const matrix_view<T> &x, const matrix_span<T> &y)>;
    products(std::int64_t rows, std::int64_t cols, function multiply, function multiply_transposed = {})
        : rows_(rows), cols_(cols), multiply_(std::move(multiply)), transposed_(std::move(multiply_transposed)) {}

    std::int64_t rows() const noexcept { return rows_; }
    std::int64_t cols() const noexcept { return cols_; }
    const function &multiply() const noexcept { return multiply_; }
    const function &multiply_transposed() const noexcept { return transposed_; }

private:
    std::int64_t rows_, cols_;
    function multiply_, transposed_;
};

/* An m x n matrix that is read as a sequence of blocks of rows, once a pass: next returns the next rows, in memory that
 * stays until it is called again, or nothing after the last; next(true) begins again at row 0. It is called on the thread
 * of the call; what it throws comes out of it. */
template <class T>
class row_blocks {
public:
    using function = std::function<std::optional<matrix_view<T>>(bool first)>;
    row_blocks(std::int64_t rows, std::int64_t cols, function next) : rows_(rows), cols_(cols), next_(std::move(next)) {}

    std::int64_t rows() const noexcept { return rows_; }
    std::int64_t cols() const noexcept { return cols_; }
    const function &next() const noexcept { return next_; }

private:
    std::int64_t rows_, cols_;
    function next_;
};

/* Any of these matrices minus the mean of each column, without a copy: centered{matrix_view(data, n)}. */
template <class A>
struct centered {
    A of;
};
template <class A>
centered(A) -> centered<A>;

namespace detail {

using namespace lithe::detail;

template <class A>
struct element;
template <template <class> class View, class T>
struct element<View<T>> {
    using type = T;
};
template <class A>
struct element<centered<A>> : element<A> {};
/* The type of the elements of a matrix in any form. */
template <class A>
using element_t = typename element<A>::type;

template <class T>
constexpr std::int32_t dtype = std::is_same_v<T, float> ? LITHE_FLOAT32 : LITHE_FLOAT64;

/* Runs f and returns 0, or keeps what it throws and returns 1. */
template <class F>
std::int32_t keep(std::exception_ptr &thrown, F &&f) noexcept {
    try {
        f();
        return 0;
    } catch (...) {
        thrown = std::current_exception();
        return 1;
    }
}

inline std::int64_t columns_of(const lithe_operator &a) noexcept {
    std::int64_t cols = a.kind == LITHE_DENSE              ? a.dense->cols
                        : a.kind == LITHE_DENSE_TRANSPOSED ? a.dense->rows
                        : a.kind == LITHE_COMPRESSED       ? a.sparse->cols
                                                           : a.cols;
    return cols > 0 ? cols : 0; /* a matrix that the library is about to refuse has none */
}

/* A matrix as the C interface takes it, for the time of one call. */
template <class T>
class operand {
public:
    explicit operand(const matrix_view<T> &a) : dense_(*a.c()) { dense(LITHE_DENSE); }
    explicit operand(const matrix<T> &a) : operand(a.view()) {}
    explicit operand(const transposed<T> &a) : dense_(*a.of.c()) { dense(LITHE_DENSE_TRANSPOSED); }
    explicit operand(const sparse_view<T> &a) : sparse_(*a.c()) {
        c_.kind = LITHE_COMPRESSED;
        c_.sparse = &sparse_;
    }
    explicit operand(const products<T> &a) : products_(&a) {
        called(LITHE_PRODUCTS, a.rows(), a.cols());
        c_.product = a.multiply() ? multiply : nullptr;
        c_.product_transposed = a.multiply_transposed() ? multiply_transposed : nullptr;
    }
    explicit operand(const row_blocks<T> &a) : blocks_(&a) {
        called(LITHE_ROW_BLOCKS, a.rows(), a.cols());
        c_.next_rows = a.next() ? next_rows : nullptr;
    }
    template <class A>
    explicit operand(const centered<A> &a) : operand(a.of) { c_.center = 1; }
    operand(const operand &) = delete;
    operand &operator=(const operand &) = delete;

    const lithe_operator *c() const noexcept { return &c_; }

    /* Passes a status on, unless a function of the caller has thrown: then that. */
    std::int32_t checked(std::int32_t status) const {
        if (thrown_)
            std::rethrow_exception(thrown_);
        return status;
    }

private:
    void dense(std::int32_t kind) {
        c_.kind = kind;
        c_.dense = &dense_;
    }
    void called(std::int32_t kind, std::int64_t rows, std::int64_t cols) {
        c_.kind = kind;
        c_.rows = rows;
        c_.cols = cols;
        c_.dtype = dtype<T>;
        c_.context = this;
    }
    static std::int32_t multiply(void *context, const lithe_matrix *x, const lithe_matrix *y) {
        auto me = static_cast<operand *>(context);
        return keep(me->thrown_, [&] { me->products_->multiply()(matrix_view<T>(*x), matrix_span<T>(*y)); });
    }
    static std::int32_t multiply_transposed(void *context, const lithe_matrix *x, const lithe_matrix *y) {
        auto me = static_cast<operand *>(context);
        return keep(me->thrown_, [&] { me->products_->multiply_transposed()(matrix_view<T>(*x), matrix_span<T>(*y)); });
    }
    static std::int32_t next_rows(void *context, std::int32_t first, lithe_matrix *block) {
        auto me = static_cast<operand *>(context);
        return keep(me->thrown_, [&] {
            if (auto rows = me->blocks_->next()(first != 0))
                *block = *rows->c();
        });
    }

    lithe_operator c_{};
    lithe_matrix dense_{};
    lithe_sparse sparse_{};
    const products<T> *products_ = nullptr;
    const row_blocks<T> *blocks_ = nullptr;
    std::exception_ptr thrown_;
};

} // namespace detail

} // namespace lowrank

} // namespace lithe

#endif /* LITHE_OPERATOR_HPP */

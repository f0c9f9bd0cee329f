/*
 * Low-rank factors of lithe.hpp, over the lithe_lowrank_... functions of lithe.h. A matrix A (m x n) is a matrix, a
 * matrix_view, or transposed, sparse_view, products, row_blocks or centered of lithe_operator.hpp. Options other than the
 * rank are those that the C functions name.
 */
#ifndef LITHE_LOWRANK_HPP
#define LITHE_LOWRANK_HPP

#include "lithe_operator.hpp"

namespace lithe {
namespace lowrank {

/* What is known about a result; NaN, 0 and "" stand for what its function does not tell. */
struct account {
    double error;             /* estimated Frobenius norm of the difference between A and its factors */
    double relative_error;    /* as a fraction of the norm of A */
    std::string error_method; /* how the error was found */
    bool converged;           /* the tolerance was met */
    std::int64_t passes;      /* multiplications of A or its transpose with a block */
    std::string method;
    std::vector<double> mean; /* of the columns of a centered A; else empty */
    std::string report;       /* all of it, as JSON */
};

template <class T>
struct factors : account {
    matrix<T> u;                   /* m x k, orthonormal columns */
    std::vector<double> s;         /* k, decreasing */
    matrix<T> v;                   /* n x k, orthonormal columns */
    std::vector<double> residuals; /* k: |A v_i - s_i u_i|; or empty */
};

template <class T>
struct range : account {
    matrix<T> q; /* m x l, orthonormal columns */
};

template <class T>
struct qb_factors : account {
    matrix<T> q; /* m x r, orthonormal columns */
    matrix<T> b; /* r x n */
};

template <class T>
struct eigenpairs : account {
    std::vector<double> values;    /* k, of decreasing magnitude */
    matrix<T> v;                   /* n x k, orthonormal columns */
    std::vector<double> residuals; /* k: |A v_i - lambda_i v_i|; empty from nystrom */
};

template <class T>
struct interpolation : account {
    std::vector<std::int64_t> indices; /* of k columns (rows) of A */
    matrix<T> c;                       /* these columns (rows) */
    matrix<T> p;                       /* the coefficients of all columns (rows) in them */
};

template <class T>
struct cur_factors : account {
    std::vector<std::int64_t> column_indices, row_indices;
    matrix<T> c, u, r;
};

template <class T>
struct qr_factors : account {
    matrix<T> q, r;
    std::vector<std::int64_t> perm; /* n: A[:, perm] ~ q r */
};

template <class T>
struct cholesky_factors : account {
    std::vector<std::int64_t> pivots;
    matrix<T> f; /* r x n: A ~ f^T f */
};

template <class T>
struct solution : account {
    matrix<T> x;                   /* n x k */
    std::vector<double> residuals; /* k: |A x - b| */
    std::int64_t rank, iterations;
    double condition;
};

/* A number found from random products: three times error covers the truth nine times in ten or more. */
struct estimate {
    double value, error;
    std::int64_t products;
};

struct diagonal_estimate {
    std::vector<double> values, errors;
    std::int64_t products;
};

/* A positive semidefinite matrix (n x n) by its elements: diagonal writes the n numbers of its diagonal, columns writes
 * column ids[i] to row i. They are called on the thread of the call; what they throw comes out of it. */
template <class T>
struct kernel {
    std::int64_t size;
    std::function<void(const matrix_span<double> &diagonal)> diagonal;
    std::function<void(const std::vector<std::int64_t> &ids, const matrix_span<T> &columns)> columns;
};

/* Positive semidefinite matrices of n points x_i, the rows of points: exp(-gamma |x_i - x_j|^2), and Matern kernels of
 * smoothness 3/2 and 5/2 at |x_i - x_j| / scale. */
template <class T>
struct rbf {
    matrix_view<T> points;
    double gamma;
};
template <class T>
rbf(matrix_view<T>, double) -> rbf<T>;
template <class T>
struct matern32 {
    matrix_view<T> points;
    double scale;
};
template <class T>
matern32(matrix_view<T>, double) -> matern32<T>;
template <class T>
struct matern52 {
    matrix_view<T> points;
    double scale;
};
template <class T>
matern52(matrix_view<T>, double) -> matern52<T>;

namespace detail {

inline std::int64_t count(const result &found, const char *name) {
    double v = found.number(name);
    return v == v ? static_cast<std::int64_t>(v) : 0;
}

template <class A>
constexpr bool is_centered = false;
template <class A>
constexpr bool is_centered<centered<A>> = true;

/* A function of the C interface, applied to a matrix. */
template <class A, class F>
result compute(const A &a, const options &o, run *r, F &&f) {
    operand<element_t<A>> in(a);
    std::string text = o.json();
    return result::of(r, [&](lithe_run *b, lithe_handle *h) { return in.checked(f(in.c(), text.c_str(), b, h)); });
}

inline account account_of(const result &found, bool centred) {
    return {found.number("error"), found.number("relative_error"), found.word("error_method"), found.converged(),
            count(found, "passes"), found.word("method"), centred ? found.vector("mean") : std::vector<double>{},
            found.report()};
}

inline estimate estimate_of(const result &found) {
    return {found.number("value"), found.number("error"), count(found, "products")};
}

template <class T>
lithe_kernel kernel_of(std::int32_t kind, const matrix_view<T> &data, double parameter) {
    lithe_kernel c{};
    c.kind = kind;
    c.data = data.c();
    c.parameter = parameter;
    return c;
}

template <class T>
cholesky_factors<T> cholesky(const lithe_kernel &c, const options &o, run *r, const std::exception_ptr &thrown) {
    std::string text = o.json();
    result found = result::of(r, [&](lithe_run *b, lithe_handle *h) {
        std::int32_t status = lithe_lowrank_rpcholesky(&c, text.c_str(), b, h);
        if (thrown)
            std::rethrow_exception(thrown);
        return status;
    });
    return {account_of(found, false), found.indices("pivots"), found.template array<T>("f")};
}

} // namespace detail

/* The k leading singular triplets; k = 0 asks for about the smallest rank whose relative error is at most the option tol. */
template <class A, class T = detail::element_t<A>>
factors<T> svd(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_svd);
    return {detail::account_of(found, detail::is_centered<A>), found.template array<T>("u"), found.vector("s"),
            found.template array<T>("v"), found.vector("residuals")};
}

/* An orthonormal basis of nearly all of the range of A, with somewhat more than k columns. */
template <class A, class T = detail::element_t<A>>
range<T> range_finder(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_range_finder);
    return {detail::account_of(found, detail::is_centered<A>), found.template array<T>("q")};
}

/* A ~ q b with a relative error of at most tol. */
template <class A, class T = detail::element_t<A>>
qb_factors<T> qb(const A &a, double tol, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("tol", tol), r, lithe_lowrank_qb);
    return {detail::account_of(found, detail::is_centered<A>), found.template array<T>("q"), found.template array<T>("b")};
}

/* The k eigenpairs of largest magnitude of a symmetric A. */
template <class A, class T = detail::element_t<A>>
eigenpairs<T> eigh(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_eigh);
    return {detail::account_of(found, detail::is_centered<A>), found.vector("values"), found.template array<T>("v"),
            found.vector("residuals")};
}

/* The k leading eigenpairs of a positive semidefinite A, approximately, in one or two passes. */
template <class A, class T = detail::element_t<A>>
eigenpairs<T> nystrom(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_nystrom);
    return {detail::account_of(found, detail::is_centered<A>), found.vector("values"), found.template array<T>("v"),
            found.vector("residuals")};
}

/* A ~ c p with k columns c of A. */
template <class A, class T = detail::element_t<A>>
interpolation<T> column_id(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_column_id);
    return {detail::account_of(found, detail::is_centered<A>), found.indices("indices"), found.template array<T>("c"),
            found.template array<T>("p")};
}

/* A ~ p c with k rows c of A. */
template <class A, class T = detail::element_t<A>>
interpolation<T> row_id(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_row_id);
    return {detail::account_of(found, detail::is_centered<A>), found.indices("indices"), found.template array<T>("c"),
            found.template array<T>("p")};
}

/* A ~ c u r with k columns c and k rows r of A. */
template <class A, class T = detail::element_t<A>>
cur_factors<T> cur(const A &a, std::int64_t k, options o = {}, run *r = nullptr) {
    result found = detail::compute(a, o.set("n_components", k), r, lithe_lowrank_cur);
    return {detail::account_of(found, detail::is_centered<A>), found.indices("column_indices"),
            found.indices("row_indices"), found.template array<T>("c"), found.template array<T>("u"),
            found.template array<T>("r")};
}

/* A[:, perm] ~ q r for a tall dense A. */
template <class A, class T = detail::element_t<A>>
qr_factors<T> qrcp(const A &a, const options &o = {}, run *r = nullptr) {
    result found = detail::compute(a, o, r, lithe_lowrank_qrcp);
    return {detail::account_of(found, detail::is_centered<A>), found.template array<T>("q"), found.template array<T>("r"),
            found.indices("perm")};
}

/* The x that minimize |A x - b|^2 + mu |x|^2 for each column of b, for a tall A. */
template <class A, class T = detail::element_t<A>>
solution<T> lstsq(const A &a, const matrix_view<T> &b, double mu = 0, const options &o = {}, run *r = nullptr) {
    result found = detail::compute(a, o, r, [&](const lithe_operator *c, const char *text, lithe_run *block, lithe_handle *h) {
        return lithe_lowrank_lstsq(c, b.c(), mu, text, block, h);
    });
    return {detail::account_of(found, detail::is_centered<A>), found.template array<T>("x"), found.vector("residuals"),
            detail::count(found, "rank"), detail::count(found, "iterations"), found.number("condition")};
}

/* The trace and the diagonal of a square A. */
template <class A>
estimate trace(const A &a, const options &o = {}, run *r = nullptr) {
    return detail::estimate_of(detail::compute(a, o, r, lithe_lowrank_trace));
}
template <class A>
diagonal_estimate diagonal(const A &a, const options &o = {}, run *r = nullptr) {
    result found = detail::compute(a, o, r, lithe_lowrank_diagonal);
    return {found.vector("values"), found.vector("errors"), detail::count(found, "products")};
}

/* log det(A + mu I) of a symmetric positive semidefinite A. */
template <class A>
estimate logdet(const A &a, double mu = 0, options o = {}, run *r = nullptr) {
    return detail::estimate_of(detail::compute(a, o.set("mu", mu), r, lithe_lowrank_logdet));
}

/* S A (size x n) for a random S that the options and m decide. */
template <class A, class T = detail::element_t<A>>
matrix<T> sketch(const A &a, std::int64_t size, options o = {}, run *r = nullptr) {
    return detail::compute(a, o.set("size", size), r, lithe_lowrank_sketch).template array<T>("sketch");
}

/* A norm: kind is "spectral" or "frobenius". */
template <class A>
estimate norm(const A &a, const std::string &kind, const options &o = {}, run *r = nullptr) {
    return detail::estimate_of(detail::compute(
        a, o, r, [&](const lithe_operator *c, const char *text, lithe_run *block, lithe_handle *h) {
            return lithe_lowrank_norm(c, kind.c_str(), text, block, h);
        }));
}

/* The mean of each column of A, which has cols of them. */
template <class A>
std::vector<double> column_means(const A &a, run *r = nullptr) {
    detail::operand<detail::element_t<A>> in(a);
    auto out = detail::one_per_row<double>(detail::columns_of(*in.c()));
    detail::call(r, [&](lithe_run *b) { return in.checked(lithe_lowrank_column_means(in.c(), out.data(), b)); });
    return out;
}

/* A ~ f^T f for a positive semidefinite A, at rank k, or below where the option tol is met sooner; k = 0 leaves it to tol.
 * A is a matrix, a kernel of points, or a kernel by functions. */
template <class T>
cholesky_factors<T> rpcholesky(const matrix_view<T> &a, std::int64_t k, options o = {}, run *r = nullptr) {
    return detail::cholesky<T>(detail::kernel_of(LITHE_KERNEL_DENSE, a, 0), o.set("n_components", k), r, nullptr);
}
template <class T>
cholesky_factors<T> rpcholesky(const rbf<T> &a, std::int64_t k, options o = {}, run *r = nullptr) {
    return detail::cholesky<T>(detail::kernel_of(LITHE_KERNEL_RBF, a.points, a.gamma), o.set("n_components", k), r, nullptr);
}
template <class T>
cholesky_factors<T> rpcholesky(const matern32<T> &a, std::int64_t k, options o = {}, run *r = nullptr) {
    return detail::cholesky<T>(detail::kernel_of(LITHE_KERNEL_MATERN32, a.points, a.scale), o.set("n_components", k), r, nullptr);
}
template <class T>
cholesky_factors<T> rpcholesky(const matern52<T> &a, std::int64_t k, options o = {}, run *r = nullptr) {
    return detail::cholesky<T>(detail::kernel_of(LITHE_KERNEL_MATERN52, a.points, a.scale), o.set("n_components", k), r, nullptr);
}
template <class T>
cholesky_factors<T> rpcholesky(const kernel<T> &a, std::int64_t k, options o = {}, run *r = nullptr) {
    struct caller {
        const kernel<T> &of;
        std::exception_ptr thrown;
    } context{a, nullptr};
    lithe_kernel c{};
    c.kind = LITHE_KERNEL_CALLBACK;
    c.dtype = detail::dtype<T>;
    c.size = a.size;
    c.context = &context;
    if (a.diagonal)
        c.diagonal = [](void *me, const lithe_matrix *out) {
            auto &by = *static_cast<caller *>(me);
            return detail::keep(by.thrown, [&] { by.of.diagonal(matrix_span<double>(*out)); });
        };
    if (a.columns)
        c.columns = [](void *me, const std::int64_t *ids, std::int64_t count, const lithe_matrix *out) {
            auto &by = *static_cast<caller *>(me);
            return detail::keep(by.thrown, [&] { by.of.columns({ids, ids + count}, matrix_span<T>(*out)); });
        };
    return detail::cholesky<T>(c, o.set("n_components", k), r, context.thrown);
}

} // namespace lowrank

} // namespace lithe

#endif /* LITHE_LOWRANK_HPP */

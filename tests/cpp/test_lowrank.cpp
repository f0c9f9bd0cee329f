// Tests lithe_lowrank.hpp: that every function does what the C function behind it does, for a matrix in every form, and
// that what the caller's functions throw comes through.
#include <algorithm>
#include <cmath>

#include "check.hpp"
#include "lithe.hpp"

namespace {

namespace lowrank = lithe::lowrank;
using lithe::matrix;
using lithe::matrix_span;
using lithe::matrix_view;

static_assert(!std::is_copy_constructible_v<lithe::result>);
static_assert(std::is_nothrow_move_constructible_v<lithe::result> && std::is_move_assignable_v<lithe::result>);

// A 6 x 3 matrix of singular values 5, 3 and 1, times its columns' permutation.
const std::vector<double> a = {0, 5, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
const matrix_view x(a, 3);

bool close(double v, double w, double tol = 1e-9) { return std::abs(v - w) <= tol; }

template <class T>
matrix<T> times(const matrix<T> &l, const matrix<T> &r) {
    matrix<T> out(l.rows(), r.cols());
    for (std::int64_t i = 0; i < l.rows(); i++)
        for (std::int64_t k = 0; k < l.cols(); k++)
            for (std::int64_t j = 0; j < r.cols(); j++)
                out(i, j) += l(i, k) * r(k, j);
    return out;
}

template <class L, class R>
bool same(const L &l, const R &r) {
    bool ok = l.rows() == r.rows() && l.cols() == r.cols();
    for (std::int64_t i = 0; ok && i < l.rows(); i++)
        for (std::int64_t j = 0; j < l.cols(); j++)
            ok = ok && close(l(i, j), r(i, j));
    return ok;
}

matrix<double> owned() {
    matrix<double> copy(6, 3);
    for (std::int64_t i = 0; i < 6; i++)
        for (std::int64_t j = 0; j < 3; j++)
            copy(i, j) = x(i, j);
    return copy;
}

// y = A x, or A^T x.
void multiply(const matrix_view<double> &in, const matrix_span<double> &out) {
    for (std::int64_t i = 0; i < 6; i++)
        for (std::int64_t j = 0; j < in.cols(); j++) {
            out(i, j) = 0;
            for (std::int64_t k = 0; k < 3; k++)
                out(i, j) += x(i, k) * in(k, j);
        }
}
void multiply_transposed(const matrix_view<double> &in, const matrix_span<double> &out) {
    for (std::int64_t i = 0; i < 3; i++)
        for (std::int64_t j = 0; j < in.cols(); j++) {
            out(i, j) = 0;
            for (std::int64_t k = 0; k < 6; k++)
                out(i, j) += x(k, i) * in(k, j);
        }
}

void every_form() {
    std::vector<double> flipped(a.size());
    std::vector<float> single(a.begin(), a.end());
    for (std::size_t i = 0; i < 6; i++)
        for (std::size_t j = 0; j < 3; j++)
            flipped[j * 6 + i] = a[i * 3 + j];
    auto good = [](const auto &f) {
        double v = f.v(1, 0), u = f.u(0, 0), tol = f.error_method == "sampled" ? 0.8 : 1e-4;
        return f.converged && f.s.size() == 2 && close(f.s[0], 5, 1e-5) && close(f.s[1], 3, 1e-5) && close(v, 1, 1e-5) &&
               close(u, 1, 1e-5) && close(f.error, 1, tol) && close(f.relative_error * std::sqrt(35.0), f.error, tol) &&
               f.u.rows() == 6 && f.v.rows() == 3;
    };
    auto f = lowrank::svd(x, 2);
    CHECK(good(f) && f.mean.empty() && f.method == "gram" && f.passes > 0 && f.error_method == "identity");
    CHECK(f.report.front() == '{' && f.report.back() == '}');
    CHECK(good(lowrank::svd(lowrank::transposed{matrix_view(flipped, 6)}, 2)));
    CHECK(good(lowrank::svd(matrix_view(single, 3), 2, {{"method", "krylov"}})));
    static_assert(std::is_same_v<decltype(lowrank::svd(matrix_view(single, 3), 2).u), matrix<float>>);
    CHECK(good(lowrank::svd(owned(), 2)));

    const std::vector<std::int32_t> rows = {0, 1, 2, 3, 3, 3, 3}, columns = {1, 0, 2};
    const std::vector<double> values = {5, 3, 1};
    auto csr = lowrank::sparse_view<double>::csr(6, 3, rows, columns, values);
    CHECK(good(lowrank::svd(csr, 2)));
    const std::vector<std::int64_t> starts = {0, 1, 2, 3}, places = {1, 0, 2};
    const std::vector<double> by_column = {3, 5, 1};
    CHECK(good(lowrank::svd(lowrank::sparse_view<double>::csc(6, 3, starts, places, by_column), 2)));
    CHECK_THROWS(lowrank::sparse_view<double>::csr(5, 3, rows, columns, values), LITHE_ESHAPE, "indptr has 7 positions for 5");

    lowrank::products<double> products(6, 3, multiply, multiply_transposed);
    CHECK(good(lowrank::svd(products, 2)));
    lowrank::products<float> halves(6, 3, [](const matrix_view<float> &in, const matrix_span<float> &out) {
        for (std::int64_t i = 0; i < 6; i++)
            for (std::int64_t j = 0; j < in.cols(); j++)
                out(i, j) = i < 3 ? in(i, j) / 2 : 0;
    }, [](const matrix_view<float> &in, const matrix_span<float> &out) {
        for (std::int64_t i = 0; i < 3; i++)
            for (std::int64_t j = 0; j < in.cols(); j++)
                out(i, j) = in(i, j) / 2;
    });
    CHECK(close(lowrank::svd(halves, 1).s[0], 0.5, 1e-6) && close(lowrank::norm(halves, "spectral").value, 0.5, 1e-6));
    std::int64_t at = 0;
    lowrank::row_blocks<double> blocks(6, 3, [&](bool first) -> std::optional<matrix_view<double>> {
        at = first ? 0 : at + 4;
        if (at >= 6)
            return std::nullopt;
        return matrix_view<double>(a.data() + 3 * at, std::min<std::int64_t>(4, 6 - at), 3);
    });
    CHECK(good(lowrank::svd(blocks, 2)));

    auto mean_is_right = [](const std::vector<double> &mean) {
        return mean.size() == 3 && close(mean[0], 0.5) && close(mean[1], 5.0 / 6) && close(mean[2], 1.0 / 6);
    };
    CHECK(mean_is_right(lowrank::svd(lowrank::centered{x}, 2).mean));
    CHECK(mean_is_right(lowrank::svd(lowrank::centered{csr}, 2).mean));
    CHECK(mean_is_right(lowrank::svd(lowrank::centered{products}, 2).mean));
    CHECK(mean_is_right(lowrank::svd(lowrank::centered{blocks}, 2).mean));
    CHECK(mean_is_right(lowrank::column_means(x)) && mean_is_right(lowrank::column_means(csr)));
    CHECK(mean_is_right(lowrank::column_means(blocks)));
    CHECK(mean_is_right(lowrank::column_means(lowrank::transposed{matrix_view(flipped, 6)})));
}

void every_function() {
    CHECK(lowrank::svd(x, 0, {{"tol", 0.2}}).s.size() == 2);
    auto range = lowrank::range_finder(x, 2, {{"n_oversamples", 1}});
    CHECK(range.q.rows() == 6 && range.q.cols() == 3 && range.relative_error < 1e-9);
    auto qb = lowrank::qb(x, 0.2);
    CHECK(qb.q.cols() == 2 && qb.b.rows() == 2 && close(qb.error, 1));
    auto all = lowrank::qb(x, 1e-6);
    CHECK(same(times(all.q, all.b), x));

    auto columns = lowrank::column_id(x, 3);
    CHECK(columns.indices == (std::vector<std::int64_t>{1, 0, 2}) && same(times(columns.c, columns.p), x));
    auto rows = lowrank::row_id(x, 3);
    CHECK(rows.indices.size() == 3 && same(times(rows.p, rows.c), x));
    auto cur = lowrank::cur(x, 3);
    CHECK(cur.column_indices.size() == 3 && cur.row_indices.size() == 3 && same(times(times(cur.c, cur.u), cur.r), x));
    auto qr = lowrank::qrcp(x);
    CHECK(qr.perm == (std::vector<std::int64_t>{1, 0, 2}) && close(std::abs(qr.r(0, 0)), 5) && qr.q.rows() == 6);

    auto s = lowrank::lstsq(x, x);
    CHECK(s.x.rows() == 3 && close(s.x(0, 0), 1) && close(s.x(0, 1), 0) && s.rank == 3 && close(s.condition, 5, 0.5));
    const std::vector<double> b = {10, 6, 1, 0, 0, 2};
    auto one = lowrank::lstsq(x, matrix_view(b, 1));
    CHECK(close(one.x(0, 0), 2) && close(one.x(1, 0), 2) && close(one.x(2, 0), 1) && close(one.residuals[0], 2));
    CHECK(close(lowrank::lstsq(x, matrix_view(b, 1), 25).x(1, 0), 1));

    const std::vector<double> square = {2, 1, 0, 1, 2, 0, 0, 0, 0.5}; // eigenvalues 3, 1, 0.5
    matrix_view p(square, 3);
    CHECK(close(lowrank::trace(p).value, 4.5) && lowrank::diagonal(p).values.size() == 3);
    CHECK(close(lowrank::diagonal(p).values[2], 0.5) && lowrank::trace(p).products > 0);
    CHECK(close(lowrank::logdet(p).value, std::log(1.5)) && close(lowrank::logdet(p, 1).value, std::log(12.0)));
    CHECK(lowrank::sketch(x, 4).rows() == 4 && same(lowrank::sketch(x, 4), lowrank::sketch(owned(), 4)));
    CHECK(close(lowrank::norm(p, "spectral").value, 3) && close(lowrank::norm(p, "frobenius").value, std::sqrt(10.25)));
    auto e = lowrank::eigh(p, 2);
    CHECK(close(e.values[0], 3) && close(e.values[1], 1) && close(e.v(0, 0), std::sqrt(0.5)) && e.residuals.size() == 2);
    auto n = lowrank::nystrom(p, 1, {{"max_passes", 8}});
    CHECK(close(n.values[0], 3, 1e-6) && n.v.rows() == 3 && n.residuals.empty());

    lowrank::kernel<double> k{3, [&](const matrix_span<double> &d) {
        for (std::int64_t i = 0; i < 3; i++)
            d(i, 0) = p(i, i);
    }, [&](const std::vector<std::int64_t> &ids, const matrix_span<double> &c) {
        for (std::size_t i = 0; i < ids.size(); i++)
            for (std::int64_t j = 0; j < 3; j++)
                c(static_cast<std::int64_t>(i), j) = p(ids[i], j);
    }};
    auto f = lowrank::rpcholesky(p, 3), g = lowrank::rpcholesky(k, 3);
    matrix<double> t(3, 3);
    for (std::int64_t i = 0; i < 3; i++)
        for (std::int64_t j = 0; j < 3; j++)
            t(j, i) = f.f(i, j);
    CHECK(f.pivots.size() == 3 && same(times(t, f.f), p) && f.pivots == g.pivots && same(f.f, g.f));
    auto gauss = lowrank::rpcholesky(lowrank::rbf{x, 0.1}, 6);
    auto smooth = lowrank::rpcholesky(lowrank::matern32{x, 2.0}, 4), smoother = lowrank::rpcholesky(lowrank::matern52{x, 2.0}, 4);
    auto entry = [](const auto &c, std::int64_t i, std::int64_t j) {
        double sum = 0;
        for (std::int64_t q = 0; q < c.f.rows(); q++)
            sum += c.f(q, i) * c.f(q, j);
        return sum;
    };
    const double s3 = std::sqrt(3.0) * std::sqrt(34.0) / 2, s5 = std::sqrt(5.0) * std::sqrt(34.0) / 2;
    CHECK(gauss.pivots.size() == 4 && close(entry(gauss, 0, 1), std::exp(-3.4)) && close(entry(gauss, 4, 5), 1));
    CHECK(close(entry(smooth, 0, 1), (1 + s3) * std::exp(-s3)));
    CHECK(close(entry(smoother, 0, 1), (1 + s5 + s5 * s5 / 3) * std::exp(-s5)));
    CHECK(lowrank::rpcholesky(p, 0, {{"tol", 0.5}}).relative_error <= 0.5 && lowrank::rpcholesky(p, 1).pivots.size() == 1);
}

// Singular values 5 and 3 of a 20 x 12 matrix.
void streams() {
    constexpr std::int64_t m = 20, n = 12;
    std::vector<double> rows(m * n);
    rows[3 * n + 7] = 4, rows[19 * n + 7] = -3, rows[8 * n] = 3;
    auto part = [&](std::int64_t first, std::int64_t count) { return matrix_view(rows.data() + first * n, count, n); };
    lowrank::stream whole(n, 2, 7), head(n, 2, 7), tail(n, 2, 7, {}, 12), other(n, 2, 8, {}, 12);
    whole.update(part(0, m));
    head.update(part(0, 11));
    head.update(part(11, 1));
    tail.update(part(12, 8));
    CHECK_THROWS(tail.merge(head), LITHE_ESHAPE, "ends before row 20 cannot be merged with one from row 0");
    CHECK_THROWS(head.merge(other), LITHE_EINVAL, "random_state 7 and 8");
    CHECK_THROWS(head.update(x), LITHE_ESHAPE, "has 3 columns, the stream 12");
    CHECK_THROWS(lowrank::stream(n, 0), LITHE_EINVAL, "n_components");
    head.merge(tail);
    CHECK(whole.rows() == m && head.rows() == m);
    auto f = whole.svd(), g = head.svd();
    CHECK(f.s.size() == 2 && close(f.s[0], 5) && close(f.s[1], 3) && f.u.rows() == m && f.method == "stream");
    CHECK(close(f.v(7, 0), 1) && close(f.u(3, 0), 0.8) && close(f.u(8, 1), 1));
    CHECK(same(f.u, g.u) && f.scree.size() == 10 && f.scree[0] > 0.3 && f.scree[2] < 1e-6);
}

// Components of the rows of x in parts, weighted and not.
void statistics() {
    auto row = [](std::int64_t i) { return matrix_view(a.data() + 3 * i, 1, 3); };
    for (auto &o : {lithe::options(), lithe::options{{"sketch_size", 3}}}) {
        lowrank::pca whole(3, 2, o), part(3, 2, o), rest(3, 2, o), weighted(3, 2, o);
        whole.update(x);
        for (std::int64_t i = 0; i < 6; i++)
            (i < 4 ? part : rest).update(row(i));
        const lowrank::pca copy = rest;
        part.merge(copy);
        weighted.update(x, {1, 1, 1, 1, 1, 1});
        auto c = whole.components(), d = part.components(), e = weighted.components();
        CHECK(whole.rows() == 6 && part.rows() == 6 && c.components.rows() == 2 && close(c.mean[1], 5.0 / 6));
        CHECK(close(c.total_variance, (35 - 35.0 / 6) / 5) && c.variances.size() == 2 && c.bound < 1);
        CHECK(close(c.variances[0], d.variances[0], 0.3) && close(c.variances[0], e.variances[0]));
    }
    lowrank::pca exact(3);
    exact.update(x);
    auto all = exact.components();
    CHECK(all.components.rows() == 3 && all.bound == 0 && all.noise_variance == 0);
    CHECK(close(all.variances[0] + all.variances[1] + all.variances[2], all.total_variance));
    CHECK_THROWS(exact.update(x, {1, 2}), LITHE_ESHAPE, "sample_weight");
    CHECK_THROWS(exact.merge(lowrank::pca(4)), LITHE_ESHAPE, "do not merge");
    CHECK_THROWS(lowrank::pca(3, 4), LITHE_EINVAL, "n_components = 4");
    CHECK_THROWS(lowrank::pca(3).components(), LITHE_ESHAPE, "at least 2");
}

void failures() {
    lithe::run r;
    r.cancel();
    CHECK_THROWS(lowrank::svd(x, 2, {}, &r), LITHE_ECANCELLED, "cancelled");
    CHECK_THROWS(lowrank::svd(x, 4), LITHE_EINVAL, "exceeds min(m, n) = 3");
    CHECK_THROWS(lowrank::svd(x, -1), LITHE_EINVAL, "n_components");
    CHECK_THROWS(lowrank::svd(x, 2, {{"metod", "gram"}}), LITHE_EINVAL, "did you mean method?");
    CHECK_THROWS(lowrank::norm(x, "nuclear"), LITHE_EINVAL, "nuclear");
    CHECK_THROWS(lowrank::trace(x), LITHE_ESHAPE, "square");
    CHECK_THROWS(lowrank::qrcp(lowrank::centered{x}), LITHE_EINVAL, "LITHE_DENSE");
    CHECK_THROWS(lowrank::svd(lowrank::products<double>(6, 3, nullptr), 2), LITHE_EINVAL, "a.product must not be NULL");
    CHECK_THROWS(lowrank::svd(lowrank::products<double>(6, 3, multiply), 2), LITHE_EINVAL, "a.product_transposed is NULL");

    // What a function throws is thrown by the call, whatever its type; the next call is none the wiser.
    struct mine {};
    int calls = 0;
    lowrank::products<double> failing(6, 3, [&](const matrix_view<double> &in, const matrix_span<double> &out) {
        if (calls++ == 0)
            throw mine();
        multiply(in, out);
    }, multiply_transposed);
    bool caught = false;
    try {
        lowrank::svd(failing, 2);
    } catch (const mine &) {
        caught = true;
    }
    CHECK(caught && close(lowrank::svd(failing, 2).s[0], 5));
    lowrank::row_blocks<double> unread(6, 3, [](bool) -> std::optional<matrix_view<double>> { throw std::runtime_error("unread"); });
    lowrank::kernel<double> k{3, [](const matrix_span<double> &) { throw std::runtime_error("unread"); }, {}};
    k.columns = [](const std::vector<std::int64_t> &, const matrix_span<double> &) {};
    int unreadable = 0;
    for (int i = 0; i < 3; i++)
        try {
            if (i == 0)
                lowrank::svd(unread, 2);
            else if (i == 1)
                lowrank::column_means(unread);
            else
                lowrank::rpcholesky(k, 2);
        } catch (const std::runtime_error &e) {
            unreadable += e.what() == std::string("unread");
        }
    CHECK(unreadable == 3);
}

void results() {
    lithe_operator c{};
    c.kind = LITHE_DENSE;
    c.dense = x.c();
    auto decomposed = [&] {
        return lithe::result::of(nullptr, [&](lithe_run *b, lithe_handle *h) {
            return lithe_lowrank_svd(&c, "{\"n_components\": 1}", b, h);
        });
    };
    lithe::result r = decomposed(), other = std::move(r);
    r = decomposed();
    CHECK(r.array<double>("u").rows() == 6 && close(other.vector("s")[0], 5) && r.converged());
    CHECK(close(r.number("norm"), std::sqrt(35.0)) && std::isnan(r.number("nothing")) && r.word("error_method") == "identity");
    CHECK_THROWS(r.array<float>("u"), LITHE_EINVAL, "dtype LITHE_FLOAT64");
    CHECK_THROWS(r.indices("u"), LITHE_EINVAL, "lithe_result_read");
    CHECK_THROWS(r.vector("w"), LITHE_EINVAL, "known are u, s, v");
}

} // namespace

void test_lowrank() {
    every_form();
    every_function();
    streams();
    statistics();
    failures();
    results();
}

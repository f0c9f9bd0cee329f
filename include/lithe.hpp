/*
 * lithe for C++17: header-only, over lithe.h. What a function does, and what it costs, is said there.
 *
 * Data goes in as views (pointer, rows, columns, row stride) of float or double that are neither copied nor kept;
 * results come out as values. Failures are thrown as lithe::error; a fit that stops short of its tolerance is no
 * failure, its converged() is false. Everything is thread-safe that is const here.
 *
 *     std::vector<double> data = ...;                        // rows of d numbers
 *     auto model = lithe::mixture::model::fit(lithe::matrix_view(data, d), {{"n_components", 50}});
 *     std::vector<std::int64_t> labels = model.predict(lithe::matrix_view(data, d));
 */
#ifndef LITHE_HPP
#define LITHE_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <locale>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lithe.h"

namespace lithe {

/* The version of the library that is linked; LITHE_VERSION is that of this header. */
inline std::string version() { return lithe_version(); }

/* A call that failed: status() is one of LITHE_E..., what() says what was wrong, where, and what to do. */
class error : public std::runtime_error {
public:
    error(std::int32_t status, const std::string &message) : std::runtime_error(message), status_(status) {}
    std::int32_t status() const noexcept { return status_; }

private:
    std::int32_t status_;
};

/* rows x cols elements that someone else owns; element (i, j) is data[i * stride + j]. T is float or double. */
template <class T>
class matrix_view {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "elements are float or double");

public:
    matrix_view(const T *data, std::int64_t rows, std::int64_t cols) : matrix_view(data, rows, cols, cols) {}
    matrix_view(const T *data, std::int64_t rows, std::int64_t cols, std::int64_t stride)
        : c_{const_cast<T *>(data), rows, cols, stride, std::is_same_v<T, float> ? LITHE_FLOAT32 : LITHE_FLOAT64, 0} {}

    /* All of a vector, cut into rows of the given length, which must divide its size. */
    matrix_view(const std::vector<T> &data, std::int64_t cols)
        : matrix_view(data.data(), cols > 0 ? static_cast<std::int64_t>(data.size()) / cols : 0, cols) {
        if (cols < 1 || data.size() % static_cast<std::size_t>(cols) != 0)
            throw error(LITHE_ESHAPE, "a vector of " + std::to_string(data.size()) +
                                          " numbers cannot be cut into rows of " + std::to_string(cols));
    }
    matrix_view(std::vector<T> &&, std::int64_t) = delete; /* it would dangle */

    std::int64_t rows() const noexcept { return c_.rows; }
    std::int64_t cols() const noexcept { return c_.cols; }
    const lithe_matrix *c() const noexcept { return &c_; }

private:
    lithe_matrix c_; /* the C interface writes to outputs only, and no function here passes a view as one */
};

/* A matrix that owns its elements, row after row. */
template <class T>
class matrix {
public:
    matrix() = default;
    matrix(std::int64_t rows, std::int64_t cols)
        : rows_(rows), cols_(cols), data_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols)) {}

    std::int64_t rows() const noexcept { return rows_; }
    std::int64_t cols() const noexcept { return cols_; }
    T *data() noexcept { return data_.data(); }
    const T *data() const noexcept { return data_.data(); }
    T &operator()(std::int64_t i, std::int64_t j) { return data_[static_cast<std::size_t>(i * cols_ + j)]; }
    const T &operator()(std::int64_t i, std::int64_t j) const { return data_[static_cast<std::size_t>(i * cols_ + j)]; }
    matrix_view<T> view() const { return {data_.data(), rows_, cols_}; }
    operator matrix_view<T>() const { return view(); }

private:
    std::int64_t rows_ = 0, cols_ = 0;
    std::vector<T> data_;
};

/* What goes into and comes out of a call besides data. Pass it to one call at a time; other threads may call cancel()
 * and read the progress meanwhile. */
class run {
public:
    explicit run(std::int32_t threads = 0) { c_.threads = threads; }
    run(const run &) = delete;
    run &operator=(const run &) = delete;

    /* Makes the call stop soon with an error of status LITHE_ECANCELLED; also from a signal handler. It stays so until
     * reset(). */
    void cancel() noexcept { set(1); }
    void reset() noexcept { set(0); }

    std::int64_t iteration() const noexcept { return live(c_.iteration); }
    std::int64_t max_iterations() const noexcept { return live(c_.max_iterations); }
    std::int64_t evaluations() const noexcept { return live(c_.evaluations); }
    double objective() const noexcept { return live(c_.objective); }
    double seconds() const noexcept { return live(c_.seconds); }
    std::string phase() const {
        std::string text;
        for (const char &ch : c_.phase) {
            char now = live(ch);
            if (now == '\0')
                break;
            text += now;
        }
        return text;
    }
    lithe_run *c() noexcept { return &c_; }

private:
    /* The other side uses atomic accesses; volatile keeps the compiler from remembering what it read. */
    template <class T>
    static T live(const T &field) noexcept { return *const_cast<const volatile T *>(&field); }
    void set(std::int32_t value) noexcept { *const_cast<volatile std::int32_t *>(&c_.cancel) = value; }

    lithe_run c_ = LITHE_RUN_INIT;
};

/* Options by name, as lithe_describe lists them: {{"n_components", 50}, {"covariance_type", "diag"}, {"tol", 1e-4}}. */
class options {
public:
    class value {
    public:
        value(bool v) : json_(v ? "true" : "false") {}
        value(const char *v) : json_(quote(v)) {}
        value(const std::string &v) : json_(quote(v)) {}
        template <class N, class = std::enable_if_t<std::is_arithmetic_v<N>>>
        value(N v) {
            std::ostringstream out;
            out.imbue(std::locale::classic());
            out.precision(std::numeric_limits<double>::max_digits10);
            out << +v;
            json_ = out.str();
        }
        const std::string &json() const noexcept { return json_; }

    private:
        std::string json_;
    };

    options() = default;
    options(std::initializer_list<std::pair<const char *, value>> list) {
        for (const auto &[name, v] : list)
            set(name, v);
    }
    options &set(const char *name, const value &v) {
        members_ += (members_.empty() ? "" : ", ") + quote(name) + ": " + v.json();
        return *this;
    }
    std::string json() const { return "{" + members_ + "}"; }

private:
    static std::string quote(std::string_view text) {
        std::string out = "\"";
        for (char ch : text) {
            static const char digits[] = "0123456789abcdef";
            auto code = static_cast<unsigned char>(ch);
            if (ch == '"' || ch == '\\')
                out += {'\\', ch};
            else if (code < 0x20)
                out += {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
            else
                out += ch;
        }
        return out + "\"";
    }

    std::string members_;
};

namespace detail {

/* Calls f with a run block, the caller's or one of its own, and throws unless there is a result. Returns whether the
 * result meets its tolerance. */
template <class F>
bool call(run *r, F &&f) {
    run own;
    lithe_run *block = r != nullptr ? r->c() : own.c();
    std::int32_t status = f(block);
    if (status == LITHE_EABI)
        throw error(status, lithe_status_string(status));
    if (status != LITHE_OK && status != LITHE_ENOCONV)
        throw error(status, block->message);
    return status == LITHE_OK;
}

/* The number of rows of results for x; a view that the library is about to refuse has none. */
template <class T>
std::int64_t rows_of(const matrix_view<T> &x) noexcept { return x.rows() > 0 ? x.rows() : 0; }

template <class V>
std::vector<V> one_per_row(std::int64_t rows) { return std::vector<V>(static_cast<std::size_t>(rows)); }

/* A handle of the C interface, closed when it goes. */
class handle {
public:
    handle() = default;
    explicit handle(lithe_handle h) noexcept : h_(h) {}
    handle(handle &&other) noexcept : h_(std::exchange(other.h_, 0)) {}
    handle &operator=(handle &&other) noexcept {
        std::swap(h_, other.h_);
        return *this;
    }
    ~handle() { lithe_free(h_); }
    lithe_handle get() const noexcept { return h_; }
    lithe_handle *out() noexcept { return &h_; }

private:
    lithe_handle h_ = 0;
};

/* The value of a member of the flat JSON object that lithe_..._info writes, as text; "" if there is none. */
inline std::string member(const std::string &json, const char *name) {
    std::string key = '"' + std::string(name) + "\":";
    std::size_t from = json.find(key);
    if (from == std::string::npos)
        return "";
    from += key.size();
    std::string text = json.substr(from, json.find_first_of(",}", from) - from);
    return !text.empty() && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

inline double number(const std::string &text) {
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    double v;
    return in >> v ? v : std::numeric_limits<double>::quiet_NaN(); /* null stands for NaN and infinities */
}

} // namespace detail

namespace mixture {

/* Initial values for model::fit. Shapes are those of lithe_mixture_start; what is left out, the method finds. */
struct start {
    std::optional<matrix_view<double>> weights, means, loadings, noise_variance;
    std::vector<std::int64_t> labels;
};

struct iteration {
    double objective, seconds, evaluations;
};

struct criteria {
    double log_likelihood, aic, bic;
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

    /* Fits to the rows of x. Of sample_weight there must be none or one per row. */
    template <class T>
    static model fit(const matrix_view<T> &x, const options &o = {}, run *r = nullptr,
                     const std::vector<double> &sample_weight = {}, const start &s = {}) {
        lithe_mixture_start c{};
        c.weights = absent_or(s.weights);
        c.means = absent_or(s.means);
        c.loadings = absent_or(s.loadings);
        c.noise_variance = absent_or(s.noise_variance);
        c.labels = s.labels.empty() ? nullptr : s.labels.data();
        c.n_labels = static_cast<std::int64_t>(s.labels.size());
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
    explicit model(detail::handle &&h) : h_(std::move(h)) {
        std::int64_t needed = 0;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_info(h_.get(), nullptr, 0, &needed, b); });
        info_.resize(static_cast<std::size_t>(needed));
        detail::call(nullptr, [&](lithe_run *b) { return lithe_mixture_info(h_.get(), info_.data(), needed, &needed, b); });
    }

    static lithe_matrix absent_or(const std::optional<matrix_view<double>> &m) { return m ? *m->c() : lithe_matrix{}; }

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

#endif /* LITHE_HPP */

/*
 * What every room of lithe.hpp shares: errors, views, the run block and options. Include lithe.hpp instead.
 */
#ifndef LITHE_BASE_HPP
#define LITHE_BASE_HPP

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

    /* A matrix of the C interface, whose dtype must be that of T. */
    explicit matrix_view(const lithe_matrix &c) noexcept : c_(c) {}

    std::int64_t rows() const noexcept { return c_.rows; }
    std::int64_t cols() const noexcept { return c_.cols; }
    std::int64_t stride() const noexcept { return c_.stride; }
    const T *data() const noexcept { return static_cast<const T *>(c_.data); }
    const T &operator()(std::int64_t i, std::int64_t j) const { return data()[i * c_.stride + j]; }
    const lithe_matrix *c() const noexcept { return &c_; }

private:
    lithe_matrix c_; /* the C interface writes to outputs only, and no function here passes a view as one */
};

/* A view that is written to. */
template <class T>
class matrix_span {
public:
    explicit matrix_span(const lithe_matrix &c) noexcept : c_(c) {}

    std::int64_t rows() const noexcept { return c_.rows; }
    std::int64_t cols() const noexcept { return c_.cols; }
    std::int64_t stride() const noexcept { return c_.stride; }
    T *data() const noexcept { return static_cast<T *>(c_.data); }
    T &operator()(std::int64_t i, std::int64_t j) const { return data()[i * c_.stride + j]; }

private:
    lithe_matrix c_;
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
        /* Any JSON text as it is, such as an array: value::from_json("[0, 0, 3]"). */
        static value from_json(std::string text) {
            value v(false);
            v.json_ = std::move(text);
            return v;
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

/* The text that a function of the C interface writes; f takes its buffer, length, needed length and run block. */
template <class F>
std::string text_of(F &&f) {
    std::int64_t needed = 0;
    call(nullptr, [&](lithe_run *b) { return f(nullptr, 0, &needed, b); });
    std::string text(static_cast<std::size_t>(needed), '\0');
    call(nullptr, [&](lithe_run *b) { return f(text.data(), needed, &needed, b); });
    text.pop_back();
    return text;
}

inline double number(const std::string &text) {
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    double v;
    return in >> v ? v : std::numeric_limits<double>::quiet_NaN(); /* null stands for NaN and infinities */
}

/* A model of the library, with the functions lithe_..._info and lithe_..._get that tell its facts and its arrays. */
template <auto Info, auto Get>
class fitted {
public:
    /* Nothing ended early; info() says what did, and what to do. */
    bool converged() const noexcept { return met_; }
    const std::string &info() const noexcept { return info_; } /* JSON */

protected:
    fitted(handle &&h, bool met)
        : h_(std::move(h)), met_(met),
          info_(text_of([this](char *text, std::int64_t length, std::int64_t *needed, lithe_run *b) {
              return Info(h_.get(), text, length, needed, b);
          })) {}

    double fact(const char *name) const { return number(member(info_, name)); }
    std::int64_t count(const char *name) const { return static_cast<std::int64_t>(fact(name)); }
    /* The value, as JSON, of the member before the diagnostics, which are the last. */
    std::string nested(const char *name) const {
        const std::string key = '"' + std::string(name) + "\":";
        std::size_t from = info_.find(key) + key.size();
        return info_.substr(from, info_.rfind(",\"diagnostics\":") - from);
    }
    matrix<double> attribute(const char *name, std::int64_t rows, std::int64_t cols) const {
        matrix<double> m(rows, cols);
        call(nullptr, [&](lithe_run *b) { return Get(h_.get(), name, m.view().c(), b); });
        return m;
    }

    handle h_;

private:
    bool met_;
    std::string info_;
};

} // namespace detail

/* What a call has found, as lithe_result_... reads it: named arrays and a report. */
class result {
public:
    /* Calls f with a run block and the place for the handle of the result. */
    template <class F>
    static result of(run *r, F &&f) {
        result out;
        out.converged_ = detail::call(r, [&](lithe_run *b) { return f(b, out.handle_.out()); });
        out.report_ = detail::text_of([&](char *text, std::int64_t length, std::int64_t *needed, lithe_run *b) {
            return lithe_result_report(out.handle_.get(), text, length, needed, b);
        });
        return out;
    }

    bool converged() const noexcept { return converged_; }
    lithe_handle get() const noexcept { return handle_.get(); } /* still owned by this */
    const std::string &report() const noexcept { return report_; } /* JSON */

    /* A fact of the report: a number (NaN where it is null or missing), or a word ("" where it is missing). */
    double number(const char *name) const { return detail::number(detail::member(report_, name)); }
    std::string word(const char *name) const { return detail::member(report_, name); }

    /* Arrays. T is the type that they have. */
    template <class T>
    matrix<T> array(const char *name) const {
        auto [rows, cols] = shape(name);
        matrix<T> out(rows, cols);
        detail::call(nullptr, [&](lithe_run *b) { return lithe_result_read(handle_.get(), name, out.view().c(), b); });
        return out;
    }
    std::vector<double> vector(const char *name) const {
        auto out = detail::one_per_row<double>(shape(name).first);
        matrix_view<double> column(out, 1);
        detail::call(nullptr, [&](lithe_run *b) { return lithe_result_read(handle_.get(), name, column.c(), b); });
        return out;
    }
    std::vector<std::int64_t> indices(const char *name) const {
        auto out = detail::one_per_row<std::int64_t>(shape(name).first);
        detail::call(nullptr, [&](lithe_run *b) {
            return lithe_result_read_indices(handle_.get(), name, out.data(), static_cast<std::int64_t>(out.size()), b);
        });
        return out;
    }

private:
    result() = default;
    std::pair<std::int64_t, std::int64_t> shape(const char *name) const {
        std::pair<std::int64_t, std::int64_t> s;
        detail::call(nullptr, [&](lithe_run *b) { return lithe_result_shape(handle_.get(), name, &s.first, &s.second, b); });
        return s;
    }

    detail::handle handle_;
    std::string report_;
    bool converged_ = false;
};

} // namespace lithe

#endif /* LITHE_BASE_HPP */

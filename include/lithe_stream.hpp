/*
 * The singular value decomposition of a matrix that passes by once, over the lithe_lowrank_stream_... functions of lithe.h.
 * Include lithe.hpp instead.
 */
#ifndef LITHE_STREAM_HPP
#define LITHE_STREAM_HPP

#include "lithe_lowrank.hpp"

namespace lithe {
namespace lowrank {

struct stream_factors : factors<double> {
    std::vector<double> scree; /* estimated relative error at rank 0, 1, ... */
};

/* What is kept of consecutive rows of a matrix of n columns, of which k leading singular triplets are wanted. Parts of one
 * matrix are made with the same seed and options, each from its own first row on, and merged in order. */
class stream {
public:
    stream(std::int64_t n, std::int64_t k, std::uint64_t seed = 0, options o = {}, std::int64_t first = 0)
        : options_(o.set("n_components", k).set("random_state", seed)), seed_(seed), first_(first) {
        std::int64_t sizes[3];
        std::string text = options_.json();
        lithe::detail::call(nullptr, [&](lithe_run *b) { return lithe_lowrank_stream_sizes(n, text.c_str(), sizes, b); });
        co_range_ = matrix<double>(sizes[0], n);
        core_ = matrix<double>(sizes[1], sizes[1]);
        check_ = matrix<double>(sizes[2], n);
    }

    std::int64_t rows() const noexcept { return rows_; }

    /* Adds the next rows: a matrix_view, matrix, sparse_view or row_blocks of n columns. */
    template <class A>
    void update(const A &rows, run *r = nullptr) {
        detail::operand<detail::element_t<A>> in(rows);
        std::size_t before = y_.size();
        y_.resize(before + static_cast<std::size_t>(rows.rows() * co_range_.rows()));
        matrix_view<double> part(y_.data() + before, rows.rows(), co_range_.rows());
        try {
            change(r, [&](lithe_stream *c, lithe_run *b) {
                return in.checked(lithe_lowrank_stream_update(c, first_ + rows_, in.c(), part.c(), b));
            });
        } catch (...) {
            y_.resize(before);
            throw;
        }
    }

    /* Adds the rows that other has seen, which begin where these end. */
    void merge(const stream &other, run *r = nullptr) {
        if (other.first_ != first_ + rows_)
            throw error(LITHE_ESHAPE, "a stream that ends before row " + std::to_string(first_ + rows_) +
                                          " cannot be merged with one from row " + std::to_string(other.first_) + " on");
        lithe_stream c = other.c();
        change(r, [&](lithe_stream *mine, lithe_run *b) { return lithe_lowrank_stream_merge(mine, &c, b); });
        y_.insert(y_.end(), other.y_.begin(), other.y_.end());
    }

    stream_factors svd(run *r = nullptr) const {
        lithe_stream c = this->c();
        std::string text = options_.json();
        matrix_view<double> all(y_.data(), rows_, co_range_.rows());
        result found = result::of(r, [&](lithe_run *b, lithe_handle *h) {
            return lithe_lowrank_stream_svd(&c, all.c(), text.c_str(), b, h);
        });
        return {{detail::account_of(found, false), found.array<double>("u"), found.vector("s"), found.array<double>("v"),
                 found.vector("residuals")},
                found.vector("scree")};
    }

private:
    lithe_stream c() const {
        lithe_stream c{};
        c.co_range = *co_range_.view().c();
        c.core = *core_.view().c();
        c.check = *check_.view().c();
        c.squared_norm = squared_norm_;
        c.rows = rows_;
        c.seed = seed_;
        return c;
    }
    template <class F>
    void change(run *r, F &&f) {
        lithe_stream c = this->c();
        lithe::detail::call(r, [&](lithe_run *b) { return f(&c, b); });
        squared_norm_ = c.squared_norm;
        rows_ = c.rows;
    }

    options options_;
    std::uint64_t seed_;
    std::int64_t first_, rows_ = 0;
    double squared_norm_ = 0;
    matrix<double> co_range_, core_, check_;
    std::vector<double> y_; /* rows_ x k */
};

} // namespace lowrank

} // namespace lithe

#endif /* LITHE_STREAM_HPP */

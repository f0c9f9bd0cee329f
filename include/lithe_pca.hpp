/*
 * Principal components of rows that come in blocks, over the lithe_lowrank_pca_... functions of lithe.h. Include lithe.hpp
 * instead.
 */
#ifndef LITHE_PCA_HPP
#define LITHE_PCA_HPP

#include "lithe_base.hpp"

namespace lithe {
namespace lowrank {

struct principal_components {
    matrix<double> components; /* k x n, orthonormal rows */
    std::vector<double> variances, mean;
    double noise_variance, total_variance;
    double bound; /* of the error of each variance; 0 unless n is so large that a sketch is kept */
};

/* What is kept of rows of n features, of which k principal components are wanted (0: all); its size does not depend on the
 * number of rows. */
class pca {
public:
    explicit pca(std::int64_t n, std::int64_t k = 0, options o = {}) : options_(o.set("n_components", k)) {
        std::int64_t l = 0;
        std::string text = options_.json();
        detail::call(nullptr, [&](lithe_run *b) { return lithe_lowrank_pca_sizes(n, text.c_str(), &l, b); });
        mean_ = detail::one_per_row<double>(n);
        (l > 0 ? sketch_ : gram_) = matrix<double>(l > 0 ? l : n, n);
        numbers_.n = n;
    }

    std::int64_t rows() const noexcept { return numbers_.rows; }

    /* Adds the rows of x. Of sample_weight there must be none or one per row. */
    template <class T>
    void update(const matrix_view<T> &x, const std::vector<double> &sample_weight = {}, run *r = nullptr) {
        matrix_view<double> weight(sample_weight, 1);
        change(r, [&](lithe_pca *c, lithe_run *b) {
            return lithe_lowrank_pca_update(c, x.c(), sample_weight.empty() ? nullptr : weight.c(), b);
        });
    }

    /* Adds the rows that other has seen. */
    void merge(const pca &other, run *r = nullptr) {
        lithe_pca theirs = other.c();
        change(r, [&](lithe_pca *c, lithe_run *b) { return lithe_lowrank_pca_merge(c, &theirs, b); });
    }

    principal_components components(run *r = nullptr) const {
        lithe_pca c = this->c();
        std::string text = options_.json();
        result found = result::of(r, [&](lithe_run *b, lithe_handle *h) {
            return lithe_lowrank_pca_components(&c, text.c_str(), b, h);
        });
        return {found.array<double>("components"), found.vector("variances"), found.vector("mean"),
                found.number("noise_variance"), found.number("total_variance"), found.number("bound")};
    }

private:
    lithe_pca c() const {
        lithe_pca c = numbers_;
        c.mean = const_cast<double *>(mean_.data()); /* written to by change() only */
        if (sketch_.rows() > 0)
            c.sketch = *sketch_.view().c();
        else
            c.gram = *gram_.view().c();
        return c;
    }
    template <class F>
    void change(run *r, F &&f) {
        lithe_pca c = this->c();
        detail::call(r, [&](lithe_run *b) { return f(&c, b); });
        numbers_.weight = c.weight;
        numbers_.squared_norm = c.squared_norm;
        numbers_.lost = c.lost;
        numbers_.rows = c.rows;
    }

    options options_;
    lithe_pca numbers_{}; /* without the arrays */
    std::vector<double> mean_;
    matrix<double> gram_, sketch_;
};

} // namespace lowrank

} // namespace lithe

#endif /* LITHE_PCA_HPP */

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

#include "lithe_choice.hpp"
#include "lithe_coreset.hpp"
#include "lithe_gp.hpp"
#include "lithe_gp_basis.hpp"
#include "lithe_gp_svm.hpp"
#include "lithe_gp_classifier.hpp"
#include "lithe_gp_surrogate.hpp"
#include "lithe_lowrank.hpp"
#include "lithe_mixture.hpp"
#include "lithe_mixture_fits.hpp"
#include "lithe_pca.hpp"
#include "lithe_softmix.hpp"
#include "lithe_stream.hpp"

#endif /* LITHE_HPP */

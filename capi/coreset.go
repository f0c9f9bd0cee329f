// Facility location: weighted subsets in which every row has a near representative. Letters: n rows (clients and
// candidates), d features, k selected rows. The loss is the sum over rows of their weight times their distance from the nearest
// selected row.
package main

/*
#include "cgo.h"
*/
import "C"

// Selects rows by greedy facility location.
//
// kind says what the data is: "rows" (x n x d; distances by the option metric), "products" (residuals x n x C and activations
// n x h of the same dtype: distances of the gradients r_i [a_i, 1]^T of a last layer, which are never formed), "similarities" or
// "distances" (x symmetric n x n), "graph" (similarities of which row i lists the candidates of client i; x NULL,
// graph LITHE_CSR), or "sparse_rows" (rows as for "rows", in graph, LITHE_CSR of any shape with ascending columns; x NULL; never made
// dense). activations and graph are NULL for other kinds. client_weights is NULL or n x 1 float64, groups NULL or n
// classes, 0 or more, within which rows are selected and serve. initial (n_initial row numbers, or NULL) come first;
// candidates (n_candidates, or NULL) are the only rows that may be selected. options is JSON text with the fields that
// lithe_describe("coreset_facility_location") lists, of which n_samples or cover_loss must be given.
//
// *result receives a handle, to be closed by lithe_free and read by lithe_result_... Arrays: indices (k, in the order of
// selection, class after class), weights (k: sum of the weights of the rows that each serves), gains (k), assignment (n:
// which index serves each row, -1: none). The report has loss, loss_bound (no set of as many rows has a lower loss; 0: not
// known), bound_risk (probability that it has; 0: proven), certificate (loss_bound / loss), effective_size, uncovered (rows that none serves), ceiling (distance from which
// a row counts as not served), engine, recall (of the graph of engine neighbors), bytes, evaluations (of distances) and
// rounds.
//
// Exact engines take n^2 to 6 n^2 distances, and O(n d) memory and up to 64 MB, the others less.
// Nothing of size n^2 is made but for groups of a matrix.
//
//export lithe_coreset_facility_location
func lithe_coreset_facility_location(kind *C.lithe_const_char, x, activations *C.lithe_const_matrix, graph *C.lithe_const_sparse, clientWeights *C.lithe_const_matrix, groups *C.lithe_const_int64_t, initial *C.lithe_const_int64_t, nInitial C.int64_t, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		ground := groundIn(text("kind", kind), x, activations, graph)
		o, err := facilityOptions(b, ground.Len(), clientWeights, groups, initial, nInitial, candidates, nCandidates, options)
		if err != nil {
			return err
		}
		return selectFacilities(b, ground, o, out)
	})
}

// Says what lithe_coreset_facility_location would do with the same arguments, having checked them. The report of *result has
// engine, bytes (besides the data) and seconds (on one thread, within a factor of about three); there are no arrays.
//
//export lithe_coreset_facility_plan
func lithe_coreset_facility_plan(kind *C.lithe_const_char, x, activations *C.lithe_const_matrix, graph *C.lithe_const_sparse, clientWeights *C.lithe_const_matrix, groups *C.lithe_const_int64_t, initial *C.lithe_const_int64_t, nInitial C.int64_t, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		ground := groundIn(text("kind", kind), x, activations, graph)
		o, err := facilityOptions(b, ground.Len(), clientWeights, groups, initial, nInitial, candidates, nCandidates, options)
		if err != nil {
			return err
		}
		return planFacilities(b, ground, o, out)
	})
}

// Selects rows as lithe_coreset_facility_location does, where selecting row i costs costs_i (n x 1 float64, positive): by gain, and
// by gain per cost, of which the better selection is returned. The option cost_limit is what the selected rows may cost together;
// n_samples may be 0. Engines auto, lazy and decremental; for a graph auto. There are no groups. Of what can be gained the
// selection gets at least the part (1 - 1/e)/2. loss_bound is about all subsets within the limit.
//
//export lithe_coreset_facility_knapsack
func lithe_coreset_facility_knapsack(kind *C.lithe_const_char, x, activations *C.lithe_const_matrix, graph *C.lithe_const_sparse, clientWeights, costs *C.lithe_const_matrix, initial *C.lithe_const_int64_t, nInitial C.int64_t, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		ground := groundIn(text("kind", kind), x, activations, graph)
		o, err := facilityOptions(b, ground.Len(), clientWeights, nil, initial, nInitial, candidates, nCandidates, options)
		if err != nil {
			return err
		}
		o.Costs = doubles("costs", costs, ground.Len(), 1)
		return selectFacilities(b, ground, o, out)
	})
}

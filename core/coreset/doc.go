// Package coreset chooses small weighted subsets of data that stand for all of it.
//
// # Facility location
//
// n clients, the rows of the data, are each served by the nearest of the selected facilities, which are rows as well. What
// is minimised is the loss
//
//	L(S) = sum_i c_i min_{j in S} d_ij
//
// over sets S of k rows, c_i being the weight of client i and d_ij its distance from row j. With a phantom facility at
// distance M from everyone, F(S) = L({}) - L(S) is a monotone submodular function, of which greedy selection reaches
// the fraction 1 - 1/e (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978). [SelectFacilities] selects;
// the weight of a selected row is the sum of the weights of the clients that it serves.
//
// # Letters
//
//	n, d     rows and features
//	k        rows to select
//	c_i      weight of client i
//	u_i      distance of client i from the nearest selected row, its cover
//	g_j      gain of candidate j, sum_i c_i max(0, u_i - d_ij)
//
// Greedy selection takes the candidate of the largest gain, the first of equals. Gains only fall as rows are selected, so
// that a gain of earlier is an upper bound (Minoux, 1978); and what a gain has fallen by is a sum over those clients whose
// cover has changed, which is evaluated in tiles of distances that are never stored.
//
// Results are bit-identical for any number of threads.
package coreset

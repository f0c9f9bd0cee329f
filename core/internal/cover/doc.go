// Package cover sums what facilities would gain, over blocks of costs.
//
// A block is row-major, element (i, j) being k[i*ld+j]. What a client i gains from a facility at cost k_ij, whose cover was
// hi_i and has since fallen by span_i, is
//
//	w_i min(max(hi_i + sign k_ij, 0), span_i)
//
// with sign -1 for costs and +1 for similarities, of which hi is the negative. With an infinite span it is the whole gain.
// Sums of float32 are carried in float32 over at most [Run] terms.
//
// Slices that are too short are mistakes of the program and panic. Nothing is allocated.
package cover

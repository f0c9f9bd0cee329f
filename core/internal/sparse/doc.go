// Package sparse multiplies compressed sparse matrices by narrow dense blocks.
//
// A matrix is kept by rows (CSR): the entries of row i are Value[k] in column Index[k] for k in [Ptr[i], Ptr[i+1]).
// Entries of a row may stand in any order, and entries at the same place add up. A matrix kept by columns is its
// transpose kept by rows; [CSR.Transpose] turns one into the other, so that both products of a matrix are gathers:
// a row of the result is a weighted sum of rows of the block, held in registers, and is written once.
//
// How a product is shared out. The entries, plus one unit per row for writing it, are cut into tiles of equal cost.
// A tile may begin and end within a row; what it finds of such a row goes to float64 partial sums, added in order of
// the tiles at the end. Sums of more than a segment of entries are carried in float64 between segments. Tiles and
// segments follow from the matrix alone, so the bits of a product do not depend on the number of threads.
package sparse

package sparse

// Row returns the columns and values of the entries of row i, in the order they are kept in. They share the matrix's
// memory.
func (a *CSR[T, I]) Row(i int) (index []I, value []T) {
	lo, hi := a.ptr[i], a.ptr[i+1]
	return a.index[lo:hi], a.value[lo:hi]
}

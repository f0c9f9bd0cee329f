package sparse

// SquaredNorm returns the sum of squares of the elements of a matrix that [CSR.Transpose] made, in float64. Entries at
// the same place are one element.
func (a *CSR[T, I]) SquaredNorm() float64 {
	var total float64
	for i := range a.rows {
		var sum float64
		for k, k1 := int(a.ptr[i]), int(a.ptr[i+1]); k < k1; {
			j, v := a.index[k], 0.0
			for ; k < k1 && a.index[k] == j; k++ {
				v += float64(a.value[k])
			}
			sum += v * v
		}
		total += sum
	}
	return total
}

// RowSums returns the sum of the entries of each row, in float64.
func (a *CSR[T, I]) RowSums() []float64 {
	sums := make([]float64, a.rows)
	for i := range sums {
		for _, v := range a.value[a.ptr[i]:a.ptr[i+1]] {
			sums[i] += float64(v)
		}
	}
	return sums
}

package coreset

// ranking is a heap of candidates, the largest gain on top and the first of equals above the others.
type ranking struct {
	items []int32
	gain  []float64 // of each candidate
}

func (r *ranking) before(a, b int32) bool {
	return r.gain[a] > r.gain[b] || r.gain[a] == r.gain[b] && a < b
}

// build makes a heap of the items as they are.
func (r *ranking) build() {
	for i := len(r.items)/2 - 1; i >= 0; i-- {
		r.sink(i)
	}
}

func (r *ranking) push(item int32) {
	r.items = append(r.items, item)
	i := len(r.items) - 1
	for i > 0 {
		above := (i - 1) / 2
		if !r.before(item, r.items[above]) {
			break
		}
		r.items[i] = r.items[above]
		i = above
	}
	r.items[i] = item
}

func (r *ranking) pop() int32 {
	top := r.items[0]
	last := len(r.items) - 1
	r.items[0] = r.items[last]
	r.items = r.items[:last]
	if last > 0 {
		r.sink(0)
	}
	return top
}

func (r *ranking) sink(i int) {
	item := r.items[i]
	for {
		below := 2*i + 1
		if below >= len(r.items) {
			break
		}
		if below+1 < len(r.items) && r.before(r.items[below+1], r.items[below]) {
			below++
		}
		if !r.before(r.items[below], item) {
			break
		}
		r.items[i] = r.items[below]
		i = below
	}
	r.items[i] = item
}

// largest returns the sum of the count largest values, which it reorders.
func largest(values []float64, count int) float64 {
	if count >= len(values) {
		return sumOf(values)
	}
	lo, hi := 0, len(values)
	for hi-lo > 1 {
		pivot := middle(values[lo], values[(lo+hi)/2], values[hi-1])
		i, j := lo, hi-1
		for i <= j {
			for values[i] > pivot {
				i++
			}
			for values[j] < pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case count <= j+1 && count > lo:
			hi = j + 1
			if count == hi {
				return sumOf(values[:count])
			}
		case count >= i:
			lo = i
			if count == lo {
				return sumOf(values[:count])
			}
		default:
			return sumOf(values[:count])
		}
	}
	return sumOf(values[:count])
}

func middle(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

func sumOf(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}

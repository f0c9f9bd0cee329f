package choice

import "sync"

// buffers is the memory of an order and a layout, which one fit leaves to the next: fresh memory costs more than what is done with it.
type buffers struct {
	rows       []int32
	situations []situation
	first      []int32
	values     []float64
}

// mostKept is the number of values above which memory is not kept.
const mostKept = 1 << 20

var kept = sync.Pool{New: func() any { return &buffers{} }}

func takeBuffers() *buffers { return kept.Get().(*buffers) }

// giveBack leaves the memory to the next fit. Nobody may use what was taken from it any more.
func (b *buffers) giveBack() {
	if cap(b.values) <= mostKept {
		kept.Put(b)
	}
}

// room returns n elements of any values, those of memory if it has as many.
func room[E any](memory []E, n int) []E {
	if cap(memory) < n {
		return make([]E, n)
	}
	return memory[:n]
}

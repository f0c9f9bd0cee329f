package gp

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// kernelEngine does the work of an Operator in one precision.
type kernelEngine[T core.Float] struct {
	x       points
	origin  []float64 // features are measured from here, so that their size does not cost digits
	program *program[T]
	packed  packed[T]
	workers []*worker[T]
	stored  *storage[T] // nil if elements are evaluated for every product
	v       columns[T]
	o       results
	turns   []turn
	weights weights[T]
	grads   []float64 // blocks x parameters
}

// worker is the scratch of one goroutine.
type worker[T core.Float] struct {
	evaluator[T]
	rowSums, colSums sums[T]
	grad, features   []float64
	products         []T // scratch of a contraction
	rowTotals        [tile.Size]float64
}

func newEngine[T core.Float]() engine { return &kernelEngine[T]{} }

func (e *kernelEngine[T]) prepare(c *compiled, x points, threads int) {
	e.x, e.program = x, newProgram[T](c)
	if e.origin == nil {
		e.origin = make([]float64, x.d)
		x.row(0, e.origin)
	}
	e.packed.pack(c, x, order(x, c.metric(x.d), threads), e.origin, threads)
}

// ready returns the number of goroutines to use, each with a worker.
func (e *kernelEngine[T]) ready(threads, tasks int) int {
	threads = min(par.Threads(threads), max(tasks, 1))
	for len(e.workers) < threads {
		e.workers = append(e.workers, &worker[T]{})
	}
	return threads
}

// resetTurns makes it the turn of the first task of every block.
func (e *kernelEngine[T]) resetTurns() {
	if len(e.turns) < e.packed.blocks {
		e.turns = make([]turn, e.packed.blocks)
	}
	for i := range e.turns {
		e.turns[i].done.Store(0)
	}
}

// pairOf: task t of those for a symmetric matrix of s x s blocks is the pair (i, i+k) on diagonal k.
func pairOf(t, s int) (i, k int) {
	b := float64(2*s + 1)
	k = int((b - math.Sqrt(math.Max(b*b-8*float64(t), 0))) / 2)
	start := func(k int) int { return k*s - k*(k-1)/2 }
	for start(k) > t {
		k--
	}
	for start(k+1) <= t {
		k++
	}
	return t - start(k), k
}

// rank returns how many tasks touch block b before its task on diagonal k whose other block is after b or, if not, before it.
func rank(b, k, s int, after bool) int {
	if k == 0 {
		return 0
	}
	r := 1 + min(k-1, b) + min(k-1, s-1-b)
	if after && b >= k {
		r++
	}
	return r
}

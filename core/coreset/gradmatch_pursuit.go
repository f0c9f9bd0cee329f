package coreset

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// pursuit matches one target with the gradients of one class.
type pursuit struct {
	g       Gradients
	o       *GradMatchOptions
	rows    []int     // of the class; nil: all
	norms   []float64 // squared, of all gradients
	penalty float64
	report  func()

	target, left []float64 // m
	chosen       []int
	w            []float64   // of the chosen
	lower        [][]float64 // rows of L, where L L^T is the Gram matrix of the chosen plus the penalty
	right        []float64   // g_j . target of the chosen
	half         []float64   // L^-1 right
	banned       map[int]bool
	picks        int
}

func newPursuit(g Gradients, o *GradMatchOptions, rows []int, norms []float64) *pursuit {
	p := &pursuit{g: g, o: o, rows: rows, norms: norms, banned: map[int]bool{}, report: func() {}}
	sum, count := 0.0, 0
	for k := range p.count() {
		sum += norms[p.row(k)]
		count++
	}
	p.penalty = o.Penalty * sum / float64(count)
	return p
}

func (p *pursuit) count() int {
	if p.rows != nil {
		return len(p.rows)
	}
	return len(p.norms)
}

func (p *pursuit) row(k int) int {
	if p.rows != nil {
		return p.rows[k]
	}
	return k
}

// aim sets the target.
func (p *pursuit) aim(ctx context.Context) (err error) {
	switch {
	case p.o.Target != nil:
		p.target = slices.Clone(p.o.Target)
	case p.rows == nil:
		p.target, err = p.g.total(ctx, p.o.Threads, p.o.SampleWeight)
	default:
		weight := make([]float64, len(p.norms))
		for _, i := range p.rows {
			weight[i] = massAt(p.o.SampleWeight, i)
		}
		p.target, err = p.g.total(ctx, p.o.Threads, weight)
	}
	p.left = slices.Clone(p.target)
	return err
}

// run picks until k samples have positive weights, the target is met, or no gradient points towards what is left.
func (p *pursuit) run(ctx context.Context, k int) error {
	scores := make([]float64, p.count())
	goal := p.o.Tol * norm(p.target)
	for most := 3*k + 10; len(p.chosen) < k && p.picks < most; {
		if err := p.g.correlate(ctx, p.o.Threads, p.rows, p.left, scores); err != nil {
			return err
		}
		rest := norm(p.left)
		best, top := -1, 0.0
		for at, s := range scores {
			i := p.row(at)
			gain := s / math.Sqrt(p.norms[i]+p.penalty) // its square is what the objective falls by with gradient i alone
			if gain > top && s > 1e-9*rest*math.Sqrt(p.norms[i]) && !p.banned[i] && !slices.Contains(p.chosen, i) {
				best, top = i, gain
			}
		}
		if best < 0 || rest <= goal {
			return nil
		}
		p.picks++
		if p.add(best) {
			p.settle(best)
		}
		p.remainder()
		p.report()
	}
	return nil
}

// add extends the factor by gradient i, unless it depends on the chosen ones to rounding.
func (p *pursuit) add(i int) bool {
	k := len(p.chosen)
	row := make([]float64, k+1)
	for j, s := range p.chosen {
		row[j] = p.g.dot(i, s)
	}
	for j := range k {
		row[j] = (row[j] - blas.Dot(p.lower[j][:j], row[:j])) / p.lower[j][j]
	}
	rest := p.norms[i] + p.penalty - blas.Dot(row[:k], row[:k])
	if rest <= 1e-10*p.norms[i] {
		p.banned[i] = true
		return false
	}
	row[k] = math.Sqrt(rest)
	right := p.against(i)
	p.half = append(p.half, (right-blas.Dot(row[:k], p.half))/row[k])
	p.chosen, p.w = append(p.chosen, i), append(p.w, 0)
	p.lower, p.right = append(p.lower, row), append(p.right, right)
	return true
}

// against returns g_i . target.
func (p *pursuit) against(i int) float64 {
	g := make([]float64, len(p.target))
	p.g.addTo(g, i, 1)
	return blas.Dot(g, p.target)
}

// settle moves the weights to those of least squares, and as long as some would turn negative only as far as the first
// becomes zero, which leaves the subset. newest is banned if it is the one.
func (p *pursuit) settle(newest int) {
	for {
		next := p.solve()
		step, leaves := 1.0, -1
		for j, v := range next {
			if v <= 0 {
				if s := p.w[j] / (p.w[j] - v); leaves < 0 || s < step {
					step, leaves = s, j
				}
			}
		}
		if leaves < 0 {
			p.w = next
			return
		}
		for j := range p.w {
			p.w[j] += step * (next[j] - p.w[j])
		}
		if p.chosen[leaves] == newest {
			p.banned[newest] = true
		}
		p.remove(leaves)
		if len(p.chosen) == 0 {
			return
		}
	}
}

// solve returns L^-T half.
func (p *pursuit) solve() []float64 {
	w := slices.Clone(p.half)
	for j := len(w) - 1; j >= 0; j-- {
		w[j] /= p.lower[j][j]
		blas.Axpy(-w[j], p.lower[j][:j], w[:j])
	}
	return w
}

// remove takes row and column j out of the factor by rotations.
func (p *pursuit) remove(j int) {
	p.lower = slices.Delete(p.lower, j, j+1)
	p.chosen, p.w = slices.Delete(p.chosen, j, j+1), slices.Delete(p.w, j, j+1)
	p.right = slices.Delete(p.right, j, j+1)
	for k := j; k < len(p.lower); k++ { // row k has one element too many: columns k and k+1 become one
		a, b := p.lower[k][k], p.lower[k][k+1]
		r := math.Hypot(a, b)
		c, s := a/r, b/r
		for _, row := range p.lower[k:] {
			x, y := row[k], row[k+1]
			row[k], row[k+1] = c*x+s*y, c*y-s*x
		}
		p.lower[k] = p.lower[k][:k+1]
	}
	p.half = p.half[:len(p.lower)]
	for k, row := range p.lower {
		p.half[k] = (p.right[k] - blas.Dot(row[:k], p.half[:k])) / row[k]
	}
}

// remainder brings left up to date.
func (p *pursuit) remainder() {
	copy(p.left, p.target)
	for j, i := range p.chosen {
		p.g.addTo(p.left, i, -p.w[j])
	}
}

package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	defaultDualBlock = 512
	dualMomentum     = 0.9
	dualCheck        = 5 // iterations between true residuals
	dualWindow       = 2 // iterations that the average reaches back
)

// dual is stochastic dual descent, after Lin, Padhy, Antoran, Tripp, Terenin, Szepesvari, Hernandez-Lobato and Janz
// (Stochastic gradient descent for Gaussian processes done right, ICLR 2024). An iteration goes through all points once, in
// random blocks: in the rows of a block the gradient (n/b) ((K + Sigma) (v + rho m) - b) changes the momentum m, and m the
// iterate v. The answer is an average of v over the last two iterations. The step is half of what the largest eigenvalue
// of a few blocks allows; it is halved, from the best average so far, whenever the residual grows.
func (p *solve) dual(ctx context.Context) error {
	reader, err := newBlockReader(p.s, p.method)
	if err != nil {
		return err
	}
	size := p.o.BlockSize
	if size == 0 {
		size = defaultDualBlock
	}
	size = min(size, p.n)
	d := &descent{p: p, reader: reader, size: size, order: make([]int, p.n), rows: make([]float64, size*p.t),
		v: core.NewMatrix[float64](p.n, p.t), m: core.NewMatrix[float64](p.n, p.t), w: core.NewMatrix[float64](p.n, p.t),
		mean: core.NewMatrix[float64](p.n, p.t)}
	for i := range d.order {
		d.order[i] = i
	}
	if d.step = p.o.StepSize / float64(p.n); d.step == 0 {
		if err := d.chooseStep(ctx); err != nil {
			return err
		}
	}
	if err := p.firstResidual(ctx); err != nil {
		return err
	}
	d.restart()
	best, _ := p.worst()
	for pass := 1; pass <= p.o.MaxIterations && best > 1 && p.affordable(2*p.t); pass++ {
		if err := d.pass(ctx, pass); err != nil {
			return err
		}
		p.products += p.t
		p.report(pass, p.largestOpen())
		for j, v := range p.residuals {
			if v > p.tols[j] {
				p.done[j] = pass
			}
		}
		if pass%dualCheck != 0 && pass != p.o.MaxIterations && p.affordable(2*p.t) {
			continue
		}
		// The average takes the place of x if it is better; w holds what was there.
		copy(d.w.Data, p.x.Data)
		before := append([]float64(nil), p.residuals...)
		copy(p.x.Data, d.mean.Data)
		if err := p.residual(ctx); err != nil {
			return err
		}
		worst, column := p.worst()
		if finite := worst-worst == 0 && !p.anyNaN(); finite && worst < best {
			best = worst
			continue
		} else if finite && worst < 2*best {
			copy(p.x.Data, d.w.Data)
			copy(p.residuals, before)
			continue
		}
		copy(p.x.Data, d.w.Data)
		copy(p.residuals, before)
		if d.step /= 2; d.step < 1e-30 {
			return nil
		}
		d.restart()
		p.notes = append(p.notes, Diagnostic{StepReduced, column, d.step * float64(p.n),
			"dual descent diverged, went back to its best average and halved its step",
			"give this step_size from the start"})
	}
	return p.residual(ctx)
}

func (p *solve) anyNaN() bool {
	for _, v := range p.residuals {
		if v != v {
			return true
		}
	}
	return false
}

// descent is the state of stochastic dual descent.
type descent struct {
	p             *solve
	reader        *blockReader
	size          int
	step          float64
	order         []int
	rows          []float64 // size x t
	v, m, w, mean core.Matrix[float64]
}

// restart begins anew at x.
func (d *descent) restart() {
	clear(d.m.Data)
	copy(d.v.Data, d.p.x.Data)
	copy(d.mean.Data, d.p.x.Data)
}

// chooseStep sets the step from the largest eigenvalues of some random blocks, found by power iteration.
func (d *descent) chooseStep(ctx context.Context) error {
	const tries, powers = 3, 10
	b := d.size
	square, x, y := make([]float64, b*b), make([]float64, b), make([]float64, b)
	most := 0.0
	for try := range tries {
		draw := rng.New(d.p.o.Seed, streamStart, uint64(try))
		draw.Shuffle(d.p.n, func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
		if err := d.reader.square(ctx, square, d.order[:b]); err != nil {
			return err
		}
		for i := range x {
			x[i] = 1
		}
		for range powers {
			blas.Gemv(false, b, b, 1, square, b, x, 0, y)
			size := math.Sqrt(blas.Dot(y, y))
			most = max(most, size/math.Sqrt(blas.Dot(x, x)))
			for i, v := range y {
				x[i] = v / math.Max(size, math.SmallestNonzeroFloat64)
			}
		}
	}
	d.step = 0.5 * float64(b) / float64(d.p.n) / math.Max(most, math.SmallestNonzeroFloat64)
	return nil
}

// pass goes through all points once.
func (d *descent) pass(ctx context.Context, number int) error {
	p := d.p
	draw := rng.New(p.o.Seed, streamBlocks, uint64(number))
	draw.Shuffle(p.n, func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
	for lo := 0; lo < p.n; lo += d.size {
		ids := d.order[lo:min(p.n, lo+d.size)]
		err := p.space.each(func(lo, hi int) {
			for i := lo; i < hi; i++ {
				w, m := d.w.Row(i), d.m.Row(i)
				for j, v := range d.v.Row(i) {
					w[j] = v + dualMomentum*m[j]
				}
			}
		})
		if err != nil {
			return err
		}
		rows := d.rows[:len(ids)*p.t]
		if err := d.reader.multiply(ctx, p.threads, rows, ids, d.w); err != nil {
			return err
		}
		theta := float64(len(ids)) / float64(dualWindow*p.n)
		by := d.step * float64(p.n) / float64(len(ids))
		for i := range d.m.Data {
			d.m.Data[i] *= dualMomentum
		}
		for i, id := range ids {
			m, b := d.m.Row(id), p.b.Row(id)
			for j, v := range rows[i*p.t : (i+1)*p.t] {
				m[j] -= by * (v - b[j]/p.norm[j])
			}
		}
		err = p.space.each(func(lo, hi int) {
			for i := lo; i < hi; i++ {
				v, mean := d.v.Row(i), d.mean.Row(i)
				for j, m := range d.m.Row(i) {
					v[j] += m
					mean[j] += theta * (v[j] - mean[j])
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

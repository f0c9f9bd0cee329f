package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// cg runs conjugate gradients in rounds. A round ends when the residuals it carries along meet the tolerances; the next
// one takes the columns whose true residuals do not.
func (p *solve) cg(ctx context.Context) error { return p.conjugateGradients(ctx, nil) }

func (p *solve) conjugateGradients(ctx context.Context, low *lowVectors) error {
	if err := p.firstResidual(ctx); err != nil {
		return err
	}
	p.first = slices.Clone(p.residuals)
	if p.o.Lanczos {
		p.lanczos = make([]Tridiagonal, p.t)
	}
	enough := 0.5 // a round has to leave less than this of a residual, or it is the last
	if low != nil {
		enough = 0.9
	}
	c := &conjugate{p: p, low: low, stuck: make([]bool, p.t)}
	if low != nil {
		if err := low.open(); err != nil {
			return err
		}
	}
	for round := 0; ; round++ {
		open := c.open()
		if len(open) == 0 || !p.affordable(len(open)) {
			return nil
		}
		before := append([]float64(nil), p.residuals...)
		c.first = round == 0
		if err := c.start(ctx, open); err != nil {
			return err
		}
		if err := c.run(ctx); err != nil {
			return err
		}
		if err := low.close(); err != nil {
			return err
		}
		if c.escaped {
			if err := c.resume(ctx); err != nil {
				return err
			}
			continue
		}
		if err := p.residual(ctx); err != nil {
			return err
		}
		low.restore(before)
		for _, j := range open {
			if v := p.residuals[j]; p.tols[j] == 0 || p.o.once {
				c.stuck[j] = true
			} else if v > p.tols[j] && v > enough*before[j] && c.ended[j] {
				c.stuck[j] = true
				p.notes = append(p.notes, stagnated(j, v))
			}
		}
	}
}

// leastResidual is where float64 ends.
const leastResidual = 1e-15

// conjugate is one round of conjugate gradients on the columns that are open, side by side. Columns that are done leave
// the block.
type conjugate struct {
	p     *solve
	low   *lowVectors // nil: vectors are float64
	stuck []bool      // of each column of b: nothing more is to be had
	ended []bool      // of each column of b: the round can do no more
	watch []watch
	first bool // round, whose Lanczos coefficients are wanted

	place      []int // the column of b of each open column
	r, z, d, q core.Matrix[float64]
	zs, ds, qs []float64 // memory of z, d and q
	spare      []float64 // memory of one more
	gamma      []float64 // r . z
	next, a, b []float64
	norms      []float64
	ones       []float64
	kept       []int
	iteration  int
	basis      *residualBasis
	escaped    bool // the round has ended because products are too inaccurate
}

// open lists the columns that have something to do.
func (c *conjugate) open() []int {
	var open []int
	for j, v := range c.p.residuals {
		if !c.p.zero[j] && !c.stuck[j] && v > c.p.tols[j] && c.p.done[j] < c.p.o.MaxIterations {
			open = append(open, j)
		}
	}
	return open
}

// start begins a round from the residuals of the solve, whose memory it takes.
func (c *conjugate) start(ctx context.Context, open []int) error {
	p := c.p
	if c.ds == nil {
		c.ds, c.qs = make([]float64, p.n*p.t), make([]float64, p.n*p.t)
		if p.o.Preconditioner != nil {
			c.zs = make([]float64, p.n*p.t)
		}
		for _, v := range []*[]float64{&c.gamma, &c.next, &c.a, &c.b, &c.norms, &c.ones} {
			*v = make([]float64, p.t)
		}
		for j := range c.ones {
			c.ones[j] = 1
		}
		c.kept, c.ended, c.watch = make([]int, 0, p.t), make([]bool, p.t), make([]watch, p.t)
	}
	for j, v := range p.residuals {
		c.watch[j] = watch{best: v}
	}
	clear(c.ended)
	c.place = append(c.place[:0], open...)
	c.r = keep(p.r, open)
	c.shape()
	if p.o.Reorthogonalize {
		c.basis = newResidualBasis(p)
	}
	if err := c.low.round(c.r); err != nil {
		return err
	}
	if err := c.precondition(ctx); err != nil {
		return err
	}
	if err := p.space.dots(c.gamma, c.r, c.z); err != nil {
		return err
	}
	for i := range p.n {
		copy(c.d.Row(i), c.z.Row(i))
	}
	return c.remember(ctx)
}

// shape makes z, d and q views of as many columns as r has.
func (c *conjugate) shape() {
	view := func(data []float64) core.Matrix[float64] {
		return core.Matrix[float64]{Data: data, Rows: c.p.n, Cols: c.r.Cols, Stride: c.r.Cols}
	}
	c.d, c.q, c.z = view(c.ds), view(c.qs), c.r
	if c.zs != nil {
		c.z = view(c.zs)
	}
}

// precondition sets z to P^-1 r.
func (c *conjugate) precondition(ctx context.Context) error {
	if c.zs == nil {
		return nil
	}
	if err := c.p.o.Preconditioner.Solve(ctx, c.z, c.r); err != nil {
		return err
	}
	return c.low.round(c.z)
}

// run iterates until no column is open or the budget is spent.
func (c *conjugate) run(ctx context.Context) error {
	p := c.p
	for len(c.place) > 0 && !c.escaped {
		refresh := (c.iteration+1)%p.o.Refresh == 0 && c.basis == nil
		columns := len(c.place)
		if refresh {
			columns *= 2
		}
		if !p.affordable(columns) {
			return nil
		}
		if err := c.step(ctx, refresh); err != nil {
			return err
		}
	}
	return nil
}

// step is one iteration.
func (c *conjugate) step(ctx context.Context, refresh bool) error {
	p := c.p
	if err := p.product(ctx, c.q, c.d); err != nil {
		return err
	}
	if err := c.low.round(c.q); err != nil {
		return err
	}
	if err := p.space.dots(c.a, c.d, c.q); err != nil {
		return err
	}
	if err := c.curvature(); err != nil || c.escaped {
		return err
	}
	if len(c.place) == 0 {
		return nil
	}
	c.iteration++
	if err := c.advance(); err != nil {
		return err
	}
	if refresh {
		if err := c.refresh(ctx); err != nil {
			return err
		}
	}
	if err := c.orthogonalize(ctx); err != nil {
		return err
	}
	if err := c.precondition(ctx); err != nil {
		return err
	}
	if err := p.space.dots(c.next, c.r, c.z); err != nil {
		return err
	}
	if err := p.space.norms(c.norms, c.r); err != nil {
		return err
	}
	worst := 0.0
	c.kept = c.kept[:0]
	for i, j := range c.place {
		c.b[i] = c.next[i] / c.gamma[i]
		c.record(i, j)
		c.gamma[i] = c.next[i]
		p.done[j]++
		c.escaped = c.escaped || c.runsAway(i)
		switch {
		case c.norms[i] <= max(p.tols[j], c.least(j)):
			c.ended[j] = true
		case p.done[j] < p.o.MaxIterations && !c.ended[j]:
			c.kept = append(c.kept, i)
			worst = max(worst, c.norms[i])
		}
	}
	if len(c.kept) < len(c.place) {
		c.compact()
	}
	p.report(c.iteration, worst)
	if err := p.space.turn(c.d, c.b, c.z); err != nil {
		return err
	}
	if err := c.low.round(c.d); err != nil {
		return err
	}
	return c.remember(ctx)
}

// advance moves the solutions along the directions, and the residuals with them.
func (c *conjugate) advance() error {
	if c.low != nil {
		if err := c.low.add(c.place, c.a, c.d); err != nil {
			return err
		}
	} else if err := c.p.space.addScaled(c.p.x, c.place, c.a, c.d); err != nil {
		return err
	}
	if err := c.p.space.subScaled(c.r, c.a, c.q); err != nil {
		return err
	}
	return c.low.round(c.r)
}

// least is the residual of column j at which the round is over whatever the tolerance: below it there is nothing but
// rounding.
func (c *conjugate) least(j int) float64 {
	if c.low == nil {
		return leastResidual
	}
	return trustedFall * c.low.format.epsilon * c.watch[j].best
}

// curvature turns d . (K + Sigma) d in a into step lengths. Columns in whose direction the matrix, or the preconditioner,
// is not positive are out.
func (c *conjugate) curvature() error {
	c.kept = c.kept[:0]
	for i, j := range c.place {
		if p := c.p; p.o.accurate != nil && !(c.a[i] > 0 && c.a[i] <= math.MaxFloat64) {
			c.escaped = true
			return nil
		}
		if c.a[i]-c.a[i] != 0 || c.gamma[i]-c.gamma[i] != 0 {
			return fmt.Errorf("gp: %w: column %d of a product with K + Sigma overflows or is NaN; check the parameters "+
				"of the kernel and the preconditioner", core.ErrNumerical, j)
		}
		if c.a[i] > 0 && c.gamma[i] > 0 {
			c.a[i] = c.gamma[i] / c.a[i]
			c.kept = append(c.kept, i)
			continue
		}
		c.stuck[j] = true
		c.p.notes = append(c.p.notes, indefinite(j, c.quotient(i)))
	}
	if len(c.kept) < len(c.place) {
		c.compact()
	}
	return nil
}

// quotient is the Rayleigh quotient of the matrix in direction i, or of the preconditioner if that is what failed.
func (c *conjugate) quotient(i int) float64 {
	size := 0.0
	for row := range c.p.n {
		v := c.d.Row(row)[i]
		size += v * v
	}
	if !(c.gamma[i] > 0) {
		return c.gamma[i] / math.Max(size, math.SmallestNonzeroFloat64)
	}
	return c.a[i] / math.Max(size, math.SmallestNonzeroFloat64)
}

// compact leaves out the columns that kept does not name.
func (c *conjugate) compact() {
	c.r, c.d, c.q = keep(c.r, c.kept), keep(c.d, c.kept), keep(c.q, c.kept)
	if c.zs != nil {
		c.z = keep(c.z, c.kept)
	}
	for i, from := range c.kept {
		c.place[i], c.gamma[i], c.a[i], c.b[i] = c.place[from], c.gamma[from], c.a[from], c.b[from]
	}
	c.place = c.place[:len(c.kept)]
	c.shape()
}

// patience is how many refreshes may pass without progress once rounding shows.
const patience = 3

// watch is what refreshes tell about a column.
type watch struct {
	drift float64 // sum of the differences of true residuals and those of the recurrence
	best  float64 // smallest true residual
	since int     // refreshes since
}

// refresh computes the residuals anew. A column leaves where they no longer fall and are of the size of the errors that the
// recurrence has made: more steps would only add to them. Whether a new round helps shows then.
func (c *conjugate) refresh(ctx context.Context) error {
	p := c.p
	if c.spare == nil {
		c.spare = make([]float64, p.n*p.t)
	}
	fresh := core.Matrix[float64]{Data: c.spare, Rows: p.n, Cols: c.r.Cols, Stride: c.r.Cols}
	if err := p.space.gather(c.q, c.place, c.ones, p.x); err != nil {
		return err
	}
	if err := p.image(ctx, fresh, c.q); err != nil {
		return err
	}
	err := p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r, change, b, now := c.r.Row(i), c.q.Row(i), p.b.Row(i), fresh.Row(i)
			for k, j := range c.place {
				v := b[j]/p.norm[j] - now[k]
				r[k], change[k] = v, v-r[k]
			}
		}
	})
	if err != nil {
		return err
	}
	if err := p.space.norms(c.next, c.q); err != nil {
		return err
	}
	if err := p.space.norms(c.norms, c.r); err != nil {
		return err
	}
	for i, j := range c.place {
		w := &c.watch[j]
		w.drift += c.next[i]
		if w.since++; c.norms[i] < 0.9*w.best {
			w.best, w.since = c.norms[i], 0
		}
		c.ended[j] = c.norms[i] < 10*w.drift && w.since >= patience
	}
	return nil
}

// record appends the Lanczos coefficients of open column i, which is column j of b.
func (c *conjugate) record(i, j int) {
	if !c.p.o.Lanczos || !c.first {
		return
	}
	t := &c.p.lanczos[j]
	diagonal := 1 / c.a[i]
	if k := len(t.Diagonal); k > 0 {
		diagonal += t.Off[k-1] * t.Off[k-1] * t.step
	}
	t.Diagonal = append(t.Diagonal, diagonal)
	t.Off = append(t.Off, math.Sqrt(max(c.b[i], 0))/c.a[i])
	t.step = c.a[i]
}

package gp

import "context"

// runaway is how many times the smallest residual that was seen one may be before products are blamed for it. Residuals of
// conjugate gradients rise by the square root of the condition number at most, and by that much hardly ever.
const runaway = 1e4

// runsAway says whether the residual of open column i is out of bounds while products are only close to the accurate ones,
// which may not be positive definite where the accurate ones are.
func (c *conjugate) runsAway(i int) bool {
	return c.p.o.accurate != nil && !(c.norms[i] <= runaway*c.watch[c.place[i]].best)
}

// resume takes accurate products from here on, from the solutions there are, or from zero where they are worse.
func (c *conjugate) resume(ctx context.Context) error {
	p := c.p
	p.s, p.o.accurate, c.escaped = p.o.accurate, nil, false
	if err := p.residual(ctx); err != nil {
		return err
	}
	for j := range p.residuals {
		if !p.zero[j] && p.worse(j) {
			p.reset(j)
		}
	}
	return nil
}

package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// lowPrecision is conjugate gradients on vectors that hold no more digits than a format has, after Maddox, Potapczynski
// and Wilson (Low-precision arithmetic for fast Gaussian processes, UAI 2022). Four things keep it going:
//
//   - each vector has a power of two of its own, so that nothing overflows or vanishes; scalars and sums over vectors are
//     float64, whose range makes sums of logarithms unnecessary;
//   - all residuals are kept, in the format, and each new one is made orthogonal to them in the inner product of P^-1;
//   - the solution is a sum of two numbers of the format, the second of which is what rounding took from the first;
//   - when the residual that is carried along has fallen as far as it can be trusted, a round ends and the next one begins
//     with the true residual.
//
// The vectors lie in memory as float64 with the digits of the format, the residuals that are kept in the format itself.
func (p *solve) lowPrecision(ctx context.Context) error {
	name := p.o.Format
	if name == "" {
		name = Float16
	}
	p.o.Reorthogonalize = true
	return p.conjugateGradients(ctx, &lowVectors{p: p, format: formats[name],
		sum: core.NewMatrix[float64](p.n, p.t), lost: core.NewMatrix[float64](p.n, p.t),
		unit: make([]float64, p.t), scale: make([]float64, p.t)})
}

// trustedFall is how many roundings of a vector the residual stays above in one round.
const trustedFall = 32

// lowVectors does to vectors what a format of few digits would.
type lowVectors struct {
	p         *solve
	format    format
	sum, lost core.Matrix[float64] // n x t: x = (sum - lost) * unit
	last      core.Matrix[float64] // n x t: x before the last round
	unit      []float64            // powers of two, 0 before the first step
	scale     []float64
}

// powerOf returns the power of two at or below x, and 1 for 0.
func powerOf(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return 1
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, e-1)
}

// round rounds the columns of v, each in units of the power of two below the root of its mean square.
func (l *lowVectors) round(v core.Matrix[float64]) error {
	if l == nil {
		return nil
	}
	if err := l.p.space.norms(l.scale, v); err != nil {
		return err
	}
	root := math.Sqrt(float64(l.p.n))
	for j, size := range l.scale[:v.Cols] {
		l.scale[j] = powerOf(size / root)
	}
	return l.p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := v.Row(i)
			for j, x := range row {
				row[j] = l.format.round(x/l.scale[j]) * l.scale[j]
			}
		}
	})
}

// open takes the solution so far into sum and lost.
func (l *lowVectors) open() error {
	x := l.p.x
	if err := l.p.space.norms(l.scale, x); err != nil {
		return err
	}
	root := math.Sqrt(float64(l.p.n))
	for j, size := range l.scale {
		if l.unit[j] = 0; size > 0 {
			l.unit[j] = powerOf(size / root)
		}
	}
	return l.p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			sum, lost := l.sum.Row(i), l.lost.Row(i)
			for j, v := range x.Row(i) {
				if l.unit[j] > 0 {
					sum[j] = l.format.round(v / l.unit[j])
					lost[j] = l.format.round(sum[j] - v/l.unit[j])
				}
			}
		}
	})
}

// add adds column j of d times a[j] to column place[j] of the solution.
func (l *lowVectors) add(place []int, a []float64, d core.Matrix[float64]) error {
	if err := l.p.space.norms(l.scale, d); err != nil {
		return err
	}
	root := math.Sqrt(float64(l.p.n))
	for k, j := range place {
		unit := powerOf(a[k] * l.scale[k] / root)
		if l.scale[k] = 1; unit > l.unit[j] {
			if l.unit[j] > 0 {
				l.scale[k] = l.unit[j] / unit
			}
			l.unit[j] = unit
		}
	}
	round := l.format.round
	return l.p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			sum, lost, row := l.sum.Row(i), l.lost.Row(i), d.Row(i)
			for k, j := range place {
				if l.scale[k] != 1 {
					sum[j], lost[j] = round(sum[j]*l.scale[k]), round(lost[j]*l.scale[k])
				}
				step := round(round(a[k]*row[k]/l.unit[j]) - lost[j])
				next := round(sum[j] + step)
				lost[j] = round(round(next-sum[j]) - step)
				sum[j] = next
			}
		}
	})
}

// close brings the solution up to date, and keeps what it was.
func (l *lowVectors) close() error {
	if l == nil {
		return nil
	}
	if l.last.Data == nil {
		l.last = core.NewMatrix[float64](l.p.n, l.p.t)
	}
	copy(l.last.Data, l.p.x.Data)
	return l.p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			sum, lost, x := l.sum.Row(i), l.lost.Row(i), l.p.x.Row(i)
			for j := range x {
				x[j] = (sum[j] - lost[j]) * l.unit[j]
			}
		}
	})
}

// restore undoes a round in the columns whose residuals it has raised above what they were.
func (l *lowVectors) restore(before []float64) {
	if l == nil {
		return
	}
	for j, v := range before {
		if !(l.p.residuals[j] > v) {
			continue
		}
		l.p.residuals[j] = v
		for i := range l.p.n {
			l.p.x.Row(i)[j] = l.last.Row(i)[j]
		}
	}
}

package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// sketched is an operator that can multiply a sparse random S (d x m) with itself.
type sketched interface {
	sketch(ctx context.Context, d int, o *Options) ([]float64, error)
}

// sketchOf returns S A (d x n) in float64 for the S of [sketchRows].
func (c *job[T]) sketchOf(ctx context.Context, d int) ([]float64, error) {
	if a, ok := c.a.(sketched); ok {
		return a.sketch(ctx, d, c.o)
	}
	// A^T with blocks of columns of S^T.
	const block = 256
	s := make([]float64, d*c.n)
	x, y := core.NewMatrix[T](c.m, min(d, block)), core.NewMatrix[T](c.n, min(d, block))
	for lo := 0; lo < d; lo += block {
		part := min(block, d-lo)
		clear(x.Data)
		for i := range c.m {
			eachSign(c.o.Seed, i, d, func(to int, sign float64) {
				if to >= lo && to < lo+part {
					x.Row(i)[to-lo] += T(sign)
				}
			})
		}
		if err := c.a.MulTrans(ctx, columns(y, 0, part), columns(x, 0, part)); err != nil {
			return nil, err
		}
		for j := range c.n {
			for p, v := range y.Row(j)[:part] {
				s[(lo+p)*c.n+j] = float64(v)
			}
		}
	}
	return s, nil
}

// eachSign calls add for every row of a sketch that row i of a matrix is added to or, with sign -1, subtracted from: the
// same rows as in [sketchRows].
func eachSign(seed uint64, i, d int, add func(to int, sign float64)) {
	draw := rng.At(seed, streamSketch, uint64(i))
	for range sketchSigns {
		bits := draw.Uint64()
		add(int((bits>>32)*uint64(d)>>32), float64(2*int64(bits&1)-1))
	}
}

func (d *dense[T]) sketch(ctx context.Context, rows int, o *Options) ([]float64, error) {
	return sketchRows(ctx, d.x, rows, o)
}

func (a *compressed[T, I]) sketch(ctx context.Context, d int, o *Options) ([]float64, error) {
	const look = 1024 // rows between two looks at the context
	major, minor := a.kept.Dims()
	n := minor
	if a.byColumns {
		n = major
	}
	s := make([]float64, d*n)
	for i := range major {
		if i%look == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		index, value := a.kept.Row(i)
		if a.byColumns {
			for k, row := range index {
				eachSign(o.Seed, int(row), d, func(to int, sign float64) { s[to*n+i] += sign * float64(value[k]) })
			}
			continue
		}
		eachSign(o.Seed, i, d, func(to int, sign float64) {
			line := s[to*n : (to+1)*n]
			for k, j := range index {
				line[j] += sign * float64(value[k])
			}
		})
	}
	return s, nil
}

package choice

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

const casesOfTask = 256

// Probabilities writes to dst (R x K) the probability with which each class, of coefficients beta (K x P), chooses the
// alternative of each row among those of its situation; 0 for rows that cannot be chosen. Of the survey X, Case, Person and
// Available are read. O(R P K).
func Probabilities[T core.Float](ctx context.Context, threads int, beta core.Matrix[float64], s *Survey[T], dst core.Matrix[float64]) error {
	if err := s.check(&Options{}, false); err != nil {
		return err
	}
	if err := s.checkFinite("x", s.X, nil); err != nil {
		return err
	}
	if beta.Cols != s.X.Cols || dst.Rows != s.X.Rows || dst.Cols != beta.Rows {
		return fmt.Errorf("choice: %w: x is %d x %d and coefficients are %d x %d, so the result is %d x %d, not %d x %d", core.ErrShape,
			s.X.Rows, s.X.Cols, beta.Rows, beta.Cols, s.X.Rows, beta.Rows, dst.Rows, dst.Cols)
	}
	for i := range dst.Rows {
		clear(dst.Row(i))
	}
	rows := s.sorted(nil)
	starts := []int{}
	for i := range rows {
		if i == 0 || !s.sameCase(rows[i], rows[i-1]) {
			starts = append(starts, i)
		}
	}
	starts = append(starts, len(rows))
	cases := len(starts) - 1
	return par.For(ctx, threads, par.Tiles(cases, casesOfTask), func(_, task int) {
		lo, hi := par.Span(task, cases, casesOfTask)
		var utilities []float64
		for c := lo; c < hi; c++ {
			list := rows[starts[c]:starts[c+1]]
			for k := range beta.Rows {
				utilities = utilities[:0]
				for _, i := range list {
					u := 0.0
					for p, v := range s.X.Row(int(i)) {
						u += float64(v) * beta.Row(k)[p]
					}
					utilities = append(utilities, u)
				}
				_, most := vmath.ArgMax(utilities)
				sum := vmath.ExpSub(utilities, utilities, most)
				for j, i := range list {
					dst.Row(int(i))[k] = utilities[j] / sum
				}
			}
		}
	})
}

// Memberships writes to dst (n x K) the prior probabilities of the classes for covariates z (n x Q-1) and membership
// coefficients delta (K x Q, of which the first column belongs to the constant and the last row is 0).
func Memberships[T core.Float](delta core.Matrix[float64], z core.Matrix[T], dst core.Matrix[float64]) error {
	if z.Cols != delta.Cols-1 || dst.Rows != z.Rows || dst.Cols != delta.Rows {
		return fmt.Errorf("choice: %w: membership is %d x %d and needs %d columns; the result is %d x %d", core.ErrShape,
			z.Rows, z.Cols, delta.Cols-1, dst.Rows, dst.Cols)
	}
	for i := range dst.Rows {
		row := dst.Row(i)
		for k := range row {
			d := delta.Row(k)
			row[k] = d[0]
			for j := range z.Cols {
				row[k] += d[1+j] * float64(z.Row(i)[j])
			}
		}
		_, most := vmath.ArgMax(row)
		sum := vmath.ExpSub(row, row, most)
		for k := range row {
			row[k] /= sum
		}
	}
	return nil
}

// Classes is what the choices of persons tell about their classes.
type Classes struct {
	Person      []int                // N: their numbers, increasing
	Posterior   core.Matrix[float64] // N x K
	Likelihoods []float64            // N: log P_n
}

// Posterior computes the classes of the persons of a survey under coefficients beta (K x P) and membership coefficients
// delta (K x Q).
func Posterior[T core.Float](ctx context.Context, threads int, beta, delta core.Matrix[float64], s *Survey[T]) (*Classes, error) {
	if err := s.check(&Options{}, true); err != nil {
		return nil, err
	}
	if beta.Cols != s.X.Cols || delta.Cols != 1+s.Membership.Cols || delta.Rows != beta.Rows {
		return nil, fmt.Errorf("choice: %w: x has %d columns and membership %d, but coefficients are %d x %d and membership coefficients %d x %d",
			core.ErrShape, s.X.Cols, s.Membership.Cols, beta.Rows, beta.Cols, delta.Rows, delta.Cols)
	}
	order, err := newOrder(s, &buffers{})
	if err != nil {
		return nil, err
	}
	l, err := newLayout(s, order, nil, &buffers{})
	if err != nil {
		return nil, err
	}
	v := newPass(l, beta.Rows)
	v.share(threads)
	for i := range v.beta {
		v.beta[i] = beta.Row(i / l.columns)[i%l.columns] * l.scale[i%l.columns]
	}
	for i := range v.delta {
		v.delta[i] = (delta.Row(i / l.q)[i%l.q] - delta.Row(delta.Rows - 1)[i%l.q]) * l.zScale[i%l.q]
	}
	if err := v.run(ctx, likelihood); err != nil {
		return nil, err
	}
	found := &Classes{Posterior: matrixOf(l.byPerson(v.posterior, v.k), l.persons, v.k), Likelihoods: v.logs}
	for _, id := range l.id {
		found.Person = append(found.Person, int(id))
	}
	return found, nil
}

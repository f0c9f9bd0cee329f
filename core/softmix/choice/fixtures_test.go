package choice

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// shape is what a generated survey is like.
type shape struct {
	persons, situations, most, columns int
	covariates                         bool
	weights                            bool
	seed                               uint64
}

// generated returns a survey of two classes of opposite tastes, with sets of 2 to most alternatives, and the same for the
// reference.
func generated(o shape) (*Survey[float64], []ref.ChoosingPerson) {
	r := rng.New(o.seed)
	s := &Survey[float64]{X: core.Matrix[float64]{Cols: o.columns, Stride: o.columns}}
	var persons []ref.ChoosingPerson
	if o.covariates {
		s.Membership = core.Matrix[float64]{Cols: 2, Stride: 2}
	}
	id := int64(100)
	for n := range o.persons {
		p := ref.ChoosingPerson{Covariates: []float64{1}, Weight: 1}
		z := []float64{r.NormFloat64(), 40 + 10*r.NormFloat64()}
		if o.covariates {
			p.Covariates = append(p.Covariates, z...)
		}
		if o.weights {
			p.Weight = 0.5 + r.Float64()
		}
		sign := 1.0
		if r.Float64()+0.3*z[0] < 0.4 {
			sign = -1
		}
		for range o.situations {
			c := ref.Choice{Exponent: 1}
			if o.weights {
				c.Exponent = 0.5 + r.Float64()
			}
			most := math.Inf(-1)
			for j := range 2 + r.IntN(o.most-1) {
				x := make([]float64, o.columns)
				u := -math.Log(r.ExpFloat64())
				for i := range x {
					x[i] = float64(1+i) * r.NormFloat64()
					u += sign * x[i] / float64(1+i) / (1 + 0.5*float64(i))
				}
				if u > most {
					most, c.Chosen = u, j
				}
				c.Alternatives = append(c.Alternatives, x)
			}
			for j, x := range c.Alternatives {
				s.X.Data = append(s.X.Data, x...)
				s.X.Rows++
				s.Case, s.Person, s.Alternative = append(s.Case, id), append(s.Person, int64(n)), append(s.Alternative, int64(j))
				chosen := int64(0)
				if j == c.Chosen {
					chosen = 1
				}
				s.Chosen = append(s.Chosen, chosen)
				if o.covariates {
					s.Membership.Data = append(s.Membership.Data, z...)
					s.Membership.Rows++
				}
				if o.weights {
					s.Weight, s.Exponent = append(s.Weight, p.Weight), append(s.Exponent, c.Exponent)
				}
			}
			p.Choices = append(p.Choices, c)
			id++
		}
		persons = append(persons, p)
	}
	return s, persons
}

// rowsOf cuts a matrix without gaps.
func rowsOf(m core.Matrix[float64]) [][]float64 {
	rows := make([][]float64, m.Rows)
	for i := range rows {
		rows[i] = m.Row(i)
	}
	return rows
}

// A latent-class logit in Go: commuters who choose among bus, train and car, some for the price and some for the time, found
// from their choices alone.
//
//	go run ./examples/go/latent_class
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/softmix/choice"
)

const persons, situations, alternatives = 300, 8, 3

var names = []string{"price", "minutes"}

func main() {
	s := survey()
	for classes := 1; classes <= 3; classes++ {
		m, err := choice.Fit(context.Background(), s, &choice.Options{Classes: classes, Columns: names, Seed: 1})
		if err != nil {
			log.Fatal(err)
		}
		bic := -2*m.LogLikelihood + float64(m.Parameters)*math.Log(float64(m.Persons))
		fmt.Printf("%d classes: log-likelihood %.1f, BIC %.1f, %d of %d starts at the best\n",
			classes, m.LogLikelihood, bic, m.Hits, m.Finished)
		if classes != 2 {
			continue
		}
		for k, share := range m.Shares {
			fmt.Printf("    %2.0f %% of the persons:", 100*share)
			for p, name := range names {
				fmt.Printf("  %s %.3f (%.3f)", name, m.Coefficients.Row(k)[p], math.Sqrt(m.Covariance.Row(m.Index[k*2+p])[m.Index[k*2+p]]))
			}
			b := m.Coefficients.Row(k)
			fmt.Printf("  an hour is worth %.1f\n", 60*b[1]/b[0])
		}
	}
}

// survey draws choices: two persons out of three look at the price, the third at the time.
func survey() *choice.Survey[float64] {
	r := rand.New(rand.NewPCG(1, 2))
	s := &choice.Survey[float64]{X: core.NewMatrix[float64](persons*situations*alternatives, 2)}
	row := 0
	for n := range persons {
		price, minutes := -0.9, -0.03
		if n%3 == 0 {
			price, minutes = -0.2, -0.15
		}
		for t := range situations {
			best, most := row, math.Inf(-1)
			for j := range alternatives {
				x := s.X.Row(row)
				x[0], x[1] = 1+6*r.Float64(), 15+40*r.Float64()
				if u := price*x[0] + minutes*x[1] - math.Log(r.ExpFloat64()); u > most {
					best, most = row, u
				}
				s.Chosen, s.Person = append(s.Chosen, 0), append(s.Person, int64(n))
				s.Case, s.Alternative = append(s.Case, int64(n*situations+t)), append(s.Alternative, int64(j))
				row++
			}
			s.Chosen[best] = 1
		}
	}
	return s
}

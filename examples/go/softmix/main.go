// Command softmix finds two kinds of customers in the numbers of sales of 2,000 products with five known features, how sure the
// estimates are, and how many kinds there are.
//
//	go run ./examples/go/softmix
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/softmix"
)

const (
	products = 2000
	features = 5
	sales    = 50_000
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	r := rand.New(rand.NewPCG(1, 2))
	x := core.NewMatrix[float64](products, features)
	for i := range x.Data {
		x.Data[i] = r.NormFloat64()
	}
	counts := sell(r, x)

	m, err := softmix.FitMixture(ctx, x, counts, &softmix.Options{Components: 2, Seed: 7})
	if err != nil {
		return err
	}
	for k, share := range m.Alpha {
		fmt.Printf("kind %d, %.1f %% of sales: taste", k, 100*share)
		for i := range features {
			at := k*features + i
			fmt.Printf("  %5.2f (%.2f)", m.Theta[at], m.StandardErrors[at])
		}
		fmt.Println()
	}

	posterior := core.NewMatrix[float64](1, 2)
	first := core.Matrix[float64]{Data: x.Row(0), Rows: 1, Cols: features, Stride: features}
	if err := softmix.Posterior(ctx, m, first, 0, posterior, nil); err != nil {
		return err
	}
	fmt.Printf("a sale of product 0 is of kind 0 with probability %.3f\n", posterior.Data[0])

	path, err := softmix.FitPath(ctx, x, counts, &softmix.Options{Components: 3, Seed: 7})
	if err != nil {
		return err
	}
	for _, m := range path {
		fmt.Printf("%d kinds: log-likelihood %.1f, BIC %.1f\n", m.Components, m.LogLikelihood, m.BIC())
	}
	return nil
}

// sell draws sales: 60 % to customers of one taste, 40 % to those of another.
func sell(r *rand.Rand, x core.Matrix[float64]) []float64 {
	tastes := [2][features]float64{{1, -1, 0.5, 0, 0}, {-0.5, 0, 0, 1, 1}}
	counts, running := make([]float64, products), make([]float64, products)
	for k, share := range []float64{0.6, 0.4} {
		sum := 0.0
		for j := range products {
			u := 0.0
			for i, v := range x.Row(j) {
				u += v * tastes[k][i]
			}
			sum += math.Exp(u)
			running[j] = sum
		}
		for range int(share * sales) {
			u, j := r.Float64()*sum, 0
			for running[j] < u {
				j++
			}
			counts[j]++
		}
	}
	return counts
}

// Mixture fits a Gaussian mixture with factor-analytic covariances to generated data, classifies new points, and saves
// and reloads the model.
//
//	go run ./examples/go/mixture
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

const (
	rows     = 6000
	features = 10
	clusters = 3
)

// draw returns rows around three centres, each stretched along a direction of its own, and the centre of each row.
func draw(r *rand.Rand) (x *mat.Dense, truth []int) {
	x, truth = mat.NewDense(rows, features, nil), make([]int, rows)
	for i := range rows {
		c := r.IntN(clusters)
		truth[i] = c
		factor := 2 * r.NormFloat64()
		for j := range features {
			stretch := 0.0
			if j%clusters == c {
				stretch = factor
			}
			x.Set(i, j, 4*float64(c)+stretch+0.5*r.NormFloat64())
		}
	}
	return x, truth
}

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	x, truth := draw(rand.New(rand.NewPCG(1, 2)))

	model, err := mixture.Fit(ctx, x, &mixture.Options{
		Components: clusters,
		Factors:    1,
		Progress: func(p core.Progress) {
			if p.Phase == "em" && p.Iteration%5 == 0 {
				fmt.Printf("iteration %2d: %.4f nats per row\n", p.Iteration, p.Objective)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("converged: %v after %d iterations\n", model.Converged, model.Iterations)
	for c, w := range model.Weights {
		fmt.Printf("component %d: weight %.3f, first coordinate of the mean %6.3f\n", c, w, model.Means[c*features])
	}

	labels, err := model.Predict(ctx, x)
	if err != nil {
		log.Fatal(err)
	}
	agree := 0
	for c := range clusters { // each true cluster counts the component that most of its rows got
		votes := make([]int, clusters)
		for i, label := range labels {
			if truth[i] == c {
				votes[label]++
			}
		}
		agree += slices.Max(votes)
	}
	fmt.Printf("rows in the right cluster: %.1f %%\n", 100*float64(agree)/rows)

	folder, err := os.MkdirTemp("", "lithe")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "model.lithe")
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}
	again, err := mixture.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	before, err := model.Score(ctx, x)
	if err != nil {
		log.Fatal(err)
	}
	after, err := again.Score(ctx, x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean log-likelihood %.4f, after saving and loading %.4f\n", before, after)
	if before != after || agree < rows*95/100 {
		log.Fatal("unexpected result")
	}
}

package mixture_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core/mixture"
)

// Three clusters in the plane, of 100, 200 and 300 points.
func clusters() *mat.Dense {
	r := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(600, 2, nil)
	for i := range 600 {
		centre := []float64{0, 10, 20}[[]int{0, 1, 1, 2, 2, 2}[i%6]]
		x.SetRow(i, []float64{centre + r.NormFloat64(), r.NormFloat64()})
	}
	return x
}

func ExampleFit() {
	m, err := mixture.Fit(context.Background(), clusters(), &mixture.Options{Components: 3, Factors: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	weights := slices.Sorted(slices.Values(m.Weights))
	fmt.Printf("%.2f %v\n", weights, m.Converged)
	// Output: [0.17 0.33 0.50] true
}

func ExampleModel_Predict() {
	ctx := context.Background()
	m, err := mixture.NewModel(mixture.Spherical, 2, 1, 0, []float64{0.5, 0.5}, []float64{-1, 1}, nil, []float64{1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mat.NewDense(2, 1, []float64{-2, 0.5})
	labels, err := m.Predict(ctx, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := m.Posterior(ctx, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d %.3f\n", labels, q.At(1, 1))
	// Output: [0 1] 0.731
}

// Removing white noise of known variance from rows of a known distribution.
func ExampleModel_Denoise() {
	// Signals lie near the line through (1, 1), with noise of variance 0.5.
	m, err := mixture.NewModel(mixture.Factor, 1, 2, 1, []float64{1}, []float64{0, 0}, []float64{3, 3}, []float64{0.5, 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	clean, err := m.Denoise(context.Background(), mat.NewDense(1, 2, []float64{2, 4}), 0.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(math.Round(100*clean.At(0, 0))/100, math.Round(100*clean.At(0, 1))/100)
	// Output: 2.92 2.92
}

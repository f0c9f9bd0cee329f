package gp_test

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// A function of a number, and how far each of three groups is from it.
func ExampleFitBasis() {
	x, y := core.NewMatrix[float64](300, 2), make([]float64, 300)
	for i := range y {
		number, group := float64(i)/30, i%3
		x.Row(i)[0], x.Row(i)[1] = number, float64(group)
		y[i] = 5 + math.Sin(number) + 0.5*float64(group-1) + 0.1*math.Cos(97*float64(i))
	}
	model, err := gp.FitBasis(context.Background(), x, y, &gp.BasisOptions{Categories: []int{0, 3}})
	if err != nil {
		panic(err)
	}
	test := core.Matrix[float64]{Data: []float64{2, 0, 2, 2}, Rows: 2, Cols: 2, Stride: 2}
	p, err := gp.PredictBasis(context.Background(), model, test, &gp.BasisPredictOptions{Effects: true})
	if err != nil {
		panic(err)
	}
	for i := range 2 {
		fmt.Printf("%.1f = %.1f %+.1f %+.1f\n", p.Mean[i], model.Center(), p.Effects.Row(i)[0], p.Effects.Row(i)[1])
	}
	// Output:
	// 5.4 = 5.2 +0.7 -0.5
	// 6.4 = 5.2 +0.7 +0.5
}

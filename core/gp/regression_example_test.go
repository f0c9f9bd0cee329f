package gp_test

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

func ExampleFitRegression() {
	x, y := core.NewMatrix[float64](50, 1), make([]float64, 50)
	for i := range y {
		x.Data[i] = float64(i) / 10
		y[i] = math.Sin(x.Data[i])
	}
	kernel := gp.Multiply(gp.Constant{Value: 1}, gp.RBF{})
	model, err := gp.FitRegression(context.Background(), x, y, kernel, nil)
	if err != nil {
		panic(err)
	}
	test := core.Matrix[float64]{Data: []float64{2.05, 9}, Rows: 2, Cols: 1, Stride: 1}
	p, err := gp.Predict(context.Background(), model, test, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("near the data: %.2f, sure of it: %v\n", p.Mean[0], p.Variance[0] < 1e-4)
	fmt.Printf("far away, sure of it: %v\n", p.Variance[1] < 1e-4)
	// Output:
	// near the data: 0.89, sure of it: true
	// far away, sure of it: false
}

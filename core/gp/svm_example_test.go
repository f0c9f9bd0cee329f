package gp_test

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

func ExampleFitSVM() {
	x, labels := core.NewMatrix[float64](60, 2), make([]int, 60)
	for i := range labels {
		labels[i] = i % 2
		radius, angle := float64(1+labels[i]), float64(i)
		x.Row(i)[0], x.Row(i)[1] = radius*math.Cos(angle), radius*math.Sin(angle)
	}
	machine, err := gp.FitSVM(context.Background(), x, labels, nil, &gp.SVMOptions{C: 10})
	if err != nil {
		panic(err)
	}
	test := core.Matrix[float64]{Data: []float64{0.9, 0.1, 0, -2.1}, Rows: 2, Cols: 2, Stride: 2}
	values := core.NewMatrix[float64](2, 1)
	if err := gp.Decide(context.Background(), machine, values, test); err != nil {
		panic(err)
	}
	fmt.Printf("inner ring: %v, outer ring: %v\n", values.Data[0] < 0, values.Data[1] > 0)
	// Output: inner ring: true, outer ring: true
}

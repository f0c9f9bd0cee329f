// Command gp fits a Gaussian process, predicts with the uncertainty of data and computation, draws functions, and saves the
// model to a file that every language of lithe reads.
//
//	go run ./examples/go/gp
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	r := rand.New(rand.NewPCG(1, 2))
	x, y := core.NewMatrix[float64](200, 1), make([]float64, 200)
	for i := range y {
		x.Data[i] = 10 * r.Float64()
		y[i] = truth(x.Data[i]) + 0.1*r.NormFloat64()
	}
	places := core.Matrix[float64]{Data: []float64{0.5, 2.5, 5.5, 9.5, 12}, Rows: 5, Cols: 1, Stride: 1}

	// Fit: the context may end it, and the error is a *gp.Interrupted with what training has found by then.
	kernel := gp.Multiply(gp.Constant{Value: 1}, gp.Matern{Nu: 2.5})
	exact, err := gp.FitRegression(ctx, x, y, kernel, &gp.RegressionOptions{NormalizeY: true})
	if err != nil {
		return err
	}
	fmt.Printf("%v with noise %.3g, log-likelihood %.2f\n", exact.Kernel, exact.Noise, exact.LogLikelihood)

	// Ten actions in the place of a solution: what they leave open counts as uncertainty.
	few, err := gp.FitRegression(ctx, x, y, exact.Kernel, &gp.RegressionOptions{NormalizeY: true, Optimizer: gp.OptimizerNone,
		Noise: exact.Noise, NoiseFixed: true, Solver: gp.MethodIterGP, Actions: 10})
	if err != nil {
		return err
	}
	p, err := gp.Predict(ctx, exact, places, nil)
	if err != nil {
		return err
	}
	combined, err := gp.Predict(ctx, few, places, nil)
	if err != nil {
		return err
	}
	draws, err := gp.DrawFunctions(ctx, exact, 2, 7)
	if err != nil {
		return err
	}
	values := core.NewMatrix[float64](places.Rows, 2)
	if err := gp.EvaluateDraws(ctx, exact, draws, values, places); err != nil {
		return err
	}
	fmt.Println("   x    truth    mean  +- 2 std   after ten actions   two functions")
	for i, v := range places.Data {
		fmt.Printf("%4.1f  %7.3f %7.3f  +- %.3f   %7.3f +- %.3f   %7.3f\n", v, truth(v), p.Mean[i], 2*math.Sqrt(p.Variance[i]),
			combined.Mean[i], 2*math.Sqrt(combined.Variance[i]), values.Row(i))
	}

	// Save and load.
	path := filepath.Join(os.TempDir(), "lithe_example_gp.lithe")
	defer os.Remove(path)
	if err := few.Save(path); err != nil {
		return err
	}
	again, err := gp.LoadRegression(path)
	if err != nil {
		return err
	}
	same, err := gp.Predict(ctx, again, places, nil)
	if err != nil {
		return err
	}
	fmt.Println("from the file, the same prediction:", same.Mean[4] == combined.Mean[4])
	return nil
}

func truth(x float64) float64 { return math.Sin(x) + 0.3*x }

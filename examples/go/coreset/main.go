// Command coreset trains a classifier on a tenth of its data, chosen in several ways, and matches the sum of all gradients by
// those of a few samples.
//
//	go run ./examples/go/coreset
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

const (
	samples  = 4000
	features = 10
	classes  = 4
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	x, y := clusters(rand.New(rand.NewPCG(1, 2)), samples)
	testX, testY := clusters(rand.New(rand.NewPCG(3, 4)), samples)

	fmt.Println("softmax regression, twenty epochs on a tenth of the data:")
	for _, subset := range []string{coreset.SubsetFull, coreset.SubsetRandom, coreset.SubsetFresh, coreset.SubsetStratified,
		coreset.SubsetCRAIG, coreset.SubsetAdaCore} {
		trained, err := coreset.Train(ctx, x, y, testX, testY, &coreset.TrainOptions{Subset: subset, Epochs: 20, LearningRate: 0.02, Seed: 7})
		if err != nil {
			return err
		}
		end := trained.Trace.Row(trained.Epochs - 1)
		fmt.Printf("  %-10s  %6.0f gradients, %.3f s, loss %.4f, accuracy %.1f %%\n", subset, end[0], end[2], end[4], 100*end[6])
	}

	// Gradients of the same model at zero coefficients: residuals of equal probabilities, and the features.
	residuals := core.NewMatrix[float64](samples, classes)
	for i := range samples {
		for c := range classes {
			residuals.Data[i*classes+c] = 1.0 / classes
		}
		residuals.Data[i*classes+int(y[i])]--
	}
	gradients := coreset.LastLayer(residuals, x)
	craig, err := coreset.CRAIG(ctx, gradients, &coreset.GradientOptions{Size: 80, Groups: y})
	if err != nil {
		return err
	}
	matched, err := coreset.GradMatch(ctx, gradients, &coreset.GradMatchOptions{Size: 80, Groups: y})
	if err != nil {
		return err
	}
	random, err := coreset.Stratified(y, &coreset.SampleOptions{Size: 80, Seed: 7})
	if err != nil {
		return err
	}
	chance, _, err := coreset.GradientError(ctx, gradients, random.Indices, random.Weights, nil, nil, 0)
	if err != nil {
		return err
	}
	fmt.Printf("sum of %d gradients by 80: CRAIG is off by %.1f %%, GradMatch by %.1f %%, random samples by %.1f %%\n",
		samples, 100*craig.Error, 100*matched.RelativeError, 100*chance)
	return nil
}

// clusters draws rows of classes that overlap, of which the first is rare.
func clusters(r *rand.Rand, n int) (core.Matrix[float64], []int32) {
	x, y := core.NewMatrix[float64](n, features), make([]int32, n)
	for i := range n {
		y[i] = int32(math.Sqrt(r.Float64()) * classes)
		for j := range features {
			x.Data[i*features+j] = r.NormFloat64()
		}
		x.Data[i*features+int(y[i])] += 2
	}
	return x, y
}

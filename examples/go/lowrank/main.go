// Low-rank factors of a matrix in Go: the rank that an error needs, columns that span the others, and a system of
// equations whose matrix is only known through its rows, block after block.
//
//	go run ./examples/go/lowrank
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

const rows, cols, hidden = 4000, 300, 12

func main() {
	ctx, x := context.Background(), table()
	a, err := lowrank.NewDense(x, 0)
	check(err)

	f, err := lowrank.SVD(ctx, a, &lowrank.Options{Tol: 0.05, Seed: 1})
	check(err)
	fmt.Printf("%d x %d numbers, to 5 %% of their norm: rank %d, error %.2f %% after %d passes\n",
		rows, cols, len(f.S), 100*f.RelativeError, f.Passes)

	id, err := lowrank.ColumnID(ctx, a, &lowrank.Options{Rank: hidden, Seed: 1})
	check(err)
	fmt.Printf("columns %v give all others to %.2f %%\n", id.Indices, 100*id.RelativeError)

	// The same matrix as a sequence of blocks, as a file would give it, and b = A (1, ..., 1).
	blocks, err := lowrank.NewRowBlocks(rows, cols,
		func(_ context.Context, visit func(core.Matrix[float64]) error) error {
			for i := 0; i < rows; i += 500 {
				part := core.Matrix[float64]{Rows: 500, Cols: cols, Stride: x.Stride, Data: x.Data[i*x.Stride:]}
				if err := visit(part); err != nil {
					return err
				}
			}
			return nil
		}, 0)
	check(err)
	ones, b := core.NewMatrix[float64](cols, 1), core.NewMatrix[float64](rows, 1)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	check(blocks.Mul(ctx, b, ones))
	solution, err := lowrank.LeastSquares(ctx, blocks, b, &lowrank.SolveOptions{Seed: 1})
	check(err)
	worst := 0.0
	for _, v := range solution.X.Data {
		worst = max(worst, math.Abs(v-1))
	}
	fmt.Printf("%d unknowns found by method %s to %.0e, condition %.0f\n", cols, solution.Method, worst, solution.Condition)
}

// table returns points near a subspace of few dimensions.
func table() core.Matrix[float64] {
	random := rand.New(rand.NewPCG(1, 2))
	directions := core.NewMatrix[float64](hidden, cols)
	for i := range directions.Data {
		directions.Data[i] = random.NormFloat64()
	}
	x := core.NewMatrix[float64](rows, cols)
	for i := range rows {
		row := x.Row(i)
		for j := range row {
			row[j] = 0.1 * random.NormFloat64()
		}
		for h := range hidden {
			c := random.NormFloat64()
			for j, v := range directions.Row(h) {
				row[j] += c * v
			}
		}
	}
	return x
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

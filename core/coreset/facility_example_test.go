package coreset_test

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

func ExampleSelectFacilities() {
	x := core.Matrix[float64]{Data: []float64{0, 1, 2, 50, 51, 52, 54}, Rows: 7, Cols: 1, Stride: 1}
	f, err := coreset.SelectFacilities(context.Background(), coreset.Rows(x), &coreset.FacilityOptions{Budget: 2})
	if err != nil {
		panic(err)
	}
	fmt.Println("rows", f.Indices, "stand for", f.Weights)
	fmt.Println("loss", f.Loss)
	// Output:
	// rows [3 1] stand for [4 3]
	// loss 9
}

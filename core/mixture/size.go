package mixture

import (
	"fmt"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// checkMemory returns an error wrapping [core.ErrMemory] if a fit of so many rows takes more than there is: parameters in
// float64 and, packed, in T, and for each row its candidates and their posteriors.
func checkMemory[T core.Float](o *Options, rows, features, factors int) error {
	n, c, d, h, element := float64(rows), float64(o.Components), float64(features), float64(factors), bytesOf[T]()
	perComponent := parameterBytes[T](features, factors) + 8*d + element*float64(panel.Stride(features, 0)) // the last two: of the seeding
	if o.LoadingsType != LoadingsOwn {
		perComponent += 8 * (d*(h+3) + 3*(h+1)*(h+1))
	}
	keep := float64(o.Candidates)
	if o.Algorithm == "exact" {
		keep = 1
	}
	perRow := 12 + element + keep*(8+2*element)
	return memory.Check("mixture", sizes(o.Components, rows, features, factors), c*perComponent+n*perRow,
		"lower n_components or n_factors, or give float32 data")
}

// checkBlocksMemory is checkMemory where rows are read in blocks: of them only the candidates stay.
func checkBlocksMemory[T core.Float](o *Options, rows, features, factors int) error {
	bytes := float64(o.Components)*parameterBytes[T](features, factors) + 4*float64(rows)*float64(o.Candidates)
	return memory.Check("mixture", sizes(o.Components, rows, features, factors), bytes, "lower n_components or n_factors, or give float32 data")
}

// checkKMeansMemory is checkMemory for centres.
func checkKMeansMemory[T core.Float](clusters, rows, features int) error {
	bytes := float64(clusters)*(parameterBytes[T](features, 0)+8*float64(features)+bytesOf[T]()*float64(features)) + float64(rows)*(20+bytesOf[T]())
	return memory.Check("mixture", sizes(clusters, rows, features, 0), bytes, "lower n_clusters, or give float32 data")
}

// parameterBytes is what a component takes: weight, mean, loadings and noise, and the same packed.
func parameterBytes[T core.Float](features, factors int) float64 {
	d, h := float64(features), float64(factors)
	return 8*(d*(h+2)+h*h+2) + bytesOf[T]()*(float64(panel.Stride(features, factors))+1)
}

// sizes names a fit in messages.
func sizes(components, rows, features, factors int) string {
	return fmt.Sprintf("a fit of %d components of %d features and %d factors to %d rows", components, features, factors, rows)
}

func bytesOf[T core.Float]() float64 { return float64(unsafe.Sizeof(T(0))) }

package choice

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// electricity returns a survey of the shape of the one about electricity suppliers: 361 persons choose 12 times among 4.
func electricity() *Survey[float64] {
	const persons, situations, alternatives, columns = 361, 12, 4, 6
	r := rng.New(1)
	s := &Survey[float64]{X: core.NewMatrix[float64](persons*situations*alternatives, columns)}
	for n := range persons {
		for t := range situations {
			best, most := 0, math.Inf(-1)
			for j := range alternatives {
				i := len(s.Chosen)
				u := -math.Log(r.ExpFloat64())
				for p := range columns {
					s.X.Row(i)[p] = r.NormFloat64()
					u += float64(p%3+n%3-1) * s.X.Row(i)[p] / 2
				}
				if u > most {
					best, most = i, u
				}
				s.Chosen, s.Case, s.Alternative = append(s.Chosen, 0), append(s.Case, int64(n*situations+t)), append(s.Alternative, int64(j))
				s.Person = append(s.Person, int64(n))
			}
			s.Chosen[best] = 1
		}
	}
	return s
}

func BenchmarkFit(b *testing.B) {
	s := electricity()
	for _, classes := range []int{1, 3} {
		b.Run(fmt.Sprintf("classes=%d", classes), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_, err := Fit(context.Background(), s, &Options{Classes: classes, NInit: 1, Threads: 1})
				require.NoError(b, err)
			}
		})
	}
}

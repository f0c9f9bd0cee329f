package softmix

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Products with few classes are those of plain loops in float64, for all sizes of tails, and touch nothing beyond.
func TestFewProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][4]int{{1, 1, 1, 1}, {2, 5, 3, 7}, {7, 16, 8, 16}, {33, 17, 2, 20}, {90, 131, 8, 131}, {40, 48, 5, 64}, {3, 1000, 7, 1000}} {
		n, L, C, stride := s[0], s[1], s[2], s[3]
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			x, theta, w := make([]float32, (n-1)*stride+L), make([]float64, C*L), make([]float32, n*fewClasses)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			for i := range theta {
				theta[i] = float64(float32(r.NormFloat64()))
			}
			for i := range w {
				w[i] = float32(r.NormFloat64())
			}
			shift := []float32{1, 2, 3, 4, 5, 6, 7, 8}
			dst, sums := make([]float32, n*C+16), make([]float32, fewClasses*L+48)
			for i := range sums {
				sums[i] = float32(i % 3)
			}
			fewProducts(dst, C, x, stride, n, L, packFew(nil, theta, C, L), shift)
			fewSums(sums, x, stride, n, L, w)
			for j := range n {
				for c := range C {
					sum := float64(shift[c])
					for i := range L {
						sum += float64(x[j*stride+i]) * theta[c*L+i]
					}
					require.InDelta(t, sum, dst[j*C+c], 1e-4)
				}
			}
			for c := range fewClasses {
				for i := range L {
					sum := float64((c*L + i) % 3)
					for j := range n {
						sum += float64(w[j*fewClasses+c]) * float64(x[j*stride+i])
					}
					require.InDelta(t, sum, sums[c*L+i], 1e-4)
				}
			}
			require.Equal(t, make([]float32, 16), dst[n*C:])
			for i, v := range sums[fewClasses*L:] {
				require.Equal(t, float32((fewClasses*L+i)%3), v)
			}
		})
	}
}

// What is made of the exponentials of few classes is what plain loops make of it, for all numbers of rows and classes.
func TestFewMix(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][2]int{{1, 1}, {7, 3}, {8, 8}, {29, 5}, {40, 8}} {
		n, C := s[0], s[1]
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			e, q, weight, share := make([]float32, n*C), make([]float64, n), make([]float64, fewClasses), make([]float64, fewClasses)
			for i := range e {
				e[i] = float32(r.ExpFloat64())
			}
			e[0] = 1e-35
			for i := range q {
				q[i] = float64(i%3) / 10
			}
			for c := range C {
				weight[c], share[c] = r.Float64(), r.Float64()
			}
			pi, ratio, sums, w := make([]float64, n), make([]float64, n), make([]float64, fewClasses), make([]float32, n*fewClasses)
			sums[0] = 1
			fewMix(pi, ratio, e, C, weight, q, sums)
			fewWeights(w, e, C, ratio, weight, share)
			wanted := make([]float64, fewClasses)
			wanted[0] = 1
			for j := range n {
				sum := 0.0
				for c := range C {
					sum += float64(e[j*C+c]) * weight[c]
				}
				require.InEpsilon(t, sum, pi[j], 1e-14)
				require.InDelta(t, q[j]/sum, ratio[j], 1e-13*ratio[j])
				for c := range fewClasses {
					value := 0.0
					if c < C {
						value = float64(e[j*C+c]) * (weight[c] * (ratio[j] - share[c]))
						wanted[c] += ratio[j] * weight[c] * float64(e[j*C+c])
					}
					if j == 0 && c == 0 {
						value = 0
					}
					require.Equal(t, float32(value), w[j*fewClasses+c])
				}
			}
			require.InDeltaSlice(t, wanted, sums, 1e-12)
		})
	}
}

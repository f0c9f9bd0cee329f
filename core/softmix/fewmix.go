package softmix

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// fewMix finds, for n cells with exponentials e (n x C) of one mixture, pi = e weight, but at least the least there is, the ratio
// q / pi, and adds ratio e weight to sums. weight and sums have fewClasses elements.
func fewMix(pi, ratio []float64, e []float32, C int, weight, q, sums []float64) {
	n := len(q)
	if C > fewClasses || len(pi) < n || len(ratio) < n || len(e) < n*C || len(weight) < fewClasses || len(sums) < fewClasses {
		panic("softmix: fewMix: slices are too short")
	}
	done := 0
	if cpu.Current() == cpu.AVX512 {
		if done = n &^ 7; done > 0 {
			fewMixAVX512(&pi[0], &ratio[0], &e[0], C, &weight[0], &q[0], &sums[0], done, least)
		}
	}
	for j := done; j < n; j++ {
		sum, row := 0.0, e[j*C:][:C]
		for i, v := range row {
			sum += float64(v) * weight[i]
		}
		pi[j], ratio[j] = max(sum, least), 0
		if q[j] > 0 {
			ratio[j] = q[j] / pi[j]
			for i, v := range row {
				sums[i] += ratio[j] * weight[i] * float64(v)
			}
		}
	}
}

// fewWeights writes e weight (ratio - share) of n cells with exponentials e (n x C) to w (n x fewClasses), nothing where it is as good as
// that. weight and share have fewClasses elements.
func fewWeights(w, e []float32, C int, ratio, weight, share []float64) {
	n := len(ratio)
	if C > fewClasses || len(w) < n*fewClasses || len(e) < n*C || len(weight) < fewClasses || len(share) < fewClasses {
		panic("softmix: fewWeights: slices are too short")
	}
	if n > 0 && cpu.Current() == cpu.AVX512 {
		fewWeightsAVX512(&w[0], &e[0], C, &ratio[0], &weight[0], &share[0], n, nothing)
		return
	}
	for j, r := range ratio {
		dst := w[j*fewClasses:][:fewClasses]
		for i, v := range e[j*C:][:C] {
			value := float64(v) * (weight[i] * (r - share[i]))
			if math.Abs(value) < nothing {
				value = 0
			}
			dst[i] = float32(value)
		}
	}
}

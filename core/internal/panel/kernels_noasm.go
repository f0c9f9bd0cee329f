//go:build !amd64 || noasm

package panel

import "github.com/lithe-ml/lithe/core"

func standardize[T core.Float](dst, x, shift, scale []T) { standardizeGeneric(dst, x, shift, scale) }

func transpose[T core.Float](dst, rows []T, dp int) { transposeGeneric(dst, rows, dp) }

func evaluate[T core.Float](l, v, x []T, d, groups int, params, c0 []T, ids []uint32) {
	evaluateGeneric(l, v, x, d, groups, params, c0, ids)
}

func project[T core.Float](v, x []T, d, groups int, component []T) {
	projectGeneric(v, x, d, groups, component)
}

func accumulate[T core.Float](acc, rows []T, n, dp int, mu, coef []T) {
	accumulateGeneric(acc, rows, n, dp, mu, coef)
}

func nextAbove[T core.Float](l []T, from, n int, threshold []T) (int, uint32) {
	return nextAboveGeneric(l, from, n, threshold)
}

func diffSums[T core.Float](dst, l []T, n int, base []T, mask uint32) {
	diffSumsGeneric(dst, l, n, base, mask)
}

func addGradient[T core.Float](sum, x []T, d int, component, v, unit, q []T) {
	addGradientGeneric(sum, x, d, component, v, unit, q)
}

func gather[T core.Float](dst []T, dp int, from []*T, shift, scale []T) {
	gatherGeneric(dst, dp, from, shift, scale)
}

func weigh[T core.Float](coef, v, a []T, groups int) { weighGeneric(coef, v, a, groups) }

func lead[T core.Float](value []T, index []uint32, keep int, l []T, n int, base uint32) {
	leadGeneric(value, index, keep, l, n, base)
}

func shares[T core.Float](q, own []T, index []uint32, keep int, norm []T, eps T) uint32 {
	return sharesGeneric(q, own, index, keep, norm, eps)
}

func prefetch[T core.Float]([]*T, int) {}

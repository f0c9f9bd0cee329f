// Package quickselect splits numbers, and what goes with them, at one of their ranks (Hoare, 1961).
package quickselect

import (
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Partition reorders keys, and items with them, so that the first count keys are not above the others. O(n) as long as pivots
// leave some part of the keys on either side. pivot returns one of the keys, at best the one of the given rank.
func Partition[K core.Float, I int32 | uint32](keys []K, items []I, count int, pivot func(keys []K, rank int) K) {
	lo, hi := 0, len(keys)-1
	for lo < hi {
		p := pivot(keys[lo:hi+1], count-lo)
		i, j := lo, hi
		for i <= j {
			for keys[i] < p {
				i++
			}
			for keys[j] > p {
				j--
			}
			if i <= j {
				keys[i], keys[j] = keys[j], keys[i]
				items[i], items[j] = items[j], items[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case count <= j:
			hi = j
		case count >= i:
			lo = i
		default:
			return
		}
	}
}

// Middle is a pivot for keys in any order: the one in the middle.
func Middle[K core.Float](keys []K, _ int) K { return keys[(len(keys)-1)/2] }

// Sampled is a pivot for many keys: one of about the given rank in a sample, and of few the median of three.
func Sampled[K core.Float](keys []K, rank int) K {
	var some [64]K
	if len(keys) < 16*len(some) {
		a, m, c := keys[0], keys[len(keys)/2], keys[len(keys)-1]
		return max(min(a, m), min(max(a, m), c))
	}
	for i := range some {
		some[i] = keys[i*(len(keys)-1)/(len(some)-1)]
	}
	slices.Sort(some[:])
	return some[min(rank*len(some)/len(keys), len(some)-1)]
}

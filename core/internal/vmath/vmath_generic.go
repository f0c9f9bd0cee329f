package vmath

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

var (
	generic32 = newGeneric[float32]()
	generic64 = newGeneric[float64]()
)

// newGeneric returns the kernels that define the meaning of all others.
func newGeneric[T core.Float]() *family[T] {
	return &family[T]{
		exp: expGeneric[T], expSub: expSubGeneric[T], log: logGeneric[T],
		least: leastGeneric[T], most: mostGeneric[T], find: findGeneric[T],
	}
}

func expGeneric[T core.Float](dst, x []T) {
	for i, v := range x {
		dst[i] = T(math.Exp(float64(v)))
	}
}

func expSubGeneric[T core.Float](dst, x []T, shift T) T {
	var sum T
	for i, v := range x {
		e := T(math.Exp(float64(v - shift)))
		if dst != nil {
			dst[i] = e
		}
		sum += e
	}
	return sum
}

func logGeneric[T core.Float](dst, x []T) {
	for i, v := range x {
		dst[i] = T(math.Log(float64(v)))
	}
}

func leastGeneric[T core.Float](x []T) T {
	least := T(math.Inf(1))
	for _, v := range x {
		if v < least {
			least = v
		}
	}
	return least
}

func mostGeneric[T core.Float](x []T) T {
	most := T(math.Inf(-1))
	for _, v := range x {
		if v > most {
			most = v
		}
	}
	return most
}

func findGeneric[T core.Float](x []T, v T) int {
	for i, u := range x {
		if u == v {
			return i
		}
	}
	return len(x)
}

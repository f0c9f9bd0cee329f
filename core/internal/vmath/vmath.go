package vmath

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// family is the set of kernels of one level. Slices passed to kernels have equal lengths.
type family[T core.Float] struct {
	expSub func(dst, x []T, shift T) T // dst may be nil: then only the sum is wanted
	log    func(dst, x []T)
	least  func(x []T) T        // the least element that is not NaN, +Inf if there is none
	most   func(x []T) T        // the largest element that is not NaN, -Inf if there is none
	find   func(x []T, v T) int // the first index with x[i] == v, or len(x)
}

func familyFor[T core.Float]() *family[T] {
	var f any
	switch any(T(0)).(type) {
	case float32:
		f = family32(cpu.Current())
	default:
		f = family64(cpu.Current())
	}
	return f.(*family[T])
}

func checkLengths(call string, dst, x int) {
	if dst != x {
		panic(fmt.Sprintf("vmath.%s: dst has %d elements, x has %d", call, dst, x))
	}
}

// Exp sets dst[i] to the exponential of x[i]. dst may be x.
func Exp[T core.Float](dst, x []T) {
	checkLengths("Exp", len(dst), len(x))
	familyFor[T]().expSub(dst, x, 0)
}

// Log sets dst[i] to the natural logarithm of x[i]. dst may be x.
func Log[T core.Float](dst, x []T) {
	checkLengths("Log", len(dst), len(x))
	familyFor[T]().log(dst, x)
}

// sumBlock is how many terms are summed in the element type before the sum moves to a float64.
const sumBlock = 1024

// ExpSub sets dst[i] to exp(x[i]-shift) and returns the sum of these. dst may be x. Sums of more than 1024 terms are
// carried in float64.
func ExpSub[T core.Float](dst, x []T, shift T) T {
	checkLengths("ExpSub", len(dst), len(x))
	f := familyFor[T]()
	var sum float64
	for len(x) > sumBlock {
		sum += float64(f.expSub(dst[:sumBlock], x[:sumBlock], shift))
		dst, x = dst[sumBlock:], x[sumBlock:]
	}
	return T(sum + float64(f.expSub(dst, x, shift)))
}

// SumExp returns what [ExpSub] does and stores nothing.
func SumExp[T core.Float](x []T, shift T) T { return T(sumExp(familyFor[T](), x, shift)) }

func sumExp[T core.Float](f *family[T], x []T, shift T) float64 {
	var sum float64
	for len(x) > sumBlock {
		sum += float64(f.expSub(nil, x[:sumBlock], shift))
		x = x[sumBlock:]
	}
	return sum + float64(f.expSub(nil, x, shift))
}

// LogSumExp returns the logarithm of the sum of exp(x[i]) without overflow or underflow on the way: -Inf for an empty
// slice or one of -Inf only, NaN if any element is NaN, otherwise +Inf if any element is +Inf.
func LogSumExp[T core.Float](x []T) T {
	f := familyFor[T]()
	top := f.most(x)
	if math.IsInf(float64(top), 0) {
		// Shifting by an infinity would turn infinities into NaN.
		sum := top
		for _, v := range x {
			if v != v {
				sum = v
			}
		}
		return sum
	}
	return top + T(math.Log(sumExp(f, x, top)))
}

// ArgMin returns the first index of the least element, and that element. NaN is chosen only if there is nothing else:
// then the index is 0. An empty slice gives -1 and NaN.
func ArgMin[T core.Float](x []T) (index int, value T) {
	f := familyFor[T]()
	return locate(f, x, f.least(x))
}

// ArgMax returns the first index of the largest element, and that element, with NaN and the empty slice as in [ArgMin].
func ArgMax[T core.Float](x []T) (index int, value T) {
	f := familyFor[T]()
	return locate(f, x, f.most(x))
}

func locate[T core.Float](f *family[T], x []T, v T) (index int, value T) {
	if len(x) == 0 {
		return -1, T(math.NaN())
	}
	index = f.find(x, v)
	if index == len(x) {
		index = 0 // all NaN
	}
	return index, x[index]
}

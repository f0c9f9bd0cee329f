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
		expSub: expSubGeneric[T], log: logGeneric[T],
		least: leastGeneric[T], most: mostGeneric[T], find: findGeneric[T],
	}
}

// exp and log follow the formulas in coefficients.go rather than call package math, whose amd64 versions overflow
// early and misread subnormal numbers. float32 goes through float64.
func exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > expMost64:
		return math.Inf(1)
	case x < expLeast64:
		return 0
	}
	n := math.RoundToEven(x / math.Ln2)
	r := (x - n*ln2Hi64) - n*ln2Lo64
	if n < -1022 || n > 1023 {
		return math.Ldexp(expNear(r), int(n))
	}
	return expNear(r) * power(n)
}

// Exp2 returns 2^x within 2 units in the last place, for x from -1022 to 1023 and nothing else.
func Exp2(x float64) float64 {
	n := math.RoundToEven(x)
	return expNear((x-n)*math.Ln2) * power(n)
}

// expNear is the exponential of r, |r| <= 0.347: the polynomial of expQ64 without a loop.
func expNear(r float64) float64 {
	q := (*[10]float64)(expQ64)
	low := ((((q[0]*r+q[1])*r+q[2])*r+q[3])*r+q[4])*r + q[5]
	return 1 + (r + r*r*((((low*r+q[6])*r+q[7])*r+q[8])*r+q[9]))
}

// power returns 2^n for an integer n of normal numbers.
func power(n float64) float64 { return math.Float64frombits(uint64(int64(n)+1023) << 52) }

func log(x float64) float64 {
	switch {
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x-x != 0: // +Inf or NaN
		return x
	}
	m, exponent := math.Frexp(x)
	e := float64(exponent)
	if m < 0.75 {
		m, e = 2*m, e-1
	}
	f := m - 1
	t := f * f * (f*polynomial(logP64, f) - 0.5)
	large := e * ln2Hi64
	sum := large + f
	return sum + (((large - sum) + f) + t + e*ln2Lo64)
}

// polynomial evaluates the polynomial with the given coefficients, highest first.
func polynomial(c []float64, x float64) float64 {
	var sum float64
	for _, v := range c {
		sum = sum*x + v
	}
	return sum
}

func expSubGeneric[T core.Float](dst, x []T, shift T) T {
	var sum T
	for i, v := range x {
		e := T(exp(float64(v - shift)))
		if dst != nil {
			dst[i] = e
		}
		sum += e
	}
	return sum
}

func logGeneric[T core.Float](dst, x []T) {
	for i, v := range x {
		dst[i] = T(log(float64(v)))
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

package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// labelled returns n points and labels of c classes that depend on them, all of which occur.
func labelled(n, d, c int, seed uint64) (core.Matrix[float64], []int) {
	x, r := cloud(n, d, seed), rng.New(seed, 7)
	labels := make([]int, n)
	for i := range labels {
		v := x.Row(i)[0] + 0.5*math.Sin(3*x.Row(i)[d-1]) + 0.4*r.NormFloat64()
		labels[i] = min(max(int(math.Floor((v+1.5)/3*float64(c))), 0), c-1)
		if i < c {
			labels[i] = i
		}
	}
	return x, labels
}

func latentFunctions(c int) int {
	if c == 2 {
		return 1
	}
	return c
}

var classKernel = Add(Multiply(Constant{Value: 3}, Matern{Nu: 2.5, LengthScale: []float64{0.8, 1.2}}), White{Noise: 0.2})

func evidenceOf(t *testing.T, x core.Matrix[float64], labels []int, c int, k Kernel, threads int) *exactEvidence {
	op, err := NewOperator(x, k, nil, &OperatorOptions{Precision: Float64, Threads: threads})
	require.NoError(t, err)
	return newExactEvidence(op, classes{labels, latentFunctions(c)}, 1e-9, 100, threads)
}

func TestModeAgainstReference(t *testing.T) {
	for _, c := range []int{2, 3, 4} {
		x, labels := labelled(24, 2, c, uint64(c))
		e := evidenceOf(t, x, labels, c, classKernel, 1)
		value, err := e.evaluate(context.Background(), Theta(classKernel), nil)
		require.NoError(t, err)
		dense := make([][]float64, x.Rows)
		for i := range dense {
			dense[i] = e.k.k[i*x.Rows : (i+1)*x.Rows]
		}
		mode, want := ref.Laplace(dense, labels, latentFunctions(c))
		require.InDelta(t, want, value, 1e-9)
		require.InDeltaSlice(t, mode, e.mode.f.Data, 1e-7)
		require.True(t, e.mode.converged)
	}
}

func TestEvidenceGradient(t *testing.T) {
	for _, c := range []int{2, 3, 5} {
		x, labels := labelled(70, 2, c, uint64(c))
		e := evidenceOf(t, x, labels, c, classKernel, 2)
		theta := Theta(classKernel)
		grad := make([]float64, len(theta))
		_, err := e.evaluate(context.Background(), theta, grad)
		require.NoError(t, err)
		for p := range theta {
			const step = 1e-4
			value := func(by float64) float64 {
				moved := append([]float64(nil), theta...)
				moved[p] += by
				v, err := e.evaluate(nil, moved, nil)
				require.NoError(t, err)
				return v
			}
			require.InDelta(t, (value(step)-value(-step))/(2*step), grad[p], 1e-6*(1+math.Abs(grad[p])), "%d classes, parameter %d", c, p)
		}
	}
}

// The matrix of Newton's systems, from its products, its columns and its diagonal, is I + V^T K V.
func TestCurvedSystem(t *testing.T) {
	for _, c := range []int{2, 3} {
		x, labels := labelled(20, 2, c, 3)
		op, err := NewOperator(x, classKernel, nil, &OperatorOptions{Precision: Float64})
		require.NoError(t, err)
		y := classes{labels, latentFunctions(c)}
		f, pi, root := cloud(20, y.c, 9), core.NewMatrix[float64](20, y.c), core.NewMatrix[float64](20, y.c)
		y.curvature(pi, root, f)
		s := newCurved(op, y.c)
		s.root = root
		size := s.Size()
		unit, image := core.NewMatrix[float64](size, size), core.NewMatrix[float64](size, size)
		ids := make([]int, size)
		for i := range size {
			unit.Row(i)[i], ids[i] = 1, i
		}
		require.NoError(t, s.Mul(nil, image, unit))
		columns, diagonal := core.NewMatrix[float32](size, size), make([]float64, size)
		require.NoError(t, s.Columns(nil, columns, ids))
		require.NoError(t, s.Diagonal(nil, diagonal))
		k := make([]float64, 20*20)
		require.NoError(t, fillMatrix(nil, k, op))
		for i := range size {
			for j := range size {
				want := 0.0
				v := func(at, r, q int) float64 { // element (r, q) of V of a point
					if y.c == 1 {
						return root.Row(at)[0]
					}
					s := root.Row(at)
					if r == q {
						return s[r] * (1 - s[r]*s[q])
					}
					return -s[r] * s[r] * s[q]
				}
				for r := range y.c {
					want += v(i/y.c, r, i%y.c) * k[i/y.c*20+j/y.c] * v(j/y.c, r, j%y.c)
				}
				require.InDelta(t, want, columns.Row(j)[i], 1e-5)
				if i == j {
					require.InDelta(t, want, diagonal[i], 1e-12)
					want++
				}
				require.InDelta(t, want, image.Row(i)[j], 1e-12)
			}
		}
	}
}

func TestLogisticNormal(t *testing.T) {
	for _, mean := range []float64{-8, -1.3, 0, 0.2, 4} {
		for _, variance := range []float64{0, 1e-3, 0.7, 25} {
			want, weight := 0.0, 0.0
			for z := -8.0; z <= 8; z += 1.0 / 64 {
				w := math.Exp(-z * z / 2)
				want += w / (1 + math.Exp(-mean-z*math.Sqrt(variance)))
				weight += w
			}
			require.InDelta(t, want/weight, logisticNormal(mean, variance), 5e-4, "mean %v, variance %v", mean, variance)
		}
	}
}

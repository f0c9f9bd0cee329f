package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// onEveryPath runs the test for both precisions on every level of kernels this machine has.
func onEveryPath(t *testing.T, f32, f64 func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(fmt.Sprint(level, "/float32"), func(t *testing.T) { defer cpu.Force(level)(); f32(t) })
		t.Run(fmt.Sprint(level, "/float64"), func(t *testing.T) { defer cpu.Force(level)(); f64(t) })
	}
}

func normals[T core.Float](n int, path ...uint64) []T {
	r := rng.New(7, path...)
	out := make([]T, n)
	for i := range out {
		out[i] = T(r.NormFloat64())
	}
	return out
}

// near requires |a - b| <= tol * (1 + |b|) elementwise with the tolerance scaled to the precision.
func near[T core.Float](t *testing.T, want, got []T, scale float64) {
	t.Helper()
	eps := 2.2e-16
	if Lanes[T]() == 16 {
		eps = 1.2e-7
	}
	require.Len(t, got, len(want))
	for i := range want {
		if d := math.Abs(float64(want[i] - got[i])); !(d <= eps*scale*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("element %d: want %v, got %v", i, want[i], got[i])
		}
	}
}

func TestPackingOnEveryPath(t *testing.T) {
	onEveryPath(t, packing[float32], packing[float64])
}

func packing[T core.Float](t *testing.T) {
	lanes := Lanes[T]()
	for _, d := range []int{1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 100} {
		dp := Pad[T](d)
		x, shift, scale := normals[T](lanes*d, 1), normals[T](d, 2), normals[T](d, 3)
		rows := make([]T, lanes*dp)
		from := make([]*T, lanes)
		for l := range from {
			from[l] = &x[l*d]
		}
		Prefetch(from, d)
		together := make([]T, lanes*dp)
		Gather(together, dp, from, shift, scale)
		for l := range lanes {
			Standardize(rows[l*dp:(l+1)*dp], x[l*d:(l+1)*d], shift, scale)
			require.Equal(t, rows[l*dp:(l+1)*dp], together[l*dp:(l+1)*dp])
			for j := range d {
				require.Equal(t, (x[l*d+j]-shift[j])*scale[j], rows[l*dp+j])
			}
			for j := d; j < dp; j++ {
				require.Zero(t, rows[l*dp+j])
			}
		}
		got, want := make([]T, lanes*dp), make([]T, lanes*dp)
		Transpose(got, rows, dp)
		transposeGeneric(want, rows, dp)
		require.Equal(t, want, got)
	}
}

func TestEvaluateOnEveryPath(t *testing.T) {
	onEveryPath(t, evaluates[float32], evaluates[float64])
}

// components returns n components of d features and h factors.
func components[T core.Float](n, d, h int) []T {
	params := normals[T](n*Stride(d, h), uint64(d), uint64(h))
	for c := range n {
		own := params[c*Stride(d, h):]
		for at := d * Row; at < Groups(h)*d*Row; at += Row {
			own[at], own[at+1] = own[at-d*Row], 0
		}
	}
	return params
}

func evaluates[T core.Float](t *testing.T) {
	lanes := Lanes[T]()
	for _, d := range []int{1, 2, 5, 16, 33} {
		for _, h := range []int{0, 1, 4, 5, 6, 12} {
			params := components[T](6, d, h)
			c0 := normals[T](6, 5)
			x := normals[T](d*lanes, 6)
			for _, ids := range [][]uint32{{3}, {5, 0}, {1, 1, 4}, {0, 1, 2, 3, 4, 5, 2}} {
				got, want := make([]T, len(ids)*lanes), make([]T, len(ids)*lanes)
				Evaluate(got, x, d, h, params, c0, ids)
				evaluateGeneric(want, nil, x, d, Groups(h), params, c0, ids)
				near(t, want, got, float64(10*d*d))
			}
			if h > 0 {
				got, want := make([]T, Groups(h)*Width*lanes), make([]T, Groups(h)*Width*lanes)
				Project(got, x, d, h, params[Stride(d, h):])
				projectGeneric(want, x, d, Groups(h), params[Stride(d, h):])
				near(t, want, got, float64(10*d))

				unit, q := normals[T](d, 7), normals[T](lanes, 8)
				sum := normals[T](d*lanes, 9)
				wantSum := append([]T(nil), sum...)
				AddGradient(sum, x, d, h, params, got, unit, q)
				for g := range Groups(h) {
					addGradientGeneric(wantSum, x, d, params[g*d*Row:], got[g*Width*lanes:], unit, q)
				}
				near(t, wantSum, sum, float64(100*d))

				for n := 1; n <= 3; n++ { // the first of several components
					first, l := make([]T, len(want)), make([]T, n*lanes)
					EvaluateProject(l, first, x, d, h, params, c0, []uint32{1, 4, 2}[:n])
					near(t, want, first, float64(10*d))
					plain := make([]T, n*lanes)
					Evaluate(plain, x, d, h, params, c0, []uint32{1, 4, 2}[:n])
					require.Equal(t, plain, l)
				}
			}
		}
	}
}

// A point's density must not depend on the other points of its panel or on the other components of the call.
func TestLanesAreIndependent(t *testing.T) {
	onEveryPath(t, independent[float32], independent[float64])
}

func independent[T core.Float](t *testing.T) {
	lanes, d, h := Lanes[T](), 11, 5
	params, c0, x := normals[T](3*Stride(d, h), 1), normals[T](3, 2), normals[T](d*lanes, 3)
	all := make([]T, 3*lanes)
	Evaluate(all, x, d, h, params, c0, []uint32{0, 1, 2})
	same := make([]T, d*lanes)
	for l := range lanes {
		for j := range d {
			for k := range lanes {
				same[j*lanes+k] = x[j*lanes+l]
			}
		}
		one := make([]T, lanes)
		Evaluate(one, same, d, h, params, c0, []uint32{1})
		for k := range lanes {
			require.Equal(t, all[lanes+l], one[k])
		}
	}
}

func TestAccumulateOnEveryPath(t *testing.T) {
	onEveryPath(t, accumulates[float32], accumulates[float64])
}

func accumulates[T core.Float](t *testing.T) {
	for _, d := range []int{1, 16, 17, 40} {
		for _, n := range []int{1, 2, 8} {
			dp := Pad[T](d)
			rows, mu, coef := normals[T](n*dp, 1), normals[T](dp, 2), normals[T](Coefs*Lanes[T](), 3)
			got := normals[T](Moments*dp, 4)
			want := append([]T(nil), got...)
			Accumulate(got, rows, n, dp, mu, coef)
			accumulateGeneric(want, rows, n, dp, mu, coef)
			near(t, want, got, float64(20*n))
		}
	}
}

func TestWeighOnEveryPath(t *testing.T) {
	onEveryPath(t, weighs[float32], weighs[float64])
}

func weighs[T core.Float](t *testing.T) {
	lanes := Lanes[T]()
	v, a := normals[T](3*Width*lanes, 1), normals[T](lanes, 2)
	for groups := range 4 {
		got, want := make([]T, 3*Coefs*lanes), make([]T, 3*Coefs*lanes)
		Weigh(got, v, a, groups)
		weighGeneric(want, v, a, groups)
		require.Equal(t, want, got)
	}
}

// The leaders are the first entries of a stable sort, whatever the kernel, also among equal values and beside NaN.
func TestLeadersAreTheFirstOfAStableSort(t *testing.T) {
	onEveryPath(t, leads[float32], leads[float64])
}

func leads[T core.Float](t *testing.T) {
	lanes, n, base := Lanes[T](), 25, uint32(7)
	l := normals[T](n*lanes, 1)
	for i := range l {
		l[i] = T(math.Round(2*float64(l[i]))) / 2 // many ties
	}
	l[3*lanes+1], l[0], l[lanes] = T(math.NaN()), T(math.NaN()), T(math.Inf(-1))
	for keep := 1; keep <= 6; keep++ {
		value, index := make([]T, keep*lanes), make([]uint32, keep*lanes)
		for i := range value {
			value[i] = T(math.Inf(-1))
		}
		Lead(value, index, keep, l, 0, base)
		Lead(value, index, keep, l, 10, base) // in two goes
		Lead(value, index, keep, l[10*lanes:], n-10, base+10)
		for lane := range lanes {
			var order []int
			for i := range n {
				if l[i*lanes+lane] > T(math.Inf(-1)) {
					order = append(order, i)
				}
			}
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l[b*lanes+lane], l[a*lanes+lane]) })
			for r := range keep {
				require.Equal(t, base+uint32(order[r]), index[r*lanes+lane], "keep %d, lane %d, rank %d", keep, lane, r)
				require.Equal(t, l[order[r]*lanes+lane], value[r*lanes+lane])
			}
		}
	}
}

// column returns the entries of one lane.
func column[T core.Float](l []T, lane int) (out []T) {
	for at := lane; at < len(l); at += Lanes[T]() {
		out = append(out, l[at])
	}
	return out
}

func TestSharesOnEveryPath(t *testing.T) {
	onEveryPath(t, divides[float32], divides[float64])
}

func divides[T core.Float](t *testing.T) {
	lanes, eps := Lanes[T](), T(1e-3)
	for keep := 1; keep <= 5; keep++ {
		for _, with := range []bool{false, true} {
			q, index := normals[T](keep*lanes, 1), make([]uint32, keep*lanes)
			for i := range q {
				q[i] = T(math.Exp(-8 * math.Abs(float64(q[i]))))
				index[i] = uint32((i/lanes + i) % keep)
			}
			q[lanes-1] = T(math.NaN())
			want := append([]T(nil), q...)
			var own, wantOwn []T
			if with {
				own, wantOwn = normals[T](lanes, 2), normals[T](lanes, 3)
			}
			norm, wantNorm := make([]T, lanes), normals[T](lanes, 4)
			others := Shares(q, own, index, keep, norm, eps)
			require.Equal(t, sharesGeneric(want, wantOwn, index, keep, wantNorm, eps), others)
			near(t, want, q, 1)
			near(t, wantOwn, own, 1)
			near(t, wantNorm[:lanes-1], norm[:lanes-1], 1)
			for lane := range lanes {
				require.Equal(t, slices.Max(column(q, lane)) > 0, others>>lane&1 == 1)
			}
			sum := T(0)
			for r := range keep {
				sum += max(q[r*lanes], -q[r*lanes])
				require.Equal(t, with && index[r*lanes] == 0 && q[r*lanes] != 0, q[r*lanes] < 0)
			}
			require.InDelta(t, 1, float64(sum), 5e-3)
		}
	}
}

func TestScansOnEveryPath(t *testing.T) {
	onEveryPath(t, scans[float32], scans[float64])
}

func scans[T core.Float](t *testing.T) {
	lanes := Lanes[T]()
	n := 9
	l, threshold := normals[T](n*lanes, 1), normals[T](lanes, 2)
	for k := range threshold {
		threshold[k] += 2
	}
	l[2*lanes] = T(math.NaN())
	l[3*lanes+1] = T(math.Inf(1))
	threshold[lanes-1] = T(math.Inf(-1))
	for from := 0; from <= n; from++ {
		wi, wm := nextAboveGeneric(l, from, n, threshold)
		gi, gm := NextAbove(l, from, n, threshold)
		require.Equal(t, wi, gi)
		require.Equal(t, wm, gm)
	}
	for k := range threshold {
		threshold[k] = T(math.Inf(1))
	}
	i, m := NextAbove(l, 0, n, threshold)
	require.Equal(t, n, i)
	require.Zero(t, m)

	base := normals[T](lanes, 3)
	for _, mask := range []uint32{0, 1, 0x5a, 1<<lanes - 1} {
		got, want := make([]T, n), make([]T, n)
		l[2*lanes], l[3*lanes+1] = 0, 0
		l[lanes] = T(math.Inf(-1)) // a lane left out must not spoil the sum
		DiffSums(got, l, n, base, mask)
		diffSumsGeneric(want, l, n, base, mask)
		if mask&1 != 0 {
			require.True(t, math.IsInf(float64(got[1]), 1))
			got[1], want[1] = 0, 0
		}
		near(t, want, got, 100)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, d := range []int{32, 64, 784} {
		b.Run(fmt.Sprint("float32/", d), func(b *testing.B) { benchEvaluate[float32](b, d, 5) })
		b.Run(fmt.Sprint("float64/", d), func(b *testing.B) { benchEvaluate[float64](b, d, 5) })
		b.Run(fmt.Sprint("diagonal float32/", d), func(b *testing.B) { benchEvaluate[float32](b, d, 0) })
	}
}

func benchEvaluate[T core.Float](b *testing.B, d, h int) {
	lanes, n := Lanes[T](), 30
	params, c0, x := normals[T](n*Stride(d, h), 1), normals[T](n, 2), normals[T](d*lanes, 3)
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = uint32(i)
	}
	l := make([]T, n*lanes)
	for b.Loop() {
		Evaluate(l, x, d, h, params, c0, ids)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n*lanes), "ns/evaluation")
}

func BenchmarkMoments(b *testing.B) {
	lanes, d, h := 16, 64, 5
	rows, mu, coef := normals[float32](lanes*d, 1), normals[float32](d, 2), normals[float32](lanes*Coefs, 3)
	acc, panel := make([]float32, Moments*d), make([]float32, lanes*d)
	comp, v := normals[float32](Stride(d, h), 4), make([]float32, Width*lanes)
	b.Run("accumulate", func(b *testing.B) {
		for b.Loop() {
			Accumulate(acc, rows, lanes, d, mu, coef)
		}
	})
	b.Run("transpose", func(b *testing.B) {
		for b.Loop() {
			Transpose(panel, rows, d)
		}
	})
	b.Run("project", func(b *testing.B) {
		for b.Loop() {
			Project(v, panel, d, h, comp)
		}
	})
}

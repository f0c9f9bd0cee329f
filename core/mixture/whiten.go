package mixture

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	whitenStarts = 5     // starts of k-means in each space
	whitenFloor  = 1e-10 // directions of less than this fraction of the largest variance are left out
)

// sharedSpread is the starting covariance of components that share one, in standardised units.
type sharedSpread struct{ lambda, noise []float64 } // D x H, D

// clusterWhitened finds clusters that share one covariance, which may hide them from k-means: a random subsample is
// whitened, clustered in all directions and in the 1, 2, 4, ... at most C - 1 along which its fourth moments are furthest from
// a Gaussian's, and the clustering of higher likelihood under one covariance, the smaller log |W| / 2 - sum_c w_c log w_c
// with W the covariance within clusters, wins. The result does not change under affine maps of the data. W also gives all
// components their first covariance. O(S D^2 + D^3) for S rows (Davis, Diaz and Wang, arXiv:2110.01602).
func (f *fit[T]) clusterWhitened(ctx context.Context, l *lloyd[T], seed uint64) error {
	D, C := f.k.D, l.p.C
	if err := memory.Check("mixture", fmt.Sprintf("init_params whitened for %d features", D), 16*float64(D)*float64(D),
		"use another of init_params"); err != nil {
		return err
	}
	dp := panel.Pad[T](D)
	sample := sampleRows(f.d.n, max(seedSample, seedPerCluster*C), seed)
	x, row := core.NewMatrix[float64](len(sample), D), make([]T, dp)
	for i, point := range sample {
		f.d.gather(row, dp, []uint32{point})
		for d, v := range row[:D] {
			x.Row(i)[d] = float64(v)
		}
	}
	center := center(x)
	maps, y, err := whiten(ctx, x, f.o.Threads)
	if err != nil {
		return err
	}
	spaces := []whiteSpace{{rows: y}}
	for q := 1; q < min(C, y.Cols); q *= 2 {
		directions, u, err := kurtic(ctx, y, q, f.o.Threads)
		if err != nil {
			return err
		}
		spaces = append(spaces, whiteSpace{u, directions})
	}
	var labels []int64
	var project []float64 // D x width
	var centers []float64
	best := math.Inf(1)
	for _, space := range spaces {
		km, err := FitKMeans(ctx, space.rows, &KMeansOptions{Clusters: C, NInit: whitenStarts, Seed: seed, Threads: f.o.Threads})
		if err != nil {
			return err
		}
		if j, err := sharedCost(ctx, y, km.Labels, C, f.o.Threads); err != nil {
			return err
		} else if j < best {
			best, labels, centers, project = j, km.Labels, km.Centers, maps
			if space.directions != nil {
				project = product(maps, space.directions, D, y.Cols, space.rows.Cols)
			}
		}
	}
	if err := f.assignProjected(ctx, l, center, project, centers); err != nil {
		return err
	}
	if f.shared, err = f.sharedStart(ctx, x, labels, C); err != nil {
		return err
	}
	_, err = l.update(ctx)
	return err
}

// whiteSpace holds white rows along some directions (r x q), nil for all.
type whiteSpace struct {
	rows       core.Matrix[float64]
	directions []float64
}

// center subtracts the mean of the rows of x from them and returns it.
func center(x core.Matrix[float64]) []float64 {
	mean := make([]float64, x.Cols)
	for i := range x.Rows {
		for d, v := range x.Row(i) {
			mean[d] += v / float64(x.Rows)
		}
	}
	for i := range x.Rows {
		row := x.Row(i)
		for d := range row {
			row[d] -= mean[d]
		}
	}
	return mean
}

// covariance returns the mean of x x^T over the rows.
func covariance(ctx context.Context, x core.Matrix[float64], threads int) ([]float64, error) {
	g := make([]float64, x.Cols*x.Cols)
	if err := dense.Gram(ctx, threads, x, g); err != nil {
		return nil, err
	}
	for i := range g {
		g[i] /= float64(x.Rows)
	}
	return g, nil
}

// principal returns the eigenvectors (columns) and the eigenvalues of the mean of x x^T over the rows, the largest first.
func principal(ctx context.Context, x core.Matrix[float64], threads int) (vectors, values []float64, err error) {
	if vectors, err = covariance(ctx, x, threads); err != nil {
		return nil, nil, err
	}
	values = make([]float64, x.Cols)
	return vectors, values, dense.EigenSym(ctx, vectors, x.Cols, values)
}

// whiten returns a D x r map to directions of variance 1, and the centred rows of x under it.
func whiten(ctx context.Context, x core.Matrix[float64], threads int) (maps []float64, y core.Matrix[float64], err error) {
	D := x.Cols
	vectors, w, err := principal(ctx, x, threads)
	if err != nil {
		return nil, y, err
	}
	r := 1
	for r < D && w[r] > whitenFloor*w[0] {
		r++
	}
	maps = make([]float64, D*r)
	for d := range D {
		for j := range r {
			maps[d*r+j] = vectors[d*D+j] / math.Sqrt(max(w[j], math.SmallestNonzeroFloat32))
		}
	}
	y = core.NewMatrix[float64](x.Rows, r)
	return maps, y, dense.MulRight(ctx, threads, y, x, maps, D, r)
}

// kurtic returns the q directions (r x q) of white rows y along which the eigenvalues of mean |y|^2 y y^T are furthest
// from the r + 2 of a Gaussian, and the rows along them.
func kurtic(ctx context.Context, y core.Matrix[float64], q, threads int) (directions []float64, u core.Matrix[float64], err error) {
	r := y.Cols
	long := core.NewMatrix[float64](y.Rows, r)
	for i := range y.Rows {
		length := 0.0
		for _, v := range y.Row(i) {
			length += v * v
		}
		for d, v := range y.Row(i) {
			long.Row(i)[d] = math.Sqrt(length) * v
		}
	}
	vectors, w, err := principal(ctx, long, threads)
	if err != nil {
		return nil, u, err
	}
	order := make([]int, r)
	for j := range order {
		order[j] = j
	}
	off := func(j int) float64 { return -math.Abs(w[j] - float64(r+2)) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(off(a), off(b)) })
	directions = make([]float64, r*q)
	for d := range r {
		for j, from := range order[:q] {
			directions[d*q+j] = vectors[d*r+from]
		}
	}
	u = core.NewMatrix[float64](y.Rows, q)
	return directions, u, dense.MulRight(ctx, threads, u, y, directions, r, q)
}

// within returns the rows of x minus the means of their clusters, and the shares of the clusters.
func within(x core.Matrix[float64], labels []int64, clusters int) (core.Matrix[float64], []float64) {
	share, mean := make([]float64, clusters), make([]float64, clusters*x.Cols)
	for i, c := range labels {
		share[c] += 1 / float64(x.Rows)
		addTo(mean[int(c)*x.Cols:(int(c)+1)*x.Cols], x.Row(i))
	}
	off := core.NewMatrix[float64](x.Rows, x.Cols)
	for i, c := range labels {
		for d, v := range x.Row(i) {
			off.Row(i)[d] = v - mean[int(c)*x.Cols+d]/(share[c]*float64(x.Rows))
		}
	}
	return off, share
}

// sharedCost returns log |W| / 2 - sum_c w_c log w_c of a clustering.
func sharedCost(ctx context.Context, y core.Matrix[float64], labels []int64, clusters, threads int) (float64, error) {
	off, share := within(y, labels, clusters)
	_, values, err := principal(ctx, off, threads)
	if err != nil {
		return 0, err
	}
	cost := 0.0
	for _, v := range values {
		cost += math.Log(max(v, whitenFloor)) / 2
	}
	for _, v := range share {
		if v > 0 {
			cost -= v * math.Log(v)
		}
	}
	return cost, nil
}

// product returns a b for a (m x k) and b (k x n).
func product(a, b []float64, m, k, n int) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for j := range k {
			for l := range n {
				out[i*n+l] += a[i*k+j] * b[j*n+l]
			}
		}
	}
	return out
}

// assignProjected labels every point by the nearest of centers (C x q) of (x - mean) project (D x q).
func (f *fit[T]) assignProjected(ctx context.Context, l *lloyd[T], mean, project, centers []float64) error {
	D, dp := f.k.D, panel.Pad[T](f.k.D)
	q := len(project) / D
	return par.For(ctx, f.o.Threads, par.Tiles(f.d.n, lloydTile), func(_, t int) {
		row, u := make([]T, dp), make([]float64, q)
		lo, hi := par.Span(t, f.d.n, lloydTile)
		for i := lo; i < hi; i++ {
			f.d.gather(row, dp, []uint32{uint32(i)})
			clear(u)
			for d, v := range row[:D] {
				for j, p := range project[d*q : (d+1)*q] {
					u[j] += (float64(v) - mean[d]) * p
				}
			}
			near := math.Inf(1)
			for c := range l.p.C {
				if e := distance(u, centers[c*q:(c+1)*q]); e < near {
					near, l.labels[i] = e, uint32(c)
				}
			}
			l.sqDist[i] = T(near)
		}
	})
}

// sharedStart returns loadings along the leading directions of the covariance within the clusters, and what is left as noise.
func (f *fit[T]) sharedStart(ctx context.Context, x core.Matrix[float64], labels []int64, clusters int) (*sharedSpread, error) {
	D, H := f.k.D, f.k.H
	off, _ := within(x, labels, clusters)
	w, err := covariance(ctx, off, f.o.Threads)
	if err != nil {
		return nil, err
	}
	s := &sharedSpread{lambda: make([]float64, D*H), noise: make([]float64, D)}
	for d := range D {
		s.noise[d] = w[d*D+d]
	}
	values := make([]float64, D)
	if err := dense.EigenSym(ctx, w, D, values); err != nil {
		return nil, err
	}
	rest := 0.0
	for _, v := range values[H:] {
		rest += v / float64(D-H)
	}
	for d := range D {
		for h := range H {
			v := w[d*D+h] * math.Sqrt(max(0, values[h]-rest))
			s.lambda[d*H+h] = v
			s.noise[d] -= v * v
		}
		s.noise[d] = max(s.noise[d], f.o.RegCovar)
	}
	return s, nil
}

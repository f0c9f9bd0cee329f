package mixture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// hidden draws n rows of clusters that lie side by side along one direction, flat beside the spread in the others; a random
// map mixes the features. It returns the cluster of each row.
func hidden(seed uint64, n, d, clusters int) (core.Matrix[float64], []int64) {
	r := rng.New(seed)
	mixing := make([]float64, d*d)
	for i := range mixing {
		mixing[i] = r.NormFloat64()
	}
	x, of := core.NewMatrix[float64](n, d), make([]int64, n)
	z := make([]float64, d)
	for i := range n {
		of[i] = int64(r.IntN(clusters))
		for j := range z {
			z[j] = 20 * r.NormFloat64()
		}
		z[0] = 6*float64(of[i]) + r.NormFloat64()
		for a := range d {
			for b, v := range z {
				x.Row(i)[a] += mixing[a*d+b] * v
			}
		}
	}
	return x, of
}

// agreement returns the share of pairs of rows on which two labellings agree.
func agreement(a, b []int64) float64 {
	same, all := 0, 0
	for i := range a {
		for j := range i {
			all++
			if (a[i] == a[j]) == (b[i] == b[j]) {
				same++
			}
		}
	}
	return float64(same) / float64(all)
}

func TestWhiteningFindsClustersHiddenByTheirCovariance(t *testing.T) {
	const D, N = 6, 1200
	for _, clusters := range []int{2, 3} {
		x, of := hidden(uint64(clusters), N, D, clusters)
		o := Options{Components: clusters, Factors: D - 1, InitParams: "whitened", MaxIter: 20}
		whitened := mustFit(t, x, &o)
		require.Greater(t, agreement(of, labels(t, whitened, x)), 0.97, "%d clusters", clusters)
		single := core.NewMatrix[float32](N, D)
		for i, v := range x.Data {
			single.Data[i] = float32(v)
		}
		require.Greater(t, agreement(of, labels(t, mustFit(t, single, &o), single)), 0.97)
		o.InitParams = "kmeans"
		require.Less(t, agreement(of, labels(t, mustFit(t, x, &o), x)), 0.8)
		km, err := FitKMeans(background, x, &KMeansOptions{Clusters: clusters, NInit: 3})
		require.NoError(t, err)
		require.Less(t, agreement(of, km.Labels), 0.65)
	}
}

func TestWhiteningOfDegenerateData(t *testing.T) {
	for _, columns := range []int{1, 3} {
		x := core.NewMatrix[float64](40, columns) // constant but for the first column
		for i := range x.Rows {
			x.Row(i)[0] = float64(i % 2)
		}
		m := mustFit(t, x, &Options{Components: 2, CovarianceType: Diag, InitParams: "whitened"})
		require.InDelta(t, 0, math.Min(m.Means[0], m.Means[columns]), 1e-6)
		require.InDelta(t, 1, math.Max(m.Means[0], m.Means[columns]), 1e-6)
	}
}

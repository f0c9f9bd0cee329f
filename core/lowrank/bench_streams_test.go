package lowrank

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkStreams times sketches and what grows with the rows of a matrix, on one thread, per 20000 rows.
func BenchmarkStreams(b *testing.B) {
	ctx := context.Background()
	const m, n = 20_000, 1000
	x := normals[float64](rand.New(rand.NewPCG(1, 1)), m, n, 0)
	a, err := NewDense(x, 1)
	require.NoError(b, err)
	for _, kind := range sketchKinds {
		b.Run("Sketch/20000x1000/d=200/"+kind, func(b *testing.B) {
			for b.Loop() {
				_, err := Sketch(ctx, a, &SketchOptions{Kind: kind, Size: 200, Threads: 1})
				require.NoError(b, err)
			}
		})
	}
	o := &StreamOptions{Rank: 20, Threads: 1}
	y := core.NewMatrix[float64](m, 81)
	state := func() *StreamState {
		s, err := NewStreamState(n, o)
		require.NoError(b, err)
		require.NoError(b, StreamUpdate(ctx, s, 0, a, y, 1))
		return s
	}
	b.Run("StreamUpdate/20000x1000/r=20", func(b *testing.B) {
		for b.Loop() {
			state()
		}
	})
	s := state()
	b.Run("StreamSVD/20000x1000/r=20", func(b *testing.B) {
		for b.Loop() {
			_, err := StreamSVD(ctx, s, y, o)
			require.NoError(b, err)
		}
	})
	for name, o := range map[string]*PCAOptions{"covariances": {Rank: 20}, "sketch": {Rank: 20, Size: 60}} {
		b.Run("PCAUpdate/20000x1000/"+name, func(b *testing.B) {
			for b.Loop() {
				s, err := NewPCAState(n, o)
				require.NoError(b, err)
				require.NoError(b, PCAUpdate(ctx, s, x, nil, 1))
			}
		})
	}
	k, err := NewRBFKernel(columns(x, 0, 10), 0.05, 1)
	require.NoError(b, err)
	b.Run("RPCholesky/points/n=20000/d=10/k=500", func(b *testing.B) {
		for b.Loop() {
			_, err := RPCholesky(ctx, k, &Options{Rank: 500, Threads: 1})
			require.NoError(b, err)
		}
	})
}

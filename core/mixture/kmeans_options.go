package mixture

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// KMeansOptions of [FitKMeans]. The zero value means the defaults.
type KMeansOptions struct {
	Clusters int     `json:"n_clusters" default:"8" doc:"number of clusters C"`
	Init     string  `json:"init" default:"k-means++" doc:"k-means++ (greedy, on a subsample of large data) or random (distinct rows)"`
	NInit    int     `json:"n_init" default:"1" doc:"starts; the one with the lowest inertia is kept"`
	MaxIter  int     `json:"max_iter" default:"300" doc:"most Lloyd iterations"`
	Tol      float64 `json:"tol" default:"1e-4" doc:"stop when the squared moves of all centres sum to at most this fraction of the mean feature variance; negative: only when no label changes"`
	Seed     uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	Threads      int                 `json:"-"` // as in Options
	SampleWeight []float64           `json:"-"` // as in Options
	Start        []float64           `json:"-"` // initial centres, C x D, instead of Init
	Progress     func(core.Progress) `json:"-"` // as in Options
}

// KMeans is a fitted quantizer.
type KMeans struct {
	Clusters, Features int
	Centers            []float64 // Clusters x Features
	Labels             []int64   // nearest centre of each training row
	Inertia            float64   // weighted sum of squared distances to the nearest centre
	Iterations         int
	Converged          bool
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *KMeansOptions) Validate() error {
	v := o.withDefaults()
	if err := oneOf("init", v.Init, "k-means++", "random"); err != nil {
		return err
	}
	switch {
	case v.Clusters < 1 || v.Clusters > 1<<30:
		return fmt.Errorf("mixture: %w: n_clusters must be in [1, 2^30], got %d", core.ErrOption, v.Clusters)
	case v.NInit < 1:
		return fmt.Errorf("mixture: %w: n_init must be at least 1, got %d", core.ErrOption, v.NInit)
	case v.MaxIter < 1:
		return fmt.Errorf("mixture: %w: max_iter must be at least 1, got %d", core.ErrOption, v.MaxIter)
	case v.Tol != v.Tol:
		return fmt.Errorf("mixture: %w: tol must be a number, got NaN", core.ErrOption)
	}
	return nil
}

func (o *KMeansOptions) withDefaults() KMeansOptions {
	var v KMeansOptions
	if o != nil {
		v = *o
	}
	def(&v.Clusters, 8)
	def(&v.Init, "k-means++")
	def(&v.NInit, 1)
	def(&v.MaxIter, 300)
	def(&v.Tol, 1e-4)
	return v
}

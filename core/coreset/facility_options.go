package coreset

import (
	"cmp"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Engines of [SelectFacilities].
const (
	Auto        = "auto"        // the first of decremental, neighbors and partitioned that fits time and memory
	Lazy        = "lazy"        // exact greedy: stale gains are evaluated again over all clients
	Decremental = "decremental" // exact greedy: gains are kept up to date by the clients whose cover changed
	Stochastic  = "stochastic"  // the best of a random sample of n/k log(1/epsilon) candidates each time
	Threshold   = "threshold"   // any candidate above a threshold that falls by the factor 1 - epsilon
	Neighbors   = "neighbors"   // greedy on a graph of nearest neighbours
	Partitioned = "partitioned" // greedy within random parts, then among what these selected, scored on all clients
	Streaming   = "streaming"   // block after block of rows, of which weighted representatives are kept
)

// Metrics: how far row i is from row j.
const (
	Euclidean   = "euclidean"   // |x_i - x_j|
	SqEuclidean = "sqeuclidean" // |x_i - x_j|^2
	Cosine      = "cosine"      // 1 - x_i . x_j / (|x_i| |x_j|); a row of zeros is at distance 1 from all others
	RBF         = "rbf"         // 1 - exp(-gamma |x_i - x_j|^2)
	Dot         = "dot"         // what x_i . x_j lacks of the largest squared norm; a product that is not above 0 serves nobody
)

// FacilityOptions of [SelectFacilities]. The zero value means the defaults, but for Budget, CoverLoss or CostLimit, one of which
// must be set. Fields with a json name travel across the C ABI as JSON text and are listed by lithe_describe.
type FacilityOptions struct {
	Budget      int     `json:"n_samples" default:"0" doc:"rows to select; 0: as many as cover_loss takes"`
	CoverLoss   float64 `json:"cover_loss" default:"0" doc:"select until the loss is at most this; 0: until n_samples are selected"`
	CostLimit   float64 `json:"cost_limit" default:"0" doc:"costs of the selected rows together, where rows have costs; 0: no limit"`
	Engine      string  `json:"engine" default:"auto" doc:"auto, lazy, decremental, stochastic, threshold, neighbors, partitioned or streaming"`
	Metric      string  `json:"metric" default:"euclidean" doc:"of rows: euclidean, sqeuclidean, cosine, rbf or dot"`
	Gamma       float64 `json:"gamma" default:"0" doc:"of the metric rbf; 0: one over the number of features and their mean variance"`
	Neighbors   int     `json:"n_neighbors" default:"0" doc:"neighbours of a row in the graph of engine neighbors; 0: 64, or 32 for more than 262,144 rows"`
	Partitions  int     `json:"n_partitions" default:"0" doc:"parts of engine partitioned; 0: one for every 10,000 rows, at least 2"`
	Epsilon     float64 `json:"epsilon" default:"0.01" doc:"of the engines stochastic and threshold"`
	MemoryLimit float64 `json:"memory_limit" default:"0" doc:"bytes that may be used besides the input; 0: 4 GiB"`
	Seed        uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// ClientWeights, if set, are the weights c_i, finite and not negative; nil: 1.
	ClientWeights []float64 `json:"-"`
	// Groups, if set, gives each row a group, 0 or more. Rows are selected from each in proportion to its size (largest
	// remainders, at least one where the budget allows) and serve clients of their own group only.
	Groups []int32 `json:"-"`
	// Initial rows are selected before any others, and counted in the budget.
	Initial []int `json:"-"`
	// Candidates, if set, are the only rows that may be selected. Duplicates count once.
	Candidates []int `json:"-"`
	// Costs, if set, are what selecting each row costs, positive; needs CostLimit. Rows are selected twice, by gain and by gain
	// per cost, and the better selection is returned: of what can be gained it gets at least the part (1 - 1/e)/2 (Leskovec et
	// al., KDD 2007). Only the exact engines do that, and not with Groups.
	Costs []float64 `json:"-"`
	// Progress, if set, is called between selections.
	Progress func(core.Progress) `json:"-"`
}

func (o *FacilityOptions) withDefaults() FacilityOptions {
	var v FacilityOptions
	if o != nil {
		v = *o
	}
	v.Engine, v.Metric = cmp.Or(v.Engine, Auto), cmp.Or(v.Metric, Euclidean)
	v.Epsilon, v.MemoryLimit = cmp.Or(v.Epsilon, 0.01), cmp.Or(v.MemoryLimit, 4<<30)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *FacilityOptions) Validate() error {
	v := o.withDefaults()
	for _, f := range []struct {
		name, value string
		known       []string
	}{
		{"engine", v.Engine, []string{Auto, Lazy, Decremental, Stochastic, Threshold, Neighbors, Partitioned, Streaming}},
		{"metric", v.Metric, []string{Euclidean, SqEuclidean, Cosine, RBF, Dot}},
	} {
		if !slices.Contains(f.known, f.value) {
			return errorf(core.ErrOption, "%s must be one of %v, got %q", f.name, f.known, f.value)
		}
	}
	switch {
	case v.Budget < 0:
		return tooFew(v.Budget)
	case !(v.CoverLoss >= 0) || math.IsInf(v.CoverLoss, 1):
		return errorf(core.ErrOption, "cover_loss must be a number of at least 0, got %v", v.CoverLoss)
	case !(v.CostLimit >= 0) || math.IsInf(v.CostLimit, 1):
		return errorf(core.ErrOption, "cost_limit must be a number of at least 0, got %v", v.CostLimit)
	case v.Budget == 0 && v.CoverLoss == 0 && v.CostLimit == 0:
		return errorf(core.ErrOption, "set n_samples, the number of rows to select, cover_loss, the loss to reach, or cost_limit")
	case !(v.Gamma >= 0) || math.IsInf(v.Gamma, 1):
		return errorf(core.ErrOption, "gamma must be a number of at least 0, got %v", v.Gamma)
	case v.Neighbors < 0 || v.Neighbors > 1<<16:
		return errorf(core.ErrOption, "n_neighbors must be in [0, 65536], got %d", v.Neighbors)
	case v.Partitions < 0:
		return errorf(core.ErrOption, "n_partitions must be at least 0, got %d", v.Partitions)
	case !(v.Epsilon > 0 && v.Epsilon < 1):
		return errorf(core.ErrOption, "epsilon must be between 0 and 1, got %v", v.Epsilon)
	case !(v.MemoryLimit > 0):
		return errorf(core.ErrOption, "memory_limit must be positive, got %v", v.MemoryLimit)
	}
	return nil
}

// check reports whether the arrays of the options do not fit n rows.
func (o *FacilityOptions) check(n int) error {
	switch {
	case o.ClientWeights != nil && len(o.ClientWeights) != n:
		return errorf(core.ErrShape, "%d client weights for %d rows", len(o.ClientWeights), n)
	case o.Groups != nil && len(o.Groups) != n:
		return errorf(core.ErrShape, "%d group labels for %d rows", len(o.Groups), n)
	}
	total := 0.0
	for i, c := range o.ClientWeights {
		if !(c >= 0) || math.IsInf(c, 1) {
			return errorf(core.ErrOption, "the weight of client %d is %v; weights must be finite and not negative", i, c)
		}
		total += c
	}
	if o.ClientWeights != nil && total == 0 {
		return errorf(core.ErrOption, "all client weights are zero")
	}
	for i, g := range o.Groups {
		if g < 0 || g >= mostGroups {
			return errorf(core.ErrOption, "row %d is in group %d; groups must be in [0, %d)", i, g, mostGroups)
		}
	}
	seen := make(map[int]bool, len(o.Initial))
	for p, j := range o.Initial {
		switch {
		case j < 0 || j >= n:
			return errorf(core.ErrOption, "initial row %d (entry %d) is not in [0, %d)", j, p, n)
		case seen[j]:
			return errorf(core.ErrOption, "row %d is twice among the initial rows", j)
		}
		seen[j] = true
	}
	for p, j := range o.Candidates {
		if j < 0 || j >= n {
			return errorf(core.ErrOption, "candidate %d (entry %d) is not in [0, %d)", j, p, n)
		}
	}
	if err := o.checkCosts(n); err != nil {
		return err
	}
	if o.Budget > n {
		return errorf(core.ErrOption, "n_samples = %d, but there are only %d rows to select from", o.Budget, n)
	}
	if o.Budget > 0 && len(o.Initial) > o.Budget {
		return errorf(core.ErrOption, "%d initial rows exceed n_samples = %d", len(o.Initial), o.Budget)
	}
	return nil
}

// inUnits divides weights of clients and the loss to reach by a power of two, which it returns, where they need one.
func (o *FacilityOptions) inUnits() float64 {
	weights, exponent := inUnits(o.ClientWeights)
	if exponent == 0 {
		return 1
	}
	o.ClientWeights = weights
	if o.CoverLoss > 0 {
		o.CoverLoss = min(max(math.Ldexp(o.CoverLoss, -exponent), math.SmallestNonzeroFloat64), math.MaxFloat64)
	}
	return math.Ldexp(1, exponent)
}

package coreset

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Subsets that [Train] can work on.
const (
	SubsetFull       = "full"       // all samples in every epoch
	SubsetRandom     = "random"     // one random subset for all epochs
	SubsetFresh      = "fresh"      // a random subset for every epoch
	SubsetStratified = "stratified" // a random subset by classes, renewed as those of gradients are
	SubsetAdaCore    = "adacore"    // AdaCore at the current parameters
	SubsetCRAIG      = "craig"      // CRAIG at the current parameters
	SubsetImportance = "importance" // a weighted sample for every epoch, by the norms that gradients had when they were last evaluated
	SubsetCREST      = "crest"      // every mini-batch from a random pool of its own, as long as a model of the loss can be trusted
	SubsetGlister    = "glister"    // by the loss of samples that are held out
)

// Gradient proxies of a network.
const (
	ProxyLogits    = "logits"     // with respect to the outputs before the softmax
	ProxyLastLayer = "last_layer" // with respect to the weights of the last layer
)

// TrainOptions of [Train]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text and
// are listed by lithe_describe.
type TrainOptions struct {
	Hidden       []int   `json:"hidden_layer_sizes" doc:"neurons of each hidden layer, of rectified linear units; none: softmax regression"`
	Subset       string  `json:"subset" default:"adacore" doc:"adacore, craig, importance, crest, glister, random, fresh, stratified or full"`
	Fraction     float64 `json:"fraction" default:"0.1" doc:"size of the subset as a part of the data, in (0, 1]"`
	Correction   bool    `json:"correction" default:"false" doc:"whenever subsets are renewed, evaluate the gradients of all samples, and from then on replace what those of a mini-batch were there by their mean; not for crest and glister"`
	Refresh      int     `json:"refresh" default:"5" doc:"epochs after which adacore, craig, importance, glister and stratified are renewed, and crest at the latest"`
	WarmUp       int     `json:"warm_up" default:"1" doc:"first epochs of those that select, on fresh random subsets"`
	Proxy        string  `json:"proxy" default:"logits" doc:"adacore, craig and importance: gradients with respect to the logits or to the last_layer"`
	Engine       string  `json:"engine" default:"auto" doc:"adacore, craig and crest: that of facility location"`
	MaxWeight    float64 `json:"max_weight" default:"4" doc:"adacore, craig, importance and crest: largest weight as a multiple of the mean, at least 1; what is cut off goes to the others"`
	Pool         float64 `json:"pool" default:"0.01" doc:"crest: size of a pool as a part of the data; twice the batch at least"`
	Trust        float64 `json:"trust" default:"0.1" doc:"crest: selects again when a quadratic model of the loss is off by more than this part of it"`
	Held         float64 `json:"validation_fraction" default:"0.1" doc:"glister: samples that the loss is measured on, as a part of the data; they are not trained on once it has begun"`
	Epochs       int     `json:"max_iter" default:"30" doc:"passes over the subset"`
	BatchSize    int     `json:"batch_size" default:"128" doc:"samples of a step"`
	LearningRate float64 `json:"learning_rate" default:"0.1" doc:"first step size"`
	Schedule     string  `json:"schedule" default:"cosine" doc:"of the step size: cosine (to zero over max_iter epochs) or constant"`
	Momentum     float64 `json:"momentum" default:"0.9" doc:"in [0, 1)"`
	Penalty      float64 `json:"alpha" default:"1e-4" doc:"half of it times the squared norm of the weights is added to the mean loss"`
	TargetLoss   float64 `json:"target_loss" default:"0" doc:"stop when the mean loss over all data is at most this; 0: never"`
	Seed         uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every epoch.
	Progress func(core.Progress) `json:"-"`
}

// Trained is a classifier and the account of how it came about.
type Trained struct {
	// Parameters holds layer after layer the weights (inputs x outputs, row-major) and the biases.
	Parameters []float64
	// Trace has a row for each epoch and these columns: samples whose gradient was evaluated in steps and for the correction, samples
	// passed forward for selections alone, seconds spent on both together, seconds of them spent on selections, mean loss over all training data
	// without the penalty, accuracy on the training data, accuracy on the test data (NaN without). What the last three cost is
	// not counted.
	Trace core.Matrix[float64]

	Loss       float64 // mean loss at the end
	Epochs     int
	Selections int
	SubsetSize int
	Classes    int
	Seed       uint64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *TrainOptions) Validate() error {
	v := o.withDefaults()
	subsets := []string{SubsetAdaCore, SubsetCRAIG, SubsetImportance, SubsetCREST, SubsetGlister, SubsetRandom, SubsetFresh, SubsetStratified, SubsetFull}
	for _, f := range []struct {
		name  string
		value int
	}{{"refresh", v.Refresh}, {"warm_up", v.WarmUp}, {"max_iter", v.Epochs}, {"batch_size", v.BatchSize}} {
		if f.value < 1 {
			return errorf(core.ErrOption, "%s must be at least 1, got %d", f.name, f.value)
		}
	}
	for k, size := range v.Hidden {
		if size < 1 {
			return errorf(core.ErrOption, "hidden layer %d has %d neurons; it needs at least 1", k, size)
		}
	}
	switch {
	case !slices.Contains(subsets, v.Subset):
		return errorf(core.ErrOption, "subset must be one of %v, got %q", subsets, v.Subset)
	case v.Proxy != ProxyLogits && v.Proxy != ProxyLastLayer:
		return errorf(core.ErrOption, "proxy must be one of [logits last_layer], got %q", v.Proxy)
	case v.Correction && (v.Subset == SubsetCREST || v.Subset == SubsetGlister):
		return errorf(core.ErrOption, "correction is not for subset %q, which sees some samples only", v.Subset)
	case v.Schedule != "cosine" && v.Schedule != "constant":
		return errorf(core.ErrOption, "schedule must be one of [cosine constant], got %q", v.Schedule)
	case !(v.Fraction > 0 && v.Fraction <= 1):
		return errorf(core.ErrOption, "fraction must be in (0, 1], got %v", v.Fraction)
	case !(v.Pool > 0 && v.Pool <= 1):
		return errorf(core.ErrOption, "pool must be in (0, 1], got %v", v.Pool)
	case !(v.Trust > 0):
		return errorf(core.ErrOption, "trust must be a positive number, got %v", v.Trust)
	case !(v.Held > 0 && v.Held < 1):
		return errorf(core.ErrOption, "validation_fraction must be between 0 and 1, got %v", v.Held)
	case !(v.MaxWeight >= 1):
		return errorf(core.ErrOption, "max_weight must be at least 1, got %v", v.MaxWeight)
	case !(v.LearningRate > 0) || math.IsInf(v.LearningRate, 1):
		return errorf(core.ErrOption, "learning_rate must be a positive number, got %v", v.LearningRate)
	case !(v.Momentum >= 0 && v.Momentum < 1):
		return errorf(core.ErrOption, "momentum must be in [0, 1), got %v", v.Momentum)
	case !(v.Penalty >= 0) || math.IsInf(v.Penalty, 1):
		return errorf(core.ErrOption, "alpha must be a number >= 0, got %v", v.Penalty)
	case !(v.TargetLoss >= 0):
		return errorf(core.ErrOption, "target_loss must be a number >= 0, got %v", v.TargetLoss)
	}
	return nil
}

func (o *TrainOptions) withDefaults() TrainOptions {
	var v TrainOptions
	if o != nil {
		v = *o
	}
	for _, f := range []struct {
		value   *string
		initial string
	}{{&v.Subset, SubsetAdaCore}, {&v.Proxy, ProxyLogits}, {&v.Schedule, "cosine"}, {&v.Engine, Auto}} {
		if *f.value == "" {
			*f.value = f.initial
		}
	}
	for _, f := range []struct {
		value   *int
		initial int
	}{{&v.Refresh, 5}, {&v.WarmUp, 1}, {&v.Epochs, 30}, {&v.BatchSize, 128}} {
		if *f.value == 0 {
			*f.value = f.initial
		}
	}
	for _, f := range []struct {
		value   *float64
		initial float64
	}{{&v.Fraction, 0.1}, {&v.Pool, 0.01}, {&v.Trust, 0.1}, {&v.Held, 0.1}, {&v.MaxWeight, 4}, {&v.LearningRate, 0.1}, {&v.Momentum, 0.9}, {&v.Penalty, 1e-4}} {
		if *f.value == 0 {
			*f.value = f.initial
		}
	}
	return v
}

package surrogate

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Options of [New]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text; doc is
// the line shown there.
type Options struct {
	MaxEvaluations int     `json:"max_evaluations" default:"0" doc:"most evaluations; 0: 70 d^1.5"`
	Initial        int     `json:"n_initial" default:"0" doc:"finite values to begin with; 0: 3 d"`
	MaxInitial     int     `json:"max_initial" default:"0" doc:"most evaluations in search of them; 0: 30 d^1.5"`
	Batch          int     `json:"batch_size" default:"0" doc:"points that are asked for at once; 0: d"`
	Tol            float64 `json:"tol" default:"0.02" doc:"Kullback-Leibler divergence, in nats, below which two surrogates are the same"`
	Noise          float64 `json:"noise" default:"0.01" doc:"standard deviation of the error of a value, in nats"`
	Particles      int     `json:"n_particles" default:"0" doc:"draws from the surrogate that points are chosen among; 0: 500 + 50 d"`
	Seed           uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	Theta []float64 `json:"theta" doc:"kernel to begin with, without training: logarithms of the variance, of the length scales in widths of the box, and of the variance of the trend; empty: trained"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value int
	}{
		{"max_evaluations", o.MaxEvaluations}, {"n_initial", o.Initial}, {"max_initial", o.MaxInitial},
		{"batch_size", o.Batch}, {"n_particles", o.Particles},
	} {
		if f.value < 0 {
			return fmt.Errorf("gp: %w: %s must not be negative, got %d", core.ErrOption, f.name, f.value)
		}
	}
	for i, v := range o.Theta {
		if !(math.Abs(v) < 100) {
			return fmt.Errorf("gp: %w: theta[%d] is %v; theta holds logarithms between -100 and 100", core.ErrOption, i, v)
		}
	}
	if o.Initial == 1 {
		return fmt.Errorf("gp: %w: n_initial must be at least 2, got 1", core.ErrOption)
	}
	if o.Particles > 0 && o.Particles < 20 {
		return fmt.Errorf("gp: %w: n_particles must be at least 20, got %d", core.ErrOption, o.Particles)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"tol", o.Tol}, {"noise", o.Noise}} {
		if !(f.value >= 0) || math.IsInf(f.value, 1) {
			return fmt.Errorf("gp: %w: %s must be a positive number, got %v", core.ErrOption, f.name, f.value)
		}
	}
	return nil
}

// withDefaults returns a copy of o with zero fields replaced by the defaults for d dimensions.
func (o *Options) withDefaults(d int) Options {
	var v Options
	if o != nil {
		v = *o
	}
	power := math.Pow(float64(d), 1.5)
	for _, f := range []struct {
		field *int
		value int
	}{
		{&v.MaxEvaluations, int(math.Ceil(70 * power))}, {&v.Initial, 3 * d}, {&v.MaxInitial, int(math.Ceil(30 * power))},
		{&v.Batch, d}, {&v.Particles, 500 + 50*d},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if v.Tol == 0 {
		v.Tol = 0.02
	}
	if v.Noise == 0 {
		v.Noise = 0.01
	}
	v.Particles += v.Particles % 2
	return v
}

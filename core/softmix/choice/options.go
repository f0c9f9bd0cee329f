package choice

import (
	"cmp"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Options of [Fit]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text and
// are listed by lithe_describe; doc is the line shown there.
type Options struct {
	Classes           int      `json:"n_classes" default:"1" doc:"classes K; 1 is the multinomial logit"`
	NInit             int      `json:"n_init" default:"20" doc:"starts, of four kinds in turn; the best is kept"`
	Burn              int      `json:"em_iter" default:"15" doc:"EM iterations of every start before the best go on"`
	Finish            int      `json:"n_finish" default:"0" doc:"starts that go on to the end; 0: a third, three at least"`
	MaxIter           int      `json:"max_iter" default:"200" doc:"most Newton iterations of a start"`
	Tol               float64  `json:"tol" default:"1e-8" doc:"end where the log-likelihood still to be gained, half the Newton decrement, is below this"`
	Ridge             float64  `json:"ridge" default:"0" doc:"subtract ridge/2 times the sum of squared free coefficients, in units in which columns vary by 1 within choice sets"`
	Seed              uint64   `json:"random_state,string" default:"0" doc:"seed of the starts, an unsigned 64-bit integer; a string in JSON"`
	Shared            []int    `json:"shared" doc:"columns whose coefficient is the same in all classes"`
	Fixed             []Fixed  `json:"fixed" doc:"coefficients that are not estimated: objects with class, column and value"`
	Columns           []string `json:"columns" doc:"names of the columns, for messages"`
	MembershipColumns []string `json:"membership_columns" doc:"names of the membership covariates, for messages"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between iterations, and while starts run at once after each of them.
	Progress func(core.Progress) `json:"-"`
}

// Fixed is a coefficient that is known. Class -1 means every class.
type Fixed struct {
	Class  int     `json:"class"`
	Column int     `json:"column"`
	Value  float64 `json:"value"`
}

// withDefaults returns a copy of o with zero fields replaced by their defaults.
func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	v.Classes = cmp.Or(v.Classes, 1)
	v.NInit = cmp.Or(v.NInit, 20)
	v.Burn = cmp.Or(v.Burn, 15)
	v.MaxIter = cmp.Or(v.MaxIter, 200)
	v.Tol = cmp.Or(v.Tol, 1e-8)
	return v
}

// Validate reports the first impossible option with an error wrapping core.ErrOption. What refers to columns is checked
// against the data by [Fit].
func (o *Options) Validate() error {
	v := o.withDefaults()
	for _, f := range []struct {
		name        string
		value, most int
	}{
		{"n_classes", v.Classes, 1 << 10}, {"n_init", v.NInit, 1 << 20}, {"em_iter", v.Burn, 1 << 30}, {"max_iter", v.MaxIter, 1 << 30},
	} {
		if f.value < 1 || f.value > f.most {
			return fmt.Errorf("choice: %w: %s must be in [1, %d], got %d", core.ErrOption, f.name, f.most, f.value)
		}
	}
	switch {
	case v.Finish < 0:
		return fmt.Errorf("choice: %w: n_finish must not be negative, got %d", core.ErrOption, v.Finish)
	case !(v.Tol > 0) || math.IsInf(v.Tol, 0):
		return fmt.Errorf("choice: %w: tol must be positive and finite, got %v", core.ErrOption, v.Tol)
	case !(v.Ridge >= 0) || math.IsInf(v.Ridge, 0):
		return fmt.Errorf("choice: %w: ridge must be finite and not negative, got %v", core.ErrOption, v.Ridge)
	}
	return nil
}

// column names column j for a message.
func column(names []string, j int) string {
	if j < len(names) {
		return fmt.Sprintf("column %q", names[j])
	}
	return fmt.Sprintf("column %d", j)
}

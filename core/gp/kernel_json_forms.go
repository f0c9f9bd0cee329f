package gp

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// kernelForm is one kernel as fields: what they hold is the kernel.
type kernelForm struct {
	name   string // of the type
	fields []formField
	parts  []*Kernel // of a sum or product
	kernel func() Kernel
}

var partNames = []string{"k1", "k2"}

// formField is a field that is not a kernel.
type formField struct {
	name     string
	value    formValue
	required bool
}

// formValue is a value of a kernel in the language of JSON.
type formValue interface {
	write() any // nil: left at its default
	// read sets the value. Its error is what the value must be.
	read(text json.RawMessage) error
}

// forms holds one kernel of each type.
var forms = []Kernel{Constant{}, RBF{}, Matern{}, RationalQuadratic{}, Periodic{}, Linear{}, White{}, Sum{}, Product{}}

// formOf returns the form of k.
func formOf(k Kernel) (*kernelForm, error) {
	switch k := k.(type) {
	case nil:
		return nil, fmt.Errorf("gp: %w: there is no kernel", core.ErrOption)
	case Constant:
		return newForm("Constant", &k,
			formField{"constant_value", (*numberForm)(&k.Value), true},
			formField{"constant_value_bounds", (*boundsForm)(&k.Bounds), false}), nil
	case RBF:
		return newForm("RBF", &k, stationaryForm(&k.LengthScale, &k.Bounds, &k.Dims)...), nil
	case Matern:
		return newForm("Matern", &k, append(stationaryForm(&k.LengthScale, &k.Bounds, &k.Dims),
			formField{"nu", (*numberForm)(&k.Nu), false})...), nil
	case RationalQuadratic:
		return newForm("RationalQuadratic", &k, append(stationaryForm(&k.LengthScale, &k.Bounds, &k.Dims),
			formField{"alpha", (*numberForm)(&k.Alpha), false},
			formField{"alpha_bounds", (*boundsForm)(&k.AlphaBounds), false})...), nil
	case Periodic:
		return newForm("Periodic", &k, append(stationaryForm(&k.LengthScale, &k.Bounds, &k.Dims),
			formField{"periodicity", (*numbersForm)(&k.Period), false},
			formField{"periodicity_bounds", (*boundsForm)(&k.PeriodBounds), false})...), nil
	case Linear:
		return newForm("Linear", &k,
			formField{"sigma_0", (*numberForm)(&k.Sigma0), true},
			formField{"sigma_0_bounds", (*boundsForm)(&k.Bounds), false},
			formField{"dims", (*featuresForm)(&k.Dims), false}), nil
	case White:
		return newForm("White", &k,
			formField{"noise_level", (*numberForm)(&k.Noise), true},
			formField{"noise_level_bounds", (*boundsForm)(&k.Bounds), false}), nil
	case Sum:
		f := newForm("Sum", &k)
		f.parts = []*Kernel{&k.A, &k.B}
		return f, nil
	case Product:
		f := newForm("Product", &k)
		f.parts = []*Kernel{&k.A, &k.B}
		return f, nil
	}
	return nil, fmt.Errorf("gp: %w: a %T cannot be written; make kernels of values such as gp.RBF{}, not of pointers",
		core.ErrOption, k)
}

func newForm[K Kernel](name string, k *K, fields ...formField) *kernelForm {
	return &kernelForm{name: name, fields: fields, kernel: func() Kernel { return *k }}
}

func stationaryForm(length *[]float64, b *Bounds, dims *[]int) []formField {
	return []formField{
		{"length_scale", (*numbersForm)(length), false},
		{"length_scale_bounds", (*boundsForm)(b), false},
		{"dims", (*featuresForm)(dims), false},
	}
}

// formNames lists the types of kernels.
func formNames() []string {
	names := make([]string, len(forms))
	for i, k := range forms {
		f, _ := formOf(k)
		names[i] = f.name
	}
	return names
}

// names lists the fields.
func (f *kernelForm) names() []string {
	var names []string
	for _, field := range f.fields {
		names = append(names, field.name)
	}
	return append(names, partNames[:len(f.parts)]...)
}

// check reports what no data could make valid in the kernel, apart from its parts, or that it lies too deep.
func (f *kernelForm) check(place []string) error {
	if len(f.parts) > 0 {
		if len(place) >= maxNesting {
			return tooDeep()
		}
		return nil
	}
	features := 1
	for _, field := range f.fields {
		if v, ok := field.value.(interface{ features() int }); ok {
			features = max(features, v.features())
		}
	}
	return within(place, Validate(f.kernel(), features))
}

var errNumber = errors.New("a positive number")

func readNumber(text json.RawMessage) (float64, error) {
	var v float64
	if err := json.Unmarshal(text, &v); err != nil || !(v > 0) {
		return 0, errNumber
	}
	return v, nil
}

// numberForm is one parameter.
type numberForm float64

func (n *numberForm) write() any {
	if *n == 0 {
		return nil
	}
	return float64(*n)
}

func (n *numberForm) read(text json.RawMessage) error {
	v, err := readNumber(text)
	*n = numberForm(v)
	return err
}

// numbersForm is a parameter of all features or one per feature: a number, or an array for more than one.
type numbersForm []float64

func (n *numbersForm) write() any {
	switch len(*n) {
	case 0:
		return nil
	case 1:
		return (*n)[0]
	}
	return []float64(*n)
}

func (n *numbersForm) read(text json.RawMessage) error {
	if v, err := readNumber(text); err == nil {
		*n = numbersForm{v}
		return nil
	}
	wanted := errors.New("a positive number or an array of them")
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		return wanted
	}
	*n = make(numbersForm, len(list))
	for i, element := range list {
		v, err := readNumber(element)
		if err != nil {
			return wanted
		}
		(*n)[i] = v
	}
	return nil
}

// features returns how many features these numbers are for, at least.
func (n *numbersForm) features() int { return len(*n) }

// featuresForm is dims.
type featuresForm []int

func (d *featuresForm) write() any {
	if len(*d) == 0 {
		return nil
	}
	return []int(*d)
}

func (d *featuresForm) read(text json.RawMessage) error {
	wanted := errors.New("an array of integers of at least 0")
	var list []*int
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		return wanted
	}
	*d = make(featuresForm, len(list))
	for i, q := range list {
		if q == nil || *q < 0 {
			return wanted
		}
		(*d)[i] = *q
	}
	return nil
}

// features returns how many features there must be.
func (d *featuresForm) features() int {
	most := -1
	for _, q := range *d {
		most = max(most, q)
	}
	return most + 1
}

// boundsForm is Bounds.
type boundsForm Bounds

const fixedForm = "fixed"

func (b *boundsForm) write() any {
	switch {
	case b.Fixed:
		return fixedForm
	case b.Lower == 0 && b.Upper == 0:
		return nil
	}
	return []float64{b.Lower, b.Upper}
}

func (b *boundsForm) read(text json.RawMessage) error {
	var word string
	if err := json.Unmarshal(text, &word); err == nil && word == fixedForm {
		*b = boundsForm{Fixed: true}
		return nil
	}
	wanted := errors.New(`"fixed" or an array of two positive numbers in ascending order`)
	var pair []json.RawMessage
	if err := json.Unmarshal(text, &pair); err != nil || len(pair) != 2 {
		return wanted
	}
	ends := [2]float64{}
	for i, element := range pair {
		v, err := readNumber(element)
		if err != nil {
			return wanted
		}
		ends[i] = v
	}
	if ends[0] > ends[1] {
		return wanted
	}
	*b = boundsForm{Lower: ends[0], Upper: ends[1]}
	return nil
}

package gp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

// maxNesting limits how deep sums and products may nest in text, so that no text exhausts the stack of a reader in any
// language.
const maxNesting = 256

// MarshalKernel returns k as JSON text, which [UnmarshalKernel] and the other languages read. Numbers are written with as
// many digits as it takes to get the same float64 back.
//
// A kernel is an object with its type, the name of the Go type, and its parameters under the names that [Params] gives
// them; a sum or product has its parts k1 and k2:
//
//	{"type": "Sum",
//	 "k1": {"type": "Product",
//	        "k1": {"type": "Constant", "constant_value": 2.5, "constant_value_bounds": "fixed"},
//	        "k2": {"type": "Matern", "nu": 2.5, "length_scale": [1, 0.5], "length_scale_bounds": [0.01, 100], "dims": [0, 3]}},
//	 "k2": {"type": "White", "noise_level": 0.1}}
//
// The fields are
//
//	Constant           constant_value, constant_value_bounds
//	RBF                length_scale, length_scale_bounds, dims
//	Matern             length_scale, length_scale_bounds, nu, dims
//	RationalQuadratic  alpha, alpha_bounds, length_scale, length_scale_bounds, dims
//	Periodic           length_scale, length_scale_bounds, periodicity, periodicity_bounds, dims
//	Linear             sigma_0, sigma_0_bounds, dims
//	White              noise_level, noise_level_bounds
//	Sum, Product       k1, k2
//
// Parameters are positive numbers, and length_scale and periodicity also arrays of them. Bounds are "fixed", or two
// positive numbers in ascending order, the same for all elements of an array. dims is an array of integers of at least 0, none
// twice. A field that is absent has its default: 1 for length_scale, periodicity and alpha, 1.5 for nu, 1e-5 and 1e5 for
// bounds, all features for dims. constant_value, sigma_0, noise_level, k1 and k2 have none and are there always. Sums and
// products nest up to 256 deep.
//
// What a kernel leaves at its zero value is absent, and numbers beside Bounds.Fixed, which mean nothing, are not written.
//
// The error wraps core.ErrOption if no data could make k valid, if it nests too deep, or if it is made of pointers.
func MarshalKernel(k Kernel) ([]byte, error) {
	var b bytes.Buffer
	if err := writeKernel(&b, k, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// UnmarshalKernel returns the kernel that the JSON text describes, see [MarshalKernel]. Unknown types and fields are
// refused. Whether the kernel suits points of some number of features is left to [Validate].
//
// Errors wrap core.ErrOption.
func UnmarshalKernel(text []byte) (Kernel, error) { return readKernel(text, nil) }

func writeKernel(b *bytes.Buffer, k Kernel, place []string) error {
	f, err := formOf(k)
	if err != nil {
		return within(place, err)
	}
	if err := f.check(place); err != nil {
		return err
	}
	fmt.Fprintf(b, `{"type":%q`, f.name)
	for _, field := range f.fields {
		v := field.value.write()
		if v == nil {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return within(place, fmt.Errorf("gp: %w: %s: %w", core.ErrOption, field.name, err))
		}
		fmt.Fprintf(b, `,%q:%s`, field.name, text)
	}
	for i, part := range f.parts {
		fmt.Fprintf(b, `,%q:`, partNames[i])
		if err := writeKernel(b, *part, append(place, partNames[i])); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func readKernel(text json.RawMessage, place []string) (Kernel, error) {
	fail := func(format string, args ...any) (Kernel, error) {
		return nil, within(place, fmt.Errorf("gp: %w: "+format, append([]any{core.ErrOption}, args...)...))
	}
	if len(place) > maxNesting {
		return nil, tooDeep()
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		if json.Valid(text) {
			return fail(`a kernel must be an object such as {"type": "RBF"}, got %s`, excerpt(text))
		}
		return fail("malformed JSON: %w", err)
	}
	var name string
	if err := json.Unmarshal(members["type"], &name); err != nil {
		return fail("a kernel needs a type, one of %s", strings.Join(formNames(), ", "))
	}
	at := slices.Index(formNames(), name)
	if at < 0 {
		return fail("unknown kernel type %q, known are %s", name, strings.Join(formNames(), ", "))
	}
	f, err := formOf(forms[at])
	if err != nil {
		return nil, err
	}
	known := f.names()
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if member != "type" && !slices.Contains(known, member) {
			return fail("%s has no field %q, known are %s", name, member, strings.Join(known, ", "))
		}
	}
	for _, field := range f.fields {
		value, given := members[field.name]
		switch {
		case given:
			if err := field.value.read(value); err != nil {
				return fail("%s of %s must be %w, got %s", field.name, name, err, excerpt(value))
			}
		case field.required:
			return fail("%s needs the field %s", name, field.name)
		}
	}
	for i, part := range f.parts {
		value, given := members[partNames[i]]
		if !given {
			return fail("%s needs the field %s", name, partNames[i])
		}
		if *part, err = readKernel(value, append(place, partNames[i])); err != nil {
			return nil, err
		}
	}
	if err := f.check(place); err != nil {
		return nil, err
	}
	return f.kernel(), nil
}

// within adds the place of a part to an error about it, if there is one, spelled as in the names of parameters.
func within(place []string, err error) error {
	if err == nil || len(place) == 0 {
		return err
	}
	return fmt.Errorf("%w (in part %s)", err, strings.Join(place, "__"))
}

func tooDeep() error {
	return fmt.Errorf("gp: %w: sums and products of the kernel nest more than %d deep", core.ErrOption, maxNesting)
}

// excerpt returns text, cut to a length that suits a message.
func excerpt(text []byte) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "..."
	}
	return string(text)
}

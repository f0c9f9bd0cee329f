package main

/*
#include "cgo.h"
*/
import "C"

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
	"github.com/lithe-ml/lithe/core/gp"
	"github.com/lithe-ml/lithe/core/gp/surrogate"
	"github.com/lithe-ml/lithe/core/lowrank"
	"github.com/lithe-ml/lithe/core/mixture"
	"github.com/lithe-ml/lithe/core/softmix"
	"github.com/lithe-ml/lithe/core/softmix/choice"
)

// solvers lists the option structs that can be described and set from C.
var solvers = map[string]any{
	"mixture": mixture.Options{},
	"kmeans":  mixture.KMeansOptions{},
	"npmle":   mixture.NPMLEOptions{},

	"mixture_inference": mixture.Inference{},
	"mixture_facts":     mixture.Facts{},
	"lowrank":           lowrank.Options{},
	"lowrank_solve":     lowrank.SolveOptions{},
	"lowrank_pca":       lowrank.PCAOptions{},
	"lowrank_probe":     lowrank.ProbeOptions{},
	"lowrank_logdet":    lowrank.LogDetOptions{},
	"lowrank_sketch":    lowrank.SketchOptions{},
	"lowrank_stream":    lowrank.StreamOptions{},
	"gp":                gp.RegressionOptions{},
	"gp_predict":        gp.PredictOptions{},
	"gp_model":          gpState{},

	"gp_classifier":             gp.ClassificationOptions{},
	"gp_classifier_predict":     gp.ClassPredictOptions{},
	"gp_classifier_model":       gpClassifierState{},
	"gp_svm":                    gp.SVMOptions{},
	"gp_svm_model":              svmState{},
	"gp_basis":                  gp.BasisOptions{},
	"gp_basis_predict":          gp.BasisPredictOptions{},
	"gp_basis_model":            basisState{},
	"gp_surrogate":              surrogate.Options{},
	"softmix":                   softmix.Options{},
	"choice":                    choice.Options{},
	"coreset_facility_location": coreset.FacilityOptions{},
	"coreset_k_center":          coreset.KCenterOptions{},
	"coreset_sample":            coreset.SampleOptions{},
	"coreset_logistic":          coreset.LogisticOptions{},
	"coreset_gradient":          coreset.GradientOptions{},
	"coreset_gradmatch":         coreset.GradMatchOptions{},
	"coreset_glister":           coreset.GlisterOptions{},
	"coreset_curvature":         coreset.CurvatureOptions{},
	"coreset_batch":             coreset.BatchOptions{},
	"coreset_train":             coreset.TrainOptions{},
}

// option is one settable field of an option struct.
type option struct {
	name, doc string
	field     int           // its index in the struct
	initial   reflect.Value // its default
}

// optionLists holds what optionsOf has read, by type.
var optionLists sync.Map

// optionsOf returns the settable fields of an option struct.
func optionsOf(t reflect.Type) []option {
	if list, ok := optionLists.Load(t); ok {
		return list.([]option)
	}
	list := readOptions(t)
	optionLists.Store(t, list)
	return list
}

// readOptions reads the struct tags json, default and doc. Fields whose json name is "-" do not travel as text.
func readOptions(t reflect.Type) []option {
	var list []option
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		o := option{name: name, doc: f.Tag.Get("doc"), field: i, initial: reflect.New(f.Type).Elem()}
		var err error
		switch tag := f.Tag.Get("default"); f.Type.Kind() {
		case reflect.String:
			o.initial.SetString(tag)
		case reflect.Bool:
			var v bool
			v, err = strconv.ParseBool(tag)
			o.initial.SetBool(v)
		case reflect.Int:
			var v int64
			v, err = strconv.ParseInt(tag, 10, 64)
			o.initial.SetInt(v)
		case reflect.Uint64:
			var v uint64
			v, err = strconv.ParseUint(tag, 10, 64)
			o.initial.SetUint(v)
		case reflect.Float64:
			var v float64
			v, err = strconv.ParseFloat(tag, 64)
			o.initial.SetFloat(v)
		case reflect.Slice: // empty unless given
			o.initial.Set(reflect.MakeSlice(f.Type, 0, 0))
		default:
			err = errors.New("unsupported type " + f.Type.String())
		}
		if err != nil {
			panic(fmt.Sprintf("default of option %s: %v", name, err))
		}
		list = append(list, o)
	}
	return list
}

// parseOptions fills dst, a pointer to an option struct, with the defaults and then with the fields of a JSON object.
// Empty text or null leaves the defaults.
//
// In the struct zero stands for the default; in text it stands for itself. So an explicit zero is refused, or, for a
// real number, becomes the smallest positive one, unless zero is the default anyway.
func parseOptions(text string, dst any) error {
	target := reflect.ValueOf(dst).Elem()
	list := optionsOf(target.Type())
	for _, o := range list {
		target.Field(o.field).Set(o.initial)
	}
	values, err := parseObject(text)
	if err != nil {
		return fmt.Errorf("%w: options: %w", core.ErrOption, err)
	}
	for name, value := range values {
		i := slices.IndexFunc(list, func(o option) bool { return o.name == name })
		if i < 0 {
			return unknownOption(name, list)
		}
		if err := list[i].set(target, value); err != nil {
			return fmt.Errorf("%w: option %s: %w", core.ErrOption, name, err)
		}
	}
	return nil
}

// settings fills an option struct from an argument, and checks it where the struct knows how.
func settings(options *C.lithe_const_char, o any) error {
	if err := parseOptions(optionalText(options), o); err != nil {
		return err
	}
	if v, ok := o.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// parseObject returns the members of a JSON object.
func parseObject(text string) (map[string]json.RawMessage, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var values map[string]json.RawMessage
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&values); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return nil, fmt.Errorf("expected a JSON object such as {\"tol\": 0.001}, got %s", mismatch.Value)
		}
		return nil, fmt.Errorf("malformed JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("malformed JSON: something follows the object, at byte %d", d.InputOffset())
	}
	return values, nil
}

// set stores a JSON value in the option's field of target.
func (o option) set(target reflect.Value, value json.RawMessage) error {
	if string(value) == "null" {
		return nil
	}
	field := target.Field(o.field)
	if field.Kind() == reflect.Uint64 {
		// Travels as a string, because JSON numbers are exact only up to 2^53 in many languages; a number is fine too.
		value = json.RawMessage(strings.Trim(string(value), `"`))
	}
	if err := store(field, value); err != nil {
		return fmt.Errorf("expected %s, got %s", expectation[typeName(field.Kind())], value)
	}
	if !field.IsZero() || o.initial.IsZero() {
		return nil
	}
	if field.Kind() == reflect.Float64 {
		field.SetFloat(math.SmallestNonzeroFloat64)
		return nil
	}
	return fmt.Errorf("%s is not possible", value)
}

// store sets a field from valid JSON, or from the digits of a number. Numbers need no decoder, which is most of the time that
// options take.
func store(field reflect.Value, value json.RawMessage) error {
	switch field.Kind() {
	case reflect.Int:
		number, err := strconv.ParseInt(string(value), 10, 64)
		field.SetInt(number)
		return err
	case reflect.Uint64:
		number, err := strconv.ParseUint(string(value), 10, 64)
		field.SetUint(number)
		return err
	case reflect.Float64:
		number, err := strconv.ParseFloat(string(value), 64)
		field.SetFloat(number)
		return err
	}
	parsed := reflect.New(field.Type())
	err := decode(value, parsed.Interface())
	field.Set(parsed.Elem())
	return err
}

// decode is json.Unmarshal that refuses unknown members of objects. value is valid JSON, or the digits of a number.
func decode(value json.RawMessage, dst any) error {
	if err := json.Unmarshal(value, dst); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	return d.Decode(dst)
}

var expectation = map[string]string{
	"bool":   "true or false",
	"int":    "an integer",
	"uint64": "an integer in [0, 2^64), as a string",
	"float":  "a number",
	"str":    "a string",
	"list":   "an array of objects such as {\"parameter\": \"noise\", \"kind\": \"gamma\", \"a\": 2, \"b\": 1}",
}

// typeName is the name of an option's type in descriptions.
func typeName(k reflect.Kind) string {
	switch k {
	case reflect.Float64:
		return "float"
	case reflect.String:
		return "str"
	case reflect.Slice:
		return "list"
	}
	return k.String()
}

// unknownOption names the known options, and the one that was probably meant.
func unknownOption(name string, list []option) error {
	var known []string
	nearest, least := "", len(name)/3+2
	for _, o := range list {
		known = append(known, o.name)
		if d := editDistance(name, o.name); d < least {
			nearest, least = o.name, d
		}
	}
	hint := ""
	if nearest != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", nearest)
	}
	return fmt.Errorf("%w: unknown option %q%s; known are %s", core.ErrOption, name, hint, strings.Join(known, ", "))
}

// editDistance is the number of bytes to insert, delete or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

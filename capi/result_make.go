package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// result is what lithe_result_... reads: the facts and arrays of a struct that the core has returned.
type result struct {
	facts  []fact
	arrays []array
}

// fact is a member of the report: a float64, int, bool, string or []string.
type fact struct {
	name  string
	value any
}

// array is a core.Matrix[float32], a core.Matrix[float64] or an []int64, with its shape.
type array struct {
	name       string
	rows, cols int
	values     any
}

func resultAt(h C.lithe_handle) *result { return at[*result](int64(h)) }

// wide returns positions as int64, in place where an int is one.
func wide(positions []int) []int64 {
	if strconv.IntSize == 64 {
		return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(positions))), len(positions))
	}
	copied := make([]int64, len(positions))
	for i, p := range positions {
		copied[i] = int64(p)
	}
	return copied
}

// newResult reads the exported fields of *found: matrices, []float64 and []int become arrays, the others facts. A field
// RelativeError is called relative_error.
func newResult(found any) *result {
	r := &result{}
	r.add(reflect.ValueOf(found).Elem())
	return r
}

// add reads the fields of a struct, those of embedded structs like its own.
func (r *result) add(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			r.add(v.Field(i))
			continue
		}
		name := snakeOf(field.Name)
		switch value := v.Field(i).Interface().(type) {
		case core.Matrix[float32]:
			r.arrays = append(r.arrays, array{name, value.Rows, value.Cols, value})
		case core.Matrix[float64]:
			r.arrays = append(r.arrays, array{name, value.Rows, value.Cols, value})
		case []float64:
			r.addVector(name, value)
		case []int:
			r.arrays = append(r.arrays, array{name, len(value), 1, wide(value)})
		case uint64:
			r.addFact(name, strconv.FormatUint(value, 10))
		case float64, int, bool, string:
			r.addFact(name, value)
		case []string:
			r.addFact(name, append([]string{}, value...))
		default:
			panic(fmt.Sprintf("a result cannot hold the field %s, a %T", name, value))
		}
	}
}

func (r *result) addFact(name string, value any) { r.facts = append(r.facts, fact{name, value}) }

// addVector adds an array of one column.
func (r *result) addVector(name string, values []float64) {
	column := core.Matrix[float64]{Data: values, Rows: len(values), Cols: 1, Stride: 1}
	r.arrays = append(r.arrays, array{name, column.Rows, 1, column})
}

// fact returns the value of that name, or nil.
func (r *result) fact(name string) any {
	for _, f := range r.facts {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// number returns a fact as a number.
func (r *result) number(name string) (float64, error) {
	var known []string
	for _, f := range r.facts {
		switch value := f.value.(type) {
		case float64:
			if f.name == name {
				return value, nil
			}
		case int:
			if f.name == name {
				return float64(value), nil
			}
		case bool:
			if f.name == name && value {
				return 1, nil
			} else if f.name == name {
				return 0, nil
			}
		default:
			continue
		}
		known = append(known, f.name)
	}
	return math.NaN(), invalid(errArgument, "the report has no number %q, known are %s", name, strings.Join(known, ", "))
}

// array returns the array of that name.
func (r *result) array(name string) (array, error) {
	var known []string
	for _, a := range r.arrays {
		if a.name == name {
			return a, nil
		}
		known = append(known, a.name)
	}
	return array{}, invalid(errArgument, "the result has no array %q, known are %s", name, strings.Join(known, ", "))
}

func (r *result) read(name string, out *C.lithe_const_matrix) error {
	a, err := r.array(name)
	if err != nil {
		return err
	}
	place := "out (" + name + ")"
	switch values := a.values.(type) {
	case core.Matrix[float32]:
		copyMatrix(output[float32](place, out, a.rows, a.cols), values)
	case core.Matrix[float64]:
		copyMatrix(output[float64](place, out, a.rows, a.cols), values)
	default:
		return invalid(errArgument, "%s holds positions: read it with lithe_result_read_indices", name)
	}
	return nil
}

func (r *result) readIndices(name string, out *C.int64_t, count int64) error {
	a, err := r.array(name)
	if err != nil {
		return err
	}
	values, ok := a.values.([]int64)
	switch {
	case !ok:
		return invalid(errArgument, "%s holds numbers: read it with lithe_result_read", name)
	case count != int64(len(values)):
		return invalid(core.ErrShape, "%s has %d elements, count is %d", name, len(values), count)
	}
	copy(vector[int64]("out ("+name+")", out, len(values)), values)
	return nil
}

// report is the JSON text of the facts in their order, and the arrays after them.
func (r *result) report() string {
	b := []byte{'{'}
	for _, f := range r.facts {
		b = append(strconv.AppendQuote(b, f.name), ':')
		b = append(appendFact(b, f.value), ',')
	}
	b = append(b, `"arrays":{`...)
	for i, a := range r.arrays {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, a.name)
		b = strconv.AppendInt(append(b, `:{"rows":`...), int64(a.rows), 10)
		b = strconv.AppendInt(append(b, `,"cols":`...), int64(a.cols), 10)
		b = append(append(append(b, `,"type":"`...), a.elementType()...), `"}`...)
	}
	return string(append(b, "}}"...))
}

// appendFact appends the JSON text of a fact.
func appendFact(b []byte, value any) []byte {
	switch value := value.(type) {
	case int:
		return strconv.AppendInt(b, int64(value), 10)
	case bool:
		return strconv.AppendBool(b, value)
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return append(b, "null"...)
		}
		return strconv.AppendFloat(b, value, 'g', -1, 64)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return append(b, text...)
}

func (a array) elementType() string {
	switch a.values.(type) {
	case core.Matrix[float32]:
		return "float32"
	case core.Matrix[float64]:
		return "float64"
	}
	return "int64"
}

// copyMatrix fills dst, which has the shape of src.
func copyMatrix[T core.Float](dst, src core.Matrix[T]) {
	for i := 0; i < dst.Rows && dst.Cols > 0; i++ {
		copy(dst.Row(i), src.Row(i))
	}
}

// snakes holds what snakeOf has found.
var snakes sync.Map

// snakeOf is snake, which it calls once for every name.
func snakeOf(name string) string {
	if found, ok := snakes.Load(name); ok {
		return found.(string)
	}
	found := snake(name)
	snakes.Store(name, found)
	return found
}

// snake turns RelativeError into relative_error.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && unicode.IsLower(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

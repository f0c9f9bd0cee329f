package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// describe lists the options of a solver as JSON, in the order of its struct.
func describe(solver string) string {
	options, ok := solvers[solver]
	if !ok {
		refuse(errArgument, "unknown solver %q, known are %s", solver, strings.Join(slices.Sorted(maps.Keys(solvers)), ", "))
	}
	type line struct {
		Name    string `json:"name"`
		Type    string `json:"type"`
		Default any    `json:"default"`
		Doc     string `json:"doc"`
	}
	var lines []line
	for _, o := range optionsOf(reflect.TypeOf(options)) {
		initial := o.initial.Interface()
		if v, ok := initial.(uint64); ok {
			initial = strconv.FormatUint(v, 10)
		}
		lines = append(lines, line{o.name, typeName(o.initial.Kind()), initial, o.doc})
	}
	text, err := json.Marshal(lines)
	if err != nil {
		panic(err)
	}
	return string(text)
}

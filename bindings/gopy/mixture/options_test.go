package mixture

import (
	"reflect"
	"testing"

	solver "github.com/lithe-ml/lithe/core/mixture"
	"github.com/stretchr/testify/require"
)

// Every option that travels as text in the other languages exists here under its Go name, and reaches the solver.
func TestOptionsAreThoseOfTheSolver(t *testing.T) {
	from, to := reflect.TypeFor[solver.Options](), reflect.TypeFor[Options]()
	var o Options
	for i := range from.NumField() {
		f := from.Field(i)
		if f.Tag.Get("json") == "-" && f.Name != "Threads" {
			continue
		}
		own, found := to.FieldByName(f.Name)
		require.True(t, found, "Options lacks %s", f.Name)
		require.Equal(t, f.Type, own.Type, f.Name)
		switch field := reflect.ValueOf(&o).Elem().FieldByName(f.Name); field.Kind() {
		case reflect.Int:
			field.SetInt(int64(i + 1))
		case reflect.Uint64:
			field.SetUint(uint64(i + 1))
		case reflect.Float64:
			field.SetFloat(float64(i + 1))
		case reflect.String:
			field.SetString(f.Name)
		}
	}
	passed := reflect.ValueOf(*o.solver())
	for i := range to.NumField() {
		name := to.Field(i).Name
		require.Equal(t, reflect.ValueOf(o).Field(i).Interface(), passed.FieldByName(name).Interface(), name)
		require.False(t, passed.FieldByName(name).IsZero(), name)
	}
}

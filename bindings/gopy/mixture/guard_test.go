package mixture

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func guarded(body func() error) (err error) {
	defer guard(&err)
	return body()
}

// carried is a panic from another goroutine, in the form in which core/internal/par hands it over.
type carried struct{}

func (carried) Origin() (any, []byte) { return "there", []byte("its own stack") }

func TestPanicsBecomeErrors(t *testing.T) {
	var none *Options
	require.ErrorContains(t, guarded(func() error { panic("here") }), "panic: here\n")
	require.ErrorContains(t, guarded(func() error { none.Components++; return nil }), "nil pointer dereference")
	require.ErrorContains(t, guarded(func() error { panic("here") }), "guard_test.go")
	require.ErrorContains(t, guarded(func() error { panic(carried{}) }), "panic: there\nits own stack")
}

func TestErrorsPassTheGuard(t *testing.T) {
	want := errors.New("an error")
	require.Same(t, want, guarded(func() error { return want }))
	require.NoError(t, guarded(func() error { return nil }))
}

func TestEmptyModelsGiveErrors(t *testing.T) {
	for name, err := range map[string]error{
		"Save":          new(Model).Save(t.TempDir() + "/model"),
		"Weights":       new(Model).Weights(at(0), 1, 1, "float64"),
		"Means":         new(Model).Means(at(0), 1, 1, "float64"),
		"Loadings":      new(Model).Loadings(at(0), 1, 1, "float64"),
		"NoiseVariance": new(Model).NoiseVariance(at(0), 1, 1, "float64"),
		"ScoreSamples":  new(Model).ScoreSamples(at(0), 1, 1, "float64", at(8), 1, 1, "float64"),
		"Predict":       new(Model).Predict(at(0), 1, 1, "float64", at(8), 1, 1, "int64"),
		"Sample":        new(Model).Sample(0, at(0), 1, 1, "float64"),
	} {
		require.ErrorContains(t, err, "this Model is empty", name)
	}
}

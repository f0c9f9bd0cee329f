package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"math"
	"sync"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp/surrogate"
)

// density lets the threads of a caller use a surrogate, one after the other.
type density struct {
	mu sync.Mutex
	*surrogate.Density
}

func newDensity(b *block, bounds core.Matrix[float64], options *C.lithe_const_char) (*density, error) {
	o := &surrogate.Options{Threads: b.threads()}
	if err := settings(options, o); err != nil {
		return nil, err
	}
	s, err := surrogate.New(bounds, o)
	return &density{Density: s}, err
}

func densityAt(h C.lithe_handle) *density { return at[*density](int64(h)) }

// limited converts a count.
func limited(name string, count C.int64_t) int {
	if count < 0 || count > math.MaxInt32 {
		refuse(errArgument, "%s must be in [0, %d], got %d", name, math.MaxInt32, count)
	}
	return int(count)
}

func (s *density) ask(b *block, count int, out *int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.Ask(b, count)
	if err != nil {
		return err
	}
	*out = handles.open(newResult(&struct {
		Converged bool
		X         core.Matrix[float64]
	}{s.Converged(), x}))
	return nil
}

func (s *density) tell(x core.Matrix[float64], y []float64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Tell(x, y)
}

func (s *density) sample(b *block, count int, seed uint64, out *int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.Sample(b, count, seed)
	if err == nil {
		*out = handles.open(newResult(found))
	}
	return err
}

func (s *density) evaluate(b *block, value, deviation []float64, x core.Matrix[float64]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Evaluate(b, value, deviation, x)
}

func (s *density) evaluations() (core.Matrix[float64], []float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Evaluations()
}

// info is the text of lithe_gp_surrogate_info. Nested members come last, for readers that look for the first of a name.
func (s *density) info() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type round struct {
		Evaluations int     `json:"n_evaluations"`
		Best        float64 `json:"best"`
		Correct     int     `json:"correct"`
		Change      any     `json:"change"`
		Expected    any     `json:"expected"`
		Evidence    any     `json:"log_evidence"`
	}
	history := []round{}
	for _, r := range s.History() {
		history = append(history, round{r.Evaluations, r.Best, r.Correct, finite(r.Change), finite(r.Expected), finite(r.Evidence)})
	}
	theta := s.Theta()
	if theta == nil {
		theta = []float64{}
	}
	x, _ := s.Evaluations()
	text, err := json.Marshal(struct {
		Converged   bool         `json:"converged"`
		Evaluations int          `json:"n_evaluations"`
		Features    int          `json:"n_features"`
		Theta       []float64    `json:"theta"`
		History     []round      `json:"history"`
		Diagnostics []diagnostic `json:"diagnostics"`
	}{s.Converged(), x.Rows, x.Cols, theta, history, diagnostics(s.Diagnostics())})
	return string(text), err
}

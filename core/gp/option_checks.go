package gp

import (
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// wordOption is an option that must be one of some words.
type wordOption struct {
	name, value string
	known       []string
}

// countOption is an option that must be at least some number.
type countOption struct {
	name         string
	value, least int
}

// numberOption is an option that must be in [0, below).
type numberOption struct {
	name         string
	value, below float64
}

// checkOptions reports the first impossible option with an error wrapping core.ErrOption.
func checkOptions(words []wordOption, counts []countOption, numbers []numberOption) error {
	for _, f := range words {
		if !slices.Contains(f.known, f.value) {
			return fmt.Errorf("gp: %w: %s must be one of %v, got %q", core.ErrOption, f.name, f.known, f.value)
		}
	}
	for _, f := range counts {
		if f.value < f.least {
			return fmt.Errorf("gp: %w: %s must be at least %d, got %d", core.ErrOption, f.name, f.least, f.value)
		}
	}
	for _, f := range numbers {
		if !(f.value >= 0 && f.value < f.below) {
			return fmt.Errorf("gp: %w: %s must be in [0, %v), got %v", core.ErrOption, f.name, f.below, f.value)
		}
	}
	return nil
}

// checkPriors reports the first impossible one.
func checkPriors(priors []Prior) error {
	for i := range priors {
		if err := priors[i].validate(); err != nil {
			return err
		}
	}
	return nil
}

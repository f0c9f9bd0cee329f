package coreset

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// errorf is an error of this package of the given kind.
func errorf(kind error, format string, arguments ...any) error {
	return fmt.Errorf("coreset: %w: "+format, append([]any{kind}, arguments...)...)
}

// tooFew is the error of a subset of no samples.
func tooFew(size int) error {
	return errorf(core.ErrOption, "n_samples must be at least 1, got %d", size)
}

// overflows is the error of rows so large that their distances or inner products are not finite.
func overflows(what string) error {
	return errorf(core.ErrNotFinite, "the squared distances of rows overflow; divide %s by its largest element first", what)
}

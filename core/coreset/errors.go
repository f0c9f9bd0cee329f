package coreset

import "fmt"

// errorf is an error of this package of the given kind.
func errorf(kind error, format string, arguments ...any) error {
	return fmt.Errorf("coreset: %w: "+format, append([]any{kind}, arguments...)...)
}

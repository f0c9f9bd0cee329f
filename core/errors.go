package core

import (
	"errors"

	"github.com/lithe-ml/lithe/core/internal/memory"
)

// Kinds of failure, for errors.Is. Every error that a room returns wraps one of these or a context's error.
var (
	ErrOption       = errors.New("invalid option")        // an option has an impossible value or an unknown name
	ErrShape        = errors.New("invalid shape")         // sizes that do not fit together
	ErrNotFinite    = errors.New("non-finite data")       // NaN or infinity in the input
	ErrNumerical    = errors.New("numerical failure")     // the computation broke down
	ErrNotConverged = errors.New("not converged")         // a usable result, short of the requested tolerance
	ErrFile         = errors.New("unreadable model file") // truncated, corrupted, foreign or from a newer version
	ErrMemory       = memory.Err                          // more memory than this process can get
)

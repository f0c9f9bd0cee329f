package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

// Failures of the boundary itself; the others are the sentinels of package core.
var (
	errArgument = errors.New("invalid argument")
	errHandle   = errors.New("invalid handle")
	errABI      = errors.New("another version of lithe.h")
	errCallback = errors.New("a function of the caller failed")
	errInternal = errors.New("internal error in lithe, please report it")
)

// statuses gives the status of each kind of error. The first match counts: what is wrong with a file can also be,
// say, a wrong shape inside it.
var statuses = []struct {
	err    error
	status C.int32_t
}{
	{errCallback, C.LITHE_ECALLBACK},
	{core.ErrFile, C.LITHE_EFILE},
	{core.ErrOption, C.LITHE_EINVAL},
	{errArgument, C.LITHE_EINVAL},
	{core.ErrShape, C.LITHE_ESHAPE},
	{core.ErrNotFinite, C.LITHE_EDATA},
	{core.ErrNumerical, C.LITHE_ENUMERIC},
	{core.ErrNotConverged, C.LITHE_ENOCONV},
	{context.Canceled, C.LITHE_ECANCELLED},
	{errHandle, C.LITHE_EHANDLE},
	{errABI, C.LITHE_EABI},
	{core.ErrMemory, C.LITHE_ENOMEM},
}

// guard is the frame of every export: it checks and resets the run block, runs the body, and turns what comes out of
// it, be it an error, a refused argument or a panic, into a status and a message. No panic gets past it.
func guard(run *C.lithe_run, body func(*block) error) (status C.int32_t) {
	b, err := begin(run)
	defer func() {
		if v := recover(); v != nil {
			err = recovered(v)
		}
		status = statusOf(err)
		b.end(status, err)
	}()
	if err == nil {
		err = body(b)
	}
	return
}

// statusOf classifies an error. One of no known kind should not have left core: it counts as internal.
func statusOf(err error) C.int32_t {
	if err == nil {
		return C.LITHE_OK
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return C.LITHE_EPANIC
}

// refusal carries an error from the conversion of an argument to the guard, so that exports can use converted
// arguments in place.
type refusal struct{ err error }

// refuse ends the export with an error of the given kind.
func refuse(kind error, format string, args ...any) {
	panic(refusal{invalid(kind, format, args...)})
}

// invalid is an error of the given kind.
func invalid(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}

// recovered makes an error of a recovered panic: the one a refusal carries, or an internal one that tells where.
func recovered(v any) error {
	stack := debug.Stack()
	switch p := v.(type) {
	case refusal:
		return p.err
	case interface{ Origin() (any, []byte) }: // carried here from another goroutine
		v, stack = p.Origin()
	}
	if e, ok := v.(error); ok && errors.Is(e, core.ErrMemory) {
		return e
	}
	if e, ok := v.(runtime.Error); ok && strings.Contains(e.Error(), "makeslice") { // longer than any memory
		return fmt.Errorf("%w: %v", core.ErrMemory, e)
	}
	return fmt.Errorf("%w: panic: %v\n%s", errInternal, v, origin(stack))
}

// origin keeps the lines of a stack trace that follow the panic: they name the functions and lines it came from.
func origin(stack []byte) string {
	trace := string(stack)
	if _, after, found := strings.Cut(trace, "\npanic("); found {
		lines := strings.SplitN(after, "\n", 3)
		trace = lines[len(lines)-1]
	}
	return strings.ReplaceAll(trace, "\n\t", " at ")
}

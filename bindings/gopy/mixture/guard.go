package mixture

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// guard, deferred first in every method, makes an error of a panic. Without it a panic ends the Python process. The
// error tells where the panic came from, also when a goroutine of the solver carried it here.
func guard(err *error) {
	v := recover()
	if v == nil {
		return
	}
	stack := debug.Stack()
	if carried, ok := v.(interface{ Origin() (any, []byte) }); ok {
		v, stack = carried.Origin()
	}
	trace := string(stack)
	if _, after, found := strings.Cut(trace, "\npanic("); found {
		trace = after[strings.Index(after, "\n")+1:]
	}
	*err = fmt.Errorf("internal error in lithe, please report it: panic: %v\n%s", v, trace)
}

package memory

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
)

// Err is what all errors of this package wrap; package core names it ErrMemory.
var Err = errors.New("not enough memory")

// small is the number of bytes up to which nothing is asked of the system: it would cost more than it is worth.
const small = 64 << 20

// Check returns an error wrapping [Err] if work takes more bytes than this process can still get. Work up to 64 MiB is
// only held against LITHE_MEMORY_LIMIT. The message is "room: not enough memory: task takes ..., advice".
func Check(room, task string, bytes float64, advice string) error {
	limit, limited := os.LookupEnv(variable)
	if bytes <= small && !limited {
		return nil
	}
	have, source, err := allowance(bytes, limit)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", room, Err, err)
	}
	if bytes <= have {
		return nil
	}
	return fmt.Errorf("%s: %w: %s takes %s, and %s %s; %s", room, Err, task, Size(bytes), source, Size(have), advice)
}

// Claim panics with an error wrapping [Err] if a single array of more than 64 MiB is more than this process can still
// get. It is for arrays that no Check has foreseen.
func Claim(bytes float64) {
	if bytes <= small {
		return
	}
	have, source, err := allowance(bytes, os.Getenv(variable))
	if err != nil {
		panic(fmt.Errorf("%w: %w", Err, err))
	}
	if bytes > have {
		panic(fmt.Errorf("%w: an array takes %s, and %s %s; ask for less at once", Err, Size(bytes), source, Size(have)))
	}
}

// allowance returns how much this process can get, and who says so. If that seems less than bytes, garbage is returned
// to the system first.
func allowance(bytes float64, limit string) (have float64, source string, err error) {
	if limit != "" {
		have, err = parse(limit)
		return have, variable + " allows", err
	}
	if have = reach(free()); have < bytes {
		debug.FreeOSMemory()
		have = reach(free())
	}
	return have, "the system has", nil
}

// Machine returns the most that this process may ever hold, +Inf where that is unknown.
func Machine() float64 { return reach(total()) }

// reach is what of so many bytes programs of 32 bits can address, with room for what is there already.
func reach(bytes float64) float64 {
	if strconv.IntSize == 32 {
		return min(bytes, 1<<31)
	}
	return bytes
}

// Size writes a number of bytes for people, in powers of 1000.
func Size(bytes float64) string {
	unit := 0
	for bytes >= 999.5 && unit < len(units)-1 {
		bytes /= 1000
		unit++
	}
	if bytes >= 1e6 || math.IsNaN(bytes) {
		return "more than any memory"
	}
	return strconv.FormatFloat(bytes, 'g', 3, 64) + " " + units[unit]
}

var units = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

package memory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// variable is the environment variable that says how many bytes a call may take.
const variable = "LITHE_MEMORY_LIMIT"

// parse reads a limit: a number of bytes, with K, M, G or T for powers of 1024, or none.
func parse(limit string) (float64, error) {
	text := strings.ToUpper(strings.TrimSpace(limit))
	if text == "NONE" {
		return math.Inf(1), nil
	}
	digits := strings.TrimSuffix(strings.TrimSuffix(text, "B"), "I")
	unit := 1.0
	for i, suffix := range []string{"K", "M", "G", "T"} {
		if rest, found := strings.CutSuffix(digits, suffix); found {
			digits, unit = rest, math.Pow(1024, float64(i+1))
			break
		}
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || !(value >= 0) {
		return 0, fmt.Errorf("%s must be a number of bytes such as 2000000000 or 2G, or none, got %q", variable, limit)
	}
	return value * unit, nil
}

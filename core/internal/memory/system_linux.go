package memory

import (
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// free returns the bytes that this process can still get: what is available (swap counts), as far as control groups and
// the limit of its address space allow.
func free() float64 {
	_, left := groups("/proc/self/cgroup", "/sys/fs/cgroup")
	return min(system("MemAvailable:", "SwapFree:"), left, addresses(true))
}

// total returns the bytes that this process may ever hold.
func total() float64 {
	limit, _ := groups("/proc/self/cgroup", "/sys/fs/cgroup")
	return min(system("MemTotal:", "SwapTotal:"), limit, addresses(false))
}

// system adds two lines of /proc/meminfo, +Inf if the first is not there.
func system(memory, swap string) float64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.Inf(1)
	}
	values := map[string]float64{memory: math.Inf(1), swap: 0}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if _, wanted := values[fields[0]]; !wanted {
			continue
		}
		if kilobytes, err := strconv.ParseFloat(fields[1], 64); err == nil {
			values[fields[0]] = 1024 * kilobytes
		}
	}
	return values[memory] + values[swap]
}

// addresses returns the limit of the address space, or what is left of it.
func addresses(left bool) float64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || limit.Cur > math.MaxInt64 { // none
		return math.Inf(1)
	}
	bytes := float64(limit.Cur)
	if text, err := os.ReadFile("/proc/self/statm"); left && err == nil {
		pages, _, _ := strings.Cut(string(text), " ")
		taken, _ := strconv.ParseFloat(pages, 64)
		bytes -= taken * float64(os.Getpagesize())
	}
	return max(bytes, 0)
}

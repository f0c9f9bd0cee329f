package memory

import (
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// accounts names the files of a version of control groups, and the lines of memory.stat that count cached files, which the
// system gives up when memory is short.
type accounts struct {
	folder, limit, used string
	cached              []string
}

var (
	first  = accounts{"memory", "memory.limit_in_bytes", "memory.usage_in_bytes", []string{"total_inactive_file", "total_active_file"}}
	second = accounts{"", "memory.max", "memory.current", []string{"inactive_file", "active_file"}}
)

// groups returns the least limit of the control groups of this process and of those above them, and the least that is
// left. list is /proc/self/cgroup, root where the groups are mounted. A container may not see the groups above its
// own, nor under the names in list: what is there counts.
func groups(list, root string) (limit, left float64) {
	limit, left = math.Inf(1), math.Inf(1)
	text, err := os.ReadFile(list)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, group
		if len(fields) < 3 {
			continue
		}
		a := second
		if fields[1] != "" {
			if a = first; !slices.Contains(strings.Split(fields[1], ","), "memory") {
				continue
			}
		}
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			most, rest := a.read(path.Join(root, a.folder, group))
			limit, left = min(limit, most), min(left, rest)
			if group == "/" {
				break
			}
		}
	}
	return
}

// read returns the limit of one group and what is left of it, +Inf without one.
func (a accounts) read(folder string) (limit, left float64) {
	limit, ok := number(path.Join(folder, a.limit))
	if !ok {
		return math.Inf(1), math.Inf(1)
	}
	used, ok := number(path.Join(folder, a.used))
	if !ok {
		return limit, limit
	}
	stat, _ := os.ReadFile(path.Join(folder, "memory.stat"))
	for line := range strings.Lines(string(stat)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if slices.Contains(a.cached, name) {
			bytes, _ := strconv.ParseFloat(value, 64)
			used -= bytes
		}
	}
	return limit, max(0, limit-max(used, 0))
}

// number reads a file of one number; "max" is none.
func number(file string) (float64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return float64(v), err == nil
}

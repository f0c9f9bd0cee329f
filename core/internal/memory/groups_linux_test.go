package memory

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree writes files with their contents and returns the folder.
func tree(t *testing.T, files map[string]string) string {
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return root
}

func TestGroupsTakesTheTightestOfTheGroupsAbove(t *testing.T) {
	for _, c := range []struct {
		name        string
		files       map[string]string
		limit, left float64
	}{
		{"version 2", map[string]string{
			"list":                      "0::/user/job\n",
			"group/user/memory.max":     "1000\n",
			"group/user/memory.current": "900\n",
			"group/user/memory.stat":    "anon 5\ninactive_file 200\nactive_file 50\n",
			"group/user/job/memory.max": "max\n",
		}, 1000, 350},
		{"version 2 seen from inside a container", map[string]string{
			"list":                 "0::/../elsewhere\n",
			"group/memory.max":     "5000\n",
			"group/memory.current": "1000\n",
		}, 5000, 4000},
		{"version 1", map[string]string{
			"list":                                   "4:memory:/box\n3:cpu,cpuacct:/box\n0::/\n",
			"group/memory/memory.limit_in_bytes":     "9223372036854771712\n",
			"group/memory/memory.usage_in_bytes":     "4000\n",
			"group/memory/box/memory.limit_in_bytes": "3000\n",
			"group/memory/box/memory.usage_in_bytes": "2000\n",
			"group/memory/box/memory.stat":           "inactive_file 1\ntotal_inactive_file 300\n",
		}, 3000, 1300},
		{"more taken than allowed", map[string]string{
			"list": "0::/\n", "group/memory.max": "10", "group/memory.current": "20",
		}, 10, 0},
		{"no limits", map[string]string{"list": "nonsense\n0::/x\n"}, math.Inf(1), math.Inf(1)},
		{"no groups", nil, math.Inf(1), math.Inf(1)},
	} {
		root := tree(t, c.files)
		limit, left := groups(filepath.Join(root, "list"), filepath.Join(root, "group"))
		require.Equal(t, []float64{c.limit, c.left}, []float64{limit, left}, c.name)
	}
}

func TestTheSystemAnswers(t *testing.T) {
	require.Less(t, system("MemAvailable:", "SwapFree:"), system("MemTotal:", "SwapTotal:"))
	require.Equal(t, math.Inf(1), system("NoSuchLine:", "SwapFree:"))
	require.LessOrEqual(t, addresses(true), addresses(false))
	require.LessOrEqual(t, free(), total())
}

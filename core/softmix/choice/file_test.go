package choice

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestFilesHoldAllThatIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.lithe")
	s, _ := generated(shape{100, 5, 4, 2, true, true, 31})
	m := fitted(t, s, &Options{Classes: 2, NInit: 3, Fixed: []Fixed{{0, 1, 0}}, Columns: []string{"price", "time"},
		MembershipColumns: []string{"age", "income"}})
	require.NoError(t, m.Save(path))
	loaded, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, m, loaded)

	again := &Model{Coefficients: m.Coefficients, Membership: m.Membership, Shares: m.Shares, Index: m.Index, Covariance: m.Covariance,
		Robust: m.Robust, Information: m.Information, Gradient: m.Gradient, Posterior: m.Posterior, Person: m.Person,
		Likelihoods: m.Likelihoods, Starts: m.Starts}
	require.NoError(t, again.Recall([]byte(`{"hits": 2, "classes": 7, "unbounded": -1}`)))
	require.Equal(t, [2]int{2, 2}, [2]int{again.Hits, again.Classes})
	require.ErrorIs(t, again.Recall([]byte(`{"column_names": ["price"]}`)), core.ErrShape)
	require.ErrorIs(t, again.Recall([]byte(`{"hits": "many"}`)), core.ErrOption)

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content[:len(content)-1], 0o600))
	_, err = Load(path)
	require.ErrorIs(t, err, core.ErrFile)
	m.Index[0] = 99
	require.ErrorIs(t, m.Save(path), core.ErrShape)
}

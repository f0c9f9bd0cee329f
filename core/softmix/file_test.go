package softmix

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestFilesHoldAllThatIsKnown(t *testing.T) {
	d := simulate(23, 300, 3, 2, 4000, 1.5)
	path := filepath.Join(t.TempDir(), "m.lithe")
	m := fitted(t, d, Options{NInit: 2, Finish: 1, Ridge: 0.5})
	require.NoError(t, m.Save(path))
	loaded, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, m, loaded)

	bare, err := NewMixture(m.Theta, m.Alpha, m.Normalizers, 3)
	require.NoError(t, err)
	bare.Certificate, bare.Condition, bare.Decrement = math.NaN(), math.Inf(1), 0
	require.NoError(t, bare.Save(path))
	loaded, err = Load(path)
	require.NoError(t, err)
	require.Equal(t, m.Theta, loaded.Theta)
	require.True(t, math.IsNaN(loaded.Certificate) && math.IsNaN(loaded.Condition))
	require.Empty(t, loaded.Covariance)

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content[:len(content)-1], 0o600))
	_, err = Load(path)
	require.ErrorIs(t, err, core.ErrFile)
	m.Covariance = m.Covariance[1:]
	require.ErrorIs(t, m.Save(path), core.ErrShape)
	require.ErrorIs(t, bare.Recall([]byte(`{"at_edge": [2]}`)), core.ErrShape)
	require.ErrorIs(t, bare.Recall([]byte(`{"draws": "many"}`)), core.ErrOption)
}

package modelfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

type attributes struct {
	Components int     `json:"components"`
	Type       string  `json:"type"`
	Bound      float64 `json:"bound"`
}

var (
	someAttributes = attributes{3, "factor", -1.25}
	someArrays     = []Array{
		{Name: "means", Shape: []int{3, 2}, Float64: []float64{1, 2, -3, math.Inf(1), math.Copysign(0, -1), 5e-324}},
		{Name: "neighbors", Shape: []int{3, 1}, Int32: []int32{0, -1, math.MaxInt32}},
		{Name: "loadings", Shape: []int{3, 2, 0}},
		{Name: "counts", Shape: []int{2}, Int64: []int64{math.MinInt64, 7}},
		{Name: "scale", Shape: []int{}, Float64: []float64{2.5}},
	}
)

// written returns the bytes of a small complete file.
func written(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "small.lithe")
	require.NoError(t, Write(path, "mixture", someAttributes, someArrays))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

func decodeBytes(b []byte) (*File, error) {
	var a attributes
	return decode(bytes.NewReader(b), int64(len(b)), "mixture", &a)
}

// sealed appends the right checksum, to craft files that only their content gives away.
func sealed(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(bytes.Clone(b), sum[:]...)
}

// crafted is a file with a header of the caller's making and n bytes of payload at offset 320.
func crafted(head string, n int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), version)
	b = binary.LittleEndian.AppendUint32(b, uint32(320-prefixSize))
	b = append(b, head...)
	b = append(b, strings.Repeat(" ", 320-len(b))...)
	return sealed(append(b, make([]byte, n)...))
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.lithe")
	require.NoError(t, Write(path, "mixture", someAttributes, someArrays))
	var a attributes
	f, err := Read(path, "mixture", &a)
	require.NoError(t, err)
	require.Equal(t, someAttributes, a)
	require.Equal(t, core.Version, f.Lithe)

	means, err := f.Float64("means", 3, 2)
	require.NoError(t, err)
	for i, v := range someArrays[0].Float64 {
		require.Equal(t, math.Float64bits(v), math.Float64bits(means[i]))
	}
	neighbors, err := f.Int32("neighbors", 3, 1)
	require.NoError(t, err)
	require.Equal(t, someArrays[1].Int32, neighbors)
	loadings, err := f.Float64("loadings", 3, 2, 0)
	require.NoError(t, err)
	require.Empty(t, loadings)
	nothing, err := f.Int32("loadings", 3, 2, 0)
	require.NoError(t, err)
	require.Empty(t, nothing)
	counts, err := f.Int64("counts", 2)
	require.NoError(t, err)
	require.Equal(t, someArrays[3].Int64, counts)
	scale, err := f.Float64("scale")
	require.NoError(t, err)
	require.Equal(t, []float64{2.5}, scale)
}

// Arrays longer than one conversion chunk, and a length that is not a multiple of it.
func TestLongArraysSurvive(t *testing.T) {
	long := make([]float64, 3*chunkBytes/8+5)
	short := make([]int32, 2*chunkBytes/4+3)
	for i := range long {
		long[i] = float64(i) * 0.7
	}
	for i := range short {
		short[i] = int32(-i)
	}
	path := filepath.Join(t.TempDir(), "long.lithe")
	require.NoError(t, Write(path, "k", nil, []Array{
		{Name: "a", Shape: []int{len(long)}, Float64: long}, {Name: "b", Shape: []int{len(short)}, Int32: short}}))
	f, err := Read(path, "k", nil)
	require.NoError(t, err)
	a, err := f.Float64("a", len(long))
	require.NoError(t, err)
	require.Equal(t, long, a)
	b, err := f.Int32("b", len(short))
	require.NoError(t, err)
	require.Equal(t, short, b)
}

// The layout is a promise to readers in other languages, so its bytes are taken apart by hand here.
func TestLayoutIsAsDocumented(t *testing.T) {
	b := written(t)
	require.Equal(t, []byte{0x89, 'L', 'I', 'T', 'H', 'E', 0x0d, 0x0a}, b[:8])
	require.EqualValues(t, 1, binary.LittleEndian.Uint32(b[8:]))
	n := int(binary.LittleEndian.Uint32(b[12:]))
	require.Equal(t, byte('{'), b[16])
	require.Contains(t, string(b[16:16+n]), `"kind":"mixture"`)
	first := (16 + n + 63) / 64 * 64
	require.Contains(t, string(b[16:16+n]), fmt.Sprintf(`{"name":"means","dtype":"float64","shape":[3,2],"offset":%d}`, first))
	require.Equal(t, 2.0, math.Float64frombits(binary.LittleEndian.Uint64(b[first+8:])))
	require.Equal(t, byte(0xff), b[first+64+4]) // neighbors[1] = -1
	sum := sha256.Sum256(b[:len(b)-32])
	require.Equal(t, sum[:], b[len(b)-32:])
}

func TestEveryTruncationIsRefused(t *testing.T) {
	b := written(t)
	for n := range b {
		_, err := decodeBytes(b[:n])
		require.Error(t, err, "first %d of %d bytes", n, len(b))
	}
	_, err := decodeBytes(append(bytes.Clone(b), 0))
	require.Error(t, err, "a byte too many")
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	b := written(t)
	for i := range b {
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			b[i] ^= mask
			_, err := decodeBytes(b)
			require.Error(t, err, "byte %d ^ %#x", i, mask)
			b[i] ^= mask
		}
	}
	_, err := decodeBytes(b)
	require.NoError(t, err)
}

func TestRefusalsSayWhy(t *testing.T) {
	b := written(t)
	future := bytes.Clone(b)
	future[8] = 2
	zero := bytes.Clone(b)
	zero[8] = 0
	flipped := bytes.Clone(b)
	flipped[len(b)-40] ^= 1
	for name, c := range map[string]struct {
		content []byte
		kind    string
		message string
	}{
		"empty":          {nil, "mixture", "not a lithe model file"},
		"foreign":        {[]byte("\x93NUMPY\x01\x00 and more of it, long enough to hold a checksum"), "mixture", "not a lithe model file"},
		"text mode":      {bytes.Replace(b, []byte("\r\n"), []byte("\n"), 1), "mixture", "not a lithe model file"},
		"cut in magic":   {b[:5], "mixture", "truncated"},
		"cut in header":  {b[:100], "mixture", "truncated"},
		"cut in payload": {b[:len(b)-50], "mixture", "checksum"},
		"flipped":        {flipped, "mixture", "checksum"},
		"future":         {future, "mixture", "format version 2, this lithe reads up to 1: upgrade lithe"},
		"version zero":   {zero, "mixture", "corrupted"},
		"kind":           {b, "kmeans", `holds a "mixture", not a "kmeans"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.lithe")
			require.NoError(t, os.WriteFile(path, c.content, 0o666))
			_, err := Read(path, c.kind, nil)
			require.ErrorIs(t, err, core.ErrFile)
			require.ErrorContains(t, err, c.message)
			require.ErrorContains(t, err, "bad.lithe")
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := Read(filepath.Join(t.TempDir(), "none"), "mixture", nil)
		require.ErrorIs(t, err, core.ErrFile)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("folder", func(t *testing.T) {
		_, err := Read(t.TempDir(), "mixture", nil)
		require.ErrorIs(t, err, core.ErrFile)
		require.ErrorContains(t, err, "not a regular file")
	})
}

// Files with a valid checksum whose header lies, as only malice or a bug makes them.
func TestLyingHeadersAreRefused(t *testing.T) {
	const frame = `{"kind":"mixture","attributes":{},"arrays":[%s]}`
	for name, arrays := range map[string]string{
		"larger than the file":   `{"name":"a","dtype":"float64","shape":[1000000000000],"offset":320}`,
		"product overflows":      `{"name":"a","dtype":"float64","shape":[4294967296,4294967296],"offset":320}`,
		"zero hides an overflow": `{"name":"a","dtype":"float64","shape":[4294967296,4294967296,4294967296,0],"offset":384}`,
		"negative":               `{"name":"a","dtype":"float64","shape":[-8,-1],"offset":320}`,
		"wrong offset":           `{"name":"a","dtype":"float64","shape":[8],"offset":64}`,
		"later offset":           `{"name":"a","dtype":"float64","shape":[8],"offset":384}`,
		"unknown dtype":          `{"name":"a","dtype":"float16","shape":[8],"offset":320}`,
		"overlap":                `{"name":"a","dtype":"float64","shape":[8],"offset":320},{"name":"b","dtype":"float64","shape":[8],"offset":320}`,
		"same name":              `{"name":"a","dtype":"float64","shape":[4],"offset":320},{"name":"a","dtype":"float64","shape":[0],"offset":384}`,
		"bytes left over":        `{"name":"a","dtype":"float64","shape":[7],"offset":320}`,
		"not JSON":               `}`,
	} {
		t.Run(name, func(t *testing.T) {
			b := crafted(fmt.Sprintf(frame, arrays), 64)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decodeBytes(b)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		})
	}
	_, err := decodeBytes(crafted(fmt.Sprintf(frame, `{"name":"a","dtype":"float64","shape":[8],"offset":320}`), 64))
	require.NoError(t, err, "the frame of the test is itself sound")
	_, err = decodeBytes(crafted(`{"kind":"mixture","attributes":[1],"arrays":[]}`, 0))
	require.Error(t, err, "attributes of another type, and padding that belongs to nothing")
}

func TestLookupNamesTheDifference(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.lithe")
	require.NoError(t, Write(path, "mixture", someAttributes, someArrays))
	f, err := Read(path, "mixture", nil)
	require.NoError(t, err)
	_, err = f.Float64("medians", 3, 2)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, `no array "medians"`)
	_, err = f.Float64("means", 2, 3)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, "float64[3 2], expected float64[2 3]")
	_, err = f.Int32("means", 3, 2)
	require.ErrorContains(t, err, "expected int32[3 2]")
}

func TestFailedWriteLeavesTheOldFileAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.lithe")
	require.NoError(t, Write(path, "mixture", someAttributes, someArrays))
	old, err := os.ReadFile(path)
	require.NoError(t, err)

	err = Write(path, "mixture", map[string]float64{"bound": math.NaN()}, nil)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, "cannot write model file")
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, old, now)

	// The name of a folder that is not empty: only the last step, the rename, can fail.
	err = Write(dir, "mixture", someAttributes, someArrays)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorContains(t, err, "not a regular file")
	err = Write(filepath.Join(dir, "missing", "model.lithe"), "mixture", someAttributes, someArrays)
	require.ErrorIs(t, err, core.ErrFile)
	require.ErrorIs(t, err, fs.ErrNotExist)

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file stays behind")
}

func TestWriteReplacesThroughSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "v1.lithe"), filepath.Join(dir, "latest.lithe")
	require.NoError(t, Write(target, "mixture", someAttributes, nil))
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("this file system has no symbolic links: %v", err)
	}
	require.NoError(t, Write(link, "mixture", someAttributes, someArrays))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&fs.ModeSymlink)
	f, err := Read(target, "mixture", nil)
	require.NoError(t, err)
	_, err = f.Float64("means", 3, 2)
	require.NoError(t, err)
}

func TestContradictoryArraysPanic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.lithe")
	for name, arrays := range map[string][]Array{
		"shape":      {{Name: "a", Shape: []int{2}, Float64: []float64{1}}},
		"two fields": {{Name: "a", Shape: []int{1}, Float64: []float64{1}, Int32: []int32{1}}},
		"same name":  {{Name: "a", Shape: []int{0}}, {Name: "a", Shape: []int{0}}},
	} {
		require.Panics(t, func() { Write(path, "k", nil, arrays) }, name)
	}
}

func FuzzRead(f *testing.F) {
	b := written(f)
	f.Add(b[:len(b)-sha256.Size])
	f.Add(crafted(`{"kind":"mixture","attributes":{},"arrays":[{"name":"a","dtype":"float64","shape":[8],"offset":320}]}`, 64))
	f.Add([]byte(magic))
	// The checksum is put right, so that the fuzzer reaches what lies behind it.
	f.Fuzz(func(t *testing.T, body []byte) {
		b := sealed(body)
		file, err := decodeBytes(b)
		if err != nil {
			return
		}
		total := 0
		for _, a := range file.arrays {
			total += 8*len(a.Float64) + 8*len(a.Int64) + 4*len(a.Int32)
		}
		require.LessOrEqual(t, total, len(b))
	})
}

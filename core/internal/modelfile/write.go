package modelfile

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lithe-ml/lithe/core"
)

// Write saves attributes (a struct or map that encoding/json can marshal, so without NaN or infinities) and arrays as
// a file of the given kind. The file appears under its name only once it is complete and on disk: until then an
// existing file stays as it is, and after a failure nothing is left behind. A symbolic link is followed.
//
// Errors wrap core.ErrFile and the error of the operating system. Write panics if an array's shape contradicts its
// data or two arrays share a name.
func Write(path, kind string, attributes any, arrays []Array) (err error) {
	head, err := encodeHeader(kind, attributes, arrays)
	if err != nil {
		return &writeError{path, err}
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return &writeError{path, errors.New("it exists and is not a regular file")}
	}
	f, err := createBeside(path)
	if err != nil {
		return &writeError{path, err}
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = &writeError{path, err}
		}
	}()
	if err = encode(f, head, arrays); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// writeError says that a file could not be written; core.ErrFile's own text speaks of reading.
type writeError struct {
	path string
	err  error
}

func (e *writeError) Error() string {
	// The operating system's error repeats the path, or names the temporary file: only its reason is of interest.
	reason := e.err
	var pathError *os.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(e.err, &pathError):
		reason = pathError.Err
	case errors.As(e.err, &linkError):
		reason = linkError.Err
	}
	return fmt.Sprintf("cannot write model file %q: %v", e.path, reason)
}

func (e *writeError) Unwrap() []error { return []error{core.ErrFile, e.err} }

// createBeside creates a new file with a name of its own in the folder of path, with the permissions that the
// process gives to new files.
func createBeside(path string) (*os.File, error) {
	for attempt := 0; ; attempt++ {
		name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || attempt == 10 || !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// syncFolder puts a rename on disk. Not every file system can, and the file itself is already safe.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		dir.Sync()
		dir.Close()
	}
}

// encodeHeader returns everything up to the first payload. Offsets depend on the length of the header, which depends
// on the digits of the offsets: the loop ends because the length can only grow.
func encodeHeader(kind string, attributes any, arrays []Array) ([]byte, error) {
	h := header{Kind: kind, Lithe: core.Version, Arrays: make([]entry, len(arrays))}
	var err error
	if h.Attributes, err = json.Marshal(attributes); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for i, a := range arrays {
		if seen[a.Name] {
			panic(fmt.Sprintf("modelfile: two arrays are named %q", a.Name))
		}
		seen[a.Name] = true
		h.Arrays[i] = a.entry()
	}
	size := int64(prefixSize)
	for {
		offset := align(size)
		for i := range h.Arrays {
			e := &h.Arrays[i]
			n, _ := elements(e.Shape, math.MaxInt64)
			e.Offset = offset
			offset = align(offset + n*itemSize[e.Dtype])
		}
		text, err := json.Marshal(h)
		if err != nil {
			return nil, err
		}
		if len(text) > maxHeader {
			return nil, fmt.Errorf("its header would take %d bytes, the format allows %d", len(text), maxHeader)
		}
		if int64(prefixSize+len(text)) <= size {
			// A shorter text than the one the offsets were computed for is filled up with spaces.
			b := []byte(magic)
			b = binary.LittleEndian.AppendUint32(b, version)
			b = binary.LittleEndian.AppendUint32(b, uint32(size)-uint32(prefixSize))
			b = append(b, text...)
			for int64(len(b)) < size {
				b = append(b, ' ')
			}
			return b, nil
		}
		size = int64(prefixSize + len(text))
	}
}

// entry describes the array, without an offset yet.
func (a *Array) entry() entry {
	length, dtype, kinds := 0, "float64", 0
	if a.Float64 != nil {
		length, kinds = len(a.Float64), kinds+1
	}
	if a.Int64 != nil {
		length, dtype, kinds = len(a.Int64), "int64", kinds+1
	}
	if a.Int32 != nil {
		length, dtype, kinds = len(a.Int32), "int32", kinds+1
	}
	if n, ok := elements(a.Shape, math.MaxInt64); !ok || n != int64(length) || kinds > 1 {
		panic(fmt.Sprintf("modelfile: array %q of shape %v has %d elements in %d fields", a.Name, a.Shape, length, kinds))
	}
	return entry{Name: a.Name, Dtype: dtype, Shape: append([]int{}, a.Shape...)}
}

// encode writes the header, the payloads and the checksum.
func encode(w io.Writer, head []byte, arrays []Array) error {
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), chunkBytes)
	out.Write(head) // errors of a bufio.Writer stay with it until Flush
	at := int64(len(head))
	for i := range arrays {
		a := &arrays[i]
		out.Write(make([]byte, align(at)-at))
		at = align(at)
		at += encodePayload(out, a.Float64) + encodePayload(out, a.Int64) + encodePayload(out, a.Int32)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

// encodePayload writes data and returns the number of bytes.
func encodePayload[T float64 | int64 | int32](w *bufio.Writer, data []T) int64 {
	size := int64(binary.Size(T(0)))
	buf := make([]byte, 0, chunkBytes)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), chunkBytes/int(size))
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, rest[:n]) // cannot fail on numbers
		w.Write(buf)
		rest = rest[n:]
	}
	return int64(len(data)) * size
}

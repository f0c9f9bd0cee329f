package modelfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// File is the content of a model file.
type File struct {
	Lithe  string // version of lithe that wrote it
	path   string
	arrays map[string]Array
}

// Read reads a whole file of the given kind and unmarshals its attributes into attributes (a pointer, as for
// encoding/json; nil to leave them). The checksum is verified before anything in the file is believed, and nothing
// larger than the file is ever allocated.
//
// Errors wrap core.ErrFile: missing, truncated, corrupted, not a model file, of another kind, of a newer format.
func Read(path, kind string, attributes any) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, readError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, readError(path, err)
	case !info.Mode().IsRegular():
		return nil, readError(path, errors.New("not a regular file"))
	}
	file, err := decode(f, info.Size(), kind, attributes)
	if err != nil {
		return nil, readError(path, err)
	}
	file.path = path
	return file, nil
}

func readError(path string, err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return fmt.Errorf("%w: %q: %w", core.ErrFile, path, pathError.Err)
	}
	return fmt.Errorf("%w: %q: %w", core.ErrFile, path, err)
}

// decode reads the file of size bytes behind r.
func decode(r io.ReaderAt, size int64, kind string, attributes any) (*File, error) {
	prefix := make([]byte, min(size, int64(prefixSize)))
	if _, err := r.ReadAt(prefix, 0); err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.HasPrefix(prefix, []byte(magic)) {
		if len(prefix) > 0 && bytes.HasPrefix([]byte(magic), prefix) {
			return nil, errTruncated
		}
		return nil, errors.New("not a lithe model file")
	}
	if size < int64(prefixSize+sha256.Size) {
		return nil, errTruncated
	}
	if v := binary.LittleEndian.Uint32(prefix[8:]); v != version {
		if v > version {
			return nil, fmt.Errorf("written in format version %d, this lithe reads up to %d: upgrade lithe", v, version)
		}
		return nil, fmt.Errorf("corrupted: format version %d never existed", v)
	}
	end := size - sha256.Size // of the payloads
	length := int64(binary.LittleEndian.Uint32(prefix[12:]))
	if length > maxHeader || int64(prefixSize)+length > end {
		return nil, errors.New("truncated or corrupted: the file ends inside its header")
	}
	if err := verify(r, end); err != nil {
		return nil, err
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, int64(prefixSize)); err != nil {
		return nil, err
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, fmt.Errorf("malformed header: %w", err)
	}
	if h.Kind != kind {
		return nil, fmt.Errorf("it holds a %q, not a %q", h.Kind, kind)
	}
	file := &File{Lithe: h.Lithe, arrays: make(map[string]Array)}
	if err := file.decodeArrays(r, h.Arrays, int64(prefixSize)+length, end); err != nil {
		return nil, err
	}
	if attributes != nil {
		if err := json.Unmarshal(h.Attributes, attributes); err != nil {
			return nil, fmt.Errorf("malformed attributes: %w", err)
		}
	}
	return file, nil
}

var errTruncated = errors.New("truncated: the file ends too early")

// verify compares the checksum that follows the first end bytes.
func verify(r io.ReaderAt, end int64) error {
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, 0, end), make([]byte, chunkBytes)); err != nil {
		return err
	}
	stored := make([]byte, sha256.Size)
	if _, err := r.ReadAt(stored, end); err != nil && err != io.EOF {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), stored) {
		return errors.New("truncated or corrupted: the checksum does not match")
	}
	return nil
}

// decodeArrays reads the payloads, which must fill the file from at to end exactly as Write lays them out. So no two
// overlap and together they cannot ask for more memory than the file has bytes.
func (f *File) decodeArrays(r io.ReaderAt, entries []entry, at, end int64) error {
	for _, e := range entries {
		size, known := itemSize[e.Dtype]
		if !known {
			return fmt.Errorf("malformed header: array %q has unknown dtype %q", e.Name, e.Dtype)
		}
		if _, twice := f.arrays[e.Name]; twice {
			return fmt.Errorf("malformed header: two arrays are named %q", e.Name)
		}
		at = align(at)
		n, ok := elements(e.Shape, (end-at)/size)
		if !ok || e.Offset != at || at > end {
			return fmt.Errorf("malformed header: array %q of shape %v at offset %d does not fit the file", e.Name, e.Shape, e.Offset)
		}
		a := Array{Name: e.Name, Shape: e.Shape}
		var err error
		payload := io.NewSectionReader(r, at, n*size)
		switch e.Dtype {
		case "float64":
			a.Float64, err = decodePayload[float64](payload, n)
		case "int64":
			a.Int64, err = decodePayload[int64](payload, n)
		case "int32":
			a.Int32, err = decodePayload[int32](payload, n)
		}
		if err != nil {
			return err
		}
		f.arrays[e.Name] = a
		at += n * size
	}
	if at != end {
		return fmt.Errorf("malformed header: %d bytes belong to no array", end-at)
	}
	return nil
}

func decodePayload[T float64 | int64 | int32](r io.Reader, n int64) ([]T, error) {
	data := make([]T, n)
	size := binary.Size(T(0))
	buf := make([]byte, min(chunkBytes, int(n)*size))
	for rest := data; len(rest) > 0; {
		part := rest[:min(len(rest), chunkBytes/size)]
		chunk := buf[:len(part)*size]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return nil, err
		}
		if _, err := binary.Decode(chunk, binary.LittleEndian, part); err != nil {
			return nil, err
		}
		rest = rest[len(part):]
	}
	return data, nil
}

// Float64 returns the array of that name, which must have the given dtype and shape; the caller owns the slice. The
// dtype of an array without elements does not matter.
func (f *File) Float64(name string, shape ...int) ([]float64, error) {
	a, err := f.lookup(name, "float64", shape)
	return a.Float64, err
}

// Int64 is Float64 for that dtype.
func (f *File) Int64(name string, shape ...int) ([]int64, error) {
	a, err := f.lookup(name, "int64", shape)
	return a.Int64, err
}

// Int32 is Float64 for that dtype.
func (f *File) Int32(name string, shape ...int) ([]int32, error) {
	a, err := f.lookup(name, "int32", shape)
	return a.Int32, err
}

func (f *File) lookup(name, dtype string, shape []int) (Array, error) {
	a, ok := f.arrays[name]
	if !ok {
		return Array{}, readError(f.path, fmt.Errorf("it has no array %q", name))
	}
	e := a.entry()
	if empty := slices.Contains(e.Shape, 0); e.Dtype != dtype && !empty || !slices.Equal(e.Shape, shape) {
		return Array{}, readError(f.path, fmt.Errorf("array %q is %s%v, expected %s%v", name, e.Dtype, e.Shape, dtype, shape))
	}
	return a, nil
}

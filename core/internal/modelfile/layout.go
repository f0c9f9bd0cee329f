package modelfile

import (
	"encoding/json"
	"math"

	"github.com/lithe-ml/lithe/core"
)

const (
	magic      = "\x89LITHE\r\n"
	version    = 1
	prefixSize = len(magic) + 4 + 4 // up to the JSON header
	alignment  = 64
	maxHeader  = 1 << 24
	chunkBytes = 1 << 16 // converted at a time
)

// Array is a named array, row-major. At most one of the data fields is set; none means an empty float64 array.
type Array struct {
	Name    string
	Shape   []int
	Float64 []float64
	Int64   []int64
	Int32   []int32
}

// Matrix returns an array of the elements of x, which it shares unless there are gaps between rows.
func Matrix(name string, x core.Matrix[float64]) Array {
	a := Array{Name: name, Shape: []int{x.Rows, x.Cols}}
	if x.Stride == x.Cols {
		a.Float64 = x.Data[:x.Rows*x.Cols]
		return a
	}
	a.Float64 = make([]float64, 0, x.Rows*x.Cols)
	for i := range x.Rows {
		a.Float64 = append(a.Float64, x.Row(i)...)
	}
	return a
}

type header struct {
	Kind       string          `json:"kind"`
	Lithe      string          `json:"lithe"`
	Attributes json.RawMessage `json:"attributes"`
	Arrays     []entry         `json:"arrays"`
}

type entry struct {
	Name   string `json:"name"`
	Dtype  string `json:"dtype"`
	Shape  []int  `json:"shape"`
	Offset int64  `json:"offset"`
}

// itemSize is the size in bytes of one element of each dtype.
var itemSize = map[string]int64{"float64": 8, "int64": 8, "int32": 4}

// align returns the first multiple of the alignment that is at least n.
func align(n int64) int64 { return (n + alignment - 1) / alignment * alignment }

// elements returns the product of shape, or false if a dimension is negative or the product exceeds limit.
func elements(shape []int, limit int64) (int64, bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d == 0 {
			n = 0
		}
	}
	for _, d := range shape {
		if n > 0 && int64(d) > math.MaxInt64/n {
			return 0, false
		}
		n *= int64(d)
	}
	return n, n <= limit
}

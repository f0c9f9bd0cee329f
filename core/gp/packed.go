package gp

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

const (
	blockTiles = 8
	blockSize  = blockTiles * tile.Size
)

// packed is a set of points as the tiles want them, for every leaf of a kernel. Places behind the last point repeat it.
type packed[T core.Float] struct {
	n      int
	tiles  int
	blocks int
	perm   []int32 // the caller's index of every point
	leaves []features[T]
}

// features are the scaled features of a set of points for one leaf, about the centre of each tile.
type features[T core.Float] struct {
	width    int
	data     []T       // tiles x width x tile.Size
	norms    []T       // squared norms (tiles x tile.Size)
	centers  []float64 // tiles x width
	radius2  []float64 // largest of the norms of a tile
	lo, hi   []float64 // boxes around tiles (tiles x width), centres included
	blockBox [2][]float64
	turns    []float64 // of a periodic leaf: x in periods, its cosine and its sine (tiles x 3 len(dims) x tile.Size)
}

// linear is where scaled features begin to grow like a logarithm, which keeps their squares finite in float32 and different
// points apart. Kernels vanish long before.
const linear = 1e13

// bounded returns z, less far from 0 beyond linear.
func bounded(z float64) float64 {
	if far := min(math.Abs(z), math.MaxFloat64); far > linear {
		return math.Copysign(linear*(1+math.Log(far/linear)), z)
	}
	return z
}

// resize makes room for n points, using memory again.
func (p *packed[T]) resize(c *compiled, n int) {
	p.n, p.tiles, p.blocks = n, par.Tiles(n, tile.Size), par.Tiles(n, blockSize)
	if len(p.leaves) != len(c.leaves) {
		p.leaves = make([]features[T], len(c.leaves))
	}
	for i, l := range c.leaves {
		f := &p.leaves[i]
		f.width = l.width()
		f.data = sized(f.data, p.tiles*f.width*tile.Size)
		f.norms = sized(f.norms, p.tiles*tile.Size)
		f.centers = sized(f.centers, p.tiles*f.width)
		f.radius2 = sized(f.radius2, p.tiles)
		f.lo, f.hi = sized(f.lo, p.tiles*f.width), sized(f.hi, p.tiles*f.width)
		f.blockBox[0], f.blockBox[1] = sized(f.blockBox[0], p.blocks*f.width), sized(f.blockBox[1], p.blocks*f.width)
		if l.period != nil {
			f.turns = sized(f.turns, p.tiles*3*len(l.dims)*tile.Size)
		}
	}
}

func sized[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// pack fills p with the points x in the order perm. Features are measured from origin.
func (p *packed[T]) pack(c *compiled, x points, perm []int32, origin []float64, threads int) {
	p.resize(c, x.n)
	p.perm = perm
	_ = par.For(nil, threads, p.blocks, func(_, b int) {
		lo, hi := par.Span(b, x.n, blockSize)
		places := par.Tiles(hi-lo, tile.Size) * tile.Size
		rows := make([]float64, places*x.d)
		for i := range places {
			x.row(int(perm[min(lo+i, x.n-1)]), rows[i*x.d:(i+1)*x.d])
		}
		for i, l := range c.leaves {
			z := scaled(l, rows, places, x.d, origin)
			p.leaves[i].fill(l, z, b, places)
			if l.period != nil {
				p.leaves[i].turn(l, rows, b, places, x.d)
			}
		}
	})
}

// scaled returns the features of a leaf (n x width) for rows (n x d).
func scaled(l *leaf, rows []float64, n, d int, origin []float64) []float64 {
	w := l.width()
	z := make([]float64, n*w)
	for i := range n {
		row, to := rows[i*d:(i+1)*d], z[i*w:(i+1)*w]
		for k, q := range l.dims {
			switch {
			case l.shape == inner:
				to[k] = row[q]
			case l.period != nil:
				cos, sin := circle(row[q], l.period[k])
				to[2*k], to[2*k+1] = cos/l.length[k], sin/l.length[k]
			default:
				to[k] = bounded((row[q] - origin[q]) / l.length[k])
			}
		}
	}
	return z
}

// fill stores the features z (places x width) of block b.
func (f *features[T]) fill(l *leaf, z []float64, b, places int) {
	w := f.width
	blockLo, blockHi := f.blockBox[0][b*w:(b+1)*w], f.blockBox[1][b*w:(b+1)*w]
	copy(blockLo, z[:w])
	copy(blockHi, z[:w])
	for first := 0; first < places; first += tile.Size {
		t := b*blockTiles + first/tile.Size
		data, norms := f.data[t*w*tile.Size:(t+1)*w*tile.Size], f.norms[t*tile.Size:(t+1)*tile.Size]
		lo, hi := f.lo[t*w:(t+1)*w], f.hi[t*w:(t+1)*w]
		copy(lo, z[first*w:(first+1)*w])
		copy(hi, lo)
		center := f.centers[t*w : (t+1)*w]
		clear(center)
		if l.shape != inner {
			for i := range tile.Size {
				for q, v := range z[(first+i)*w : (first+i+1)*w] {
					center[q] += v / tile.Size
				}
			}
		}
		f.radius2[t] = 0
		for i := range tile.Size {
			sum := 0.0
			for q, v := range z[(first+i)*w : (first+i+1)*w] {
				lo[q], hi[q] = min(lo[q], v), max(hi[q], v)
				e := T(v - center[q])
				data[q*tile.Size+i] = e
				sum += float64(e) * float64(e)
			}
			norms[i] = T(sum)
			f.radius2[t] = max(f.radius2[t], sum)
		}
		for q := range w {
			blockLo[q], blockHi[q] = min(blockLo[q], lo[q]), max(blockHi[q], hi[q])
		}
	}
}

// turn stores what the derivative by the period needs.
func (f *features[T]) turn(l *leaf, rows []float64, b, places, d int) {
	m := len(l.dims)
	for i := range places {
		t := b*blockTiles + i/tile.Size
		to := f.turns[t*3*m*tile.Size:]
		for k, q := range l.dims {
			x := rows[i*d+q]
			cos, sin := circle(x, l.period[k])
			at := 3*k*tile.Size + i%tile.Size
			to[at], to[at+tile.Size], to[at+2*tile.Size] = x/l.period[k], cos, sin
		}
	}
}

// span returns the tiles of block b.
func (p *packed[T]) span(b int) (lo, hi int) { return par.Span(b, p.tiles, blockTiles) }

// points returns how many of the places of tile t hold points.
func (p *packed[T]) count(t int) int { return min(p.n-t*tile.Size, tile.Size) }

// gap returns the least and the largest squared distance that points of two boxes can have.
func gap(lo1, hi1, lo2, hi2 []float64) (least, most float64) {
	for q, v := range lo1 {
		away := max(v-hi2[q], lo2[q]-hi1[q], 0)
		wide := max(hi1[q]-lo2[q], hi2[q]-v)
		least += away * away
		most += wide * wide
	}
	return least, most
}

// tile returns the features of tile t.
func (f *features[T]) tile(t int) []T {
	return f.data[t*f.width*tile.Size : (t+1)*f.width*tile.Size]
}

// tileBox and box return the corners of the box around a tile or block.
func (f *features[T]) tileBox(t int) (lo, hi []float64) {
	return f.lo[t*f.width : (t+1)*f.width], f.hi[t*f.width : (t+1)*f.width]
}

func (f *features[T]) box(b int) (lo, hi []float64) {
	return f.blockBox[0][b*f.width : (b+1)*f.width], f.blockBox[1][b*f.width : (b+1)*f.width]
}

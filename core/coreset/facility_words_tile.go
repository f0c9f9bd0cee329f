package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// sparsePoints is the geometry of sparse rows. A panel holds the numbers of its rows only, in two parts that T has exactly. One of
// the panels of a tile is laid out as columns, which stays until it is not in the next tile; products with it are sums of these.
type sparsePoints[T core.Float] struct {
	rows  *compactRows[T]
	ids   []int
	curve *tile.Curve[T]
	own   *columns[T]
}

// columns are 64 rows as columns: of those features that any of them has, the 64 values.
type columns[T core.Float] struct {
	rows, last      [tile.Size]int32 // laid out, and on the left of the tile before
	left, right     [tile.Size]int32
	place           []int32 // of a feature in values, from 1 on; 0: none has it
	features        []int32
	values          []T
	vector          []float64 // one row, by feature
	vectorOf        int32
	squares, others [tile.Size]T
}

const rowDigits = 1 << 20

func newSparsePoints[T core.Float](rows *compactRows[T], ids []int) *sparsePoints[T] {
	p := &sparsePoints[T]{rows: rows, ids: ids}
	if rows.metric == RBF {
		p.curve = tile.NewRBF[T](1)
	}
	return p
}

func (p *sparsePoints[T]) size() int {
	if p.ids != nil {
		return len(p.ids)
	}
	return p.rows.n
}

func (p *sparsePoints[T]) panel() int { return 2 * tile.Size }

func (p *sparsePoints[T]) scratch() int { return tile.Elements }

func (p *sparsePoints[T]) reaches() bool { return p.rows.metric != Dot }

func (p *sparsePoints[T]) local() geometry[T] {
	another := *p
	another.own = nil
	return &another
}

func (p *sparsePoints[T]) fill(panel []T, slot, i int) {
	row := rowOf(p.ids, i)
	panel[slot], panel[tile.Size+slot] = T(row/rowDigits), T(row%rowDigits)
}

// named returns the row at a place of a panel.
func named[T core.Float](panel []T, slot int) int32 {
	return int32(panel[slot])*rowDigits + int32(panel[tile.Size+slot])
}

// columns returns what this goroutine keeps.
func (p *sparsePoints[T]) columns() *columns[T] {
	if p.own == nil {
		p.own = &columns[T]{place: make([]int32, p.rows.m), vector: make([]float64, p.rows.m), vectorOf: -1}
		p.own.rows[0], p.own.last[0] = -1, -1
	}
	return p.own
}

func (p *sparsePoints[T]) costs(dst, scratch, a, b []T) {
	c := p.columns()
	for slot := range tile.Size {
		c.left[slot], c.right[slot] = named(a, slot), named(b, slot)
	}
	if onLeft := c.rows == c.left; onLeft && c.rows != c.right || !onLeft && c.rows != c.right && c.last == c.left {
		c.lay(p.rows, &c.left)
		c.products(p.rows, scratch, &c.right)
		for i := range tile.Size {
			row := dst[i*tile.Size : (i+1)*tile.Size]
			for j := range row {
				row[j] = scratch[j*tile.Size+i]
			}
		}
	} else {
		c.lay(p.rows, &c.right)
		c.products(p.rows, dst, &c.left)
	}
	c.last = c.left
	p.finish(c, dst, scratch)
}

// lay lays rows out as columns.
func (c *columns[T]) lay(from *compactRows[T], rows *[tile.Size]int32) {
	if c.rows == *rows {
		return
	}
	c.rows = *rows
	for _, j := range c.features {
		c.place[j] = 0
	}
	c.features, c.values = c.features[:0], c.values[:0]
	var zeros [tile.Size]T
	for slot, i := range rows {
		index, value := from.row(int(i))
		for e, j := range index {
			if c.place[j] == 0 {
				c.features, c.values = append(c.features, j), append(c.values, zeros[:]...)
				c.place[j] = int32(len(c.features))
			}
			c.values[(int(c.place[j])-1)*tile.Size+slot] = value[e]
		}
	}
}

// products writes those of some rows with the ones laid out, the same bits whichever side of a tile these are on.
func (c *columns[T]) products(from *compactRows[T], dst []T, rows *[tile.Size]int32) {
	for slot, i := range rows {
		sums := dst[slot*tile.Size : (slot+1)*tile.Size]
		clear(sums)
		index, value := from.row(int(i))
		for e, j := range index {
			if at := int(c.place[j]) * tile.Size; at > 0 {
				blas.Axpy(value[e], c.values[at-tile.Size:at], sums)
			}
		}
	}
}

// finish turns products into costs.
func (p *sparsePoints[T]) finish(c *columns[T], dst, scratch []T) {
	if p.rows.metric == Dot {
		return
	}
	for slot := range tile.Size {
		c.squares[slot], c.others[slot] = T(p.rows.square[c.left[slot]]), T(p.rows.square[c.right[slot]])
	}
	for i, own := range c.squares {
		row := dst[i*tile.Size : (i+1)*tile.Size]
		for j, v := range row {
			if v = own + c.others[j] - 2*v; v < 0 {
				v = 0
			}
			row[j] = v
		}
	}
	switch p.rows.metric {
	case Euclidean:
		cover.Root(dst[:tile.Elements])
	case RBF:
		tile.Evaluate(p.curve, dst, nil, dst, scratch)
	}
}

// near finds products in float64, so that they are those of equal rows with themselves to the last bit.
func (p *sparsePoints[T]) near(dst, a []T, slot int, b []T, _ []T) {
	c, i := p.columns(), named(a, slot)
	c.take(p.rows, i)
	for other := range dst {
		dst[other] = p.against(c, i, named(b[other/tile.Size*p.panel():], other%tile.Size))
	}
}

// between writes the costs of row i and some others.
func (p *sparsePoints[T]) between(dst []T, i int, others []int32) {
	c, row := p.columns(), int32(rowOf(p.ids, i))
	c.take(p.rows, row)
	for e, j := range others {
		dst[e] = p.against(c, row, int32(rowOf(p.ids, int(j))))
	}
}

// take makes a row the one that others are multiplied with.
func (c *columns[T]) take(from *compactRows[T], i int32) {
	if c.vectorOf == i {
		return
	}
	if c.vectorOf >= 0 {
		old, _ := from.row(int(c.vectorOf))
		for _, j := range old {
			c.vector[j] = 0
		}
	}
	index, value := from.row(int(i))
	for e, j := range index {
		c.vector[j] = float64(value[e])
	}
	c.vectorOf = i
}

// against returns the cost of row i, which was taken, and row j.
func (p *sparsePoints[T]) against(c *columns[T], i, j int32) T {
	index, value := p.rows.row(int(j))
	sum := 0.0
	for e, q := range index {
		sum += float64(value[e]) * c.vector[q]
	}
	return T(p.cost(sum, p.rows.square[i], p.rows.square[j]))
}

// cost returns that of two rows with a product and squared norms.
func (p *sparsePoints[T]) cost(product, square, other float64) float64 {
	if p.rows.metric == Dot {
		return min(product, float64(T(p.rows.most)))
	}
	e := max(0, square+other-2*product)
	switch p.rows.metric {
	case Euclidean:
		return math.Sqrt(e)
	case RBF:
		return math.Exp(-0.5 * e)
	}
	return e
}

func (p *sparsePoints[T]) orientation() (sign, ceiling, offset float64) {
	switch p.rows.metric {
	case SqEuclidean:
		return -1, 4 * p.rows.most, 0
	case Cosine:
		return -1, 2, 0
	case RBF:
		return 1, 0, 1
	case Dot:
		return 1, 0, float64(T(p.rows.most))
	}
	return -1, 2 * math.Sqrt(p.rows.most), 0
}

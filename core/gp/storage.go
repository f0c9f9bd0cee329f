package gp

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// storage holds the tiles of the upper triangle of K, divided by a power of two, row after row.
type storage[T core.Float] struct {
	tiles  int // in a row of K
	format string
	unit   float64 // the power of two
	parts  []T     // a tile of its reciprocal
	whole  []T
	narrow []uint16
}

var tileFormats = map[string]tile.Format{Float16: tile.Float16, BFloat16: tile.BFloat16}

// place returns where the elements of the tile (s, t), s <= t, begin.
func (m *storage[T]) place(s, t int) int { return (s*m.tiles - s*(s-1)/2 + t - s) * tile.Elements }

// read returns the tile (s, t), in scratch if it has to be widened.
func (m *storage[T]) read(scratch []T, s, t int) []T {
	at := m.place(s, t)
	if m.format == Float32 {
		return m.whole[at : at+tile.Elements]
	}
	tile.Widen(tileFormats[m.format], scratch, m.narrow[at:at+tile.Elements])
	return scratch
}

func (m *storage[T]) write(k []T, s, t int) {
	at := m.place(s, t)
	if m.format == Float32 {
		copy(m.whole[at:at+tile.Elements], k)
		return
	}
	tile.Narrow(tileFormats[m.format], m.narrow[at:at+tile.Elements], k)
}

// keep evaluates K once for all products, in the given format; elements are at most most. Without a format what was kept is
// let go.
func (e *kernelEngine[T]) keep(format string, most float64, threads int) {
	if format == "" {
		e.stored = nil
		return
	}
	p := &e.packed
	if e.stored == nil {
		e.stored = &storage[T]{}
	}
	m := e.stored
	m.tiles, m.format, m.unit = p.tiles, format, powerOfTwo(most)
	m.parts = sized(m.parts, tile.Elements)
	for i := range m.parts {
		m.parts[i] = T(1 / m.unit)
	}
	if size := m.place(p.tiles-1, p.tiles-1) + tile.Elements; format == Float32 {
		m.whole = sized(m.whole, size)
	} else {
		m.narrow = sized(m.narrow, size)
	}
	tasks := p.blocks * (p.blocks + 1) / 2
	threads = e.ready(threads, tasks)
	for _, w := range e.workers[:threads] {
		w.use(e.program, p, p, false, negligible[T]())
	}
	_ = par.For(nil, threads, tasks, func(worker, t int) {
		w := e.workers[worker]
		i, k := pairOf(t, p.blocks)
		if !w.start(i, i+k) {
			return
		}
		w.upper(func(s, t int) {
			k := w.tile(s, t)
			tile.Scale(k, m.parts)
			m.write(k, s, t)
		})
	})
}

// upper calls visit for the tiles of the pair of blocks that are in the upper triangle and not negligible.
func (e *evaluator[T]) upper(visit func(s, t int)) {
	firstRow, lastRow := e.rows.span(e.i)
	firstCol, lastCol := e.cols.span(e.j)
	for s := firstRow; s < lastRow; s++ {
		for t := max(s, firstCol); t < lastCol; t++ {
			if !e.negligible(s, t) {
				visit(s, t)
			}
		}
	}
}

// distort returns the largest absolute eigenvalue, to some tenths, of what storage changes in K.
func (e *kernelEngine[T]) distort(threads int) float64 {
	n := e.packed.n
	v, exact, kept := core.NewMatrix[float64](n, 1), core.NewMatrix[float64](n, 1), core.NewMatrix[float64](n, 1)
	r := rng.New(0, 0x6770)
	for i := range v.Data {
		v.Data[i] = r.NormFloat64()
	}
	norm := 0.0
	for range powerSteps {
		length := 0.0
		for _, x := range v.Data {
			length += x * x
		}
		if length == 0 {
			return 0
		}
		for i := range v.Data {
			v.Data[i] /= math.Sqrt(length)
		}
		_ = e.multiply(nil, kept, v, nil, threads)
		stored := e.stored
		e.stored = nil
		_ = e.multiply(nil, exact, v, nil, threads)
		e.stored = stored
		norm = 0
		for i := range v.Data {
			v.Data[i] = kept.Data[i] - exact.Data[i]
			norm += v.Data[i] * v.Data[i]
		}
	}
	return math.Sqrt(norm)
}

// powerSteps come within a fifth of the largest eigenvalue of a matrix of rounding errors.
const powerSteps = 5

// tolerated is the largest change of eigenvalues by storage, as a fraction of the least noise variance.
const tolerated = 0.1

// store keeps K as the options ask, and lets it go again if that could make K + Sigma indefinite.
func (op *Operator) store() error {
	if op.storage == "" {
		return nil
	}
	diagonal := make([]float64, op.points.n)
	op.compiled.diagonal(diagonal, op.points)
	most := 0.0
	for _, v := range diagonal {
		most = max(most, v)
	}
	op.engine.keep(op.storage, most, op.threads)
	op.distortion = 0
	if op.storage != Float32 {
		op.distortion = op.engine.distort(op.threads)
	}
	return op.guard()
}

func (op *Operator) guard() error {
	least := math.Inf(1)
	for _, v := range op.sigma {
		least = min(least, v)
	}
	if op.distortion <= tolerated*least {
		return nil
	}
	op.engine.keep("", 0, op.threads)
	return fmt.Errorf("gp: %w: %s storage changes eigenvalues of K by up to about %.2g, which is more than a tenth of the "+
		"least noise variance %.2g and could make the matrix indefinite; store in float32, or do not store",
		core.ErrNumerical, op.storage, op.distortion, least)
}

// StorageError returns an estimate of the largest change of an eigenvalue of K by 16-bit storage, 0 without.
func (op *Operator) StorageError() float64 { return op.distortion }

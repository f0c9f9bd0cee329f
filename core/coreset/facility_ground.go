package coreset

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Ground is the set that facilities are selected from, and that they serve: [Rows], [SparseRows], [Distances],
// [Similarities], [ProductRows] or [Graph]. It keeps the memory that it was made from, which must not change meanwhile.
type Ground interface {
	// Len returns the number of rows n.
	Len() int
	// check reports impossible data, and settles what depends on all of it.
	check(ctx context.Context, o *FacilityOptions) error
	// begin starts a selection for some of the rows, all of one group, in ascending order; nil means all.
	begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error)
	// exact is the faster of the exact engines.
	exact() string
	// effort says what a selection from a group of n rows takes: bytes, and seconds per pair of rows on one thread.
	effort(n int) (bytes, perPair float64)
}

// rowGround is data whose rows are points; the metric is an option.
type rowGround[T core.Float] struct {
	x     core.Matrix[T]
	space space
}

// Rows returns the rows of x (n x d) as points, between which [FacilityOptions].Metric measures.
func Rows[T core.Float](x core.Matrix[T]) Ground { return &rowGround[T]{x: x} }

func (g *rowGround[T]) Len() int { return g.x.Rows }

func (g *rowGround[T]) exact() string { return Decremental }

func (g *rowGround[T]) check(_ context.Context, o *FacilityOptions) error {
	if err := checkMatrix(g.x, "X"); err != nil {
		return err
	}
	if g.x.Cols == 0 {
		return errorf(core.ErrShape, "X has no features")
	}
	s, err := newSpace(g.x, o)
	g.space = s
	return err
}

func (g *rowGround[T]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	return newGreedy(ctx, newTiles(ctx, newPoints(g.x, g.space, ids), o), ids, o)
}

func (g *rowGround[T]) effort(n int) (bytes, perPair float64) {
	size := float64(elementSize[T]())
	return float64(n) * (size*float64(g.x.Cols+5) + 40), size / 4 * (3e-10 + 2.5e-11*float64(g.x.Cols))
}

// searches says whether near neighbours serve best, as where costs are distances.
func (g *rowGround[T]) searches() bool { return g.space.metric != Dot }

// near is selection on a graph of nearest neighbours.
func (g *rowGround[T]) near(ctx context.Context, ids []int, o *FacilityOptions, phase func(string, int, int)) selection {
	p := newPoints(g.x, g.space, ids)
	return &nearby[T]{ctx: ctx, g: p, way: throughPoints[T]{p}, o: o, ids: ids, phase: phase}
}

// bound looks for a bound of the loss of any selection.
func (g *rowGround[T]) bound(ctx context.Context, ids []int, o *FacilityOptions, q request, p *part, phase func(string, int, int)) error {
	return boundLoss(ctx, newPoints(g.x, g.space, ids), ids, o, q, p, phase)
}

// productGround is a pair of matrices whose rows, multiplied out, are the points.
type productGround[T core.Float] struct{ r, a core.Matrix[T] }

// ProductRows returns the points r_i x [a_i, 1], the gradients of the last layer of a network, of n residuals r (n x C)
// and activations a (n x h). Their distances follow from (r_i . r_j)(a_i . a_j + 1); the points are never formed.
// The metric is euclidean or sqeuclidean.
func ProductRows[T core.Float](r, a core.Matrix[T]) Ground { return &productGround[T]{r, a} }

func (g *productGround[T]) Len() int { return g.r.Rows }

func (g *productGround[T]) exact() string { return Decremental }

func (g *productGround[T]) check(_ context.Context, o *FacilityOptions) error {
	if err := checkMatrix(g.r, "the residuals"); err != nil {
		return err
	}
	if err := checkMatrix(g.a, "the activations"); err != nil {
		return err
	}
	switch {
	case g.r.Rows != g.a.Rows:
		return errorf(core.ErrShape, "%d rows of residuals, but %d of activations", g.r.Rows, g.a.Rows)
	case g.r.Cols == 0:
		return errorf(core.ErrShape, "the residuals have no columns")
	case o.Metric != Euclidean && o.Metric != SqEuclidean:
		return errorf(core.ErrOption, "the metric of products is euclidean or sqeuclidean, got %q", o.Metric)
	}
	if _, ceiling, _ := newProducts(g.r, g.a, nil, false).orientation(); elementSize[T]() == 4 && ceiling > math.MaxFloat32 {
		return errorf(core.ErrNotFinite, "the squared norms of gradients overflow; divide the residuals or the activations by a number")
	}
	return nil
}

func (g *productGround[T]) begin(ctx context.Context, ids []int, o *FacilityOptions) (selection, error) {
	return newGreedy(ctx, newTiles(ctx, newProducts(g.r, g.a, ids, o.Metric == Euclidean), o), ids, o)
}

func (g *productGround[T]) bound(ctx context.Context, ids []int, o *FacilityOptions, q request, p *part, phase func(string, int, int)) error {
	return boundLoss(ctx, newProducts(g.r, g.a, ids, o.Metric == Euclidean), ids, o, q, p, phase)
}

func (g *productGround[T]) searches() bool { return true }

func (g *productGround[T]) landmarks() float64 { return landmarkFeatures*float64(elementSize[T]()) + 8 }

func (g *productGround[T]) near(ctx context.Context, ids []int, o *FacilityOptions, phase func(string, int, int)) selection {
	p := newProducts(g.r, g.a, ids, o.Metric == Euclidean)
	squares := make([]float64, g.r.Rows)
	for i := range squares {
		squares[i] = p.squared(i)
	}
	p.squares = squares
	return throughLandmarks(ctx, p, o, ids, phase)
}

func (g *productGround[T]) effort(n int) (bytes, perPair float64) {
	size := float64(elementSize[T]())
	return float64(n) * (size*float64(g.r.Cols+g.a.Cols+5) + 40), size / 4 * (6e-10 + 2.5e-11*float64(g.r.Cols+g.a.Cols))
}

// checkMatrix reports an impossible or non-finite matrix.
func checkMatrix[T core.Float](x core.Matrix[T], name string) error {
	if err := x.Check(name); err != nil {
		return fmt.Errorf("coreset: %w", err)
	}
	if err := x.CheckFinite(name); err != nil {
		return fmt.Errorf("coreset: %w", err)
	}
	return nil
}

func elementSize[T core.Float]() int {
	if core.Epsilon[T]() > 1e-10 {
		return 4
	}
	return 8
}

// rowOf is the row of the data that row i of a group stands for.
func rowOf(ids []int, i int) int {
	if ids == nil {
		return i
	}
	return ids[i]
}

package coreset

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// selectFull selects class after class with the whole curvature. The matrix of distances within the class comes from
//
//	g_i . g_j = sum_c r_ic r_jc (P_c [a_i; 1]) . (P_c [a_j; 1])
//
// with the diagonal matrix P_c of what the parameters of output c are divided by.
func (g lastLayer[T]) selectFull(ctx context.Context, curvature []float64, o *GradientOptions) (*Facilities, error) {
	groups, budgets := [][]int{make([]int, g.r.Rows)}, []int{o.Size}
	for i := range groups[0] {
		groups[0][i] = i
	}
	if o.Groups != nil {
		groups = membersOf(o.Groups)
		budgets = shareOut(sizesOf(groups), o.Size, nil)
	}
	limit := o.MemoryLimit
	if limit == 0 {
		limit = 4 << 30
	}
	for _, rows := range groups {
		if bytes := float64(len(rows)) * float64(len(rows)) * float64(elementSize[T]()); bytes > limit {
			return nil, fmt.Errorf("coreset: %w: preconditioner %q needs a distance matrix of %.3g bytes for a class of %d samples, memory_limit is %.3g; use %q, or smaller classes",
				core.ErrOption, Full, bytes, len(rows), limit, Factored)
		} else if err := memory.Check("coreset", fmt.Sprintf("the distances of %d samples", len(rows)), bytes,
			"use preconditioner factored, or smaller classes"); err != nil {
			return nil, err
		}
	}
	all := &Facilities{Assignment: make([]int, g.r.Rows), Recall: math.NaN()}
	for i := range all.Assignment {
		all.Assignment[i] = -1
	}
	for k, rows := range groups {
		if budgets[k] == 0 {
			continue
		}
		d, err := g.distances(ctx, rows, curvature, o.Threads)
		if err != nil {
			return nil, err
		}
		var weight []float64
		for _, i := range rows {
			if o.SampleWeight != nil {
				weight = append(weight, o.SampleWeight[i])
			}
		}
		own := o.facility(nil, weight)
		own.Budget = budgets[k]
		f, err := SelectFacilities(ctx, Distances(d), own)
		if err != nil {
			return nil, err
		}
		first := len(all.Indices)
		for _, j := range f.Indices {
			all.Indices = append(all.Indices, rows[j])
		}
		for at, owner := range f.Assignment {
			all.Assignment[rows[at]] = first + owner
		}
		all.Weights, all.Gains = append(all.Weights, f.Weights...), append(all.Gains, f.Gains...)
		all.Loss += f.Loss
		all.LossBound += f.LossBound
		all.BoundRisk += f.BoundRisk
		all.Engine = f.Engine
	}
	return all, nil
}

// distances returns those between the preconditioned gradients of some rows.
func (g lastLayer[T]) distances(ctx context.Context, rows []int, curvature []float64, threads int) (core.Matrix[T], error) {
	n, width := len(rows), g.a.Cols+1
	d, scaled := core.NewMatrix[T](n, n), make([]T, n*width)
	for c := range g.r.Cols {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		for k, i := range rows {
			r := float64(g.r.Row(i)[c])
			row := scaled[k*width : (k+1)*width]
			for j, v := range g.a.Row(i) {
				row[j] = T(r * float64(v) / curvature[c*width+j])
			}
			row[width-1] = T(r / curvature[c*width+width-1])
		}
		blas.Syrk(threads, true, false, n, width, 1, scaled, width, 1, d.Data, n)
	}
	norms := make([]float64, n)
	for k := range norms {
		norms[k] = float64(d.Row(k)[k])
	}
	for k := range n {
		d.Row(k)[k] = 0
		for j := range k {
			v := T(math.Sqrt(max(0, norms[k]+norms[j]-2*float64(d.Row(k)[j]))))
			d.Row(k)[j], d.Row(j)[k] = v, v
		}
	}
	return d, nil
}

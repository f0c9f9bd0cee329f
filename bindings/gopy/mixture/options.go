package mixture

import (
	"context"

	solver "github.com/lithe-ml/lithe/core/mixture"
)

// Options of Fit. A field that is zero or empty means its default, which is given in brackets.
type Options struct {
	Components     int     // number of mixture components C [1]
	CovarianceType string  // factor (low rank plus diagonal), diag or spherical [factor]
	Factors        int     // columns H of each loading matrix, below the number of features [5]
	Tol            float64 // stop when an iteration raises the bound by less, nats per row; negative: never [1e-3]
	RegCovar       float64 // floor of each noise variance, as a fraction of its feature's variance [1e-6]
	MaxIter        int     // most EM iterations [100]
	NInit          int     // starts, of which the best is kept [1]
	InitParams     string  // kmeans, k-means++, random_from_data or random [kmeans]
	Algorithm      string  // auto, truncated or exact [auto]
	Candidates     int     // components kept in each row's truncated posterior [3]
	Neighbors      int     // length of each component's neighbour list, itself included [15]
	Explore        int     // random components tried by each panel of rows; negative: none [1]
	Seed           uint64  // seed of every random choice [0]
	Threads        int     // goroutines, which never change the result; 0: one per processor
}

// Fit trains a mixture on the rows of x, an array (n x D) of float32 or float64. Impossible options, fewer rows than
// components, NaN and infinities are errors. A fit that used up MaxIter is not: Model.Converged tells.
func (o *Options) Fit(x uint64, rows, cols int, dtype string) (m *Model, err error) {
	defer guard(&err)
	data, err := newArray("x", x, rows, cols, dtype)
	if err != nil {
		return nil, err
	}
	var fitted *solver.Model
	switch dtype {
	case "float32":
		fitted, err = solver.FitMatrix(context.Background(), matrix[float32](data), o.solver())
	case "float64":
		fitted, err = solver.FitMatrix(context.Background(), matrix[float64](data), o.solver())
	default:
		err = errNotReal(data)
	}
	if err != nil {
		return nil, err
	}
	return newModel(fitted, o.Threads), nil
}

// solver returns the options as core/mixture has them.
func (o *Options) solver() *solver.Options {
	return &solver.Options{
		Components: o.Components, CovarianceType: o.CovarianceType, Factors: o.Factors, Tol: o.Tol, RegCovar: o.RegCovar,
		MaxIter: o.MaxIter, NInit: o.NInit, InitParams: o.InitParams, Algorithm: o.Algorithm, Candidates: o.Candidates,
		Neighbors: o.Neighbors, Explore: o.Explore, Seed: o.Seed, Threads: o.Threads,
	}
}

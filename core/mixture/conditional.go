package mixture

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
)

// Marginal returns the mixture of some features alone, in the order given; each at most once. Marginals of t components have
// the same degrees of freedom. O(C D H).
func (m *Model) Marginal(features []int) (*Model, error) {
	if err := m.checkFeatures(features); err != nil {
		return nil, err
	}
	some, err := NewModel(m.CovarianceType, m.Components, len(features), m.Factors, m.Weights,
		columns(m.Means, m.Features, 1, features), columns(m.Loadings, m.Features, m.Factors, features),
		columns(m.NoiseVariance, m.Features, 1, features))
	if err != nil || m.DOF == nil {
		return some, err
	}
	return some.WithTails(m.Family, m.DOF)
}

// columns picks features from blocks of the given number of features of width elements each.
func columns(all []float64, features, width int, picked []int) []float64 {
	var some []float64
	for block := 0; block < len(all); block += features * width {
		for _, d := range picked {
			some = append(some, all[block+d*width:block+(d+1)*width]...)
		}
	}
	return some
}

func (m *Model) checkFeatures(features []int) error {
	if len(features) == 0 {
		return fmt.Errorf("mixture: %w: no features are named", core.ErrShape)
	}
	for i, d := range features {
		if d < 0 || d >= m.Features {
			return fmt.Errorf("mixture: %w: feature %d is outside [0, %d)", core.ErrOption, d, m.Features)
		}
		if slices.Contains(features[:i], d) {
			return fmt.Errorf("mixture: %w: feature %d is named twice", core.ErrOption, d)
		}
	}
	return nil
}

// Conditional returns the distribution of what a row (Features long) lacks, given what it holds: a mixture again, of the
// features that are NaN in the row, in their order. Its weights are the posteriors of the row, its means and covariances
// those of each component given the row. A t component of nu degrees of freedom, at squared distance delta from the D'
// features that the row holds, gives one of nu + D' with the scale matrix (nu + delta) / (nu + D') times the conditional
// covariance of a Gaussian; so does a tyler component. O(C (D H^2 + H^3)).
func (m *Model) Conditional(row []float64) (*Model, error) {
	x := core.Matrix[float64]{Data: row, Rows: 1, Cols: len(row), Stride: len(row)}
	if err := m.checkRows(x.Check("the row"), len(row)); err != nil {
		return nil, err
	}
	var lacks []int
	for d, v := range row {
		if v != v {
			lacks = append(lacks, d)
		}
	}
	if len(lacks) == 0 {
		return nil, fmt.Errorf("mixture: %w: nothing is missing in the row; mark what is to be predicted by NaN", core.ErrShape)
	}
	B, H := len(lacks), m.Factors
	weights, means := make([]float64, m.Components), make([]float64, 0, m.Components*B)
	loadings, noise := make([]float64, 0, m.Components*B*H), columns(m.NoiseVariance, m.Features, 1, lacks)
	dof := slices.Clone(m.DOF)
	err := infer(context.Background(), m.allowing(), x, 1, 1, func(v *inference[float64], w *iscratch[float64], _ int) {
		g, total := v.k.marginal, 0.0
		for c := range weights {
			weights[c] = w.posterior(c, 0)
			total += weights[c]
			v.project(w, c)
			g.factor(w.part.f, c, w.part.lacks[0])
			by := v.stretch(w, c)[0]
			for b, d := range lacks {
				unit := 1 / v.scale[d]
				means = append(means, w.rows[d]*unit+v.shift[d])
				for _, u := range v.given(w, c, d) {
					loadings = append(loadings, u*unit*math.Sqrt(by))
				}
				noise[c*B+b] *= by
			}
			if dof != nil {
				dof[c] = m.DOF[c] + float64(m.Features-B)
			}
		}
		for c := range weights {
			weights[c] /= total
		}
	})
	if err != nil {
		return nil, err
	}
	given, err := NewModel(m.CovarianceType, m.Components, B, H, weights, means, loadings, noise)
	if err != nil || m.DOF == nil {
		return given, err
	}
	return given.WithTails(StudentT, dof)
}

// given returns the loadings of feature d under component c given what the row whose factor is in w.part.f holds:
// sqrt(D_d) C^-1 g_d with C C^T = R, valid until the next call.
func (v *inference[T]) given(w *iscratch[T], c, d int) []float64 {
	g, H := v.k.marginal, v.k.H
	i := c*v.k.D + d
	copy(w.part.y, g.gain[i*H:(i+1)*H])
	dense.SolveLower(w.part.f, H, w.part.y)
	for h := range w.part.y {
		w.part.y[h] *= g.sd[i]
	}
	return w.part.y
}

// ConditionalMoments writes the mean of some features of each row given what the row holds to mean (x.Rows x B for B
// features), and, unless it has no rows, their covariance to covariance (x.Rows*B x B, a block for each row): what a
// mixture regression predicts and how sure it is. NaN in x (N x Features) marks what is not given; a feature that a row
// does hold has its value for mean and covariance zero. Components whose posterior is below the rounding of T are left
// out. A t component of nu degrees of freedom has no finite covariance given D' features unless nu + D' > 2: entries are then
// infinite. O(N C D H), and B^2 H for each covariance and likely component.
func ConditionalMoments[T core.Float](ctx context.Context, m *Model, x core.Matrix[T], features []int, threads int, mean, covariance core.Matrix[T]) error {
	if err := m.checkFeatures(features); err != nil {
		return err
	}
	B := len(features)
	if err := checkOutput("the means", mean, x.Rows, B); err != nil {
		return err
	}
	if covariance.Rows > 0 {
		if err := checkOutput("the covariances", covariance, x.Rows*B, B); err != nil {
			return err
		}
	}
	return infer(ctx, m.allowing(), x, threads, 1, func(v *inference[T], w *iscratch[T], n int) {
		s := v.momentsOf(w, features, covariance.Rows > 0)
		count := len(w.ids)
		for i, mask := panel.NextAbove(w.l, 0, count, w.margin); mask != 0; i, mask = panel.NextAbove(w.l, i+1, count, w.margin) {
			v.project(w, int(w.ids[i]))
			s.add(v, w, i, mask&(1<<n-1))
		}
		for lane := range n {
			row := mean.Row(w.row[lane])
			for i, d := range features {
				row[i] = T((s.base[lane*B+i]+s.mean[lane*B+i])/float64(v.scale[d]) + float64(v.shift[d]))
				if given := x.Row(w.row[lane])[d]; given == given {
					row[i] = given
				}
			}
			for i := 0; i < B && s.second != nil; i++ {
				row := covariance.Row(w.row[lane]*B + i)
				for j := range row {
					about := s.second[(lane*B+i)*B+j] - s.mean[lane*B+i]*s.mean[lane*B+j]
					row[j] = T(about / float64(v.scale[features[i]]) / float64(v.scale[features[j]]))
				}
			}
		}
	})
}

// conditionals are the sums over components of one panel, in standardised units about the mean under the first component.
type conditionals[T core.Float] struct {
	features []int
	base     []float64 // lanes x B
	mean     []float64 // lanes x B
	second   []float64 // lanes x B x B, nil when not wanted
	loadings []float64 // B x H of the last pattern
	began    [16]bool
}

// momentsOf returns cleared sums.
func (v *inference[T]) momentsOf(w *iscratch[T], features []int, second bool) *conditionals[T] {
	lanes, B := panel.Lanes[T](), len(features)
	if w.given == nil {
		w.given = &conditionals[T]{features: features, base: make([]float64, lanes*B), mean: make([]float64, lanes*B),
			loadings: make([]float64, B*v.k.H)}
		if second {
			w.given.second = make([]float64, lanes*B*B)
		}
	}
	s := w.given
	clear(s.mean)
	clear(s.second)
	s.began = [16]bool{}
	return s
}

// add adds component w.ids[at] for the masked lanes, whose completed rows are in w.
func (s *conditionals[T]) add(v *inference[T], w *iscratch[T], at int, mask uint32) {
	c := int(w.ids[at])
	B, H := len(s.features), v.k.H
	dp := panel.Pad[T](v.k.D)
	var last []uint32 // the pattern that loadings belong to
	var by [16]float64
	if s.second != nil {
		by = v.stretch(w, c)
	}
	for first := true; mask != 0; mask &= mask - 1 {
		lane := bits.TrailingZeros32(mask)
		q := w.posterior(at, lane)
		base, mean := s.base[lane*B:(lane+1)*B], s.mean[lane*B:(lane+1)*B]
		for i, d := range s.features {
			t := float64(w.rows[lane*dp+d])
			if !s.began[lane] {
				base[i] = t
			}
			mean[i] += q * (t - base[i])
		}
		s.began[lane] = true
		if s.second == nil {
			continue
		}
		var lacks []uint32
		if w.holes {
			lacks = w.part.lacks[lane]
		}
		if first || !slices.Equal(last, lacks) {
			first, last = false, lacks
			clear(s.loadings)
			if len(lacks) > 0 {
				v.k.marginal.factor(w.part.f, c, lacks)
				for i, d := range s.features {
					if slices.Contains(lacks, uint32(d)) {
						copy(s.loadings[i*H:(i+1)*H], v.given(w, c, d))
					}
				}
			}
		}
		if v.k.tails != nil {
			nu := v.k.tails.nu[c] + float64(v.observed(w, lane)) // degrees of freedom: a covariance is nu/(nu-2) scale matrices
			by[lane] *= nu / max(0, nu-2)
		}
		for i, a := range s.features {
			ti := float64(w.rows[lane*dp+a]) - base[i]
			row := s.second[(lane*B+i)*B : (lane*B+i+1)*B]
			for j, b := range s.features {
				tj := float64(w.rows[lane*dp+b]) - base[j]
				spread := dot(s.loadings[i*H:(i+1)*H], s.loadings[j*H:(j+1)*H])
				if i == j && slices.Contains(lacks, uint32(a)) {
					sd := v.k.marginal.sd[c*v.k.D+a]
					spread += sd * sd
				}
				if spread != 0 {
					spread *= by[lane]
				}
				row[j] += q * (ti*tj + spread)
			}
		}
	}
}

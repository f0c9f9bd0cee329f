package mixture

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// Families of the components.
const (
	Gaussian = "gaussian"
	StudentT = "t"     // Student's t distribution with scale matrix Sigma_c
	Tyler    = "tyler" // its limit for few degrees of freedom, Tyler's estimator: dof = tylerFraction * D
)

const (
	// tylerFraction keeps the densities of Tyler components finite at their means: no row weighs more than 101, where
	// Tyler's own weights D / delta have no bound.
	tylerFraction = 0.01
	startDOF      = 4    // degrees of freedom before the first estimate
	minDOF        = 0.01 // of an estimate
	maxDOF        = 200  // of an estimate; more cannot be told from a Gaussian
)

// tails turns squared Mahalanobis distances delta into log-densities of Student's t distribution, for packed
// parameters whose components have degrees of freedom nu. With y = 1 + delta/nu,
//
//	l = base - (nu+D)/2 log y,  base = log pi + log Gamma((nu+D)/2) - log Gamma(nu/2) - (D log(nu 3.14...) + log |Sigma|)/2
//
// A row enters the M-step with weight u = (nu+D) / (nu+delta) = (1 + D/nu) / y, the mean of its latent precision. Rows
// with D' < D observed features follow the same formulas with D' in place of D and delta of what they have.
type tails[T core.Float] struct {
	nu    []float64 // C
	top   []float64 // C: log Gamma((nu+D)/2)
	psi   []float64 // C: digamma((nu+D)/2)
	base  []T       // C
	power []T       // C: (nu+D)/2
	slope []T       // C: -2/nu, which brings -delta/2 to delta/nu
	most  []T       // C: 1 + D/nu, the largest weight
}

func newTails[T core.Float](c int) *tails[T] {
	return &tails[T]{nu: make([]float64, c), top: make([]float64, c), psi: make([]float64, c),
		base: make([]T, c), power: make([]T, c), slope: make([]T, c), most: make([]T, c)}
}

// set prepares component c of d features with log weight logPi and volume = (d log 2 pi + log |Sigma|) / 2.
func (t *tails[T]) set(c, d int, logPi, volume float64) {
	nu, dim := t.nu[c], float64(d)
	power := (nu + dim) / 2
	top, _ := math.Lgamma(power)
	bottom, _ := math.Lgamma(nu / 2)
	t.base[c] = T(logPi + top - bottom - dim*math.Log(nu/2)/2 - volume)
	t.power[c], t.slope[c], t.most[c] = T(power), T(-2/nu), T(1+dim/nu)
	t.top[c], t.psi[c] = top, mathext.Digamma(power)
}

// apply turns the block l (len(ids) x lanes) of -delta/2 into log joint densities.
func (t *tails[T]) apply(l []T, ids []uint32) {
	lanes := panel.Lanes[T]()
	l = l[:len(ids)*lanes]
	for j, id := range ids {
		onePlus(l[j*lanes:(j+1)*lanes], t.slope[id])
	}
	vmath.Log(l, l)
	for j, id := range ids {
		base, power := t.base[id], t.power[id]
		row := l[j*lanes : (j+1)*lanes]
		for i, v := range row {
			row[i] = base - power*v
		}
	}
}

// onePlus replaces v by 1 + slope v, and by 1 where rounding left v above 0.
func onePlus[T core.Float](row []T, slope T) {
	for i, v := range row {
		y := 1 + slope*v
		if y < 1 {
			y = 1
		}
		row[i] = y
	}
}

// weights replaces a row of -delta/2 under component c by the weights u, and writes their logarithms to logU.
func (t *tails[T]) weights(row, logU []T, c uint32) {
	onePlus(row, t.slope[c])
	most := t.most[c]
	for i, y := range row {
		row[i] = most / y
	}
	vmath.Log(logU, row)
}

// weight returns u of a log joint density l under component c.
func (t *tails[T]) weight(l T, c int) float64 {
	return float64(t.most[c]) * math.Exp((float64(l)-float64(t.base[c]))/float64(t.power[c]))
}

// lacking returns what base gains, but for the volume, where only some of d features are observed.
func (t *tails[T]) lacking(c, d, observed int) float64 {
	top, _ := math.Lgamma((t.nu[c] + float64(observed)) / 2)
	return top - t.top[c] + float64(d-observed)*math.Log(t.nu[c]/2)/2
}

// density returns the log joint density under component c of a row with some observed features and value = -delta/2,
// but for what base gains.
func (t *tails[T]) density(c, observed int, value float64) float64 {
	return float64(t.base[c]) - (t.nu[c]+float64(observed))/2*math.Log(max(1, 1-2*value/t.nu[c]))
}

// lessen brings the weights u of rows that lack features, of which w tells, from d features to those observed, and logU to
// what estimateDOF takes for d features: log u + psi((nu+D')/2) - log((nu+D')/2) - psi((nu+d)/2) + log((nu+d)/2).
func (t *tails[T]) lessen(u, logU []T, w *partial[T], c, d int) {
	psi := 0.0
	for lane := range u {
		lacks := len(w.lacks[lane])
		if lacks == 0 {
			continue
		}
		half := (t.nu[c] + float64(d-lacks)) / 2
		if lane == 0 || len(w.lacks[lane-1]) != lacks {
			psi = mathext.Digamma(half)
		}
		u[lane] *= T(2 * half / (t.nu[c] + float64(d)))
		logU[lane] += T(psi - t.psi[c])
	}
}

// evaluate writes the log joint densities of the panel x under the components ids to l (len(ids) x lanes).
func (k *packed[T]) evaluate(l, x []T, ids []uint32) { k.evaluateProject(l, nil, x, ids) }

// evaluateProject is evaluate, and writes the factors under the first of ids to v unless that is nil.
func (k *packed[T]) evaluateProject(l, v, x []T, ids []uint32) {
	panel.EvaluateProject(l, v, x, k.D, k.H, k.vec, k.c0, ids)
	if k.tails != nil {
		k.tails.apply(l, ids)
	}
}

// family returns the degrees of freedom at the start of a fit, nil for Gaussian, and whether the fit estimates them.
func (o *Options) family(d int) (dof float64, heavy, estimate bool) {
	switch {
	case o.Family == Tyler:
		return tylerFraction * float64(d), true, false
	case o.Family == StudentT && o.DOF > 0:
		return o.DOF, true, false
	case o.Family == StudentT:
		return startDOF, true, true
	}
	return 0, false, false
}

// startDOF returns the degrees of freedom of c components of d features at the start of a fit, nil for Gaussian.
func (o *Options) startDOF(c, d int, start *Start) []float64 {
	dof, heavy, estimate := o.family(d)
	switch {
	case !heavy:
		return nil
	case estimate && start.DOF != nil:
		return slices.Clone(start.DOF)
	}
	return slices.Repeat([]float64{dof}, c)
}

// estimateDOF returns the degrees of freedom that maximise the expected log-likelihood of the latent precisions, given
// the old ones, d features, and the means of q u and q log u over q:
//
//	log(nu/2) - psi(nu/2) + 1 + meanLogU - meanU + psi((old+d)/2) - log((old+d)/2) = 0
//
// with a left side that falls in nu. Bisection in log nu within [minDOF, maxDOF].
func estimateDOF(old float64, d int, meanU, meanLogU float64) float64 {
	return rootDOF(old, meanLogU+expectedLog(old, d)+1-meanU)
}

// expectedLog returns how far the mean of the logarithm of the latent precision is above log u, under nu degrees of freedom
// and d features.
func expectedLog(nu float64, d int) float64 {
	half := (nu + float64(d)) / 2
	return mathext.Digamma(half) - math.Log(half)
}

// rootDOF returns the nu at which log(nu/2) - psi(nu/2) + constant is zero, and old where there is no constant.
func rootDOF(old, constant float64) float64 {
	if constant != constant {
		return old
	}
	lo, hi := math.Log(minDOF), math.Log(maxDOF)
	for range 50 {
		mid := (lo + hi) / 2
		if x := math.Exp(mid) / 2; math.Log(x)-mathext.Digamma(x)+constant > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2)
}

package gp

import (
	"fmt"
	"math"
)

// Names of the kinds of parameters, to which priors refer.
const (
	magnitudeName   = "magnitude"
	lengthName      = "length_scale"
	correlationName = "correlation"
)

// basisParam is a trained parameter of a term: its magnitude, or one of a part.
type basisParam struct {
	term, part   int // part -1: the magnitude
	name         string
	lower, upper float64 // in the natural unit
	start        float64
}

// params lists the parameters of all terms in their order; the noise follows after them.
func (d *BasisDesign) params(o *BasisOptions) []basisParam {
	var list []basisParam
	need := functionsPerScale(d.Kernel)
	share := 1 / math.Sqrt(float64(len(d.terms)))
	for i, t := range d.terms {
		list = append(list, basisParam{i, -1, t.label + "__" + magnitudeName, 1e-4, 1e2, share})
		for k, p := range t.parts {
			switch {
			case p.categories == nil:
				lower := positiveOr(o.LengthLower, need*d.Boundary/float64(p.count)/2)
				upper := max(positiveOr(o.LengthUpper, d.Boundary-1), lower)
				list = append(list, basisParam{i, k, fmt.Sprintf("%s__%s[%d]", t.label, lengthName, p.feature), lower, upper,
					min(max(0.5, lower), upper)})
			case p.categories.trained():
				list = append(list, basisParam{i, k, fmt.Sprintf("%s__%s[%d]", t.label, correlationName, p.feature), 1e-3, 1 - 1e-3, 0.5})
			}
		}
	}
	return list
}

// spectrum returns the logarithm of the prior variance that every function of a part has, and its derivative by the logarithm
// of the part's parameter.
func (d *BasisDesign) spectrum(p *basisPart, value float64) (variance, slope []float64) {
	variance, slope = make([]float64, p.count), make([]float64, p.count)
	for b := range variance {
		if p.categories == nil {
			variance[b], slope[b] = spectralDensity(d.Kernel, value, d.frequency(b))
			continue
		}
		v, s := p.categories.eigenvalue(b, value)
		variance[b], slope[b] = math.Log(v), s/v
	}
	return variance, slope
}

// basisPrior is the prior variance of the weights at given parameters.
type basisPrior struct {
	log       []float64 // Q: logarithm of the variance
	deviation []float64 // Q: its root
	slopes    [][]float64
}

// prior evaluates the variances at theta, logarithms of the parameters without the noise. slopes has, for every parameter
// of a part, the derivative for each function of the part.
func (d *BasisDesign) prior(list []basisParam, theta []float64) *basisPrior {
	out := &basisPrior{make([]float64, d.columns), make([]float64, d.columns), make([][]float64, len(list))}
	at := 0
	for i := range d.terms {
		t := &d.terms[i]
		columns := out.log[t.first : t.first+t.columns]
		for c := range columns {
			columns[c] = 2 * theta[at]
		}
		at++
		stride := t.columns
		for k := range t.parts {
			p := &t.parts[k]
			stride /= p.count
			value := 0.0
			own := at < len(list) && list[at].term == i && list[at].part == k
			if own {
				value = math.Exp(theta[at])
			}
			variance, slope := d.spectrum(p, value)
			if own {
				out.slopes[at] = slope
				at++
			}
			for c := range columns {
				columns[c] += variance[c/stride%p.count]
			}
		}
	}
	for c, v := range out.log {
		out.deviation[c] = math.Exp(v / 2)
	}
	return out
}

// chain turns derivatives by the logarithms of the variances (Q) into those by the parameters.
func (d *BasisDesign) chain(list []basisParam, prior *basisPrior, by, grad []float64) {
	for at, param := range list {
		t := &d.terms[param.term]
		columns := by[t.first : t.first+t.columns]
		sum := 0.0
		if param.part < 0 {
			for _, v := range columns {
				sum += 2 * v
			}
		} else {
			stride := 1
			for _, p := range t.parts[param.part+1:] {
				stride *= p.count
			}
			count := t.parts[param.part].count
			for c, v := range columns {
				sum += v * prior.slopes[at][c/stride%count]
			}
		}
		grad[at] = sum
	}
}

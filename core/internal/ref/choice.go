package ref

import "math"

// Choice is one choice: the attributes of the alternatives, which of them was taken, and how much it counts in the likelihood
// of the person.
type Choice struct {
	Alternatives [][]float64
	Chosen       int
	Exponent     float64
}

// ChoosingPerson is a person of the latent-class logit.
type ChoosingPerson struct {
	Choices    []Choice
	Covariates []float64 // of membership, the constant among them
	Weight     float64
}

// ClassPosterior returns log sum_k alpha_k prod_t P_tk for a person, and the posterior probabilities of the classes. beta
// is K x P; delta is K x Q, a row of zeros for the last class among them.
func ClassPosterior(n ChoosingPerson, beta, delta [][]float64) (float64, []float64) {
	logAlpha := make([]float64, len(beta))
	for k := range beta {
		logAlpha[k] = product(n.Covariates, delta[k])
	}
	normalise(logAlpha)
	for k := range beta {
		for _, c := range n.Choices {
			utilities := make([]float64, len(c.Alternatives))
			for j, x := range c.Alternatives {
				utilities[j] = product(x, beta[k])
			}
			normalise(utilities)
			logAlpha[k] += c.Exponent * utilities[c.Chosen]
		}
	}
	total := normalise(logAlpha)
	for k := range logAlpha {
		logAlpha[k] = math.Exp(logAlpha[k])
	}
	return total, logAlpha
}

// ChoiceLikelihood is sum_n w_n log P_n.
func ChoiceLikelihood(persons []ChoosingPerson, beta, delta [][]float64) float64 {
	sum := 0.0
	for _, n := range persons {
		log, _ := ClassPosterior(n, beta, delta)
		sum += n.Weight * log
	}
	return sum
}

// normalise subtracts the logarithm of the sum of the exponentials, and returns it.
func normalise(x []float64) float64 {
	most, sum := math.Inf(-1), 0.0
	for _, u := range x {
		most = max(most, u)
	}
	for _, u := range x {
		sum += math.Exp(u - most)
	}
	most += math.Log(sum)
	for i := range x {
		x[i] -= most
	}
	return most
}

func product(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

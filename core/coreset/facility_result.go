package coreset

// Facilities is a selected subset of n rows.
type Facilities struct {
	Indices    []int     // k selected rows, in the order of selection; groups one after the other
	Weights    []float64 // k: sum of the weights of the clients that each serves
	Gains      []float64 // k: what the loss fell by with each; that of the first is against distance M, see Ceiling
	Assignment []int     // n: position in Indices of the nearest selected row; -1: none is connected to it

	Loss      float64 // L(S), evaluated again from the data; of a graph or of similarities see their constructors
	LossBound float64 // no set of as many rows has a loss below this; 0: not known
	BoundRisk float64 // probability that LossBound is too large: 0 for a proof, 1e-6 for each group of which it is from a sample
	Ceiling   float64 // M, the distance from which a client counts as not served
	Uncovered int     // clients that no selected row is connected to, or has a positive similarity to; 0 for distances

	Engine      string  // that selected: lazy, decremental, ...
	Recall      float64 // measured share of true nearest neighbours in the graph of engine neighbors; otherwise NaN
	Bytes       float64 // memory asked for besides the input
	Evaluations int     // distances evaluated
	Rounds      int     // gains evaluated again because they were stale
}

// Certificate returns LossBound / Loss: the loss is at most one over this times the smallest possible. 1 where the loss is 0.
func (f *Facilities) Certificate() float64 {
	if f.Loss <= 0 {
		return 1
	}
	return f.LossBound / f.Loss
}

// EffectiveSize returns (sum of weights)^2 / sum of squared weights: how many rows of equal weights would vary as much.
func (f *Facilities) EffectiveSize() float64 { return effective(f.Weights) }

package core

// Progress is what a long call reports after every iteration. A callback runs on the goroutine of the call, between
// iterations, and must return quickly.
type Progress struct {
	Phase         string  // what is being done: "seeding", "em", ...
	Iteration     int     // iterations finished in this phase
	MaxIterations int     // most iterations this phase can take
	Objective     float64 // current value, NaN while there is none; k-means: mean squared distance in standardised units
	Evaluations   int64   // (point, component) or comparable evaluations so far
	Seconds       float64 // since the call began
}

package gp

// Diagnostic is something worth knowing about a result, with what to do about it.
type Diagnostic struct {
	Code    string  // one of the constants below
	Column  int     // of the right-hand side, or -1 for all
	Value   float64 // what was measured; its meaning depends on the code
	Message string  // what happened
	Action  string  // what to do
}

// Codes of a Diagnostic.
const (
	NotConverged   = "not_converged"   // iterations or products ran out; value: the relative residual
	Stagnated      = "stagnated"       // rounding keeps the residual above the tolerance; value: the relative residual
	Indefinite     = "indefinite"      // a direction of negative curvature; value: its Rayleigh quotient
	GuessDropped   = "guess_dropped"   // the initial guess was worse than zero; value: its relative residual
	StepReduced    = "step_reduced"    // the steps of dual descent were too long; value: the last one, times n
	QuadratureBias = "quadrature_bias" // too few Lanczos steps; value: the bound of the bias
	WeakActions    = "weak_actions"    // actions that depend on those before were left out; value: how many
)

func notConverged(column int, residual, tol float64) Diagnostic {
	return Diagnostic{NotConverged, column, residual, "the residual is still above the tolerance",
		"allow more iterations of the solve, give the preconditioner a higher rank, or raise the noise; the result is usable with this residual"}
}

func stagnated(column int, residual float64) Diagnostic {
	return Diagnostic{Stagnated, column, residual, "rounding keeps the true residual from falling further",
		"use float64 tiles, raise the noise, or accept this residual as the tolerance"}
}

func indefinite(column int, quotient float64) Diagnostic {
	return Diagnostic{Indefinite, column, quotient, "K + Sigma, or the preconditioner, is not positive definite to rounding",
		"raise the noise, use tiles of higher precision instead of half-precision storage, and check the kernel"}
}

func guessDropped(column int, residual float64) Diagnostic {
	return Diagnostic{GuessDropped, column, residual, "the initial guess was worse than zero and was not used",
		"start from a solution for similar parameters, or from none"}
}

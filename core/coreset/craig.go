package coreset

import "context"

// CRAIG selects samples whose weighted gradients add up to nearly the sum of all gradients (Mirzasoleiman, Bilmes and
// Leskovec, ICML 2020): [AdaCore] without curvature. For a linear model and samples of one class the rows of X themselves,
// as [GradientRows], are a proxy that bounds the distances of gradients at any parameters, so that one selection lasts.
// Errors are those of [AdaCore].
func CRAIG(ctx context.Context, g Gradients, o *GradientOptions) (*GradientCoreset, error) {
	return selectGradients(ctx, g, nil, o)
}

// Package optimize minimises smooth functions of a few to a few hundred variables in a box.
//
// [Minimize] is a projected quasi-Newton method: directions come from the limited-memory BFGS recursion on the variables
// that are free, and searches run along the path that bends where a bound is met. Functions whose values are unknown or
// too noisy to compare, but whose gradients are not, are searched by the slope alone. [Adam] takes single steps for
// gradients that are random.
//
// References: J. Nocedal, S. J. Wright: Numerical optimization, 2nd edition, chapters 3 and 7, Springer, 2006. D. P.
// Bertsekas: Projected Newton methods for optimization problems with simple constraints, SIAM J. Control Optim., 1982. D.
// P. Kingma, J. Ba: Adam, ICLR, 2015.
package optimize

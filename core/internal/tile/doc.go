// Package tile evaluates square tiles of kernel matrices and multiplies with them while they are in the first-level cache.
//
// A tile is the 64 x 64 matrix of values k(x_i, y_j) of 64 points x and 64 points y, row-major: element (i, j) is
// k[i*Size+j]. The points of a tile are stored feature after feature: feature q of point i is a[q*Size+i]. So the same array
// serves as the rows of one tile and the columns of another. Where there are fewer points, any finite numbers fill the
// places, and zeros the right-hand sides of these.
//
// Right-hand sides go in panels of one cache line, [Lanes] columns: element (i, c) is v[i*Lanes+c].
//
// # Letters
//
//	d      features
//	a, b   features of the row points and of the column points (d x Size)
//	rho    distance of two points
//	k, h   kernel and derivative, functions of rho; see [Curve]
//	v, o   panels of right-hand sides and of results (Size x Lanes)
//
// Distance, kernel and product are separate steps on tiles, so that sums and products of kernels need no kernels of their
// own: what is stored and read again stays in the first-level cache and costs less than a tenth of the time.
//
// Slices that are too short are mistakes of the program and panic. Nothing is allocated.
package tile

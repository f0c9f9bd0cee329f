// Package hugepage allocates the large arrays of a computation in large pages of memory where the system offers them. The
// first touch of an array then costs one page fault for megabytes instead of hundreds, and products that jump about in
// it miss fewer address translations. Results never depend on it.
package hugepage

package cover

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// Run is the largest number of terms that Columns and Row add up in the precision of their type.
const Run = 1024

// family holds the kernels of one level. They work on whole strips of 256 bytes (512 elements of a row at most are left over).
type family[T core.Float] struct {
	columns func(acc, k []T, ld, rows int, hi, span, w []T, sign T)
	row     func(k, hi, span, w []T, sign T) T
	across  func(acc, k, hi, w []T, sign T)
	near    func(dst, point, panel []T, d int)
	root    func(k []T)
	extent  func(k []T) (least, most, nought T)
	survey  func(sums, k []T, ld, ahead int, v, w, side, out, state []T)
	mirror  func(sums, k []T, ld, ahead int, hi, w, side, out []T, sign T)
	under   func(mask []uint64, k, hi []T, step int, sign T)
}

// strip returns the number of elements that the kernels take at once.
func strip[T core.Float]() int {
	var z T
	return 256 / int(unsafe.Sizeof(z))
}

func familyFor[T core.Float]() *family[T] {
	var z T
	if _, single := any(z).(float32); single {
		return any(family32(cpu.Current())).(*family[T])
	}
	return any(family64(cpu.Current())).(*family[T])
}

// Columns adds to acc_j, for each column j of acc, the gains of the clients that are the rows of the block: one row for each
// element of hi, at most [Run]. span and w are as long as hi.
func Columns[T core.Float](acc, k []T, ld int, hi, span, w []T, sign T) {
	rows, cols := len(hi), len(acc)
	if rows == 0 || cols == 0 {
		return
	}
	_, _, _ = k[:(rows-1)*ld+cols], span[:rows], w[:rows]
	whole := cols - cols%strip[T]()
	if whole > 0 {
		familyFor[T]().columns(acc[:whole], k, ld, rows, hi, span, w, sign)
	}
	if whole < cols {
		columns(acc[whole:], k[whole:], ld, rows, hi, span, w, sign)
	}
}

// Row returns the sum of the gains of the clients that are the columns of one row of costs.
func Row[T core.Float](k, hi, span, w []T, sign T) float64 {
	n := len(k)
	_, _, _ = hi[:n], span[:n], w[:n]
	f, whole := familyFor[T](), n-n%strip[T]()
	sum := 0.0
	for lo := 0; lo < whole; lo += Run {
		up := min(lo+Run, whole)
		sum += float64(f.row(k[lo:up], hi[lo:up], span[lo:up], w[lo:up], sign))
	}
	return sum + float64(row(k[whole:], hi[whole:n], span[whole:n], w[whole:n], sign))
}

// Across writes to acc_i the gains of the clients that are the 64 columns of a tile from the facility that is its row i, with
// infinite spans.
func Across[T core.Float](acc, k, hi, w []T, sign T) {
	_, _, _, _ = acc[:64], k[:64*64], hi[:64], w[:64]
	familyFor[T]().across(acc, k, hi, w, sign)
}

// Near writes the squared distances of a point of d features to the 64 points of a panel, feature q of point i at
// panel[q*64+i], to dst.
func Near[T core.Float](dst, point, panel []T, d int) {
	_, _, _ = dst[:64], point[:d], panel[:d*64]
	familyFor[T]().near(dst, point, panel, d)
}

// Root replaces the elements of k, a multiple of 64 of them, by their square roots, and negative ones by 0.
func Root[T core.Float](k []T) {
	familyFor[T]().root(k[:len(k)-len(k)%64])
}

// Extent returns the least and the largest element of k, which is not empty, and whether all are finite; if not the others
// mean nothing.
func Extent[T core.Float](k []T) (least, most T, finite bool) {
	whole := len(k) - len(k)%strip[T]()
	if whole == 0 {
		low, high, nought := extent(k)
		return low, high, nought == 0
	}
	least, most, nought := familyFor[T]().extent(k[:whole])
	if whole < len(k) {
		low, high, more := extent(k[whole:])
		least, most, nought = min(least, low), max(most, high), nought+more
	}
	return least, most, nought == 0
}

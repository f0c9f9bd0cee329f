package cover

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Two works through a matrix two rows at a time. The zero value is ready but for [Two.Reset].
type Two[T core.Float] struct {
	side, out [4]T
	state     [48]T // the least, the largest and 0 times the elements, of each lane
}

// Reset forgets what [Two.Survey] has seen.
func (p *Two[T]) Reset() {
	for lane := range 16 {
		p.state[lane], p.state[16+lane], p.state[32+lane] = T(math.Inf(1)), T(math.Inf(-1)), 0
	}
}

// Survey looks once at a stretch of two rows, k and k[ld:], as long as sums, at most [Run]. Of the positive parts of the elements
// it returns for each row the sums weighted by w and by v, and adds to sums the rows times side. A single row is one with
// ld = 0 and nothing on its other side. The same stretch of the rows that come ahead elements later is fetched to the cache.
func (p *Two[T]) Survey(sums, k []T, ld, ahead int, v, w []T, side [2]T) (weighted, product [2]float64) {
	n := len(sums)
	_, _, _ = k[:ld+n], v[:n], w[:n]
	p.side[0], p.side[1] = side[0], side[1]
	whole := n - n%strip[T]()
	if whole > 0 {
		familyFor[T]().survey(sums[:whole], k, ld, ahead, v, w, p.side[:], p.out[:], p.state[:])
		for r := range 2 {
			weighted[r], product[r] = float64(p.out[r]), float64(p.out[2+r])
		}
	}
	if whole < n {
		survey(sums[whole:], k[whole:], ld, ahead, v[whole:], w[whole:], p.side[:], p.out[:], p.state[:])
		for r := range 2 {
			weighted[r] += float64(p.out[r])
			product[r] += float64(p.out[2+r])
		}
	}
	return weighted, product
}

// Extent returns the least and the largest element that Survey has seen, and whether all were finite; if not the others mean
// nothing.
func (p *Two[T]) Extent() (least, most T, finite bool) {
	least, most = p.state[0], p.state[16]
	var nought T
	for lane := range 16 {
		least, most, nought = min(least, p.state[lane]), max(most, p.state[16+lane]), nought+p.state[32+lane]
	}
	return least, most, nought == 0
}

// Mirror evaluates a stretch of two rows of a symmetric matrix, k and k[ld:], as long as sums, at most [Run], from either side. It
// returns what the facilities that are the rows gain from the clients that are the columns, whose covers are hi, and adds to
// sums what the columns gain from the rows, whose covers are his and weights are weights. Spans are infinite.
func (p *Two[T]) Mirror(sums, k []T, ld, ahead int, hi, w []T, his, weights [2]T, sign T) (gains [2]float64) {
	n := len(sums)
	_, _, _ = k[:ld+n], hi[:n], w[:n]
	p.side = [4]T{his[0], his[1], weights[0], weights[1]}
	whole := n - n%strip[T]()
	if whole > 0 {
		familyFor[T]().mirror(sums[:whole], k, ld, ahead, hi, w, p.side[:], p.out[:], sign)
		gains = [2]float64{float64(p.out[0]), float64(p.out[1])}
	}
	if whole < n {
		mirror(sums[whole:], k[whole:], ld, ahead, hi[whole:], w[whole:], p.side[:], p.out[:], sign)
		gains[0] += float64(p.out[0])
		gains[1] += float64(p.out[1])
	}
	return gains
}

// Under sets bit j mod 64 of mask[j/64] where client j, whose cover is hi_j, gains from a facility at cost k_j, and clears the
// others.
func Under[T core.Float](mask []uint64, k, hi []T, sign T) {
	n := len(k)
	_, _ = mask[:(n+63)/64], hi[:n]
	whole := n - n%64
	if whole > 0 {
		familyFor[T]().under(mask[:whole/64], k, hi, 1, sign)
	}
	if whole < n {
		mask[whole/64] = 0
		for j := whole; j < n; j++ {
			if hi[j]+sign*k[j] > 0 {
				mask[whole/64] |= 1 << (j - whole)
			}
		}
	}
}

// UnderOne is [Under] for one client, the elements of hi all being its cover, and facilities at costs k.
func UnderOne[T core.Float](mask []uint64, k []T, hi *[16]T, sign T) {
	n := len(k)
	_ = mask[:(n+63)/64]
	whole := n - n%64
	if whole > 0 {
		familyFor[T]().under(mask[:whole/64], k, hi[:], 0, sign)
	}
	if whole < n {
		mask[whole/64] = 0
		for j := whole; j < n; j++ {
			if hi[0]+sign*k[j] > 0 {
				mask[whole/64] |= 1 << (j - whole)
			}
		}
	}
}

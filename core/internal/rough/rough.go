// Package rough finds points that are near to given rows by inner products of small integers: many times faster than exact
// distances, and good enough where the points found are looked at again.
//
// A row x is nearest to the point m of largest x.m - |m|^2/2. Coordinates are rounded to a multiple of a unit and kept within
// a range: seven bits for points, eight for rows. Sums are exact, so every kernel gives the same keys.
//
// To pick the best without sorting, points are dealt to Lanes hands, of which each keeps its two best: the two best of all
// are always kept, the others as far as no third is in one hand.
package rough

import (
	"math"
	"math/bits"

	"github.com/lithe-ml/lithe/core"
)

const (
	// Lanes is the number of hands: point i is in hand i % Lanes.
	Lanes = 16
	// Keys is the number of keys of a row: the best of every hand, then the second best.
	Keys = 2 * Lanes
	// Tile is the number of rows that kernels take at a time.
	Tile = 8
	// Found is the number of points that Best names.
	Found = Lanes

	fine = 63      // steps on each side of zero for points; rows have 2*fine + 1
	room = 1 << 30 // bound of what sums may reach
)

// Points are points ready to be found.
type Points struct {
	n, d   int
	quads  int     // of coordinates, the last filled up with zeros
	groups int     // of Lanes points, an even number, the last filled up with points that lose to all others
	codes  []uint8 // groups/2 x quads x 2 x Lanes x 4: coordinates + fine + 1
	bias   []int32 // groups x Lanes: -|m|^2/2
	steps  int     // on each side of zero for points
	scale  float64 // steps of a row per unit
	up     int     // keys are sums shifted to the left by this, ...
	low    int     // ... with the number of the point in so many of the lowest bits
}

// NewPoints prepares n points of d coordinates: at writes point i to its argument. Coordinates beyond reach are brought to it.
// O(n d).
func NewPoints(n, d int, reach float64, at func(i int, point []float64)) *Points {
	p := &Points{n: n, d: d, quads: (d + 3) / 4, groups: (n + 2*Lanes - 1) / (2 * Lanes) * 2}
	p.steps = max(1, min(fine, int(math.Sqrt(room/5/float64(d)))-1))
	p.scale = float64(2*p.steps+1) / reach
	p.codes, p.bias = make([]uint8, p.groups*p.quads*Lanes*4), make([]int32, p.groups*Lanes)
	p.low = bits.Len(uint(p.groups*Lanes - 1))
	span := d * (2*p.steps + 1) * (2*p.steps + 1) * 5 / 4 // what sums may reach
	p.up = max(0, min(p.low, 30-bits.Len(uint(span))))
	unit, ratio := float64(p.steps)/reach, float64(2*p.steps+1)/float64(p.steps)
	point := make([]float64, d)
	for i := range p.groups * Lanes {
		if i >= n {
			p.bias[i] = -int32(room >> p.up)
			continue
		}
		at(i, point)
		square := 0
		for j, v := range point {
			c := int(math.Round(max(-float64(p.steps), min(float64(p.steps), v*unit))))
			square += c * c
			p.codes[p.place(i, j)] = uint8(c + fine + 1)
		}
		p.bias[i] = -int32(math.Round(float64(square) * ratio / 2))
	}
	return p
}

// place returns where coordinate j of point i is in codes.
func (p *Points) place(i, j int) int {
	g, lane := i/Lanes, i%Lanes
	return (((g/2*p.quads+j/4)*2+g%2)*Lanes+lane)*4 + j%4
}

// Width returns the bytes of a row of codes.
func (p *Points) Width() int { return 4 * p.quads }

// Encode writes the codes of a row of d coordinates to dst, of Width bytes, whose padding is left alone.
func Encode[T core.Float](p *Points, dst []int8, row []T) {
	scale, most := T(p.scale), T(2*p.steps+1)
	dst = dst[:len(row)]
	for j, v := range row {
		v = min(most, max(-most, v*scale))
		dst[j] = int8(int32(v+128.5) - 128)
	}
}

// Nearest writes the Found points of the largest keys to each row of near (n x Found), nearest first, for n rows of codes
// (n x Width, n a multiple of Tile). keys is room for n x Keys. There must be as many points as are asked for; with fewer than
// Found the rest of each row has no meaning. O(n points d).
func (p *Points) Nearest(near []uint32, keys []int32, rows []int8, n int) {
	if n == 0 {
		return
	}
	near, keys, rows = near[:n*Found], keys[:n*Keys], rows[:n*p.Width()]
	for i := range keys {
		keys[i] = math.MinInt32
	}
	p.offer(keys, rows, n)
	p.best(near, keys, n)
}

// offerGeneric offers every point to the hands: each keeps the largest two of its keys.
func (p *Points) offerGeneric(keys []int32, rows []int8, n int) {
	width := p.Width()
	for r := range n {
		row, best := rows[r*width:(r+1)*width], keys[r*Keys:(r+1)*Keys]
		for g := range p.groups {
			for lane := range Lanes {
				sum := p.bias[g*Lanes+lane]
				for j := 0; j < width; j += 4 {
					at := p.place(g*Lanes+lane, j)
					c := p.codes[at : at+4]
					x := row[j : j+4]
					sum += int32(c[0])*int32(x[0]) + int32(c[1])*int32(x[1]) + int32(c[2])*int32(x[2]) + int32(c[3])*int32(x[3])
				}
				key := sum<<p.up&^(1<<p.low-1) | int32(g*Lanes+lane)
				first, second := best[lane], best[Lanes+lane]
				best[lane], best[Lanes+lane] = max(first, key), max(second, min(first, key))
			}
		}
	}
}

// bestGeneric picks the largest keys of all hands.
func (p *Points) bestGeneric(near []uint32, keys []int32, n int) {
	for r := range n {
		hands := keys[r*Keys : (r+1)*Keys]
		for k := range Found {
			first := 0
			for lane, key := range hands[:Lanes] {
				if key > hands[first] {
					first = lane
				}
			}
			near[r*Found+k] = uint32(hands[first]) & (1<<p.low - 1)
			hands[first], hands[first+Lanes] = hands[first+Lanes], math.MinInt32
		}
	}
}

// Package rng turns one seed into any number of independent random streams, named by what they are for, so that a
// random number depends on (seed, purpose, tile) and never on which thread drew it.
package rng

import "math/rand/v2"

// Stream is a counter-based generator: output i is the SplitMix64 finaliser of key + i*golden (Steele, Lea and
// Flood, 2014). It is a rand.Source; the value can be copied to fork the sequence.
type Stream struct{ state uint64 }

const golden = 0x9e3779b97f4a7c15

// mix is the SplitMix64 finaliser with Stafford's "Mix13" constants.
func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// At returns the stream named by the seed and the path, e.g. At(seed, purpose, iteration, tile).
func At(seed uint64, path ...uint64) Stream {
	key := mix(seed + golden)
	for _, p := range path {
		key = mix((key + golden) ^ mix(p+golden)) // without the sum, seed and first name could be exchanged
	}
	return Stream{key}
}

// Uint64 returns the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	s.state += golden
	return mix(s.state)
}

// Below returns a uniform integer in [0, n) for 0 < n < 2^32. The bias is below n/2^32.
func (s *Stream) Below(n int) int { return int((s.Uint64() >> 32) * uint64(n) >> 32) }

// New returns the stream of the same name behind math/rand/v2's distributions (normals, permutations, ...).
func New(seed uint64, path ...uint64) *rand.Rand {
	s := At(seed, path...)
	return rand.New(&s)
}

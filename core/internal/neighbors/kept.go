package neighbors

import (
	"math/bits"

	"github.com/lithe-ml/lithe/core"
)

// kept holds the nearest candidates of a point so far: the first k are no farther than the others once it is tidied.
type kept[T core.Float] struct {
	k, count int
	square   []T
	id       []int32
}

func newKept[T core.Float](k int) kept[T] {
	return kept[T]{k: k, square: make([]T, 2*k+2*Block), id: make([]int32, 2*k+2*Block)}
}

func (s *kept[T]) clear() { s.count = 0 }

// add takes the candidates of a row of a tile that mask names, and returns the distance from which others are too far.
func (s *kept[T]) add(mask uint64, row []T, ids []int32, limit T) T {
	for mask != 0 {
		j := bits.TrailingZeros64(mask)
		mask &= mask - 1
		s.square[s.count], s.id[s.count] = row[j], ids[j]
		s.count++
	}
	if s.k > 1 && s.count <= len(s.square)-Block {
		return limit
	}
	return s.tidy()
}

// tidy keeps the k nearest, and returns the distance of the farthest of them.
func (s *kept[T]) tidy() T {
	lo, hi := 0, s.count-1
	for lo < hi {
		pivot := s.square[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for s.square[i] < pivot {
				i++
			}
			for s.square[j] > pivot {
				j--
			}
			if i <= j {
				s.square[i], s.square[j] = s.square[j], s.square[i]
				s.id[i], s.id[j] = s.id[j], s.id[i]
				i++
				j--
			}
		}
		if s.k <= j {
			hi = j
		} else if s.k >= i {
			lo = i
		} else {
			break
		}
	}
	s.count = s.k
	most := s.square[0]
	for _, v := range s.square[1:s.k] {
		most = max(most, v)
	}
	return most
}

// write sorts the k nearest into ids and squares.
func (s *kept[T]) write(ids []int32, squares []T) {
	if s.count > s.k {
		s.tidy()
	}
	for c := range s.count {
		v, id := s.square[c], s.id[c]
		at := c
		for at > 0 && (squares[at-1] > v || squares[at-1] == v && ids[at-1] > id) {
			squares[at], ids[at] = squares[at-1], ids[at-1]
			at--
		}
		squares[at], ids[at] = v, id
	}
}

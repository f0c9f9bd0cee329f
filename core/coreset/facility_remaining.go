package coreset

import "github.com/lithe-ml/lithe/core"

// remaining lists for each client the candidates that cost less than its cover, in no order. Nothing else can change a gain any
// more, so that greedy selection goes on with these lists alone once they are short. Of n clients, lists i, i + n, ... are those
// of client i.
type remaining[T core.Float] [][]entry[T]

const (
	thinFrom   = 4        // selected rows from which on it is worth looking how long lists would be
	thinShare  = 16       // lists replace the costs when one in so many is below a cover
	thinSample = 32       // clients that this is estimated from
	thinBytes  = 64 << 20 // most memory of all lists
)

// thin makes the lists as soon as they are short and much is left to select.
func (s *greedy[T]) thin(q request) error {
	count := len(s.selected)
	if s.lists != nil || s.done(q) || s.ahead.awaits(count) {
		return nil
	}
	lists, err := s.promised()
	if lists != nil || err != nil {
		return s.goOn(lists, q, err)
	}
	if count < s.look || q.budget > 0 && q.budget < 2*count {
		return nil
	}
	s.look = max(thinFrom, count+count/2)
	if count < thinFrom {
		return nil
	}
	share, err := s.below()
	entries := share * float64(s.n) * float64(len(s.candidates))
	if err != nil || share > 1.0/thinShare || entries*entrySize[T]() > min(thinBytes, s.spare-s.bytes()) {
		return err
	}
	lists, err = s.op.nearer(s.restricted(), s.cover[:s.n])
	return s.goOn(lists, q, err)
}

// goOn finds the gains from lists, which may still hold what is above the covers.
func (s *greedy[T]) goOn(lists remaining[T], q request, err error) error {
	if err != nil {
		return err
	}
	s.lists = lists
	clear(s.base)
	for c, list := range lists {
		i := c % s.n
		lists[c] = credit(list, s.base, float64(s.weights[i]), s.cover[i])
		s.listed += len(list)
	}
	s.renew(q)
	return nil
}

// credit adds what the candidates on the list of a client gain from it, and returns those that cost less than its cover.
func credit[T core.Float](list []entry[T], gains []float64, weight float64, cover T) []entry[T] {
	kept, limit := 0, float64(cover)
	for e := range list {
		cost := float64(list[e].cost)
		gains[list[e].id] -= weight * min(cost-limit, 0)
		list[kept] = list[e]
		if cost < limit {
			kept++
		}
	}
	return list[:kept]
}

// below estimates the share of costs that are below the cover of their client.
func (s *greedy[T]) below() (float64, error) {
	clients, sum, all := min(s.n, thinSample), 0, 0
	for c := range clients {
		i := c * s.n / clients
		values, sign, err := s.op.row(int32(i))
		if err != nil {
			return 0, err
		}
		for _, j := range s.candidates {
			if s.cover[i]+sign*values[j] > 0 {
				sum++
			}
		}
		all += len(s.candidates)
	}
	return float64(sum) / float64(all), nil
}

// settle takes from all gains what they have lost with the pending clients, and from the lists what cannot matter any more.
func (s *greedy[T]) settle() {
	for _, i := range s.pending {
		now := s.cover[i]
		for c := int(i); c < len(s.lists); c += s.n {
			s.lists[c] = shorten(s.lists[c], s.base, float64(s.weights[i]), s.synced[i], now)
		}
		s.synced[i], s.span[i] = now, 0
	}
	s.pending = s.pending[:0]
}

// shorten takes from the gains of the candidates on the list of a client what they lose as its cover falls from old to now, and
// returns those that cost less. There is no branch in it that would be hard to predict, and no conversion into a register that a sum
// of the turn before was in, for which it would wait.
func shorten[T core.Float](list []entry[T], gains []float64, weight float64, old, now T) []entry[T] {
	kept, from, fall, limit := 0, float64(old), float64(old)-float64(now), float64(now)
	for e := range list {
		cost := float64(list[e].cost)
		gains[list[e].id] -= weight * min(from-cost, fall)
		list[kept] = list[e]
		if cost < limit {
			kept++
		}
	}
	return list[:kept]
}

package coreset

import (
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// mostGroups is more than any number of a group.
const mostGroups = 1 << 24

// GroupBudgets shares k selections out among the groups of the rows, in proportion to their sizes by largest remainders (the
// first of equals), with at least one for each group that has rows where k allows, and never more than it has. Element g is
// for group g. The error wraps core.ErrOption if k is larger than the number of rows, or a group is not in [0, 2^24).
func GroupBudgets(groups []int32, k int) ([]int, error) {
	if k < 0 || k > len(groups) {
		return nil, errorf(core.ErrOption, "n_samples = %d is not possible for %d rows", k, len(groups))
	}
	var sizes []int
	for i, g := range groups {
		if g < 0 || g >= mostGroups {
			return nil, errorf(core.ErrOption, "row %d is in group %d; groups must be in [0, %d)", i, g, mostGroups)
		}
		for int(g) >= len(sizes) {
			sizes = append(sizes, 0)
		}
		sizes[g]++
	}
	return shareOut(sizes, k, nil), nil
}

// shareOut is [GroupBudgets] for groups of known sizes, none of which gets less than least says.
func shareOut(sizes []int, k int, least []int) []int {
	n, filled := 0, 0
	for _, size := range sizes {
		n += size
		if size > 0 {
			filled++
		}
	}
	budgets := make([]int, len(sizes))
	spent, each := 0, k >= filled // one for each group
	for g, size := range sizes {
		if n > 0 {
			budgets[g] = int(float64(k) * float64(size) / float64(n))
		}
		if budgets[g] == 0 && size > 0 && each {
			budgets[g] = 1
		}
		if least != nil {
			budgets[g] = max(budgets[g], least[g])
		}
		budgets[g] = min(budgets[g], size)
		spent += budgets[g]
	}
	order := make([]int, len(sizes))
	for g := range order {
		order[g] = g
	}
	for spent != k {
		// How far each group is below its share decides who gets one more or gives one up.
		short := func(g int) float64 { return float64(k)*float64(sizes[g])/float64(n) - float64(budgets[g]) }
		slices.SortStableFunc(order, func(a, b int) int {
			switch x, y := short(a), short(b); {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return a - b
		})
		before := spent
		if spent < k {
			for _, g := range order {
				if spent < k && budgets[g] < sizes[g] {
					budgets[g]++
					spent++
				}
			}
		} else {
			for _, g := range slices.Backward(order) {
				lowest := 0
				if each {
					lowest = min(1, sizes[g])
				}
				if least != nil {
					lowest = max(lowest, least[g])
				}
				if spent > k && budgets[g] > lowest {
					budgets[g]--
					spent--
				}
			}
		}
		if spent == before && each && spent > k { // what some groups must have leaves too few for that
			each = false
		} else if spent == before {
			break
		}
	}
	return budgets
}

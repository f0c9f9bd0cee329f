package sparse

import (
	"sort"

	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	// tileCost is the number of entries and rows in a tile: enough to hide the cost of sharing it out, little enough
	// that its indices and values stay in the second-level cache while the columns of the block are gone through.
	tileCost = 1 << 14
	// maxTiles bounds the memory for sums of rows that are cut by the borders of tiles.
	maxTiles = 1 << 13
	// segment is the number of entries that are summed in the precision of the data before float64 takes over.
	segment = 256
)

// border is where a tile begins: the first row that starts in it, and its first entry, which belongs to the row
// before where that one is not finished yet.
type border struct{ row, entry int }

// cut returns the borders of the tiles of a matrix with the given positions, and its end. Row i has cost 1 for
// itself, followed by 1 for each entry: it starts at cost ptr[i]+i.
func cut[I Index](ptr []I) []border {
	rows := len(ptr) - 1
	total := int(ptr[rows]) + rows
	size := max(tileCost, par.Tiles(total, maxTiles))
	borders := make([]border, 0, par.Tiles(total, size)+1)
	for cost := 0; cost < total; cost += size {
		row := sort.Search(rows, func(i int) bool { return int(ptr[i])+i >= cost })
		borders = append(borders, border{row, cost - row}) // entry k of the row before has cost k+row
	}
	return append(borders, border{rows, int(ptr[rows])})
}

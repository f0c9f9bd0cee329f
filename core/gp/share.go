package gp

// shareRows is how many rows of blocks stand for all of them in an estimate of the share.
const shareRows = 64

// share returns about which part of the tiles of K a product has to look at: the others are negligible. It goes through some
// rows of blocks.
func (e *kernelEngine[T]) share() float64 {
	p := &e.packed
	e.ready(1, 1)
	w := e.workers[0]
	w.use(e.program, p, p, false, negligible[T]())
	count, all := 0, 0
	for row := 0; row < p.blocks; row += max(1, p.blocks/shareRows) {
		for j := range p.blocks {
			tiles := min(blockTiles, p.tiles-row*blockTiles) * min(blockTiles, p.tiles-j*blockTiles)
			all += tiles
			switch {
			case !w.start(row, j):
			case !w.check:
				count += tiles
			default:
				for s := row * blockTiles; s < min((row+1)*blockTiles, p.tiles); s++ {
					for t := j * blockTiles; t < min((j+1)*blockTiles, p.tiles); t++ {
						if !w.negligible(s, t) {
							count++
						}
					}
				}
			}
		}
	}
	return float64(count) / float64(max(all, 1))
}

// Package neighbors finds the nearest candidates of many points, approximately.
//
// Points are put in an order in which those near in space are near in line, by halving along principal directions down to 64
// points, a block. The points of a block are compared with blocks of candidates, those with the nearest centres first, as
// tiles of squared distances; how many blocks that takes is found on a sample of points whose neighbours are looked for
// everywhere. Only what is below the largest distance kept so far leaves a tile.
//
// Results are bit-identical for any number of threads.
package neighbors

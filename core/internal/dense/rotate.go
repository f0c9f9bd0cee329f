package dense

// stripWidth is how many columns a chain of rotations works on at a time.
const stripWidth = 32

// rotateGeneric is the meaning of rotate: the rows x and y become c*x + s*y and c*y - s*x.
func rotateGeneric(x, y []float64, c, s float64) {
	y = y[:len(x):len(y)]
	for i, v := range x {
		w := y[i]
		x[i] = c*v + s*w
		y[i] = c*w - s*v
	}
}

// rotateChainGeneric is the meaning of rotateChain: in stripWidth columns of z with row stride ld, rotates row k and
// row k-1, then row k-1 and row k-2, down to row 1 and row 0, where cs holds the k pairs of cosine and sine.
func rotateChainGeneric(z []float64, ld int, cs []float64) {
	for k := len(cs) / 2; k > 0; k-- {
		c, s := cs[0], cs[1]
		cs = cs[2:]
		rotateGeneric(z[k*ld:k*ld+stripWidth:len(z)], z[(k-1)*ld:], c, s)
	}
}

// sweeps collects chains of rotations of the rows of a matrix, to be applied strip after strip of its columns while a
// strip is in the second-level cache.
type sweeps struct {
	z      []float64 // rows of ld elements
	ld     int       // a multiple of stripWidth
	chains []chain
	cs     []float64 // pairs of cosine and sine
}

// chain is count rotations that begin with the rows last and last-1.
type chain struct{ last, count int }

// mostChains bounds what is collected.
const mostChains = 32

// newSweeps returns z = 0 of n rows and at least n columns.
func newSweeps(n int) *sweeps {
	ld := (n + stripWidth - 1) / stripWidth * stripWidth
	if ld%512 == 0 {
		ld += stripWidth // rows 4 KiB apart would evict each other from the caches
	}
	return &sweeps{z: make([]float64, n*ld), ld: ld}
}

// add appends one rotation to the chain being collected.
func (w *sweeps) add(c, s float64) { w.cs = append(w.cs, c, s) }

// end closes the chain of the last count rotations, which began with row last.
func (w *sweeps) end(last, count int) {
	if w.chains = append(w.chains, chain{last, count}); len(w.chains) == mostChains {
		w.apply()
	}
}

// apply rotates the rows of z by everything collected.
func (w *sweeps) apply() {
	for column := 0; column < w.ld; column += stripWidth {
		cs := w.cs
		for _, c := range w.chains {
			rotateChain(w.z[(c.last-c.count)*w.ld+column:], w.ld, cs[:2*c.count])
			cs = cs[2*c.count:]
		}
	}
	w.chains, w.cs = w.chains[:0], w.cs[:0]
}

package mixture

import "github.com/lithe-ml/lithe/core/internal/panel"

// wideSums is the number of sums up to which statistics are held in float64, 2 GiB, also for float32 data.
const wideSums = 1 << 28

// totals are the sums over any number of rows that an M-step needs, under the packed parameters of their E-step. The
// totals of different rows add up.
type totals struct {
	D, H int
	n    []float64 // C: sum q
	u, l []float64 // C: sum q u and sum q log u of t components, see moments
	wide []float64 // C x (2 + H) x D: sum q t^2, sum q t, sum q v_h t; nil when there is slim
	slim []float32 // the same, for so many parameters that memory is what matters
}

// newTotals makes empty sums. Beyond wideSums those of float32 data are float32: each pair of a window has been summed
// in float64 before it is added.
func newTotals(c, d, h int, single bool) *totals {
	s := &totals{D: d, H: h, n: make([]float64, c), u: make([]float64, c), l: make([]float64, c)}
	if size := c * d * (2 + h); single && size > wideSums {
		s.slim = make([]float32, size)
	} else {
		s.wide = make([]float64, size)
	}
	return s
}

func (s *totals) clear() {
	clear(s.n)
	clear(s.u)
	clear(s.l)
	clear(s.wide)
	clear(s.slim)
}

// add adds the sums of component c; dp is the padded number of features in m.
func (s *totals) add(c int, m *moments, dp int) {
	s.n[c], s.u[c], s.l[c] = s.n[c]+m.n, s.u[c]+m.u, s.l[c]+m.l
	s.rows(c, dp, func(at, from int) {
		for d, v := range m.m[from : from+s.D] {
			if s.slim != nil {
				s.slim[at+d] += float32(v)
			} else {
				s.wide[at+d] += v
			}
		}
	})
}

// load writes the sums of component c to m.
func (s *totals) load(c int, m *moments, dp int) {
	m.n, m.u, m.l = s.n[c], s.u[c], s.l[c]
	s.rows(c, dp, func(at, to int) {
		for d := range s.D {
			if s.slim != nil {
				m.m[to+d] = float64(s.slim[at+d])
			} else {
				m.m[to+d] = s.wide[at+d]
			}
		}
	})
}

// rows calls do with the place of each row of sums of component c here and in moments.
func (s *totals) rows(c, dp int, do func(here, there int)) {
	at := c * (2 + s.H) * s.D
	for i := range 2 + s.H {
		there := i
		if i >= 2 {
			there = (i-2)/panel.Width*panel.Moments + 2 + (i-2)%panel.Width
		}
		do(at+i*s.D, there*dp)
	}
}

package optimize

import "math"

// memory is what the last steps tell about curvature.
type memory struct {
	most int
	s, y [][]float64
	a    []float64
}

func (m *memory) forget() { m.s, m.y = m.s[:0], m.y[:0] }

// learn remembers the step from x to z.
func (m *memory) learn(x, g, z, h []float64) {
	s, y := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		s[i], y[i] = z[i]-x[i], h[i]-g[i]
	}
	m.add(s, y)
}

// add remembers the step s and the change y of the gradient if the function curves upwards along it.
func (m *memory) add(s, y []float64) {
	if !(dot(s, y) > 1e-10*math.Sqrt(dot(s, s)*dot(y, y))) {
		return
	}
	if len(m.s) == m.most {
		copy(m.s, m.s[1:])
		copy(m.y, m.y[1:])
		m.s, m.y = m.s[:m.most-1], m.y[:m.most-1]
	}
	m.s, m.y = append(m.s, s), append(m.y, y)
}

// direction sets d to minus the inverse quasi-Newton matrix times g in the space of the free variables, or to -g there and
// reports false if nothing is known.
func (m *memory) direction(d, g []float64, free []bool) bool {
	for i := range d {
		if d[i] = 0; free[i] {
			d[i] = -g[i]
		}
	}
	m.a = m.a[:0]
	scale, known := 1.0, false
	rho := make([]float64, len(m.s))
	for k := range m.s {
		sy, yy := 0.0, 0.0
		for i, ok := range free {
			if ok {
				sy += m.s[k][i] * m.y[k][i]
				yy += m.y[k][i] * m.y[k][i]
			}
		}
		if sy > 1e-10*yy*1e-10 && sy > 0 {
			rho[k], scale, known = 1/sy, sy/yy, true
		}
	}
	if !known {
		return false
	}
	m.a = append(m.a, rho...)
	for k := len(m.s) - 1; k >= 0; k-- {
		if rho[k] == 0 {
			continue
		}
		m.a[k] = rho[k] * dot(m.s[k], d) // d is zero where not free
		for i, ok := range free {
			if ok {
				d[i] -= m.a[k] * m.y[k][i]
			}
		}
	}
	for i := range d {
		d[i] *= scale
	}
	for k := range m.s {
		if rho[k] == 0 {
			continue
		}
		b := rho[k] * dot(m.y[k], d)
		for i, ok := range free {
			if ok {
				d[i] += (m.a[k] - b) * m.s[k][i]
			}
		}
	}
	return true
}

package gp

// expr is the part of a kernel that is not noise, with constants gathered: its value is scale times that of a leaf, of the
// sum or of the product of other expressions, or of 1.
type expr struct {
	op      operation // constantOp, leafOp, sumOp or productOp
	leaf    int       // index in compiled.leaves
	source  *leaf
	kids    []*expr
	scale   float64
	scaleAt []int // places in theta of the constants in scale
	total   float64
}

// push gives every leaf and constant the constant it is multiplied by: of a sum, all terms take over its scale, of a
// product, the first factor.
func (e *expr) push(scale float64) {
	e.total = e.scale * scale
	for i, kid := range e.kids {
		if e.op == sumOp || i == 0 {
			kid.push(e.total)
		} else {
			kid.push(1)
		}
	}
}

// normalize returns the expression of n with white noise taken as zero, nil if it is all zero.
func normalize(n *node) *expr {
	switch n.op {
	case constantOp:
		e := &expr{op: constantOp, scale: n.value}
		if n.at >= 0 {
			e.scaleAt = []int{n.at}
		}
		return e
	case whiteOp:
		return nil
	case leafOp:
		return &expr{op: leafOp, source: n.leaf, scale: 1}
	}
	a, b := normalize(n.a), normalize(n.b)
	if n.op == productOp {
		return times(a, b)
	}
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &expr{op: sumOp, kids: append(a.terms(), b.terms()...), scale: 1}
}

// terms returns the terms of a sum, or the expression itself.
func (e *expr) terms() []*expr {
	if e.op == sumOp && e.scale == 1 && e.scaleAt == nil {
		return e.kids
	}
	return []*expr{e}
}

// times returns the product of two expressions.
func times(a, b *expr) *expr {
	if a == nil || b == nil {
		return nil
	}
	p := &expr{op: productOp, scale: a.scale * b.scale}
	p.scaleAt = append(append(p.scaleAt, a.scaleAt...), b.scaleAt...)
	for _, e := range []*expr{a, b} {
		switch e.op {
		case constantOp:
		case productOp:
			p.kids = append(p.kids, e.kids...)
		default:
			bare := *e
			bare.scale, bare.scaleAt = 1, nil
			p.kids = append(p.kids, &bare)
		}
	}
	switch len(p.kids) {
	case 0:
		p.op = constantOp
	case 1:
		p.op, p.source, p.kids = p.kids[0].op, p.kids[0].source, p.kids[0].kids
	}
	return p
}

// leaves numbers the leaves and appends them to all.
func (e *expr) leaves(all []*leaf) []*leaf {
	if e == nil {
		return all
	}
	if e.op == leafOp {
		e.leaf = len(all)
		return append(all, e.source)
	}
	for _, kid := range e.kids {
		all = kid.leaves(all)
	}
	return all
}

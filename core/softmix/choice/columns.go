package choice

import (
	"math"
	"strings"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// dependent is the share of a column's sum of squares that the columns before it must leave for it to count as one of its
// own. Information matrices, which are weighted sums of the same squares, cannot be factored far below.
const dependent = 1e-12

// checkColumns refuses columns whose coefficients the survey says nothing about, by name.
func (l *layout) checkColumns(a *parameters, o *Options) error {
	free := make([]bool, l.columns)
	for i, at := range a.index {
		free[i%a.p] = free[i%a.p] || at >= 0
	}
	var list []int
	for p := range l.columns {
		if !free[p] {
			continue
		}
		if l.scale[p] == 0 {
			return wrong("%s of x is the same for all alternatives of every case, so it cannot explain choices; "+
				"multiply it with constants of alternatives, pass it as membership, or drop it", column(o.Columns, p))
		}
		list = append(list, p)
	}
	products := make([]float64, len(list)*len(list))
	for i, p := range list {
		for j, q := range list[:i+1] {
			products[i*len(list)+j] = l.products[p*l.columns+q] * l.unit[p] * l.unit[q]
		}
	}
	if i, of := firstDependent(products, len(list)); i >= 0 {
		for j := range of {
			of[j] = list[of[j]]
		}
		return wrong("%s of x is a combination of %s within choice sets; drop one of them, or fix its coefficient",
			column(o.Columns, list[i]), columns(o.Columns, of))
	}
	return l.checkMembership(o)
}

// checkMembership does the same for the covariates of persons.
func (l *layout) checkMembership(o *Options) error {
	if o.Classes == 1 && l.q > 1 {
		return wrong("membership needs two classes or more")
	}
	if l.q == 1 {
		return nil
	}
	gram := make([]float64, l.q*l.q)
	for t := range l.tiles {
		for i := range l.q {
			for j := range i + 1 {
				gram[i*l.q+j] += blas.Dot(l.covariate(&l.tiles[t], i), l.covariate(&l.tiles[t], j))
			}
		}
	}
	i, of := firstDependent(gram, l.q)
	if i < 0 {
		return nil
	}
	reason := "is constant; a constant is added anyway"
	if len(of) > 1 || (len(of) == 1 && of[0] > 0) {
		for j := range of {
			of[j]--
		}
		if of[0] < 0 {
			of = of[1:]
		}
		reason = "is a combination of " + columns(o.MembershipColumns, of) + " and a constant"
	}
	return wrong("%s of membership %s; drop it", column(o.MembershipColumns, i-1), reason)
}

// column is column p of the group.
func (l *layout) column(g group, p int) []float64 {
	return l.values[g.data+p*g.cells : g.data+(p+1)*g.cells]
}

// firstDependent factors the lower triangle of a Gram matrix and returns the first column that those before it explain, and
// which of them do; -1 if there is none.
func firstDependent(gram []float64, n int) (int, []int) {
	for i := range n {
		row := gram[i*n : i*n+n]
		whole := row[i]
		for j := range i {
			for k := range j {
				row[j] -= row[k] * gram[j*n+k]
			}
			row[j] /= gram[j*n+j]
			row[i] -= row[j] * row[j]
		}
		if row[i] > dependent*whole {
			row[i] = math.Sqrt(row[i])
			continue
		}
		var of []int
		for j := i - 1; j >= 0; j-- {
			for k := j + 1; k < i; k++ {
				row[j] -= gram[k*n+j] * row[k]
			}
			row[j] /= gram[j*n+j]
		}
		for j := range i {
			if math.Abs(row[j])*math.Sqrt(squares(gram[j*n:j*n+j+1])) > 1e-6*math.Sqrt(whole) {
				of = append(of, j)
			}
		}
		return i, of
	}
	return -1, nil
}

func squares(x []float64) float64 { return blas.Dot(x, x) }

// columns names some columns for a message.
func columns(names []string, list []int) string {
	text := make([]string, len(list))
	for i, j := range list {
		text[i] = column(names, j)
	}
	return strings.Join(text, ", ")
}

package softmix

import (
	"context"
	"math"
	"slices"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// farthest is the largest length that phi may have: classes that go beyond lie on the edge of the support.
const farthest = 25

// climber is one start on its way: the mixture it stands at and the step that EM takes from there.
type climber struct {
	phi, alpha       []float64 // K x L, and K
	value            float64   // penalised mean log-likelihood, -Inf before the first evaluation
	direction, share []float64 // of phi, and the next alpha
	length           float64   // of the step, in directions
	search           *search   // what L-BFGS has learnt on the way; nil: nothing
	starts           int       // that came here
}

// batchBytes bounds the memory that starts worked on together take.
const batchBytes = 24 << 20

// alone is the number of steps of EM from a start that there is no other to compare with, where L-BFGS follows: it is faster.
const alone = 1

// burnIn takes steps of EM from all starts and returns where they lead to, best first.
func burnIn[T core.Float](ctx context.Context, f *fit[T], starts []start) ([]*climber, error) {
	K, steps := f.o.Components, f.o.EMIter
	if len(starts) == 1 && K*(f.c.x.Cols+1) > few {
		steps = min(steps, alone)
	}
	room := max(1, batchBytes/(f.c.x.Rows*K*int(unsafe.Sizeof(T(0)))))
	batches := (len(starts) + room - 1) / room
	room = (len(starts) + batches - 1) / batches
	var all []*climber
	var k *kernel[T, T]
	for lo := 0; lo < len(starts); lo += room {
		some := starts[lo:min(lo+room, len(starts))]
		b := make([]*climber, len(some))
		for i, s := range some {
			b[i] = &climber{phi: s.phi, alpha: s.alpha, value: math.Inf(-1), direction: make([]float64, len(s.phi)), share: s.alpha, length: 1, starts: 1}
		}
		if k == nil || k.R != len(b) {
			k = newKernel[T](f.c, len(b), K, f.o.Threads)
		}
		k.known = false
		if err := climb(ctx, f, k, b, steps, lo*steps/len(starts)); err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	slices.SortStableFunc(all, func(a, b *climber) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return 0
	})
	return all, nil
}

// climb takes the steps of one batch.
//
// M-steps replace theta_k by theta_k + S^-1 (t_k - mu_k), which for a Gaussian support is where the likelihood is highest. Where
// l falls nonetheless, the step of that start is taken back to half its length.
func climb[T core.Float](ctx context.Context, f *fit[T], k *kernel[T, T], b []*climber, steps, done int) error {
	K, L := f.o.Components, f.c.x.Cols
	C := len(b) * K
	phi, theta, alpha, g := make([]float64, C*L), make([]float64, C*L), make([]float64, C), make([]float64, C*L)
	slack := 8 * core.Epsilon[T]()
	best := math.Inf(-1)
	for iteration := range steps {
		for r, s := range b {
			to := phi[r*K*L : (r+1)*K*L]
			for i, v := range s.phi {
				to[i] = v + s.length*s.direction[i]
			}
			f.confine(to)
			copy(alpha[r*K:], s.share)
		}
		f.m.theta(f.o.Threads, phi, theta)
		if err := k.evaluate(ctx, theta, alpha); err != nil {
			return err
		}
		f.evaluations += int64(len(b))
		f.m.gradient(f.o.Threads, k.g, g)
		for r, s := range b {
			to := phi[r*K*L : (r+1)*K*L]
			value := k.l[r] - f.penalty(to)
			if !(value >= s.value-slack*math.Abs(s.value)) {
				s.length /= 2
				continue
			}
			s.phi, s.alpha, s.value = slices.Clone(to), slices.Clone(alpha[r*K:(r+1)*K]), value
			s.length = min(1, 2*s.length)
			best = max(best, value)
			f.step(s, k.a[r*K:(r+1)*K], g[r*K*L:(r+1)*K*L])
		}
		f.report("starts", done+iteration+1, steps, best)
	}
	return nil
}

// step sets the direction and shares of the next step of EM from a and the derivatives g by phi.
func (f *fit[T]) step(s *climber, a, g []float64) {
	L := f.c.x.Cols
	s.share = f.floored(a)
	for i := range s.direction {
		share := max(a[i/L], f.floor())
		s.direction[i] = (g[i] - f.lambda*s.phi[i]) / (share + f.lambda)
	}
}

// floor is the least probability of a class.
func (f *fit[T]) floor() float64 { return min(0.1/f.c.n, 1e-3/float64(f.o.Components)) }

// floored returns a with its elements raised to the floor, summing to 1.
func (f *fit[T]) floored(a []float64) []float64 {
	out, sum := make([]float64, len(a)), 0.0
	for k, v := range a {
		out[k] = max(v, f.floor())
		sum += out[k]
	}
	for k := range out {
		out[k] /= sum
	}
	return out
}

// confine brings classes that have gone too far back.
func (f *fit[T]) confine(phi []float64) {
	L := f.c.x.Cols
	for ; len(phi) > 0; phi = phi[L:] {
		if v := phi[:L]; dot(v, v) > farthest*farthest {
			rescale(v, farthest)
		}
	}
}

// penalty is the ridge at phi.
func (f *fit[T]) penalty(phi []float64) float64 { return f.lambda / 2 * dot(phi, phi) }

//go:build !amd64 || noasm

package rough

func (p *Points) offer(keys []int32, rows []int8, n int) { p.offerGeneric(keys, rows, n) }

func (p *Points) best(near []uint32, keys []int32, n int) { p.bestGeneric(near, keys, n) }

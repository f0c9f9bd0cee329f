//go:build !unix

package tile

import "time"

var began = time.Now()

// cpuTime is the wall clock where processor time is not to be had.
func cpuTime() time.Duration { return time.Since(began) }

//go:build unix

package tile

import (
	"syscall"
	"time"
)

// cpuTime is the processor time this process has used: unlike the wall clock it does not run while the process waits
// for a busy processor.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

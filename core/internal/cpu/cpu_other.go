//go:build !amd64 || noasm

package cpu

// Best returns the highest level that this machine supports.
func Best() Level { return Generic }

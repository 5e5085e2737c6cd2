//go:build !windows

package localfault

// isNumber: elsewhere, package syscall has the system's own numbers.
func isNumber(error, error) bool { return false }

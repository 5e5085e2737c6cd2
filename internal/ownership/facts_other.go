//go:build !unix

package ownership

import "os"

// For returns a Guard that refuses nothing: access lists decide who may change a file, and acfix
// does not read them.
func For(int, ...int) Guard { return Guard{} }

func factsIn(os.FileInfo) (seen facts, known bool) { return facts{}, false }

func isReadOnly(string) bool { return false }

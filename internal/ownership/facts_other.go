//go:build !unix

package ownership

import "os"

// For refuses nothing: who may change a file stands in its access list, which is not read.
func For(int, ...int) Guard { return Guard{} }

func factsIn(os.FileInfo) (seen facts, known bool) { return facts{}, false }

func isReadOnly(string) bool { return false }

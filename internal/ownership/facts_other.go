//go:build !unix

package ownership

import "os"

// For refuses nothing: who may change a file stands in its access list, which is not read.
func For(int, ...int) Guard { return Guard{} }

func factsIn(os.FileInfo) (facts Facts, known bool) { return Facts{}, false }

func isReadOnly(string) bool { return false }

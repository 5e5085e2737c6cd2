//go:build race

package remediate_test

// stride: the race detector makes each case about ten times as slow, and looks for races,
// which show in any of them. "make sweeps" runs all of them without it.
const stride = 12

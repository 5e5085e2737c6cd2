//go:build !race

package remediate_test

const stride = 1

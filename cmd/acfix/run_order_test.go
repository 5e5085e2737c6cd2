package main

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnOrderKeepsTheLimitsOfARun: what was refused for its age must not be carried out by a
// resume that says nothing of it.
func TestAnOrderKeepsTheLimitsOfARun(t *testing.T) {
	t.Parallel()
	begun := func(arguments ...string) (applyFlags, *pflag.FlagSet) {
		var flags applyFlags
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		flags.registerAll(set)
		require.NoError(t, set.Parse(arguments))
		return flags, set
	}
	_, set := begun("--max-age", "1h", "--lock-timeout", "5s", "--batch", "1", "--username", "kim", "--pin", "aa", "--yes",
		"--legacy-ciphers", "--client-cert", "a.pem", "--client-key", "a.key")
	kept := orderOf(connection{given: set})
	assert.Equal(t, map[string]string{"max-age": "1h0m0s", "lock-timeout": "5s", "batch": "1"}, kept.Flags, "and neither user nor trust")

	var resumed applyFlags
	set = pflag.NewFlagSet("", pflag.ContinueOnError)
	resumed.registerAll(set)
	require.NoError(t, set.Parse([]string{"--lock-timeout", "9s"}))
	require.NoError(t, repeat(kept, set))
	assert.Equal(t, time.Hour, resumed.maxAge)
	assert.Equal(t, 9*time.Second, resumed.lockTimeout, "said anew")

	var plan planFlags
	set = pflag.NewFlagSet("", pflag.ContinueOnError)
	plan.register(set)
	require.NoError(t, repeat(kept, set), "plan has no such limits")
}

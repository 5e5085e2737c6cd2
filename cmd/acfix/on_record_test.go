package main

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFlagsOnRecordHoldNoSecret: of URLs the user part is left out, and a store is not named.
func TestFlagsOnRecordHoldNoSecret(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.String("store", "", "")
	flags.String("proxy", "", "")
	flags.String("limit", "default", "")
	flags.StringArray("pin", nil, "")
	flags.Bool("yes", false, "")
	require.NoError(t, flags.Parse([]string{
		"--store", "postgres://u:secret@db/acfix?password=secret", "--proxy=socks5://u:p@ss@jump:1080",
		"--pin", "aa", "--pin=bb", "--yes",
	}))
	got := flagsOnRecord(flags)
	assert.NotContains(t, got, "--limit=default", "it was not given")
	assert.Subset(t, got, []string{"--pin=aa", "--pin=bb", "--yes=true"})
	for _, flag := range got {
		assert.NotContains(t, flag, "u:")
		assert.NotContains(t, flag, "postgres")
	}
}

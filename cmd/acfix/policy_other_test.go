package main

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// TestAnotherPolicySaysNothingOfTheFleet: a command by a policy that is not the fleet's own leaves its last known state,
// its deadline and its pages as they are, until it writes to a device.
func TestAnotherPolicySaysNothingOfTheFleet(t *testing.T) {
	t.Parallel()
	provider := newOwnPolicy(t, "Provider", "sip.provider.example")
	d := newDepot(t, mockdevice.FleetModel{Size: 6, Seed: 3})
	command := func(arguments ...string) string {
		d.app.flags = commonFlags{}
		d.stdout.Reset()
		d.app.run(append(arguments, "-o", "json"))
		return regexp.MustCompile(`"made": "[^"]*"`).ReplaceAllString(d.stdout.String(), "")
	}
	command("plan", "-i", d.inventory)
	opened, err := d.app.openStore()
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	pages := d.pages(opened)
	pages.Keep(t.Context())
	summary, devices, before := command("report", "--summary"), command("device", "list"), pages.Fleet()
	require.Contains(t, summary, `"id": "teams-direct-routing-mtls"`)
	require.Contains(t, devices, `"change"`)
	for _, run := range [][]string{
		{"plan", "--policy", "teams-direct-routing-2023"},
		{"plan", "--policy", provider.path, "--trust-policy", provider.digest},
		{"apply", "--dry-run", "--policy", "teams-direct-routing-2023"},
	} {
		said := command(append(run, "-i", d.inventory)...)
		require.NotContains(t, said, `"id": "teams-direct-routing-mtls"`, "%v", run)
		require.Contains(t, said, `"devices"`, "%v: %s", run, d.stderr.String())
		assert.Equal(t, summary, command("report", "--summary"), "%v", run)
		assert.Equal(t, devices, command("device", "list"), "%v", run)
		fresh := d.pages(opened)
		for _, one := range []interface{ Keep(context.Context) }{pages, fresh} {
			one.Keep(t.Context())
		}
		assert.Equal(t, before.Rows, pages.Fleet().Rows, "%v", run)
		assert.Equal(t, before.Rows, fresh.Fleet().Rows, "%v", run)
	}
	command("plan", "-i", d.inventory, "--policy", "teams-direct-routing-mtls")
	assert.NotEqual(t, devices, command("device", "list"), "the fleet's own policy, by name, counts")
}

package known_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/known"
)

// TestADeviceHasTheTagsAndJobsOfItsInventories: of all of them, also while it is still known at its old address alone,
// and none of another device's.
func TestADeviceHasTheTagsAndJobsOfItsInventories(t *testing.T) {
	t.Parallel()
	listed := known.NewListed()
	listed.Add("ams-1", "https://a")
	listed.Describe("https://a", []string{"canary", "site:ams"}, []string{"nightly"})
	listed.Describe("https://a", []string{"canary"}, []string{"weekend"})
	listed.Add("lon-1", "https://new")
	listed.Describe("https://new", []string{"site:lon"}, nil)
	devices := []known.Device{
		{Name: "ams-1", URL: "https://a"}, {Name: "lon-1", URL: "https://old"}, {Name: "typed", URL: "https://c"},
	}
	listed.Mark(devices)
	assert.Equal(t, []string{"canary", "site:ams"}, devices[0].Tags)
	assert.Equal(t, []string{"nightly", "weekend"}, devices[0].Jobs)
	assert.Equal(t, []string{"site:lon"}, devices[1].Tags)
	assert.True(t, devices[1].Listed)
	assert.Empty(t, devices[2].Tags)
	assert.False(t, devices[2].Listed)
	moved := known.Device{Name: "ams-1", URL: "https://a2"}.With(devices[0])
	assert.Equal(t, devices[0].Tags, moved.Tags)

	var all *known.Listed
	all.Mark(devices[2:])
	assert.True(t, devices[2].Listed, "without inventories all are listed")
}

package rollout_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// devices makes as many devices as there are words; a word lists tags by commas, "-" is none,
// and one that begins with "!" is settled.
func devices(words string) []rollout.Member {
	var made []rollout.Member
	for word := range strings.FieldsSeq(words) {
		tags, settled := strings.CutPrefix(word, "!")
		made = append(made, rollout.Member{Settled: settled, Tags: strings.Split(strings.Trim(tags, "-"), ",")})
	}
	return made
}

func plain(n int) []rollout.Member { return devices(strings.Repeat("- ", n)) }

func TestWaves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		batches string
		devices []rollout.Member
		want    [][]int
	}{
		"no device":                          {"1,10%,100%", nil, nil},
		"a count, then the rest":             {"2", plain(5), [][]int{{0, 1}, {2, 3, 4}}},
		"percentages are rounded up":         {"1%,34%,100%", plain(6), [][]int{{0}, {1, 2}, {3, 4, 5}}},
		"counts are cumulative":              {"1,3,4", plain(5), [][]int{{0}, {1, 2}, {3}, {4}}},
		"a smaller one after a larger":       {"3,2,100%", plain(5), [][]int{{0, 1, 2}, {3, 4}}},
		"more than there are":                {"50", plain(3), [][]int{{0, 1, 2}}},
		"a tag":                              {"tag:a,100%", devices("- a - a"), [][]int{{1, 3}, {0, 2}}},
		"tags that overlap":                  {"tag:a,tag:b", devices("a,b b a -"), [][]int{{0, 2}, {1}, {3}}},
		"a tag counts towards percentages":   {"tag:a,50%,100%", devices("- - a a"), [][]int{{2, 3}, {0, 1}}},
		"a tag is taken whole":               {"tag:a,1,100%", devices("a a a -"), [][]int{{0, 1, 2}, {3}}},
		"a tag that nobody has":              {"tag:x,1,100%", plain(2), [][]int{{0}, {1}}},
		"a tag after a percentage took some": {"50%,tag:a,100%", devices("a - - a"), [][]int{{0, 1}, {3}, {2}}},
		"settled ones count":                 {"50%,100%", devices("!- !- - -"), [][]int{{0, 1}, {2, 3}}},
		"the default on eleven":              {"1,10%,100%", plain(11), [][]int{{0}, {1}, {2, 3, 4, 5, 6, 7, 8, 9, 10}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batches, err := rollout.ParseBatches(test.batches)
			require.NoError(t, err)
			assert.Equal(t, test.want, rollout.Waves(test.devices, batches))
		})
	}
}

func TestBatchesAreRead(t *testing.T) {
	t.Parallel()
	batches, err := rollout.ParseBatches("tag:canary, 25%,3 ,100%")
	require.NoError(t, err)
	require.Len(t, batches, 4)
	assert.Equal(t, "canary", batches[0].Tag())
	assert.Empty(t, batches[1].Tag())
	for _, wrong := range []string{"", ",", "1,", "tag:", "0", "-1", "0%", "-5%", "101%", "10 %%", "ten", "1.5", "tag", "canary"} {
		_, err := rollout.ParseBatches(wrong)
		assert.Error(t, err, "%q", wrong)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"0": 0, "3": 3, " 7 ": 7, "0%": 0, "10%": 5, "1%": 0, "99%": 58, "100%": 59} {
		limit, err := rollout.ParseLimit(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, limit.Of(59), "%s of 59; a fraction of a device is not allowed", text)
	}
	for _, wrong := range []string{"", "%", "-1", "-1%", "101%", "3.5", "many", "3 devices"} {
		_, err := rollout.ParseLimit(wrong)
		assert.Error(t, err, "%q", wrong)
	}
	least := rollout.Percent(10, 3)
	assert.Equal(t, 3, least.Of(29))
	assert.Equal(t, 4, least.Of(40))
	assert.Zero(t, rollout.Limit{}.Of(1000))
}

// TestADeviceThatIsGoneIsInNoWave: the first wave of one device still tries one.
func TestADeviceThatIsGoneIsInNoWave(t *testing.T) {
	t.Parallel()
	gone := rollout.Member{Tags: []string{"canary"}, Settled: true, Gone: true}
	for list, want := range map[string][][]int{
		"1,50%,100%":      {{1}, {2, 3}, {4}},
		"tag:canary,100%": {{2}, {1, 3, 4}},
		"100%":            {{1, 2, 3, 4}},
	} {
		batches, err := rollout.ParseBatches(list)
		require.NoError(t, err)
		members := []rollout.Member{gone, {}, {Tags: []string{"canary"}}, {}, {}}
		assert.Equal(t, want, rollout.Waves(members, batches), list)
	}
	assert.Empty(t, rollout.Waves([]rollout.Member{gone}, nil))
}

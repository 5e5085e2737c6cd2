package known_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/known"
)

func TestListedDevicesThatNoRunHasMet(t *testing.T) {
	t.Parallel()
	one, moved := met("https://a", "ams-1", "1", 1, 1), met("https://old", "ams-2", "2", 1, 1)
	for name, test := range map[string]struct {
		listed [][2]string // name and address
		want   []string
	}{
		"met":                            {[][2]string{{"ams-1", "https://a"}}, nil},
		"never met":                      {[][2]string{{"ams-1", "https://a"}, {"new", "https://n"}}, []string{"new"}},
		"moves, and is known by name":    {[][2]string{{"ams-2", "https://new"}}, nil},
		"moves, and has a new sister":    {[][2]string{{"ams-2", "https://new"}, {"ams-2", "https://other"}}, []string{"ams-2"}},
		"in two inventories":             {[][2]string{{"new", "https://n"}, {"new", "https://n"}}, []string{"new"}},
		"in two, by two names":           {[][2]string{{"b", "https://n"}, {"a", "https://n"}}, []string{"a"}},
		"another one of a known name":    {[][2]string{{"ams-1", "https://a"}, {"ams-1", "https://b"}}, []string{"ams-1"}},
		"several, in the order of names": {[][2]string{{"z", "https://z"}, {"y", "https://y"}}, []string{"y", "z"}},
	} {
		listed := known.NewListed()
		for _, device := range test.listed {
			listed.Add(device[0], device[1])
		}
		devices := []known.Device{one, moved}
		listed.Mark(devices)
		assert.Equal(t, test.want, listed.Unmet(known.Merge(devices)), name)
	}
	assert.Empty(t, (*known.Listed)(nil).Unmet([]known.Device{one}))
}

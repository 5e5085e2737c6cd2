package moment_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/acfix/acfix/internal/moment"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

func TestWhatHasHappenedIsInUTC(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 5, 22, 0, 7, 999, berlin(t))
	assert.Equal(t, "2026-12-05 21:00:07 UTC", moment.Text(at))
	assert.Empty(t, moment.Text(time.Time{}))
	for document, want := range map[string]string{
		"2026-12-05T22:00:07+01:00": "2026-12-05 21:00:07 UTC", "2026-12-05T21:00:07Z": "2026-12-05 21:00:07 UTC",
		"yesterday": "yesterday", "": "",
	} {
		assert.Equal(t, want, moment.Restated(document))
	}
}

func TestWhatIsPlannedIsInItsOwnZone(t *testing.T) {
	t.Parallel()
	saturday := time.Date(2026, 12, 5, 22, 0, 0, 0, berlin(t))
	assert.Equal(t, "Sat 2026-12-05 22:00 Europe/Berlin", moment.Planned(saturday))
	assert.Equal(t, "Sat 2026-12-05 21:00 UTC", moment.Planned(saturday.UTC()))
	assert.Empty(t, moment.Planned(time.Time{}))
	for before, want := range map[time.Duration]string{
		9 * time.Hour:               "Sat 22:00 Europe/Berlin, in 9 h",
		9*time.Hour + 4*time.Minute: "Sat 22:00 Europe/Berlin, in 9 h 4 min",
		90 * time.Second:            "Sat 22:00 Europe/Berlin, in 1 min 30 s",
		5*24*time.Hour + time.Hour:  "Sat 22:00 Europe/Berlin, in 5 d 1 h",
		6 * 24 * time.Hour:          "Sat 2026-12-05 22:00 Europe/Berlin, in 6 d",
		0:                           "Sat 22:00 Europe/Berlin",
		-time.Minute:                "Sat 22:00 Europe/Berlin",
	} {
		assert.Equal(t, want, moment.Ahead(saturday, saturday.Add(-before)))
	}
}

func TestAPlannedTimeOfADocument(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Sat 2026-12-05 22:00 Europe/Berlin", moment.RestatedIn("2026-12-05T22:00:00+01:00", "Europe/Berlin"))
	assert.Equal(t, "Sat 2026-12-05 21:00 UTC", moment.RestatedIn("2026-12-05T22:00:00+01:00", "no zone"))
	assert.Equal(t, "later", moment.RestatedIn("later", "Europe/Berlin"))
}

// TestTheZoneOfTheMachineIsNoName: "Local" says nothing to a reader elsewhere.
func TestTheZoneOfTheMachineIsNoName(t *testing.T) {
	t.Parallel()
	assert.Contains(t, moment.Planned(time.Date(2026, 12, 5, 22, 0, 0, 0, time.Local)), " UTC")
}

package evidence_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	here, there = "https://sbc.example.com", "https://192.0.2.1"
	mac, other  = "00908f000001", "00908f000002"
	// byAddress is the name of what answers here, as earlier versions wrote it too.
	byAddress = "address-3ace027f851787a209fd1d13"
)

var certificate = strings.Repeat("ab", 32)

// TestADeviceIsHeldByOne: by whichever of its names it is known.
func TestADeviceIsHeldByOne(t *testing.T) {
	whole := evidence.Subject{URL: here, Serial: "1", MAC: mac, Certificate: certificate}
	nameless := evidence.Subject{URL: here, Certificate: certificate}
	for name, test := range map[string]struct {
		first, second evidence.Subject
		held          bool
	}{
		"the same":                          {whole, whole, true},
		"at another address":                {whole, evidence.Subject{URL: there, Serial: "1"}, true},
		"with another serial number":        {whole, evidence.Subject{URL: here, Serial: "2"}, true},
		"that tells nothing":                {whole, evidence.Subject{URL: here}, true},
		"that tells the MAC address alone":  {whole, evidence.Subject{URL: there, MAC: mac}, true},
		"with one MAC address":              {evidence.Subject{URL: here, MAC: mac}, evidence.Subject{URL: there, MAC: mac}, true},
		"with one certificate":              {nameless, evidence.Subject{URL: there, Certificate: certificate}, true},
		"of a fleet with one certificate":   {whole, evidence.Subject{URL: there, Serial: "2", MAC: other, Certificate: certificate}, false},
		"another certificate":               {nameless, evidence.Subject{URL: there, Certificate: root}, false},
		"without TLS":                       {evidence.Subject{URL: here}, evidence.Subject{URL: there}, false},
		"another, and both tell everything": {whole, evidence.Subject{URL: there, Serial: "2", MAC: other}, false},
	} {
		t.Run(name, func(t *testing.T) {
			keepers(t, func(t *testing.T, kept evidence.Keeper) {
				held := hold(t, kept, test.first)
				assert.False(t, held.Waited())
				second, failure := kept.Hold(t.Context(), "another", test.second, 10*time.Millisecond)
				if !test.held {
					require.Nil(t, failure)
					second.Release()
					held.Release()
					return
				}
				require.NotNil(t, failure)
				assert.Equal(t, remediate.CodeLocked, failure.Code)
				held.Release()
				again := hold(t, kept, test.second)
				assert.False(t, again.Waited(), "nobody had it")
				again.Release()
			})
		})
	}
}

// TestARunOfAnEarlierVersionIsKeptOff: it locks by serial number and address, and by the address alone where it
// knows no serial number.
func TestARunOfAnEarlierVersionIsKeptOff(t *testing.T) {
	t.Parallel()
	files := machine(t)
	state, err := files.State()
	require.NoError(t, err)
	ended, end := context.WithCancel(t.Context())
	end()
	held := hold(t, files, evidence.Subject{URL: here, Serial: "1", MAC: mac})
	for _, names := range [][]string{{"serial-1", "address-1"}, {byAddress}} {
		_, err := state.Locks().Take(ended, names...)
		require.ErrorIs(t, err, statedir.ErrHeld)
	}
	held.Release()

	opened := openStore(t)
	held = hold(t, shared(t, files, opened, "this process"), evidence.Subject{URL: here, Serial: "1", MAC: mac})
	defer held.Release()
	for _, name := range []string{"serial-1", byAddress, "mac-" + mac} {
		_, err := opened.Acquire(t.Context(), name, "earlier", "run", time.Hour)
		require.ErrorIs(t, err, store.ErrHeld, name)
	}
}

// ticking gives a keeper a clock that goes on.
func ticking(kept evidence.Keeper) evidence.Keeper {
	var ticks atomic.Int64
	now := func() time.Time { return today.Add(time.Duration(ticks.Add(1)) * time.Second) }
	if files, isFiles := kept.(evidence.Files); isFiles {
		files.Now = now
		return files
	}
	shared := kept.(evidence.Shared)
	shared.Files.Now = now
	return shared
}

// began leaves a run without an end in the journal of a device.
func began(t *testing.T, kept evidence.Keeper, run string, device evidence.Subject) {
	t.Helper()
	held, failure := kept.Hold(t.Context(), run, device, time.Minute)
	require.Nil(t, failure)
	defer held.Release()
	record, closeJournal, err := held.Journal()
	require.NoError(t, err)
	defer closeJournal()
	require.NoError(t, record(remediate.Record{Event: remediate.EventStart}))
}

func runsOf(t *testing.T, kept evidence.Keeper, device evidence.Subject) []string {
	t.Helper()
	entries, err := kept.Entries(device)
	require.NoError(t, err)
	var runs []string
	for _, entry := range entries {
		assert.Equal(t, remediate.EventStart, entry.Event)
		runs = append(runs, entry.Run)
	}
	return runs
}

// TestAnEarlierRunIsFoundByWhateverTheDeviceTells: of the device that was written to first, and of the one
// that is asked about.
func TestAnEarlierRunIsFoundByWhateverTheDeviceTells(t *testing.T) {
	for name, test := range map[string]struct {
		then, now evidence.Subject
		found     bool
	}{
		"the same":                               {evidence.Subject{URL: here, Serial: "1", MAC: mac}, evidence.Subject{URL: here, Serial: "1", MAC: mac}, true},
		"at another address":                     {evidence.Subject{URL: here, Serial: "1"}, evidence.Subject{URL: there, Serial: "1"}, true},
		"a serial number at last":                {evidence.Subject{URL: here}, evidence.Subject{URL: here, Serial: "1", MAC: mac}, true},
		"a MAC address at last":                  {evidence.Subject{URL: here}, evidence.Subject{URL: here, MAC: mac}, true},
		"a serial number beside the MAC address": {evidence.Subject{URL: here, MAC: mac}, evidence.Subject{URL: there, Serial: "1", MAC: mac}, true},
		"a serial number no more":                {evidence.Subject{URL: here, Serial: "1"}, evidence.Subject{URL: here}, true},
		"the MAC address alone is left":          {evidence.Subject{URL: here, Serial: "1", MAC: mac}, evidence.Subject{URL: there, MAC: mac}, true},
		"the MAC address no more":                {evidence.Subject{URL: here, MAC: mac}, evidence.Subject{URL: here}, true},
		"another unit at the address":            {evidence.Subject{URL: here, Serial: "1"}, evidence.Subject{URL: here, Serial: "2"}, false},
		"another unit, by its MAC address":       {evidence.Subject{URL: here, MAC: mac}, evidence.Subject{URL: here, MAC: other}, false},
		"another unit that tells less":           {evidence.Subject{URL: here, Serial: "1", MAC: mac}, evidence.Subject{URL: here, MAC: other}, false},
		"another unit with that MAC address":     {evidence.Subject{URL: here, Serial: "1", MAC: mac}, evidence.Subject{URL: there, Serial: "2", MAC: mac}, false},
		"another address":                        {evidence.Subject{URL: here}, evidence.Subject{URL: there}, false},
		"another with that certificate": {
			evidence.Subject{URL: here, Certificate: certificate}, evidence.Subject{URL: there, Certificate: certificate}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			keepers(t, func(t *testing.T, kept evidence.Keeper) {
				kept = ticking(kept)
				began(t, kept, "then", test.then)
				if !test.found {
					assert.Empty(t, runsOf(t, kept, test.now))
					return
				}
				assert.Equal(t, []string{"then"}, runsOf(t, kept, test.now))
				earlier, err := evidence.Earlier(kept, test.now)
				require.NoError(t, err)
				assert.Contains(t, earlier.Died, "then")
				began(t, kept, "now", test.now)
				assert.Equal(t, []string{"then", "now"}, runsOf(t, kept, test.now), "each once")
			})
		})
	}
}

// TestAnAddressIsThatOfTheUnitWhichHadItLast: a device that tells nothing is taken for that one.
func TestAnAddressIsThatOfTheUnitWhichHadItLast(t *testing.T) {
	keepers(t, func(t *testing.T, kept evidence.Keeper) {
		for _, serial := range []string{"1", "2", "1", "1", "3"} {
			began(t, kept, "run of "+serial, evidence.Subject{URL: here, Serial: serial})
		}
		assert.Equal(t, []string{"run of 3"}, runsOf(t, kept, evidence.Subject{URL: here}))
	})
}

// TestTheJournalOfAnEarlierVersionIsFound: it has but one name for a device, and no MAC address in it.
func TestTheJournalOfAnEarlierVersionIsFound(t *testing.T) {
	t.Parallel()
	files := machine(t)
	state, err := files.State()
	require.NoError(t, err)
	append := func(name string, at time.Duration, run, serial string) {
		file, err := journal.Folder(state.Journals()).Open(name)
		require.NoError(t, err)
		require.NoError(t, file.Record(journal.Entry{Time: today.Add(at), Run: run, Serial: serial, Event: remediate.EventStart}))
		require.NoError(t, file.Close())
	}
	append(byAddress, 2*time.Hour, "third", "")
	append(byAddress, 4*time.Hour, "another unit's", "2")
	append(byAddress, 3*time.Hour, "after it", "") // as a clock that was set back has it
	append("serial-1", 0, "first", "1")
	append("serial-1", time.Hour, "second", "1")
	append("serial-1", 2*time.Hour, "third", "") // a copy, made by hand
	device := evidence.Subject{URL: here, Serial: "1", MAC: mac}
	assert.Equal(t, []string{"first", "second", "third", "after it"}, runsOf(t, files, device))
}

// TestDevicesOfARunThatMayBeOneTakeTurns, however long it takes, and those that can't be do not wait.
func TestDevicesOfARunThatMayBeOneTakeTurns(t *testing.T) {
	for name, test := range map[string]struct {
		first, second evidence.Subject
		turns         bool
	}{
		"one certificate":              {evidence.Subject{URL: here, Certificate: certificate}, evidence.Subject{URL: there, Certificate: certificate}, true},
		"one MAC address":              {evidence.Subject{URL: here, Serial: "1", MAC: mac}, evidence.Subject{URL: there, Serial: "2", MAC: mac}, true},
		"one certificate of two units": {evidence.Subject{URL: here, Serial: "1", Certificate: certificate}, evidence.Subject{URL: there, Serial: "2", Certificate: certificate}, false},
		"two certificates":             {evidence.Subject{URL: here, Certificate: certificate}, evidence.Subject{URL: there, Certificate: root}, false},
		"no certificate":               {evidence.Subject{URL: here}, evidence.Subject{URL: there}, false},
	} {
		t.Run(name, func(t *testing.T) {
			keepers(t, func(t *testing.T, kept evidence.Keeper) {
				var turns evidence.Turns
				take := func(ctx context.Context, device evidence.Subject) (evidence.Grip, *remediate.Failure) {
					return turns.Hold(ctx, kept, "run", device, time.Nanosecond)
				}
				first, failure := take(t.Context(), test.first)
				require.Nil(t, failure)
				assert.False(t, first.Waited())
				if !test.turns {
					second, failure := take(t.Context(), test.second)
					require.Nil(t, failure)
					assert.False(t, second.Waited())
					second.Release()
					first.Release()
					return
				}
				stopped, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer stop()
				_, failure = take(stopped, test.second)
				assert.Equal(t, remediate.Fail(remediate.ErrInterrupted), failure)
				go first.Release()
				second, failure := take(t.Context(), test.second)
				require.Nil(t, failure, "it is never refused")
				assert.True(t, second.Waited(), "it has to be read anew")
				second.Release()
			})
		})
	}
}

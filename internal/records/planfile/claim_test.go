package planfile_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/planfile"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/remediate"
)

type machinePlan struct{ planfile.SavedPlan }

// machine is a saved plan as a machine has it, with a state directory of its own; path is that of a store
// which other machines have too, "" for none.
func machine(t *testing.T, path string) machinePlan {
	t.Helper()
	state := statedir.Directory(t.TempDir())
	now := time.Now()
	clock := retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}
	saved := machinePlan{planfile.SavedPlan{
		Head:   remediate.Plan{ID: "plan1", Created: now.Format(time.RFC3339), Policy: remediate.CurrentPolicy()},
		MaxAge: time.Hour,
		Marks: planfile.Marks{
			State: func() (statedir.Directory, error) { return state, nil }, Holder: t.Name() + string(state),
			Patience: store.Patience{Clock: clock, Outage: &store.Outage{}, Warn: func(string) {}}, Abort: t.Context(),
		},
	}}
	if path != "" {
		opened, err := store.Open(t.Context(), "sqlite:"+path)
		require.NoError(t, err)
		t.Cleanup(func() { _ = opened.Close() })
		saved.Marks.Store = opened
	}
	return saved
}

func (s machinePlan) claim(device remediate.DevicePlan) error {
	return s.Marks.Claim("run of "+s.Marks.Holder, s.Head.ID, device, nil)
}

func at(url, serial, mac string) remediate.DevicePlan {
	return remediate.DevicePlan{URL: url, Device: remediate.Identity{Serial: serial, MAC: mac}}
}

// TestASavedPlanIsCarriedOutOnce on each device, whoever tries.
func TestASavedPlanIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	saved := machine(t, "")
	now := time.Now()
	first, second := at("https://192.0.2.1", "", ""), at("https://192.0.2.2", "", "")
	assert.NoError(t, saved.claim(first))
	assert.ErrorIs(t, saved.claim(first), remediate.ErrUsed)
	assert.ErrorIs(t, saved.Fits(first, now), remediate.ErrUsed)
	assert.NoError(t, saved.Fits(second, now))
	saved.Head.ID = "plan2"
	assert.NoError(t, saved.Fits(first, now), "another plan")
}

// TestAUsedPlanIsKnownByEachNameOfTheDevice, also by the one that earlier versions marked.
func TestAUsedPlanIsKnownByEachNameOfTheDevice(t *testing.T) {
	t.Parallel()
	const here, there, mac = "https://192.0.2.1", "https://192.0.2.2", "00908f000001"
	for name, test := range map[string]struct {
		marked, asked remediate.DevicePlan
		used          bool
	}{
		"a serial number at another address":  {at(here, "1", mac), at(there, "1", mac), true},
		"a MAC address at another address":    {at(here, "", mac), at(there, "", mac), true},
		"the address":                         {at(here, "", ""), at(here, "1", mac), true},
		"the address, and a number no more":   {at(here, "1", ""), at(here, "", ""), true},
		"another unit that tells the address": {at(here, "1", mac), at(there, "2", mac), false},
		"another device":                      {at(here, "1", mac), at(there, "2", "00908f000002"), false},
	} {
		for kind, path := range map[string]string{"here": "", "in a store": filepath.Join(t.TempDir(), "runs.db")} {
			marking, asking := machine(t, path), machine(t, path)
			if path == "" {
				asking = marking
			}
			require.NoError(t, marking.claim(test.marked))
			if !test.used {
				assert.NoError(t, asking.Fits(test.asked, time.Now()), "%s, %s", name, kind)
				assert.NoError(t, asking.claim(test.asked), "%s, %s", name, kind)
				continue
			}
			assert.ErrorIs(t, asking.Fits(test.asked, time.Now()), remediate.ErrUsed, "%s, %s", name, kind)
			assert.ErrorIs(t, asking.claim(test.asked), remediate.ErrUsed, "%s, %s", name, kind)
		}
	}
}

// TestMarksOfEarlierVersionsCount: a file by the serial number, or else by the address.
func TestMarksOfEarlierVersionsCount(t *testing.T) {
	t.Parallel()
	device := at("https://sbc.example.com", "5740500", "00908f000001")
	for _, name := range []string{"serial-5740500", "address-3ace027f851787a209fd1d13"} {
		saved := machine(t, filepath.Join(t.TempDir(), "runs.db"))
		state, err := saved.Marks.State()
		require.NoError(t, err)
		folder := filepath.Join(state.UsedPlans(), "plan-plan1")
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
		assert.ErrorIs(t, saved.Fits(device, time.Now()), remediate.ErrUsed, name)
		assert.ErrorIs(t, saved.claim(device), remediate.ErrUsed, name)
		used, err := saved.Marks.Store.PlanUsed(t.Context(), "plan1", "serial-5740500")
		require.NoError(t, err)
		assert.False(t, used)
	}
}

// TestOfTwoMachinesThatTryAtOnceOneSucceeds, where they have one store.
func TestOfTwoMachinesThatTryAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	device := at("https://192.0.2.1", "1", "00908f000001")
	for range 20 {
		path := filepath.Join(t.TempDir(), "runs.db")
		machines := []machinePlan{machine(t, path), machine(t, path)}
		came := make([]error, len(machines))
		var both sync.WaitGroup
		for i, saved := range machines {
			both.Go(func() { came[i] = saved.claim(device) })
		}
		both.Wait()
		if came[0] != nil {
			came[0], came[1] = came[1], came[0]
		}
		require.NoError(t, came[0])
		require.ErrorIs(t, came[1], remediate.ErrUsed)
	}
}

// TestARefusalDoesNotUseThePlanUp: with the store away, or with the device another worker's.
func TestARefusalDoesNotUseThePlanUp(t *testing.T) {
	t.Parallel()
	device := at("https://192.0.2.1", "1", "")
	path := filepath.Join(t.TempDir(), "runs.db")
	saved := machine(t, path)
	require.ErrorIs(t, saved.Marks.Claim("run", "plan1", device, func() error { return store.ErrFenced }), remediate.ErrFenced)
	require.NoError(t, saved.Fits(device, time.Now()))

	away := saved
	away.Marks.Store = machine(t, path).Marks.Store
	require.NoError(t, away.Marks.Store.Close())
	require.ErrorIs(t, away.claim(device), remediate.ErrJournal)
	require.ErrorIs(t, away.Fits(device, time.Now()), remediate.ErrJournal)

	assert.NoError(t, saved.Fits(device, time.Now()))
	assert.NoError(t, saved.claim(device))
}

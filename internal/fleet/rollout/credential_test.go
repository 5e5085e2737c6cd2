package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/stretchr/testify/assert"
)

// logins makes a device for each word, with that credential; "-" is none.
func logins(words string) []rollout.Member {
	var made []rollout.Member
	for word := range strings.FieldsSeq(words) {
		made = append(made, rollout.Member{Credential: strings.Trim(word, "-")})
	}
	return made
}

func TestACredentialIsTriedOnOneDeviceAlone(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]rollout.Outcome{
		"read": rollout.Well, "written": rollout.Changed, "broken": rollout.Broken,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, logins("a a a"), allow(9, 9))
			b.starts(0)
			b.idles()
			b.report(outcome, 0)
			b.starts(1, 2)
		})
	}
}

func TestTwoRefusalsStopACredential(t *testing.T) {
	t.Parallel()
	b := newBench(t, logins("a a a a"), allow(9, 9))
	b.starts(0)
	b.report(rollout.Unauthorized, 0)
	b.starts(1)
	b.report(rollout.Unauthorized, 1)
	b.ends(rollout.Going, 2, 3)
	assert.True(t, b.credentials.Stopped("a"))
	assert.False(t, b.credentials.Stopped("b"))
	assert.Equal(t, rollout.Tally{Unreadable: 2}, b.Tally(), "what was never asked is not unreadable")
}

func TestACredentialThatWorkedIsStoppedTooWhenItIsRefused(t *testing.T) {
	t.Parallel()
	settings := allow(9, 9)
	settings.Parallel = 1
	b := newBench(t, logins("a a a a"), settings)
	for device, outcome := range []rollout.Outcome{rollout.Changed, rollout.BrokenUnauthorized, rollout.Unauthorized} {
		b.starts(device)
		b.report(outcome, device)
	}
	b.ends(rollout.Going, 3)
}

func TestOneRefusalIsOneDevicesOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, logins("a a a a"), allow(9, 9))
	b.starts(0)
	b.report(rollout.Unauthorized, 0)
	b.starts(1)
	b.report(rollout.Well, 1)
	b.starts(2, 3)
}

func TestDevicesThatWereNotLoggedInToTellNothingOfACredential(t *testing.T) {
	t.Parallel()
	b := newBench(t, logins("a a a a a"), allow(9, 9))
	for device, outcome := range []rollout.Outcome{rollout.Unreadable, rollout.Untouched, rollout.Cut, rollout.Unauthorized} {
		b.starts(device)
		b.idles()
		b.report(outcome, device)
	}
	b.starts(4)
	b.report(rollout.Unauthorized, 4)
	b.ends(rollout.Going)
	assert.True(t, b.credentials.Stopped("a"))
}

func TestOtherCredentialsGoOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, logins("a a b b - - a"), allow(9, 9))
	b.starts(0, 2, 4, 5)
	b.report(rollout.Unauthorized, 0)
	b.starts(1)
	b.report(rollout.Unauthorized, 1)
	b.idles()
	assert.Equal(t, rollout.Skipped, b.Fate(6), "at once")
	b.report(rollout.Well, 2)
	b.starts(3)
	b.report(rollout.Well, 3, 4, 5)
	b.ends(rollout.Going, 6)
}

func TestADeviceThatWaitsForATrialKeepsNoRoom(t *testing.T) {
	t.Parallel()
	settings := allow(9, 9)
	settings.Parallel = 2
	b := newBench(t, logins("a a b"), settings)
	b.starts(0, 2)
}

// TestCredentialsOutliveAPhase: what was learnt while reading holds while writing.
func TestCredentialsOutliveAPhase(t *testing.T) {
	t.Parallel()
	b := newBench(t, logins("a a b"), allow(9, 9))
	b.starts(0, 2)
	b.report(rollout.Well, 0)
	b.starts(1)
	b.report(rollout.Unauthorized, 1, 2)
	b.ends(rollout.Going)
	b.Machine = rollout.New(logins("a a b"), allow(9, 9), b.Tally(), b.credentials)
	b.starts(0, 1, 2)
	b.report(rollout.Well, 0)
	b.report(rollout.Unauthorized, 1, 2)
	b.ends(rollout.Going)
	assert.True(t, b.credentials.Stopped("a"))
	assert.True(t, b.credentials.Stopped("b"))
}

// TestASoakMindsTheCredential: a password that was changed meanwhile locks no account.
func TestASoakMindsTheCredential(t *testing.T) {
	t.Parallel()
	settings := allow(9, 9)
	settings.Parallel, settings.Soak = 2, time.Hour
	b := newBench(t, logins("a a a a -"), settings)
	b.starts(0, 4)
	b.report(rollout.Changed, 0, 4)
	b.starts(1, 2)
	b.report(rollout.Changed, 1, 2)
	b.starts(3)
	b.report(rollout.Changed, 3)
	b.waits(time.Hour)
	b.checks(0, 4)
	b.ReportCheck(0, rollout.BrokenUnauthorized)
	b.checks(1)
	b.ReportCheck(1, rollout.BrokenUnauthorized)
	b.ReportCheck(4, rollout.Well)
	b.ends(rollout.Going)
	assert.Equal(t, []int{2, 3}, b.Unread())
	assert.Equal(t, rollout.Tally{Failures: 4}, b.Tally(), "what can't be confirmed is not called done")
}

// TestAResumedSoakTriesACredentialAlone: the process that goes on has not logged in anywhere yet.
func TestAResumedSoakTriesACredentialAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first  rollout.Outcome
		next   []int
		unread []int
	}{
		"it works":      {rollout.Well, []int{1, 2}, nil},
		"it is refused": {rollout.BrokenUnauthorized, []int{1}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, owed := allow(9, 9), logins("a a a")
			settings.Soak = time.Hour
			for i := range owed {
				owed[i].Settled, owed[i].Owed = true, true
			}
			b := newBench(t, owed, settings)
			b.waits(time.Hour)
			b.checks(0)
			b.idles()
			b.ReportCheck(0, test.first)
			b.checks(test.next...)
			for _, device := range test.next {
				b.ReportCheck(device, test.first)
			}
			b.ends(rollout.Going)
			assert.Equal(t, test.unread, b.Unread())
		})
	}
}

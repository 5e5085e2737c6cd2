package mockdevice_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// quirkTests say how each quirk looks from outside.
var quirkTests = map[string]func(t *testing.T, s *station){
	"status-no-unit": func(t *testing.T, s *station) {
		assert.JSONEq(t, `{"versionID":"7.40A.500.357","saveNeeded":false}`, s.get("status").body)
	},
	"commented-rows": func(t *testing.T, s *station) {
		text := s.get("files/ini").body
		assert.Regexp(t, `(?m)^TLSContexts 1 = "Teams", (.*);\r\n;TLSContexts 99 = "Teams", (.*);\r$`, text)
		assert.NotContains(t, text, "\nTLSContexts 99")
		assert.Equal(t, 200, s.put(loadPath, teamsRow(1, "Name", `"X"`)).status)
		assert.Empty(t, s.device.Running().Cell("TLSContexts", 99, "Name"), "it is no row")
	},
	"save-flag-blind": func(t *testing.T, s *station) {
		s.put(addPath, pemText("A"))
		s.put(loadPath, teamsRow(1, "Name", `"X"`))
		assert.Equal(t, false, s.flag())
		assert.True(t, s.device.SaveNeeded())
		s.device.AddRoot(1, mockdevice.SelfMadeRoot("B"))
		assert.Equal(t, true, s.flag(), "another administrator turns it on")
		assert.Equal(t, 200, s.save().status)
		assert.Equal(t, false, s.flag())
		assert.Equal(t, s.device.Running(), s.device.Flash())
	},
	"save-flag-cached": func(t *testing.T, s *station) {
		s.put(addPath, pemText("A"))
		assert.Equal(t, []any{false, false, true}, []any{s.flag(), s.flag(), s.flag()})
		s.save()
		assert.Equal(t, []any{true, true, false}, []any{s.flag(), s.flag(), s.flag()})
	},
	"save-no-effect": func(t *testing.T, s *station) { assert.Empty(t, refusedSave(t, s, 200).body) },
	"save-302": func(t *testing.T, s *station) {
		assert.Equal(t, "/api/v1/status", refusedSave(t, s, 302).header.Get("Location"))
		s.client.CheckRedirect = nil
		r := s.save()
		assert.Equal(t, 200, r.status, "who follows is told 200")
		assert.Contains(t, r.body, "versionID")
	},
	"save-400": func(t *testing.T, s *station) { refusedSave(t, s, 400) },
	"save-403": func(t *testing.T, s *station) { refusedSave(t, s, 403) },
	"save-409": func(t *testing.T, s *station) { refusedSave(t, s, 409) },
	"save-500": func(t *testing.T, s *station) { refusedSave(t, s, 500) },

	"save-restart-lost":     func(t *testing.T, s *station) { restartedSave(t, s, 200, 2) },
	"save-restart-lost-500": func(t *testing.T, s *station) { restartedSave(t, s, 500, 2) },
	"save-restart":          func(t *testing.T, s *station) { restartedSave(t, s, 200, 3) },
	"save-restart-500":      func(t *testing.T, s *station) { restartedSave(t, s, 500, 3) },

	"store-stale": func(t *testing.T, s *station) {
		before := s.get(storePath).body
		s.put(addPath, pemText("A"))
		assert.Equal(t, []string{before, before, before + pemText("A")}, s.reads(storePath, 3))
	},
	"store-short": func(t *testing.T, s *station) {
		before := s.get(storePath).body
		s.put(addPath, pemText("A"))
		s.put(addPath, pemText("B"))
		short := before + pemText("A")
		assert.Equal(t, []string{short, short, short + pemText("B")}, s.reads(storePath, 3))
	},
	"ini-stale": func(t *testing.T, s *station) {
		before := s.get("files/ini").body
		s.put(loadPath, teamsRow(1, "Name", `"X"`))
		got := s.reads("files/ini", 3)
		assert.Equal(t, []string{before, before}, got[:2])
		assert.Contains(t, got[2], `TLSContexts 1 = "X"`)
	},
	"ini-short": func(t *testing.T, s *station) {
		s.put(loadPath, teamsRow(1, "Name", `"X"`))
		got := s.reads("files/ini", 3)
		for i, whole := range []bool{false, false, true} {
			assert.Contains(t, got[i], "TLSContexts 0 = ")
			assert.Equal(t, whole, strings.Contains(got[i], `TLSContexts 1 = "X"`), i)
		}
	},
	"import-400-costs-root": func(t *testing.T, s *station) { costlyImport(t, s, 400) },
	"import-409-costs-root": func(t *testing.T, s *station) { costlyImport(t, s, 409) },
	"import-shows-late": func(t *testing.T, s *station) {
		s.device.Record()
		assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
		assert.Equal(t, 400, s.put(addPath, "nothing").status, "refused at once")
		s.clock.advance(39 * time.Second)
		assert.NotContains(t, s.get(storePath).body, pemText("A"))
		assert.Equal(t, false, s.flag())
		s.clock.advance(time.Second)
		assert.Contains(t, s.get(storePath).body, pemText("A"))
		assert.Equal(t, true, s.flag())
		h := s.device.History()
		assert.Equal(t, []string{"read client", "read client", "change client", "read client", "read client"}, kinds(h))
		assert.Equal(t, 1, h[3].Request, "the import that asked for it")
		assert.Equal(t, 5, h[3].Arrived)

		s.put(addPath, pemText("B"))
		s.device.Reboot()
		s.clock.advance(time.Hour)
		assert.NotContains(t, s.device.Running().Roots[1], sha256Of("B"), "lost by a restart")
	},
}

func (s *station) flag() any { return s.get("status").json(s.t)["saveNeeded"] }

func (s *station) reads(path string, times int) []string {
	var bodies []string
	for range times {
		bodies = append(bodies, s.get(path).body)
	}
	return bodies
}

// refusedSave is a save that leaves flash as it was and a save needed.
func refusedSave(t *testing.T, s *station, status int) reply {
	t.Helper()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.put(addPath, pemText("A"))
	before := s.device.Flash()
	r := s.save()
	assert.Equal(t, status, r.status)
	assert.Equal(t, before, s.device.Flash())
	assert.Equal(t, true, s.flag())
	return r
}

// restartedSave is a save with a restart, after which so many roots are left.
func restartedSave(t *testing.T, s *station, status, roots int) {
	t.Helper()
	s.clock.advance(time.Hour)
	s.put(addPath, pemText("A"))
	assert.Equal(t, status, s.save().status)
	assert.Len(t, s.device.Running().Roots[1], roots)
	assert.Equal(t, s.device.Running(), s.device.Flash())
	fields := s.get("status").json(t)
	assert.Equal(t, false, fields["saveNeeded"])
	assert.Zero(t, fields["systemUpTime"])
}

func costlyImport(t *testing.T, s *station, status int) {
	t.Helper()
	assert.Equal(t, status, s.put(addPath, pemText("A")).status)
	assert.Equal(t, pemText("ITSP Example Root CA"), s.get(storePath).body)
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status, "the next is taken")
	assert.Equal(t, pemText("ITSP Example Root CA", "A"), s.get(storePath).body)
}

func TestEachQuirk(t *testing.T) {
	for _, v := range mockdevice.Quirks() {
		t.Run(v.Name, func(t *testing.T) {
			check := quirkTests[v.Name]
			require.NotNil(t, check, "no test")
			model := preset(t, "7.4.500")
			moved := &clock{}
			model.Now = moved.now
			v.Set(&model.Dialect)
			s := start(t, model)
			s.clock = moved
			check(t, s)
		})
	}
}

// A quirk names what is there on every preset.
func TestChurnHasSomethingToChurn(t *testing.T) {
	for _, name := range mockdevice.PresetNames() {
		for _, quirk := range []string{"parameter-churns", "column-churns"} {
			v, _ := mockdevice.FindVariant(quirk)
			model := preset(t, name)
			v.Set(&model.Dialect)
			s := start(t, model)
			got := s.reads("files/ini", 2)
			assert.NotEqual(t, got[0], got[1], "%s on %s", quirk, name)
		}
	}
}

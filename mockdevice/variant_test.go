package mockdevice_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// variantTests say how a client can tell each variant from the zero device.
var variantTests = map[string]func(t *testing.T, s *station){
	"empty-store-400": func(t *testing.T, s *station) { assert.Equal(t, 400, s.get("files/tls/0/trustedRoot").status) },
	"empty-store-404": func(t *testing.T, s *station) { assert.Equal(t, 404, s.get("files/tls/0/trustedRoot").status) },
	"store-crlf": func(t *testing.T, s *station) {
		text := s.get(storePath).body
		assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	},
	"store-comments": func(t *testing.T, s *station) {
		assert.Contains(t, s.get(storePath).body, "\nsubject=CN=ITSP Example Root CA")
	},
	"store-trailing-garbage": func(t *testing.T, s *station) {
		assert.Regexp(t, `(?s)END CERTIFICATE-----\n.*\x00`, s.get(storePath).body)
	},
	"store-broken-block": func(t *testing.T, s *station) {
		text := s.get(storePath).body
		assert.Equal(t, 3, strings.Count(text, "BEGIN CERTIFICATE"))
		assert.True(t, strings.HasPrefix(text, pemText("Contoso Enterprise Root CA")))
		assert.True(t, strings.HasSuffix(text, pemText("ITSP Example Root CA")))
	},
	"store-shuffled": func(t *testing.T, s *station) {
		names := strings.Split("ABCDEFGH", "")
		s.put(storePath, pemText(names...))
		text := s.get(storePath).body
		assert.NotEqual(t, pemText(names...), text)
		assert.Len(t, text, len(pemText(names...)))
		assert.Equal(t, text, s.get(storePath).body, "the same order each time")
	},
	"known-root-twice": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.put(addPath, pemText("ITSP Example Root CA")).status)
		assert.Len(t, s.device.Running().Roots[1], 3)
	},
	"known-root-400": func(t *testing.T, s *station) {
		assert.Equal(t, 400, s.put(addPath, pemText("ITSP Example Root CA")).status)
	},
	"several-roots-all": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.put(addPath, pemText("A", "B")).status)
		assert.Len(t, s.device.Running().Roots[1], 4)
	},
	"several-roots-400": func(t *testing.T, s *station) {
		assert.Equal(t, 400, s.put(addPath, pemText("A", "B")).status)
		assert.Len(t, s.device.Running().Roots[1], 2)
	},
	"status-string-flags": func(t *testing.T, s *station) {
		assert.Equal(t, "false", s.get("status").json(t)["saveNeeded"])
	},
	"status-extra-fields": func(t *testing.T, s *station) { assert.Contains(t, s.get("status").json(t), "osType") },
	"status-few-fields":   func(t *testing.T, s *station) { assert.Len(t, s.get("status").json(t), 3) },
	"status-no-serial": func(t *testing.T, s *station) {
		fields := s.get("status").json(t)
		assert.NotContains(t, fields, "serialNumber")
		assert.Len(t, fields, 14)
	},
	"serial-number": func(t *testing.T, s *station) {
		assert.Equal(t, 5740500.0, s.get("status").json(t)["serialNumber"])
	},
	"load-drops-rows": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.put(loadPath, teamsRow(1, "Name", `"Teams"`)).status)
		got := s.device.Running()
		assert.Empty(t, got.Cell("TLSContexts", 0, "Name"))
		assert.Equal(t, "Teams", got.Cell("ProxySet", 1, "ProxyName"))
		assert.Contains(t, got.Roots, 0)
		assert.Equal(t, 404, s.get("files/tls/0/certificate").status)
	},
	"load-drops-rows-and-files": func(t *testing.T, s *station) {
		s.device.AddRoot(0, mockdevice.SelfMadeRoot("A"))
		assert.Equal(t, 200, s.put(loadPath, teamsRow(1, "Name", `"Teams"`)).status)
		assert.NotContains(t, s.device.Running().Roots, 0)
		assert.Equal(t, 200, s.put(loadPath, teamsRow(0, "Name", `"default"`)).status)
		assert.Empty(t, s.device.Running().Roots[0])
	},
	"load-drops-tables": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.put(loadPath, teamsRow(1, "Name", `"Teams"`)).status)
		assert.Empty(t, s.device.Running().Cell("ProxySet", 1, "ProxyName"))
	},
	"load-resets-connections": func(t *testing.T, s *station) {
		assert.False(t, s.get("status").closed)
		r := s.put(loadPath, "GWDEBUGLEVEL = 1\n")
		assert.Equal(t, 200, r.status)
		assert.True(t, r.closed)
		assert.Equal(t, 200, s.get("status").status)
	},
	"load-empty-answer": func(t *testing.T, s *station) {
		r := s.put(loadPath, "GWDEBUGLEVEL = 1\n")
		assert.Equal(t, 200, r.status)
		assert.Empty(t, r.body)
	},
	"load-ignores-unknown": func(t *testing.T, s *station) {
		load := teamsRow(1, "Name", `"X"`, "Nope", "1") + "[ Nope ]\nFORMAT Index = A;\nNope 0 = 1;\n[ \\Nope ]\n[SIP Params]\nNOPE = 1\n"
		assert.Equal(t, 200, s.put(loadPath, load).status)
		assert.Equal(t, "X", s.device.Running().Cell("TLSContexts", 1, "Name"))
		assert.NotContains(t, strings.ToLower(s.device.Running().Configuration), "nope")
	},
	"bundle-above-four-ignored": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.put(loadPath, teamsRow(5, "Name", `"X"`, "UseDefaultCABundle", "1")).status)
		assert.Equal(t, "0", s.device.Running().Cell("TLSContexts", 5, "UseDefaultCABundle"))
	},
	"columns-plain":    func(t *testing.T, s *station) { assert.Equal(t, 0, prefixed(s)) },
	"columns-prefixed": func(t *testing.T, s *station) { assert.Equal(t, formats(s), prefixed(s)) },
	"columns-mixed": func(t *testing.T, s *station) {
		assert.Greater(t, prefixed(s), 3)
		assert.Less(t, prefixed(s), formats(s)-3)
	},
	"columns-shuffled": func(t *testing.T, s *station) {
		text := s.get("files/ini").body
		assert.NotContains(t, text, "FORMAT Index = Name, TLSVersion, DTLSVersion, ")
		assert.Equal(t, text, s.get("files/ini").body)
	},
	"rows-shuffled": func(t *testing.T, s *station) {
		for i := 4; i < 12; i++ {
			s.device.AddRow("ProxyIp", i, nil)
		}
		text := s.get("files/ini").body
		rows := regexp.MustCompile(`(?m)^ProxyIp (\d+) =`).FindAllStringSubmatch(text, -1)
		require.Len(t, rows, 12)
		sorted := true
		for i, row := range rows {
			sorted = sorted && row[1] == strings.Split("0 1 2 3 4 5 6 7 8 9 10 11", " ")[i]
		}
		assert.False(t, sorted)
	},
	"rows-rotate": func(t *testing.T, s *station) {
		rows := regexp.MustCompile(`(?m)^ProxyIp (\d+) =`)
		var firsts []string
		for range 5 {
			firsts = append(firsts, rows.FindStringSubmatch(s.get("files/ini").body)[1])
		}
		assert.Equal(t, []string{"1", "2", "3", "0", "1"}, firsts)
	},
	"ini-lf": func(t *testing.T, s *station) { assert.NotContains(t, s.get("files/ini").body, "\r") },
	"upper-case-names": func(t *testing.T, s *station) {
		assert.Contains(t, s.get("files/ini").body, "FORMAT INDEX = NAME, TLSVERSION")
	},
	"secrets-rotate": func(t *testing.T, s *station) {
		one, two := s.get("files/ini").body, s.get("files/ini").body
		assert.NotEqual(t, one, two)
		secret := regexp.MustCompile(`\$1\$[A-Za-z0-9+/=]+`)
		assert.Equal(t, secret.ReplaceAllString(one, ""), secret.ReplaceAllString(two, ""), "nothing else differs")
	},
	"save-empty-only": func(t *testing.T, s *station) {
		declare := func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }
		assert.Equal(t, 400, s.do("POST", "actions/saveConfiguration", strings.NewReader("{}"), declare).status)
		assert.Equal(t, 200, s.save().status)
	},
	"bundle-quoted": func(t *testing.T, s *station) { assert.Contains(t, s.get("files/ini").body, `2560, 0, "0", 2048;`) },
	"defaults-as-dollars": func(t *testing.T, s *station) {
		assert.Contains(t, s.get("files/ini").body, `TLSContexts 1 = "Teams", 12, $$, `)
	},
	"empty-cells-bare": func(t *testing.T, s *station) { assert.NotContains(t, s.get("files/ini").body, `, "", `) },
	"addresses-bare": func(t *testing.T, s *station) {
		assert.Contains(t, s.get("files/ini").body, ", 0.0.0.0, 0.0.0.0, 2560")
	},
	"addresses-quoted": func(t *testing.T, s *station) { assert.Contains(t, s.get("files/ini").body, `"192.0.2.10", 24`) },
	"hidden-parameters": func(t *testing.T, s *station) {
		assert.Contains(t, s.get("files/ini").body, ";GWSIMULATEDPARAMETER is hidden but has non-default value")
	},
	"empty-tables": func(t *testing.T, s *station) { assert.Contains(t, s.get("files/ini").body, "[ Account ]") },
	"tls-list-files": func(t *testing.T, s *station) {
		assert.JSONEq(t, `{"files":[{"id":"0"},{"id":"1"}]}`, s.get("files/tls").body)
	},
	"tls-list-array": func(t *testing.T, s *station) { assert.JSONEq(t, `[{"id":"0"},{"id":"1"}]`, s.get("files/tls").body) },
	"cli-crlf": func(t *testing.T, s *station) {
		assert.Contains(t, s.put("files/cliScript/incremental", "show system version").json(t)["output"], "\r\n")
	},
	"cli-checksum": func(t *testing.T, s *station) {
		assert.Equal(t, 400, s.put("files/cliScript/incremental", "show system version").status)
	},
	"auth-digest": func(t *testing.T, s *station) { assert.Equal(t, 401, s.get("status").status) },
	"auth-either": func(t *testing.T, s *station) {
		s.user = ""
		assert.Len(t, s.get("status").header.Values("WWW-Authenticate"), 2)
	},
	"auth-digest-stale": func(t *testing.T, s *station) { assert.Equal(t, 401, s.get("status").status) },
	"blocked-403": func(t *testing.T, s *station) {
		s.pass = "wrong"
		for range 3 {
			assert.Equal(t, 401, s.get("status").status)
		}
		assert.Equal(t, 403, s.get("status").status)
	},
	"expect-400": func(t *testing.T, s *station) {
		body, _ := form("file", "x", "application/octet-stream", "x")
		r := s.do("PUT", addPath, body, func(r *http.Request) { r.Header.Set("Expect", "100-continue") })
		assert.Equal(t, 400, r.status)
	},
	"errors-without-body": func(t *testing.T, s *station) {
		assert.Equal(t, 404, s.get("nope").status)
		assert.Empty(t, s.get("nope").body)
	},
	"no-alarms-200": func(t *testing.T, s *station) {
		s.device.SetAlarms(nil)
		assert.JSONEq(t, `{"alarms":[],"cursor":{"after":"-1","before":"-1"}}`, s.get("alarms/active").body)
	},
	"calls-absent": func(t *testing.T, s *station) {
		for _, path := range []string{"", "/1"} {
			assert.Equal(t, 404, s.get("kpi/current/sbc/callStats/ipGroup"+path).status)
		}
		assert.Equal(t, 404, s.get("kpi/current/sbc/callStats/global").status)
	},
	"calls-as-text": func(t *testing.T, s *station) {
		s.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 76})
		assert.Regexp(t, `"value": ?"76"`, s.get("kpi/current/sbc/callStats/ipGroup/1").body)
	},
	"alarm-set-unnamed": func(t *testing.T, s *station) {
		for _, path := range []string{"alarms/active", "alarms/active/1"} {
			assert.Contains(t, s.get(path).body, "Proxy Set 1: Proxy lost")
		}
	},
	"alarm-list-full": func(t *testing.T, s *station) {
		assert.Regexp(t, `"source": ?"Board#1/ProxyConnection#1"`, s.get("alarms/active").body)
	},
	"calls-own-ids": func(t *testing.T, s *station) {
		assert.Regexp(t, `"id": ?"101"`, s.get("kpi/current/sbc/callStats/ipGroup").body)
		assert.Equal(t, 404, s.get("kpi/current/sbc/callStats/ipGroup/1").status)
		assert.Equal(t, 200, s.get("kpi/current/sbc/callStats/ipGroup/101").status)
	},
	"chunked": func(t *testing.T, s *station) {
		r := s.get("files/ini")
		assert.Empty(t, r.header.Get("Content-Length"))
		assert.False(t, r.closed)
		assert.Contains(t, r.body, "RoutingRuleGroups")
		assert.Equal(t, 200, s.save().status)
	},
	"close-delimited": func(t *testing.T, s *station) {
		r := s.get("files/ini")
		assert.Empty(t, r.header.Get("Content-Length"))
		assert.True(t, r.closed)
		assert.Contains(t, r.body, "RoutingRuleGroups")
	},
	"connection-close": func(t *testing.T, s *station) { assert.True(t, s.get("status").closed) },
	"http-redirect": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.get("status").status)
		server, err := mockdevice.StartPlain(s.device)
		require.NoError(t, err)
		defer server.Close()
		response, err := http.DefaultTransport.RoundTrip(authorized(t, server.URL()+"/api/v1/status"))
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, 302, response.StatusCode)
		assert.Equal(t, "https://127.0.0.1/api/v1/status", response.Header.Get("Location"))
	},
	"tls12-only": func(t *testing.T, s *station) {
		response, err := s.client.Do(authorized(t, s.server.URL()+"/api/v1/status"))
		require.NoError(t, err)
		response.Body.Close()
		assert.EqualValues(t, 0x0303, response.TLS.Version)
	},
	"save-json": func(t *testing.T, s *station) { assert.NotEmpty(t, s.save().json(t)["description"]) },
	"save-slow": func(t *testing.T, s *station) {
		s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
		assert.Equal(t, 200, s.save().status)
		assert.NotEqual(t, s.device.Running(), s.device.Flash())
		var needed []any
		for range 3 {
			needed = append(needed, s.get("status").json(t)["saveNeeded"])
		}
		assert.Equal(t, []any{true, true, false}, needed)
		assert.Equal(t, s.device.Running(), s.device.Flash())
	},
	"header-no-serial": func(t *testing.T, s *station) {
		text := s.get("files/ini").body
		assert.NotContains(t, text, "Serial Number")
		assert.Contains(t, text, ";Software Version: 7.40A.500.357")
	},
	"ha-busy": func(t *testing.T, s *station) {
		assert.Equal(t, 200, s.get("status").status)
		assert.Equal(t, 409, s.put(addPath, pemText("A")).status)
		assert.Equal(t, 409, s.save().status)
		assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
	},
	"parameter-churns": func(t *testing.T, s *station) {
		got := s.reads("files/ini", 2)
		assert.Contains(t, got[0], "NTPServerUTCOffset = 3601\r\n")
		assert.Equal(t, strings.Replace(got[0], "= 3601", "= 3602", 1), got[1])
		assert.False(t, s.device.SaveNeeded())
		before := s.device.Running()
		assert.Equal(t, 200, s.put(loadPath, "NTPServerUTCOffset = 7\r\n").status)
		assert.Equal(t, before, s.device.Running(), "a load can't set it")
	},
	"column-churns": func(t *testing.T, s *station) {
		got := s.reads("files/ini", 2)
		assert.NotEqual(t, got[0], got[1])
		assert.Contains(t, got[1], `"'sbc01.contoso.example' 2"`)
		assert.Equal(t, strings.ReplaceAll(got[0], `.example' 1"`, `.example' 2"`), got[1])
		before := s.device.Running()
		assert.Equal(t, 200, s.put(loadPath, got[1]).status)
		assert.Equal(t, before, s.device.Running(), "a load can't set it")
	},
}

var formatLine = regexp.MustCompile(`(?m)^FORMAT (\w+) =`)

func formats(s *station) int { return len(formatLine.FindAllString(s.get("files/ini").body, -1)) }

func prefixed(s *station) int {
	n := 0
	for _, format := range formatLine.FindAllStringSubmatch(s.get("files/ini").body, -1) {
		if strings.HasSuffix(format[1], "_Index") {
			n++
		}
	}
	return n
}

func startVariant(t *testing.T, names ...string) *station {
	model := preset(t, "7.4.500")
	for _, name := range names {
		v, found := mockdevice.FindVariant(name)
		require.True(t, found, name)
		v.Set(&model.Dialect)
	}
	return start(t, model)
}

func TestEachVariant(t *testing.T) {
	for _, v := range mockdevice.Variants() {
		t.Run(v.Name, func(t *testing.T) {
			check := variantTests[v.Name]
			require.NotNil(t, check, "no test")
			check(t, startVariant(t, v.Name))
		})
	}
}

// The likeliest device, where it differs from its variants.
func TestZeroDialect(t *testing.T) {
	s := startVariant(t)
	assert.Equal(t, 200, s.get("files/tls/0/trustedRoot").status)
	assert.Empty(t, s.get("files/tls/0/trustedRoot").body)
	assert.Equal(t, 200, s.put(addPath, pemText("ITSP Example Root CA")).status)
	assert.Len(t, s.device.Running().Roots[1], 2)
	assert.Equal(t, 200, s.put(addPath, pemText("A", "B")).status)
	assert.Len(t, s.device.Running().Roots[1], 3)
	assert.Equal(t, s.get("files/ini").body, s.get("files/ini").body)
	assert.NotContains(t, s.get("files/ini").body, "[ Account ]")
	r := s.get("files/ini")
	assert.NotEmpty(t, r.header.Get("Content-Length"))
	assert.False(t, r.closed)
	var list map[string][]map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.get("files/tls").body), &list))
	assert.Equal(t, 1.0, list["tls"][1]["id"])
}

// Variants of different groups go together: a device that has many of them at
// once still holds together.
func TestRandomCombinations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 40 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			names := combination(random)
			t.Log(names)
			s := startVariant(t, names...)
			before := s.device.Running()
			for _, path := range []string{"status", "files/ini", storePath, "files/tls", "alarms/active"} {
				assert.Equal(t, 200, s.get(path).status, path)
			}
			for s.put(loadPath, s.get("files/ini").body).status == 409 {
				continue // ha-busy
			}
			assert.Equal(t, before, s.device.Running())
		})
	}
}

// combination has every variant with a chance of a third, but none of its group
// twice and no Digest, which the client of these tests can't do by itself.
func combination(random *rand.Rand) []string {
	var names []string
	taken := map[string]bool{"auth": true}
	for _, v := range mockdevice.Variants() {
		if random.IntN(3) == 0 && !taken[v.Group] {
			names = append(names, v.Name)
			taken[v.Group] = v.Group != ""
		}
	}
	return names
}

package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// farDesk is a testApp whose device has a name that only a proxy knows.
func farDesk(t *testing.T) (d *testApp, proxy string, connections *atomic.Int32) {
	t.Helper()
	d = newTestApp(t, "7.4.604", "")
	proxy, connections = jump(t, "sbc.invalid:443", strings.TrimPrefix(d.target[0], "https://"))
	return d, proxy, connections
}

// TestEveryCommandReachesDevicesThroughTheProxyOfTheFlag.
func TestEveryCommandReachesDevicesThroughTheProxyOfTheFlag(t *testing.T) {
	t.Parallel()
	d, proxy, connections := farDesk(t)
	folder := t.TempDir()
	plan, backups := filepath.Join(folder, "plan.json"), filepath.Join(folder, "backups")
	through := []string{"--proxy", proxy, "--pin", d.target[2]}
	for _, line := range []string{
		"doctor sbc.invalid", "backup sbc.invalid --dir " + filepath.Join(folder, "kept"), "plan sbc.invalid --out " + plan,
		"apply --dry-run sbc.invalid", "apply --dry-run " + plan, "apply --yes --backup-dir " + backups + " " + plan,
		"apply --yes sbc.invalid", "cert check sbc.invalid --profile teams --fqdn sbc.example.com", "restore --yes BACKUP",
	} {
		kept, _ := filepath.Glob(filepath.Join(backups, "*"))
		line = strings.Replace(line, "BACKUP", strings.Join(kept, ""), 1)
		connections.Store(0)
		d.stdout.Reset()
		d.stderr.Reset()
		code := d.app.run(append(strings.Fields(line), through...))
		if !strings.HasPrefix(line, "cert") { // what it finds is not the point
			assert.Equal(t, exitDone, code, "%s\n%s%s", line, d.stdout.String(), d.stderr.String())
		}
		assert.Positive(t, connections.Load(), line)
	}
	d.stderr.Reset()
	assert.Equal(t, exitUsage, d.app.run([]string{"plan", "sbc.invalid", "--proxy", "http://jumper:hunter2@127.0.0.1:1"}))
	assert.Contains(t, d.stderr.String(), "must not hold a user or password")
	assert.NotContains(t, d.stderr.String(), "hunter2")
	assert.Equal(t, exitUsage, d.app.run([]string{"plan", "sbc.invalid", "--proxy", "jump"}))
	assert.Contains(t, d.stderr.String(), "is no proxy")
}

var resumeLine = regexp.MustCompile(`acfix (plan|apply) --resume ([0-9a-f]+)`)

// TestARunGoesOnThroughItsProxy: the flag need not be given again, and may be.
func TestARunGoesOnThroughItsProxy(t *testing.T) {
	t.Parallel()
	d, proxy, connections := farDesk(t)
	stopped := make(chan struct{})
	close(stopped)
	going, getenv := d.app.stop, d.app.getenv
	d.app.getenv = func(name string) string { // a person would be asked, which ends at once
		if name == "ACFIX_PASSWORD" {
			return "Admin"
		}
		return getenv(name)
	}
	d.app.stop = stopped
	require.Equal(t, exitInterrupted, d.app.run([]string{"plan", "sbc.invalid", "--proxy", proxy, "--pin", d.target[2]}), "%s", d.stderr.String())
	d.app.stop = going
	found := resumeLine.FindStringSubmatch(d.stderr.String())
	require.NotNil(t, found, "%s", d.stderr.String())
	assert.Zero(t, connections.Load())
	d.stdout.Reset()
	assert.Equal(t, exitDone, d.app.run([]string{"plan", "--resume", found[2], "--pin", d.target[2]}), "%s%s", d.stdout.String(), d.stderr.String())
	assert.Positive(t, connections.Load())
}

// TestTheLoginToAProxyIsNowhereToBeSeen: also at debug level, with a proxy that repeats it.
func TestTheLoginToAProxyIsNowhereToBeSeen(t *testing.T) {
	t.Parallel()
	const secret = "pr0xy-Secret"
	var lastLogin atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lastLogin.Store(r.Header.Get("Proxy-Authorization"))
		w.Header().Set("Proxy-Authenticate", `Basic realm="`+secret+`"`)
		w.Header().Set("Location", "https://login.invalid/"+secret)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	d := newOperator(t, "")
	getenv := d.app.getenv
	d.app.getenv = func(name string) string {
		if name == "JUMP_PASSWORD" {
			return secret
		}
		return getenv(name)
	}
	state := d.app.getenv("XDG_STATE_HOME")
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	text := "defaults: {proxy: '" + proxy.URL + "', proxy_username: jumper, proxy_password_env: JUMP_PASSWORD}\ndevices:\n  - {name: far, url: sbc.invalid}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	for _, line := range []string{"plan -i FILE", "plan -i FILE -o json", "plan -i FILE -o jsonl", "apply --yes -i FILE", "doctor far -i FILE", "backup -i FILE --dir " + t.TempDir(), "inventory check FILE"} {
		d.app.run(append(strings.Fields(strings.Replace(line, "FILE", file, 1)), "--log-level", "debug"))
	}
	token := base64.StdEncoding.EncodeToString([]byte("jumper:" + secret))
	assert.Equal(t, "Basic "+token, lastLogin.Load())
	assert.Contains(t, d.stdout.String(), "the proxy "+proxy.URL+" answered 407")
	assert.Contains(t, d.stdout.String(), "proxy_password_env")
	searched := map[string]string{"stdout": d.stdout.String(), "stderr": d.stderr.String()}
	for path, content := range filesBelow(t, state) {
		searched[path] = content
	}
	for where, content := range searched {
		for _, forbidden := range []string{secret, token, "jumper"} {
			assert.NotContains(t, content, forbidden, where)
		}
	}
}

// TestForeignLoginsDoNotStopALogin, and a password that was looked at does.
func TestForeignLoginsDoNotStopALogin(t *testing.T) {
	t.Parallel()
	for challenge, want := range map[string]struct{ asked, skipped int }{
		"Negotiate, NTLM": {4, 0}, `Bearer realm="x, Basic y"`: {4, 0}, `Basic realm="x"`: {2, 2}, "": {2, 2}, `Form`: {2, 2}, `Negotiate, Basic realm="x"`: {2, 2},
	} {
		var asked, out, most atomic.Int32
		text := "devices:\n"
		for i := range 4 {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				most.Store(max(most.Load(), out.Add(1)))
				defer out.Add(-1)
				asked.Add(1)
				if challenge != "" {
					w.Header().Set("WWW-Authenticate", challenge)
				}
				w.WriteHeader(http.StatusUnauthorized)
			}))
			t.Cleanup(server.Close)
			text += "  - {name: sbc-" + string(rune('1'+i)) + ", url: '" + server.URL + "'}\n"
		}
		d := newOperator(t, "")
		file := filepath.Join(t.TempDir(), "fleet.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		assert.Equal(t, exitFailed, d.app.run([]string{"plan", "-i", file, "--max-unreachable", "100%", "-o", "json"}), challenge)
		requireFits(t, "acfix.plan/v1", d.stdout.String())
		assert.Equal(t, want.asked, int(asked.Load()), challenge)
		assert.Equal(t, want.skipped, strings.Count(d.stdout.String(), "not started: two devices refused"), challenge)
		assert.Equal(t, int32(1), most.Load(), "never two at once, whoever answers")
		assert.Equal(t, want.skipped == 0, strings.Contains(d.stdout.String(), `"foreign_login": true`), challenge)
	}
}

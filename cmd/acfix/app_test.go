package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testApp is an operator at a terminal, in front of a simulated SBC.
type testApp struct {
	app            *app
	stdout, stderr bytes.Buffer
	device         *mockdevice.Device
	target         []string // address and pin, for the command line
	stop           chan struct{}
}

func newTestApp(t *testing.T, preset, typed string) *testApp {
	t.Helper()
	model, err := mockdevice.Preset(preset)
	require.NoError(t, err)
	return newTestAppFor(t, model, typed)
}

func newTestAppFor(t *testing.T, model mockdevice.Model, typed string) *testApp {
	t.Helper()
	d := newOperator(t, typed)
	d.device = mockdevice.New(model)
	server, err := mockdevice.Start(d.device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	d.target = []string{server.URL(), "--pin", server.Fingerprint()}
	return d
}

// newOperator is an operator at a terminal, without a device yet and with a state directory of their own.
func newOperator(t *testing.T, typed string) *testApp {
	t.Helper()
	d := &testApp{stop: make(chan struct{})}
	environment := map[string]string{"ACFIX_USERNAME": "Admin", "XDG_STATE_HOME": t.TempDir()}
	d.app = &app{
		outage: &store.Outage{},
		stdin:  strings.NewReader(typed), stdout: &d.stdout, stderr: &d.stderr,
		getenv:          func(name string) string { return environment[name] },
		environ:         func() []string { return nil },
		user:            os.Geteuid(),
		guard:           ownership.For(os.Geteuid()),
		stdinIsTerminal: true,
		readSecret:      func() ([]byte, error) { return []byte("Admin"), nil },
		restoreTerminal: func() {},
		boot:            func() string { return "" },
		jitter:          func() float64 { return 0 },
		abort:           t.Context(), stop: d.stop,
	}
	d.hurry()
	return d
}

// hurry makes waiting take no time: the clock jumps instead. A clock that didn't would let acfix ask
// the device again and again, without a pause, for as long as it has patience.
func (d *testApp) hurry() {
	var waited atomic.Int64
	d.app.now = func() time.Time { return time.Now().Add(time.Duration(waited.Load())) }
	d.app.sleep = func(ctx context.Context, pause time.Duration) error {
		waited.Add(int64(pause))
		return ctx.Err()
	}
}

func (d *testApp) run(arguments ...string) int {
	return d.app.run(slices.Concat(arguments[:1], d.target, arguments[1:]))
}

func TestTheOperatorIsAskedForPasswordAndConsent(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "yes\n")
	assert.Equal(t, exitDone, d.run("apply"))
	assert.Contains(t, d.stderr.String(), "Password of Admin: ")
	assert.Contains(t, d.stderr.String(), "Carry out the plan on 1 of 1 devices?")
	assert.Contains(t, d.stdout.String(), "Applied")
	assert.NotContains(t, d.stdout.String(), "Carry out", "stdout carries the result alone")
}

func TestAnythingButYesDeclines(t *testing.T) {
	for name, typed := range map[string]string{"no": "no\n", "nothing": "", "return": "\n", "something else": "maybe yes\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.604", typed)
			assert.Equal(t, exitFailed, d.run("apply"))
			assert.Contains(t, d.stdout.String(), "Skipped: nothing was written")
			assert.Contains(t, d.stdout.String(), "[declined]")
			assert.Zero(t, d.device.Writes())
		})
	}
}

func TestNothingIsAskedWhereNothingIsToBeDone(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "yes\n")
	require.Equal(t, exitDone, d.run("apply"))
	again := strings.Count(d.stderr.String(), "Carry out")
	require.Equal(t, exitDone, d.run("apply"))
	assert.Equal(t, again, strings.Count(d.stderr.String(), "Carry out"))
}

func TestAnInterruptAtAQuestionEndsWith130(t *testing.T) {
	t.Parallel()
	consent := newTestApp(t, "7.4.604", "")
	nobody, writer := io.Pipe()
	t.Cleanup(func() { _ = writer.Close() })
	consent.app.stdin = nobody
	consent.app.stderr = stopAt{&consent.stderr, "Type yes or no", consent.stop}
	assert.Equal(t, exitInterrupted, consent.run("apply"))
	assert.Zero(t, consent.device.Writes())

	password := newTestApp(t, "7.4.604", "")
	password.app.readSecret = func() ([]byte, error) { <-t.Context().Done(); return nil, nil }
	restored := false
	password.app.restoreTerminal = func() { restored = true }
	password.app.stderr = stopAt{&password.stderr, "Password of", password.stop}
	assert.Equal(t, exitInterrupted, password.run("plan"))
	assert.True(t, restored, "the terminal must echo again")
}

// stopAt asks to stop when a text is shown.
type stopAt struct {
	io.Writer
	text string
	stop chan struct{}
}

func (s stopAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.text) {
		close(s.stop)
	}
	return s.Writer.Write(p)
}

func TestAnEmptyPasswordIsNotTried(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	d.app.readSecret = func() ([]byte, error) { return nil, nil }
	assert.Equal(t, exitUsage, d.run("plan"))
	assert.Zero(t, d.device.FailedLogins())
}

func TestForeignTextIsHarmlessInJSON(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	d.device.SetCell("SIPInterface", 1, "InterfaceName", "Teams\u009b31m\u202e")
	d.device.SetCell("ProxySet", 1, "SBCIPv4SIPInterfaceName", "Teams\u009b31m\u202e")
	d.run("plan", "-o", "json")
	assert.NotContains(t, d.stdout.String(), "\u009b")
	assert.NotContains(t, d.stdout.String(), "\u202e")
	assert.Equal(t, "Teams\u009b31m\u202e", first(t, decode(t, d.stdout.String()), "devices", "teams", "sip_interface"))
}

func TestAPromptThatFails(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	d.app.readSecret = func() ([]byte, error) { return nil, errors.New("terminal closed") }
	assert.Equal(t, exitFailed, d.run("plan"))
	assert.Contains(t, d.stderr.String(), "terminal closed")
}

func TestAnInterruptFinishesTheStepInHand(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	var once sync.Once
	d.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodPut {
			once.Do(func() { close(d.stop) })
		}
	})
	assert.Equal(t, exitInterrupted, d.run("apply", "--yes"))
	assert.Equal(t, 1, d.device.Writes())
	assert.Equal(t, "1", d.device.Running().Cell("TLSContexts", 1, "UseDefaultCABundle"))
	assert.Contains(t, d.stdout.String(), "2. done")
	assert.Contains(t, d.stdout.String(), "3. pending")
	assert.Contains(t, d.stdout.String(), "[interrupted]")
}

func TestAnInterruptWhileReadingEndsWith130(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	d.device.AddFault(mockdevice.Fault{Path: "/files/ini", Do: mockdevice.Hang})
	var once sync.Once
	d.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/files/ini") {
			once.Do(func() { close(d.stop) })
		}
	})
	assert.Equal(t, exitInterrupted, d.run("plan", "-o", "json"))
	assert.Contains(t, d.stdout.String(), `"code": "interrupted"`)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	require.NoError(t, decoder.Decode(&document))
	assert.False(t, decoder.More(), "one document, and nothing behind it")
	assert.NoError(t, fits(t, text))
	return document
}

func keys(document any) []string {
	keys := []string{}
	for key := range document.(map[string]any) {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// first goes down by keys; a list is entered at its first element.
func first(t *testing.T, document any, path ...string) any {
	t.Helper()
	for _, key := range path {
		document = document.(map[string]any)[key]
		if list, ok := document.([]any); ok {
			require.NotEmpty(t, list, key)
			document = list[0]
		}
	}
	return document
}

// TestPlanDocument holds the plan's JSON to the documented keys.
func TestPlanDocument(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	plan := decode(t, d.stdout.String())
	assert.Equal(t, "acfix.plan/v1", plan["schema"])
	assert.Subset(t, keys(plan), []string{"schema", "id", "created", "acfix", "policy", "devices", "summary"})
	assert.Subset(t, keys(plan["policy"]), []string{"id", "date"})
	assert.Equal(t, []string{"blocked", "change", "compliant", "error", "not_applicable"}, keys(plan["summary"]))
	assert.Subset(t, keys(first(t, plan, "devices")), []string{"target", "url", "verdict", "device", "teams", "contexts", "steps", "findings", "digest", "error"})
	assert.Equal(t, []string{"firmware", "mac", "product", "release", "serial"}, keys(first(t, plan, "devices", "device")))
	assert.Equal(t, []string{"mutual_tls", "proxy_set", "sip_interface"}, keys(first(t, plan, "devices", "teams")))
	assert.Equal(t, []string{"certificate_expires", "id", "name", "roots", "use_default_ca_bundle"}, keys(first(t, plan, "devices", "contexts")))
	assert.Equal(t, []string{"name", "sha256", "state"}, keys(first(t, plan, "devices", "contexts", "roots")))
	assert.Subset(t, keys(first(t, plan, "devices", "steps")), []string{"kind", "context", "root", "reason"})
	assert.Equal(t, []string{"code", "hint", "level", "message"}, keys(first(t, plan, "devices", "findings")))
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, first(t, plan, "devices", "digest"))
	assert.Equal(t, false, first(t, plan, "devices", "contexts", "use_default_ca_bundle"))
	_, err := time.Parse(time.RFC3339, plan["created"].(string))
	assert.NoError(t, err)
}

func TestAFirmwareWithoutTheSwitchSaysNull(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.2", "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	assert.Nil(t, first(t, decode(t, d.stdout.String()), "devices", "contexts", "use_default_ca_bundle"))
}

// TestListsAreNeverNull: whatever the verdict, an empty list is [].
func TestListsAreNeverNull(t *testing.T) {
	for name, fault := range map[string]mockdevice.Fault{
		"compliant or change": {Path: "/nothing"},
		"error":               {Path: "/status", Do: mockdevice.HTML},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, arguments := range [][]string{{"plan", "-o", "json"}, {"apply", "--yes", "-o", "json"}, {"apply", "--dry-run", "-o", "json"}} {
				d := newTestApp(t, "7.4.604", "")
				d.device.AddFault(fault)
				d.run(arguments...)
				for _, list := range []string{"teams", "contexts", "steps", "findings", "left_on_device", "devices", "roots"} {
					assert.NotContains(t, d.stdout.String(), `"`+list+`": null`)
				}
			}
		})
	}
}

// TestResultDocument holds the result's JSON to the documented keys.
func TestResultDocument(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	require.Equal(t, exitDone, d.run("apply", "--yes", "-o", "json"))
	result := decode(t, d.stdout.String())
	assert.Equal(t, "acfix.result/v1", result["schema"])
	assert.Equal(t, false, result["dry_run"])
	assert.Subset(t, keys(result), []string{"schema", "run", "dry_run", "devices", "summary"})
	assert.Subset(t, keys(first(t, result, "devices")), []string{"target", "status", "steps", "backup", "left_on_device", "findings", "error"})
	assert.Subset(t, keys(first(t, result, "devices", "steps")), []string{"kind", "context", "root", "status"})
	assert.Equal(t, "applied", first(t, result, "devices", "status"))
	assert.EqualValues(t, 1, result["summary"].(map[string]any)["applied"])
	assert.EqualValues(t, 0, result["summary"].(map[string]any)["failed"])
	assert.DirExists(t, first(t, result, "devices", "backup").(string))
}

func TestThePasswordIsNowhere(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	d.app.readSecret = func() ([]byte, error) { return []byte("Tr0ub4dor&3"), nil }
	assert.Equal(t, exitFailed, d.run("plan", "--log-level", "debug"))
	for _, secret := range []string{"Tr0ub4dor", "QWRtaW46VHIwdWI0ZG9yJjM="} {
		assert.NotContains(t, d.stdout.String()+d.stderr.String(), secret)
	}
	assert.Contains(t, d.stderr.String(), "level=DEBUG")
}

func TestTheSecondInterruptLeavesWhatNothingCanStop(t *testing.T) {
	t.Parallel()
	abort, cancel := context.WithCancel(t.Context())
	cancel()
	never := make(chan struct{})
	defer close(never)
	assert.Equal(t, exitInterrupted, leaving(abort, time.Millisecond, func() int { <-never; return 0 }))
	assert.Equal(t, exitFailed, leaving(abort, time.Hour, func() int { return exitFailed }), "what ends by itself has the last word")
	assert.Equal(t, 0, leaving(t.Context(), 0, func() int { return 0 }))
}

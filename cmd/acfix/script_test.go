package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/server/notify/mailtest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram makes the test binary be acfix itself, for tests that need a process to kill.
const asProgram = "ACFIX_TEST_AS_PROGRAM"

// raceOptions are for the race detector, which otherwise lets each program that ends wait for a second:
// the tests start many.
const raceOptions = "GORACE"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(start())
	}
	if os.Getenv(raceOptions) == "" {
		_ = os.Setenv(raceOptions, "atexit_sleep_ms=50")
	}
	testscript.Main(m, map[string]func(){"acfix": func() { os.Exit(start()) }})
}

// TestScripts runs the stories in testdata/script: the real binary against simulated SBCs.
//
// Beside testscript's own commands they use
//
//	exitcode N COMMAND...                                        it ends with that exit code
//	expand FILE                                                  replace $NAME in a file, as the scripts' lines have it
//	by-powershell FILE...                                        write a text anew as Windows PowerShell 5 redirects it
//	sbc NAME PRESET [firmware=V] [variant=V]... [fault=RULE]...   start a device; sets $NAME, $NAME_HOST and $NAME_PIN
//	sbc-set NAME TABLE INDEX COLUMN VALUE                        change it as another administrator would
//	sbc-param NAME PARAMETER VALUE
//	sbc-serial NAME SERIAL                                       the other unit of an HA pair answers
//	sbc-empty NAME CONTEXT                                       take every root out of a store, as another administrator
//	fits SCHEMA                                                  stdout is a document of that published schema
//	identity FILE                                                make an age identity; sets $FILE_RECIPIENT, in capitals
//	certificates HOST                                            write certificates for a host, in every format; see pki.files
//	sip NAME [mutual] [status=N] [silent]                        start a SIP server over TLS; sets $NAME to HOST:PORT; see reach_script_test.go
//	dns NAME ZONEFILE                                            start a DNS server; sets $NAME to HOST:PORT
//	webhook NAME                                                 start a receiver of messages; sets $NAME
//	webhook-got PATH PATTERN                                     the last message to a path of it fits
//	mailserver NAME [OPTION]...                                  start a mail server; see mail_script_test.go
//	mail-got NAME NUMBER [PATTERN]                               it took so many messages, and the last one fits
//	run-id NAME                                                  set $NAME to the run that the last command showed
//	closed-window NAME                                           set $NAME to a change window half a day from now
//	sbc-reboot NAME                                              lose what was not saved
//	sbc-writes NAME N                                            it has seen N writes
//	sbc-requests NAME N                                          it has seen N requests of any kind
//	sbc-logins NAME N                                            it has seen N failed logins
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values[farCAsKey{}] = &farCAs{}
			env.Values[devicesKey{}] = map[string]*mockdevice.Device{}
			env.Values[webhooksKey{}] = map[string]*webhooks{}
			env.Values[mailServersKey{}] = map[string]*mailtest.Server{}
			env.Setenv("ACFIX_USERNAME", "Admin")
			env.Setenv("ACFIX_PASSWORD", "Admin")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv(raceOptions, os.Getenv(raceOptions))
			return nil
		},
		Cmds: storyCommands(),
	})
}

// storyCommands are what the stories use beside testscript's own commands.
func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exitcode":      exitcode,
		"expand":        expand,
		"by-powershell": byPowerShell,
		"sbc":           startDevice,
		"sbc-set":       onDevice(5, func(d *mockdevice.Device, a []string) { d.SetCell(a[0], number(a[1]), a[2], a[3]) }),
		"sbc-param":     onDevice(3, func(d *mockdevice.Device, a []string) { d.SetParam(a[0], a[1]) }),
		"sbc-serial":    onDevice(2, func(d *mockdevice.Device, a []string) { d.SetSerial(a[0]) }),
		"sbc-empty":     onDevice(2, emptyStore),
		"webhook":       startWebhook,
		"webhook-got":   webhookGot,
		"mailserver":    startMailServer,
		"mail-got":      mailGot,
		"run-id":        runID,
		"closed-window": closedWindow,
		"identity":      makeIdentity,
		"certificates":  makeCertificates,
		"sbc-reboot":    onDevice(1, func(d *mockdevice.Device, _ []string) { d.Reboot() }),
		"sbc-writes":    expect(func(d *mockdevice.Device) int { return d.Writes() }),
		"sbc-requests":  expect(func(d *mockdevice.Device) int { return len(d.Requests()) }),
		"sbc-logins":    expect(func(d *mockdevice.Device) int { return d.FailedLogins() }),
		"fits":          fitsSchema,
		"sip":           startSIP,
		"dns":           startDNS,
	}
}

// exitcode runs a command that must end with that exit code.
func exitcode(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) < 2 {
		ts.Fatalf("usage: exitcode N COMMAND...")
	}
	err := ts.Exec(arguments[1], arguments[2:]...)
	var ended *exec.ExitError
	if !errors.As(err, &ended) {
		ts.Fatalf("exit code 0 instead of %s (%v)", arguments[0], err)
	}
	if got := ended.ExitCode(); got != number(arguments[0]) {
		ts.Fatalf("exit code %d instead of %s", got, arguments[0])
	}
}

func expand(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	path := ts.MkAbs(arguments[0])
	text := os.Expand(ts.ReadFile(arguments[0]), func(name string) string {
		if name == "$" {
			return "$"
		}
		return ts.Getenv(name)
	})
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

// byPowerShell writes files in UTF-16 with a byte order mark and CRLF.
func byPowerShell(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) == 0 {
		ts.Fatalf("usage: by-powershell FILE...")
	}
	for _, name := range arguments {
		out := []byte("\xff\xfe")
		for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(ts.ReadFile(name), "\n", "\r\n"))) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		ts.Check(os.WriteFile(ts.MkAbs(name), out, 0o600))
	}
}

// makeCertificates writes what the stories need into the working folder.
func makeCertificates(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: certificates HOST")
	}
	p, err := thePKI()
	ts.Check(err)
	ts.Check(p.files(ts.MkAbs("."), arguments[0]))
}

type devicesKey struct{}

func devices(ts *testscript.TestScript) map[string]*mockdevice.Device {
	return ts.Value(devicesKey{}).(map[string]*mockdevice.Device)
}

func startDevice(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) < 2 {
		ts.Fatalf("usage: sbc NAME PRESET [setting]...")
	}
	name := arguments[0]
	model, err := mockdevice.Preset(arguments[1])
	ts.Check(err)
	var faults []mockdevice.Fault
	for _, setting := range arguments[2:] {
		key, value, _ := strings.Cut(setting, "=")
		switch key {
		case "firmware":
			model.Firmware = value
		case "variant":
			variant, ok := mockdevice.FindVariant(value)
			if !ok {
				ts.Fatalf("no variant %q", value)
			}
			variant.Set(&model.Dialect)
		case "fault":
			fault, err := mockdevice.ParseFault(value)
			ts.Check(err)
			faults = append(faults, fault)
		default:
			ts.Fatalf("no setting %q", key)
		}
	}
	if n := len(devices(ts)); n > 0 { // two devices have two serial numbers
		model.Serial = strconv.Itoa(number(model.Serial) + n)
	}
	device := mockdevice.New(model)
	for _, fault := range faults {
		device.AddFault(fault)
	}
	server, err := mockdevice.Start(device)
	ts.Check(err)
	ts.Defer(server.Close)
	devices(ts)[name] = device
	ts.Setenv(name, server.URL())
	ts.Setenv(name+"_HOST", strings.TrimPrefix(server.URL(), "https://"))
	ts.Setenv(name+"_PIN", server.Fingerprint())
}

func onDevice(n int, do func(*mockdevice.Device, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, arguments []string) {
		if neg || len(arguments) != n || devices(ts)[arguments[0]] == nil {
			ts.Fatalf("wrong arguments: %q", arguments)
		}
		do(devices(ts)[arguments[0]], arguments[1:])
	}
}

func expect(count func(*mockdevice.Device) int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, arguments []string) {
		if neg || len(arguments) != 2 || devices(ts)[arguments[0]] == nil {
			ts.Fatalf("wrong arguments: %q", arguments)
		}
		device := devices(ts)[arguments[0]]
		if got := count(device); got != number(arguments[1]) {
			ts.Logf("requests: %v", slices.Collect(requestLines(device)))
			ts.Fatalf("%s: %d instead of %s", arguments[0], got, arguments[1])
		}
	}
}

func requestLines(device *mockdevice.Device) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, request := range device.Requests() {
			if !yield(request.Method + " " + request.Path + " " + strconv.Itoa(request.Status)) {
				return
			}
		}
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

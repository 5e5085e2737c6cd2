package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// depot is an operator in front of many simulated SBCs.
type depot struct {
	*testApp
	t         *testing.T
	fleet     *mockdevice.Fleet
	server    *mockdevice.FleetServer
	inventory string
}

func newDepot(t *testing.T, model mockdevice.FleetModel) *depot {
	t.Helper()
	d := &depot{testApp: newOperator(t, ""), t: t, inventory: filepath.Join(t.TempDir(), "inventory.yaml")}
	var err error
	d.fleet, err = mockdevice.NewFleet(model)
	require.NoError(t, err)
	d.server, err = mockdevice.StartFleet(d.fleet)
	require.NoError(t, err)
	t.Cleanup(d.server.Close)
	require.NoError(t, os.WriteFile(d.inventory, d.server.Inventory(), 0o600))
	d.target = []string{"-i", d.inventory}
	d.app.stderr = &turns{Writer: &d.stderr}
	return d
}

// turns lets one writer after the other, as a terminal does.
type turns struct {
	io.Writer
	mutex sync.Mutex
}

func (w *turns) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.Writer.Write(p)
}

// acfix runs one command line and wants that exit code; it returns what stood on stdout.
func (d *depot) acfix(code int, arguments ...string) string {
	d.t.Helper()
	d.stdout.Reset()
	d.stderr.Reset()
	process := *d.app
	process.flags = commonFlags{}
	d.app = &process
	require.Equal(d.t, code, d.app.run(arguments), "%s", d.stderr.String())
	return d.stdout.String()
}

// apply applies to the whole inventory, and returns the result.
func (d *depot) apply(code int, flags ...string) outcome {
	d.t.Helper()
	return d.outcome(d.acfix(code, slices.Concat([]string{"apply", "-i", d.inventory, "--yes", "-o", "json"}, flags)...))
}

// outcome is a result document, by name of the device.
type outcome struct {
	run     string
	devices map[string]map[string]any
	summary map[string]any
}

func (d *depot) outcome(text string) outcome {
	d.t.Helper()
	requireFits(d.t, "acfix.result/v1", text)
	document := decode(d.t, text)
	o := outcome{run: document["run"].(string), devices: map[string]map[string]any{}, summary: document["summary"].(map[string]any)}
	for _, device := range document["devices"].([]any) {
		o.devices[device.(map[string]any)["target"].(string)] = device.(map[string]any)
	}
	require.Len(d.t, o.devices, d.fleet.Len())
	return o
}

func (o outcome) status(name string) string { return o.devices[name]["status"].(string) }

// code is the code of a device's error; "" where it has none.
func (o outcome) code(name string) string {
	failure, _ := o.devices[name]["error"].(map[string]any)
	code, _ := failure["code"].(string)
	return code
}

func (o outcome) count(status string) int { return int(o.summary[status].(float64)) }

func (d *depot) device(index int) *mockdevice.Device {
	d.t.Helper()
	device, err := d.fleet.Device(index)
	require.NoError(d.t, err)
	return device
}

// fault makes a device misbehave by a rule.
func (d *depot) fault(index int, rule string) {
	d.t.Helper()
	fault, err := mockdevice.ParseFault(rule)
	require.NoError(d.t, err)
	d.fleet.AddFault(index, fault)
}

// broken is a rule of a device that refuses whatever would change it.
const broken = "PUT * status=400"

// counts is what a device was asked; zero where it was never asked anything.
func (d *depot) counts(index int) mockdevice.Counts {
	return d.fleet.EachCounts()[d.fleet.Member(index).Name]
}

// statuses are what becomes of the kinds of a mixed fleet.
var statuses = map[string]string{
	"ready": "applied", "bundle-on": "applied", "compliant": "unchanged", "non-mtls": "not_applicable",
	"shared-context": "blocked", "dangling": "blocked", "unsaved": "blocked",
}

// wanted is how a device of each firmware is repaired: the switch of its TLS Context, and how
// many of the required roots are imported.
var wanted = map[string]struct {
	bundle string
	roots  int
}{
	"7.0": {"", 7}, "7.2": {"", 7}, "7.4-early": {"", 7}, "7.4.250": {"1", 7}, "7.4.500": {"1", 2}, "7.4.604": {"1", 0}, "7.6": {"1", 0},
}

// requireRepaired looks at the device itself, in RAM and on flash.
func (d *depot) requireRepaired(index int) {
	d.t.Helper()
	member, device := d.fleet.Member(index), d.device(index)
	want := wanted[member.Preset]
	require.Equal(d.t, want.bundle, device.Running().Cell("TLSContexts", 1, "UseDefaultCABundle"), member.Name)
	require.Len(d.t, device.Running().Roots[1], 2+want.roots, "%s (%s)", member.Name, member.Preset)
	requireEachRootOnce(d.t, device)
	require.Equal(d.t, device.Running(), device.Flash(), "%s: not saved", member.Name)
}

// requireCareful: whatever happened, no two writers wrote at a time, wrote what was there
// already, or sent what must never be sent.
func (d *depot) requireCareful() {
	d.t.Helper()
	total := d.fleet.Counts()
	require.Zero(d.t, total.Overlapping)
	require.Zero(d.t, total.Needless)
	require.Zero(d.t, total.Tripped)
}

func sixty() mockdevice.FleetModel { return mockdevice.FleetModel{Size: 60, Seed: 1} }

func TestAFleetEndsAsItsFirmwareAsks(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	first := d.apply(exitBlocked)
	repaired := 0
	for i := range d.fleet.Len() {
		member := d.fleet.Member(i)
		require.Equal(t, statuses[member.Kind], first.status(member.Name), "%s: %s, %s", member.Name, member.Preset, member.Kind)
		if statuses[member.Kind] == "applied" {
			d.requireRepaired(i)
			repaired++
		} else {
			require.Zero(t, d.counts(i).Writes, member.Name)
		}
	}
	assert.Greater(t, repaired, 30)
	assert.Equal(t, repaired, first.count("applied"))
	d.requireCareful()

	writes := d.fleet.Counts().Writes
	second := d.apply(exitBlocked)
	assert.Zero(t, second.count("applied"))
	assert.Equal(t, first.count("applied")+first.count("unchanged"), second.count("unchanged"))
	assert.Equal(t, writes, d.fleet.Counts().Writes, "a second run has nothing to do")
	assert.NotEqual(t, first.run, second.run)
}

// readies are the places of the devices that are to be repaired by imports.
func (d *depot) readies() []int {
	var places []int
	for i := range d.fleet.Len() {
		if member := d.fleet.Member(i); member.Kind == "ready" && wanted[member.Preset].roots > 0 {
			places = append(places, i)
		}
	}
	return places
}

func TestOneBrokenDeviceDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	readies := d.readies()
	sick := readies[len(readies)/2]
	d.fault(sick, broken)
	result := d.apply(exitFailed)
	for i := range d.fleet.Len() {
		member := d.fleet.Member(i)
		if i == sick {
			assert.Equal(t, "failed", result.status(member.Name))
			assert.Equal(t, "rejected", result.code(member.Name))
			assert.Equal(t, 1, d.counts(i).Writes)
			continue
		}
		require.Equal(t, statuses[member.Kind], result.status(member.Name), member.Name)
		if statuses[member.Kind] == "applied" {
			d.requireRepaired(i)
		}
	}
	assert.Equal(t, 1, result.count("failed"))
	assert.Zero(t, result.count("skipped"))
}

func TestBrokenCanariesStopTheRest(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"one may fail":                          {"--batch", "tag:canary,100%", "--max-failures", "1"},
		"all canaries":                          {"--batch", "tag:canary"},
		"of the default waves the first is one": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, sixty())
			canaries := 2
			if flags == nil {
				canaries = 1
			}
			for i := range canaries {
				d.fault(i, broken)
			}
			result := d.apply(exitHalted, flags...)
			for i := range d.fleet.Len() {
				member := d.fleet.Member(i)
				switch {
				case i < canaries:
					assert.Equal(t, "failed", result.status(member.Name))
				case statuses[member.Kind] == "applied":
					assert.Equal(t, "skipped", result.status(member.Name))
					assert.Equal(t, "failure_budget", result.code(member.Name))
					assert.Zero(t, d.counts(i).Writes)
				default:
					assert.Equal(t, statuses[member.Kind], result.status(member.Name))
				}
			}
		})
	}
}

// TestATolerantOperatorIsObeyed: with a number of failures that is allowed, canaries are
// devices like any other.
func TestATolerantOperatorIsObeyed(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 6, Uniform: "7.4.500"})
	d.fault(0, broken)
	d.fault(1, broken)
	result := d.apply(exitFailed, "--batch", "tag:canary", "--max-failures", "2")
	assert.Equal(t, 4, result.count("applied"))
	assert.Equal(t, 2, result.count("failed"))
}

func TestTwoAddressesOfOneDevice(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 8, Uniform: "7.4.500"})
	d.device(5).SetSerial(d.fleet.Member(2).Serial)
	result := d.apply(exitFailed)
	assert.Equal(t, 7, result.count("applied"))
	assert.Equal(t, "failed", result.status("sbc-00006"))
	assert.Contains(t, result.devices["sbc-00006"]["error"].(map[string]any)["message"], "sbc-00003")
	assert.Zero(t, d.counts(5).Writes)
	d.requireRepaired(2)
}

// TestPlanInBatches: waves of a run that only reads.
func TestPlanInBatches(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 12, Seed: 3, Dead: 5})
	text := d.acfix(exitHalted, "plan", "-i", d.inventory, "-o", "json", "--batch", "tag:dead,100%", "--retry-for", "0s", "--max-unreachable", "3", "--parallel", "1")
	requireFits(t, "acfix.plan/v1", text)
	document := decode(t, text)
	skipped := 0
	for i, device := range document["devices"].([]any) {
		device := device.(map[string]any)
		require.Equal(t, "error", device["verdict"])
		if isSkipped, _ := device["skipped"].(bool); isSkipped {
			skipped++
			assert.Equal(t, "failure_budget", device["error"].(map[string]any)["code"])
			assert.Zero(t, d.counts(i))
		}
	}
	assert.Equal(t, 8, skipped, "four of the dead were tried: one more than may be unreachable")
	assert.EqualValues(t, 12, document["summary"].(map[string]any)["error"])
}

// TestProgressOnATerminal draws the lines that a person sees; the counts are in them, and
// failures stay on screen.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	d.fault(d.readies()[3], broken)
	d.app.stderrIsTerminal = true
	var screen bytes.Buffer
	d.app.stderr = &turns{Writer: &screen}
	result := d.apply(exitFailed)
	text := screen.String()
	assert.Regexp(t, `reading \d+ of 60`, text)
	assert.Regexp(t, `repairing \d+ of `+strconv.Itoa(result.count("applied")+1), text)
	assert.Regexp(t, `1 failed, wave 3 of 3, to go: \d`, text)
	assert.Regexp(t, `  sbc-\d{5} +step \d of \d`, text, "a line for each device in hand")
	assert.Contains(t, text, d.fleet.Member(d.readies()[3]).Name+": failed: ")
}

func (d *depot) editInventory(edit func(string) string) {
	d.t.Helper()
	text, err := os.ReadFile(d.inventory)
	require.NoError(d.t, err)
	require.NoError(d.t, os.WriteFile(d.inventory, []byte(edit(string(text))), 0o600))
}

func requireEachRootOnce(t *testing.T, device *mockdevice.Device) {
	t.Helper()
	held := map[string]int{}
	for _, fingerprint := range device.Running().Roots[1] {
		held[fingerprint]++
	}
	for _, root := range certs.Required() {
		require.LessOrEqual(t, held[root.SHA256], 1, root.Name)
	}
}

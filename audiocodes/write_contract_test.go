package audiocodes_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// errUnfit is why a device or a TLS Context may not be written to by the contract.
var errUnfit = errors.New("not the place for write tests")

// writeContract makes the writes that the client has, but for the save, and checks what
// must hold of any device, simulated or real. It works on one TLS Context that nothing
// uses, of the device with that serial number, and leaves it as it was, save that a root
// stays in a store that held none: a store is never emptied. Nothing is saved. It ends at
// the first thing that is not as it should be, and before the first write if device or
// context are not the ones that were meant.
func writeContract(ctx context.Context, client *audiocodes.Client, serial string, id int) error {
	before, err := fitForWrites(ctx, client, serial, id)
	if err != nil {
		return err
	}
	if err := loadContract(ctx, client, before, id); err != nil {
		return fmt.Errorf("incremental load: %w", err)
	}
	if err := importContract(ctx, client, id); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// fitForWrites reads only.
func fitForWrites(ctx context.Context, client *audiocodes.Client, serial string, id int) (audiocodes.Configuration, error) {
	status, err := client.Status(ctx)
	if err != nil {
		return audiocodes.Configuration{}, err
	}
	if serial == "" || status.Serial != serial {
		return audiocodes.Configuration{}, fmt.Errorf("%w: the device's serial number is %q, not %q", errUnfit, status.Serial, serial)
	}
	configuration, err := client.Configuration(ctx)
	if err != nil {
		return audiocodes.Configuration{}, err
	}
	row, err := contextRow(configuration, id)
	if err != nil {
		return audiocodes.Configuration{}, err
	}
	if users := usersOf(configuration, row); id == 0 || row.HasSecret() || len(users) > 0 {
		return audiocodes.Configuration{}, fmt.Errorf("%w: TLS Context %d is 0, holds a secret, or is in use: %v", errUnfit, id, users)
	}
	return configuration, nil
}

func contextRow(configuration audiocodes.Configuration, id int) (ini.Row, error) {
	rows, err := configuration.Table("TLSContexts").Rows()
	if err != nil {
		return ini.Row{}, err
	}
	for _, row := range rows {
		if row.Index == id && row.Text("Name") != "" {
			return row, nil
		}
	}
	return ini.Row{}, fmt.Errorf("%w: there is no TLS Context %d with a name", errUnfit, id)
}

// usersOf is everything in the INI file that names the TLS Context, by its name anywhere
// or by its index in a column that speaks of TLS Contexts.
func usersOf(configuration audiocodes.Configuration, row ini.Row) []string {
	name := regexp.QuoteMeta(row.Text("Name"))
	named := regexp.MustCompile(`(?im)["']` + name + `["']|[=,]\s*` + name + `\s*[,;\r\n]`)
	var users []string
	for _, line := range strings.Split(string(configuration.Raw), "\n") {
		if line = strings.TrimSuffix(line, "\r"); strings.TrimSpace(line) != strings.TrimSpace(row.String()) && named.MatchString(line+"\n") {
			users = append(users, line)
		}
	}
	for _, table := range configuration.Tables() {
		rows, _ := table.Rows()
		for _, other := range rows {
			for column, cell := range other.Cells {
				if strings.Contains(strings.ToLower(column), "tlscontext") && cell.Text() == strconv.Itoa(row.Index) {
					users = append(users, fmt.Sprintf("%s %d %s", table.Name, other.Index, column))
				}
			}
		}
	}
	return users
}

// patiently repeats a write that was certainly not done, as after a 409.
func patiently(write func() error) error {
	var err error
	for range 5 {
		if err = write(); !audiocodes.NotDone(err) {
			return err
		}
	}
	return err
}

// loadContract loads a row as it stands: the table must be the same after it, and no other
// may have lost a row.
func loadContract(ctx context.Context, client *audiocodes.Client, before audiocodes.Configuration, id int) error {
	row, err := contextRow(before, id)
	if err != nil {
		return err
	}
	table := before.Table("TLSContexts")
	if err := patiently(func() error { return client.LoadIncremental(ctx, table.Load(row)) }); err != nil {
		return err
	}
	after, err := client.Configuration(ctx)
	if err != nil {
		return err
	}
	differences, err := ini.Compare(table, after.Table("TLSContexts"))
	if err != nil || len(differences) > 0 {
		return fmt.Errorf("the table is not as it was: %v %w", differences, errors.Join(err))
	}
	for _, other := range before.Tables() {
		if now := after.Table(other.Name).Len(); now < other.Len() {
			return fmt.Errorf("table %s had %d rows and has %d", other.Name, other.Len(), now)
		}
	}
	return nil
}

// labRoot is the one root that the contract imports; it signs nothing.
var labRoot = mockdevice.SelfMadeRoot("acfix write contract")

func importContract(ctx context.Context, client *audiocodes.Client, id int) error {
	ours := certs.Fingerprint(labRoot)
	before, err := client.TrustedRoots(ctx, id)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(certs.ParseStore(before.PEM).Fingerprints(), func(f string) bool { return f == ours })
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: labRoot})
	if err := patiently(func() error { return client.AddTrustedRoot(ctx, id, root) }); err != nil {
		return err
	}
	if err := storeHolds(ctx, client, id, append(slices.Clone(others), ours)); err != nil || len(others) == 0 {
		return err
	}
	fresh, err := client.TrustedRoots(ctx, id)
	if err != nil {
		return err
	}
	var remaining bytes.Buffer
	for _, certificate := range certs.ParseStore(fresh.PEM).Certificates {
		if certificate.SHA256 != ours {
			_ = pem.Encode(&remaining, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.X509.Raw})
		}
	}
	if err := patiently(func() error { return client.ReplaceTrustedRoots(ctx, id, fresh.PEM, remaining.Bytes()) }); err != nil {
		return fmt.Errorf("removal: %w", err)
	}
	return storeHolds(ctx, client, id, others)
}

func storeHolds(ctx context.Context, client *audiocodes.Client, id int, want []string) error {
	roots, err := client.TrustedRoots(ctx, id)
	if err != nil {
		return err
	}
	got := certs.ParseStore(roots.PEM).Fingerprints()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(want, got) {
		return fmt.Errorf("the store holds %v instead of %v", got, want)
	}
	return nil
}

// laboratory is a preset with a third TLS Context that nothing uses.
func laboratory(t *testing.T, preset string, roots ...string) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset(preset)
	require.NoError(t, err)
	for i, table := range model.Tables {
		if table.Name == "TLSContexts" {
			cells := slices.Clone(table.Rows[1].Cells)
			cells[0] = `"Laboratory"`
			model.Tables[i].Rows = append(slices.Clone(table.Rows), mockdevice.Row{Index: 2, Cells: cells})
		}
	}
	unused := mockdevice.Context{Index: 2, Certificate: model.Contexts[1].Certificate}
	for _, name := range roots {
		unused.Roots = append(unused.Roots, mockdevice.SelfMadeRoot(name))
	}
	model.Contexts = append(model.Contexts, unused)
	return model
}

// writeLab runs the contract against a model and returns the device with what it held.
func writeLab(t *testing.T, model mockdevice.Model) (*mockdevice.Device, mockdevice.Snapshot, error) {
	t.Helper()
	device, client := simulated(t, model)
	before := device.Running()
	err := writeContract(t.Context(), client, model.Serial, 2)
	assert.Equal(t, before, device.Flash(), "nothing is saved")
	assert.Empty(t, device.Tripped())
	return device, before, err
}

func TestWriteContractOfEachFirmware(t *testing.T) {
	t.Parallel()
	for _, preset := range mockdevice.PresetNames() {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			device, before, err := writeLab(t, laboratory(t, preset, "One", "Two"))
			require.NoError(t, err)
			assert.Equal(t, before, device.Running(), "all is as it was")
			assert.Equal(t, 3, device.Writes(), "load, import, removal")

			device, before, err = writeLab(t, laboratory(t, preset))
			require.NoError(t, err)
			assert.Equal(t, before.Configuration, device.Running().Configuration)
			assert.Equal(t, []string{certs.Fingerprint(labRoot)}, device.Running().Roots[2], "a store is never emptied")
		})
	}
}

// cannotHold are the variants with which a device breaks the contract, and where.
var cannotHold = map[string]string{
	"load-drops-rows":           "incremental load: the table is not as it was",
	"load-drops-rows-and-files": "incremental load: the table is not as it was",
	"load-drops-tables":         "incremental load: the table is not as it was",
	"status-no-serial":          "not the place for write tests",
	"store-broken-block":        "import: removal: replace the trusted roots of TLS Context 2: " + audiocodes.ErrGuard.Error(),
}

func TestWriteContractOfEachVariant(t *testing.T) {
	t.Parallel()
	for _, variant := range mockdevice.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			model := laboratory(t, "7.4.500", "One", "Two")
			variant.Set(&model.Dialect)
			device, before, err := writeLab(t, model)
			if why, broken := cannotHold[variant.Name]; broken {
				require.ErrorContains(t, err, why)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, before, device.Running(), "all is as it was")
		})
	}
}

// TestWriteContractRefusesTheWrongPlace before any write.
func TestWriteContractRefusesTheWrongPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serial  string
		context int
		change  func(*mockdevice.Device)
	}{
		"another device":       {"4711", 2, nil},
		"no serial number":     {"", 2, nil},
		"TLS Context 0":        {"5740500", 0, nil},
		"Teams' TLS Context":   {"5740500", 1, nil},
		"none":                 {"5740500", 7, nil},
		"named elsewhere":      {"5740500", 2, func(d *mockdevice.Device) { d.SetCell("IPGroup", 0, "DTLSContext", "laboratory") }},
		"named by a parameter": {"5740500", 2, func(d *mockdevice.Device) { d.SetParam("NTPServerIP", "'Laboratory'") }},
		"named by its index":   {"5740500", 2, func(d *mockdevice.Device) { d.SetCell("SIPInterface", 0, "TLSContext", "2") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device, client := simulated(t, laboratory(t, "7.4.500", "One"))
			if test.change != nil {
				test.change(device)
			}
			assert.ErrorIs(t, writeContract(t.Context(), client, test.serial, test.context), errUnfit)
			assert.Zero(t, device.Writes())
		})
	}
}

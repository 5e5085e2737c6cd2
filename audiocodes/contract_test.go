package audiocodes_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readContract makes every read that the client has and checks what must hold of any
// device, simulated or real. It returns the TLS Contexts that it found.
func readContract(t *testing.T, client *audiocodes.Client) []int {
	t.Helper()
	statusContract(t, client)
	contexts := configurationContract(t, client)
	for _, id := range contexts {
		storeContract(t, client, id)
		certificateContract(t, client, id)
	}
	alarmsContract(t, client)
	return contexts
}

func statusContract(t *testing.T, client *audiocodes.Client) {
	t.Helper()
	status, err := client.Status(t.Context())
	require.NoError(t, err)
	assert.True(t, json.Valid(status.Raw))
	firmware, err := audiocodes.ParseFirmware(status.Firmware)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, firmware.Major, 7)
	assert.Regexp(t, `^[0-9]*$`, status.Serial, "digits, where the status has it")
	for _, flag := range []audiocodes.Answer{status.SaveNeeded, status.ResetNeeded} {
		assert.Contains(t, []audiocodes.Answer{audiocodes.Yes, audiocodes.No, audiocodes.Unknown}, flag)
	}
	assert.NotEqual(t, audiocodes.Unknown, status.SaveNeeded, "without it no save can be verified")
}

func configurationContract(t *testing.T, client *audiocodes.Client) []int {
	t.Helper()
	configuration, err := client.Configuration(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, configuration.Raw)
	for _, table := range configuration.Tables() {
		_, err := table.Rows()
		if table.Hidden {
			assert.ErrorIs(t, err, ini.ErrBadTable, "unknown rows must not pass for none")
			continue
		}
		require.NoError(t, err, table.Name)
	}
	again, err := client.Configuration(t.Context())
	require.NoError(t, err)
	for _, name := range []string{"TLSContexts", "ProxySet", "ProxyIp", "SIPInterface"} {
		differences, err := ini.Compare(configuration.Table(name), again.Table(name))
		require.NoError(t, err)
		assert.Empty(t, differences, "reading changes nothing")
	}
	table := configuration.Table("TLSContexts")
	for _, column := range []string{"Name", "TLSVersion"} {
		assert.True(t, table.HasColumn(column), column)
	}
	rows, err := table.Rows()
	require.NoError(t, err)
	var contexts []int
	for _, row := range rows {
		contexts = append(contexts, row.Index)
		assert.NotEmpty(t, row.Text("Name"))
		assert.False(t, row.HasSecret(), "a row with a secret can't be written back")
	}
	require.Contains(t, contexts, 0, "TLS Context 0 can't be deleted")
	return contexts
}

func storeContract(t *testing.T, client *audiocodes.Client, id int) {
	t.Helper()
	roots, err := client.TrustedRoots(t.Context(), id)
	require.NoError(t, err)
	if roots.Absent != 0 {
		assert.Contains(t, []int{400, 404}, roots.Absent)
		assert.Empty(t, roots.PEM)
	}
	again, err := client.TrustedRoots(t.Context(), id)
	require.NoError(t, err)
	assert.ElementsMatch(t, blocksOf(t, roots.PEM), blocksOf(t, again.PEM), "reading changes nothing")
}

func blocksOf(t *testing.T, text []byte) []string {
	t.Helper()
	var blocks []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		assert.Equal(t, "CERTIFICATE", block.Type)
		blocks = append(blocks, string(block.Bytes))
	}
	return blocks
}

// certificateContract: only TLS Context 0 must have a certificate.
func certificateContract(t *testing.T, client *audiocodes.Client, id int) {
	t.Helper()
	certificate, err := client.Certificate(t.Context(), id)
	if id != 0 && (errors.Is(err, audiocodes.ErrRejected) || errors.Is(err, audiocodes.ErrUnsupported)) {
		return
	}
	require.NoError(t, err)
	block, _ := pem.Decode(certificate)
	require.NotNil(t, block, "TLS Context %d", id)
	_, err = x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
}

func alarmsContract(t *testing.T, client *audiocodes.Client) {
	t.Helper()
	alarms, err := client.ActiveAlarms(t.Context())
	require.NoError(t, err)
	assert.NotNil(t, alarms.Active)
	assert.False(t, alarms.More)
	seen := map[string]bool{}
	for _, alarm := range alarms.Active {
		assert.NotEmpty(t, alarm.ID)
		assert.False(t, seen[alarm.ID], "alarm %s is listed twice", alarm.ID)
		seen[alarm.ID] = true
	}
}

// simulated starts a device over TLS and a client that pins its certificate.
func simulated(t *testing.T, model mockdevice.Model, edit ...func(*audiocodes.Options)) (*mockdevice.Device, *audiocodes.Client) {
	t.Helper()
	device := mockdevice.New(model)
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	known := func(o *audiocodes.Options) {
		o.Username, o.Password = model.Username, model.Password
		o.Trust.Pins = []string{server.Fingerprint()}
	}
	return device, connect(t, server.URL(), append([]func(*audiocodes.Options){known}, edit...)...)
}

// eventful is a preset with more alarms than fit on a page.
func eventful(t *testing.T, preset string) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset(preset)
	require.NoError(t, err)
	model.Alarms = nil
	for i := range 45 {
		model.Alarms = append(model.Alarms, mockdevice.Alarm{ID: fmt.Sprint(i + 1), Description: fmt.Sprint("alarm ", i+1)})
	}
	return model
}

func checkSimulated(t *testing.T, model mockdevice.Model) {
	t.Helper()
	device, client := simulated(t, model, func(o *audiocodes.Options) { o.ReadOnly = true })
	before := device.Running()
	assert.ElementsMatch(t, []int{0, 1}, readContract(t, client))
	assert.Equal(t, before, device.Running())
	assert.Zero(t, device.Writes())
	assert.Empty(t, device.Tripped())
	assert.Zero(t, device.FailedLogins())
}

func TestReadContractOfEachFirmware(t *testing.T) {
	t.Parallel()
	for _, preset := range mockdevice.PresetNames() {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			checkSimulated(t, eventful(t, preset))
		})
	}
}

func TestReadContractOfEachVariant(t *testing.T) {
	t.Parallel()
	for _, variant := range mockdevice.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			model := eventful(t, "7.4.604")
			variant.Set(&model.Dialect)
			checkSimulated(t, model)
			model.Alarms = nil
			checkSimulated(t, model)
		})
	}
}

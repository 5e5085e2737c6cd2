//go:build lab

package audiocodes_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/require"
)

// TestLabReadContract holds a real device against the contract. It only reads.
func TestLabReadContract(t *testing.T) {
	contexts := readContract(t, labClient(t, true))
	t.Logf("the contract holds; TLS Contexts %v", contexts)
}

// TestLabWriteContract writes to a real device, but only where ACFIX_LAB_SERIAL and
// ACFIX_LAB_CONTEXT say to which one and to which unused TLS Context. What is refused
// before the first write is in fitForWrites. Nothing is saved: a restart takes it back.
func TestLabWriteContract(t *testing.T) {
	serial, number := os.Getenv("ACFIX_LAB_SERIAL"), os.Getenv("ACFIX_LAB_CONTEXT")
	if serial == "" && number == "" {
		t.Log("nothing is written: ACFIX_LAB_SERIAL and ACFIX_LAB_CONTEXT are not set")
		return
	}
	id, err := strconv.Atoi(labSetting(t, "ACFIX_LAB_CONTEXT", "the index of a TLS Context that nothing uses"))
	require.NoError(t, err)
	serial = labSetting(t, "ACFIX_LAB_SERIAL", "the serial number of the device that may be written to")
	require.NoError(t, writeContract(t.Context(), labClient(t, false), serial, id))
	t.Logf("the contract holds; TLS Context %d of device %s has changes that are not saved", id, serial)
}

func labClient(t *testing.T, readOnly bool) *audiocodes.Client {
	t.Helper()
	pin, err := audiocodes.ParsePin(labSetting(t, "ACFIX_LAB_PIN", "the SHA-256 fingerprint of its management certificate"))
	require.NoError(t, err)
	return connect(t, labSetting(t, "ACFIX_LAB_URL", "the device's address, such as https://192.0.2.10"), func(o *audiocodes.Options) {
		o.Username = labSetting(t, "ACFIX_USERNAME", "the user to log in as")
		o.Password = labSetting(t, "ACFIX_PASSWORD", "the password of that user")
		o.Trust.Pins = []string{pin}
		o.LongTimeout = 3 * time.Minute
		o.ReadOnly = readOnly
	})
}

func labSetting(t *testing.T, name, meaning string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("the lab tests need a real device: %s is not set; it is %s", name, meaning)
	}
	return value
}

//go:build lab

package audiocodes_test

import (
	"os"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/require"
)

// TestLabReadContract holds a real device against the contract. It only reads.
func TestLabReadContract(t *testing.T) {
	pin, err := audiocodes.ParsePin(labSetting(t, "ACFIX_LAB_PIN", "the SHA-256 fingerprint of its management certificate"))
	require.NoError(t, err)
	client := connect(t, labSetting(t, "ACFIX_LAB_URL", "the device's address, such as https://192.0.2.10"), func(o *audiocodes.Options) {
		o.Username = labSetting(t, "ACFIX_USERNAME", "the user to log in as")
		o.Password = labSetting(t, "ACFIX_PASSWORD", "the password of that user")
		o.Trust.Pins = []string{pin}
		o.LongTimeout = 3 * time.Minute
		o.ReadOnly = true
	})
	contexts := readContract(t, client)
	t.Logf("the contract holds; TLS Contexts %v", contexts)
}

func labSetting(t *testing.T, name, meaning string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("the lab tests need a real device: %s is not set; it is %s", name, meaning)
	}
	return value
}

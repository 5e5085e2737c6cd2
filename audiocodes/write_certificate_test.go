package audiocodes_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoWriteToAnotherCertificateThanWasRead: the other unit of an HA pair has a certificate that is trusted too. A
// reading over the new connection shows it; then a write may follow.
func TestNoWriteToAnotherCertificateThanWasRead(t *testing.T) {
	t.Parallel()
	other := identity(t)
	for name, edit := range map[string]func(*audiocodes.Options){
		"both are pinned":  func(o *audiocodes.Options) { o.Trust.Pins = append(o.Trust.Pins, pinOf(other)) },
		"whatever comes":   func(o *audiocodes.Options) { o.Trust = audiocodes.Trust{Insecure: true} },
		"TLS 1.2 and pins": func(o *audiocodes.Options) { o.Trust.Pins = append(o.Trust.Pins, pinOf(other)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newSlowDevice(t, func(d *slowDevice) {
				d.configure = func(number int64) (*tls.Config, error) {
					if number == 1 {
						return nil, nil
					}
					config := &tls.Config{Certificates: []tls.Certificate{other}}
					if name == "TLS 1.2 and pins" {
						config.MaxVersion = tls.VersionTLS12
					}
					return config, nil
				}
			})
			client := device.ready(edit)
			before := len(device.requests())
			err := client.Save(t.Context())
			require.ErrorContains(t, err, "another certificate than when it was read")
			assert.True(t, audiocodes.NotDone(err), "it may be sent again after a reading")
			assert.Len(t, device.requests(), before, "no password and no write")
			_, err = client.Status(t.Context())
			require.NoError(t, err)
			require.NoError(t, client.Save(t.Context()))
			assert.Equal(t, http.MethodPost, device.requests()[before+1].Method)
		})
	}
}

package store

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARemoteServerMustProveWhoItIs(t *testing.T) {
	t.Parallel()
	for address, verified := range map[string]bool{
		"postgres://db.example.com/acfix":                    true,
		"postgres://u@192.0.2.1:5432/acfix?pool_max_conns=3": true,
		"postgres://db.example.com/acfix?sslmode=require":    false, // said so
		"postgres://db.example.com/acfix?sslmode=disable":    false,
		"postgres://localhost/acfix":                         false,
		"postgres://127.0.0.1/acfix":                         false,
		"postgres://[::1]/acfix":                             false,
		"postgres:///acfix?host=/run/postgresql":             false,
	} {
		config, err := parsed(address)
		require.NoError(t, err, address)
		tls := config.ConnConfig.TLSConfig
		assert.Equal(t, verified, tls != nil && !tls.InsecureSkipVerify && !fallsBack(config), address)
	}
	for address, encrypted := range map[string]bool{
		"postgres://db.example.com/acfix": true, "postgres://localhost/acfix?sslmode=prefer": false,
	} {
		config, err := parsed(address)
		require.NoError(t, err)
		refuseShortKeys(config)
		configs := []*tls.Config{config.ConnConfig.TLSConfig}
		for _, next := range config.ConnConfig.Fallbacks {
			configs = append(configs, next.TLSConfig)
		}
		for _, own := range configs {
			assert.True(t, own == nil && !encrypted || own.VerifyConnection != nil, address)
		}
	}
	_, err := parsed("postgres://db.example.com/acfix?sslmode=no-such")
	require.Error(t, err)
}

package remediate

import (
	"crypto/tls"
	"errors"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
)

// TestWhatWasAllowedIsOnRecord, once, however the plan was made.
func TestWhatWasAllowedIsOnRecord(t *testing.T) {
	t.Parallel()
	other := finding(SharedContext, "1", "x")
	all := Terms{InsecureTLS: true, OldTLS: "1.0", LegacyCiphers: true}
	for name, row := range map[string]struct {
		terms  Terms
		before []Finding
		want   []string
	}{
		"nothing allowed":     {Terms{}, []Finding{other}, []string{SharedContext}},
		"all of it":           {all, []Finding{other}, []string{SharedContext, InsecureTLS, OldTLS, LegacyCiphers}},
		"planned so":          {all, connectionFindings(true, "1.0", true), []string{InsecureTLS, OldTLS, LegacyCiphers}},
		"planned more safely": {all, connectionFindings(false, "1.0", false), []string{OldTLS, InsecureTLS, LegacyCiphers}},
		"planned less safely": {Terms{}, connectionFindings(true, "1.0", true), []string{InsecureTLS, OldTLS, LegacyCiphers}},
	} {
		var codes []string
		for _, f := range row.terms.OnRecord(row.before) {
			codes = append(codes, f.Code)
			assert.True(t, f.Code == SharedContext || f.Level == Warning)
		}
		assert.Equal(t, row.want, codes, name)
	}
}

// TestARefusalOfTLSHasItsOwnHint and the code "unreachable", except where trust is missing.
func TestARefusalOfTLSHasItsOwnHint(t *testing.T) {
	t.Parallel()
	for kind, row := range map[error]struct{ code, hint string }{
		audiocodes.ErrOldTLS:            {CodeUnreachable, "--tls-min 1.0"},
		audiocodes.ErrOldCiphers:        {CodeUnreachable, "--legacy-ciphers"},
		audiocodes.ErrClientCertificate: {CodeUnreachable, "--client-cert and --client-key"},
		audiocodes.ErrClientRefused:     {CodeUnreachable, "trusted roots of the device's TLS Context 0"},
		audiocodes.ErrLateCertificate:   {CodeUnreachable, "in the handshake itself"},
		audiocodes.ErrNoTLS:             {CodeUnreachable, "Check the port"},
		audiocodes.ErrUnreadCertificate: {CodeUnreachable, "a new certificate"},
		audiocodes.ErrHandshake:         {CodeUnreachable, "The message says what TLS can't agree on"},
		audiocodes.ErrHungUp:            {CodeUnreachable, "access list or firewall"},
		audiocodes.ErrWeakKey:           {CodeUntrusted, "2048 bits"},
	} {
		beside := audiocodes.ErrUnreachable
		if row.code == CodeUntrusted {
			beside = audiocodes.ErrUntrusted
		}
		failure := Fail(errors.Join(beside, kind, tls.AlertError(40)))
		assert.Equal(t, row.code, failure.Code, kind)
		assert.Contains(t, failure.Hint, row.hint, kind)
	}
}

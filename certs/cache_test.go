package certs

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOnlyTheSameTextIsParsedOnce: what a text holds never depends on what was read before it.
func TestOnlyTheSameTextIsParsedOnce(t *testing.T) {
	root := Required()[0].PEM()
	middle := len(root) / 2
	other := bytes.Clone(root)
	other[middle] ^= 1 // another letter of base64, or none
	for name, text := range map[string][]byte{
		"itself":              root,
		"CRLF":                bytes.ReplaceAll(root, []byte("\n"), []byte("\r\n")),
		"text behind it":      append(bytes.Clone(root), "# end of the list\n"...),
		"no line end":         bytes.TrimSpace(root),
		"one letter differs":  other,
		"one letter less":     append(bytes.Clone(root[:middle]), root[middle+1:]...),
		"cut off":             root[:len(root)-3],
		"another kind":        bytes.ReplaceAll(root, []byte("CERTIFICATE"), []byte("PUBLIC KEY")),
		"another certificate": Required()[1].PEM(),
	} {
		t.Run(name, func(t *testing.T) {
			alone, aloneErr := parseBlock(text)
			for range 2 { // the second time from the cache, if it is a certificate
				ParseStore(root)
				got, err := parseOnce(text)
				assert.Equal(t, fmt.Sprint(aloneErr), fmt.Sprint(err))
				assert.Equal(t, alone.SHA256, got.SHA256)
				assert.Equal(t, alone.Odd, got.Odd)
				assert.Equal(t, alone.subject, got.subject)
				if err == nil {
					assert.Equal(t, alone.X509.Raw, got.X509.Raw)
				}
			}
		})
	}
}

func TestTheParsedCertificatesAreFew(t *testing.T) {
	root := Required()[0].PEM()
	for i := range 2*maxParsed + 3 { // each another text
		got, err := parseOnce(fmt.Appendf(bytes.Clone(root), "# %d\n", i))
		require.NoError(t, err)
		require.Equal(t, Required()[0].SHA256, got.SHA256)
		parsed.Lock()
		kept := len(parsed.certificates)
		parsed.Unlock()
		require.LessOrEqual(t, kept, maxParsed)
	}
	_, err := parseOnce([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	require.Error(t, err)
}

func TestEachRootHasItsOwnSubject(t *testing.T) {
	t.Parallel()
	for _, root := range Required() {
		assert.Equal(t, CanonicalName(root.Certificate().RawSubject), root.subject, root.Name)
	}
}

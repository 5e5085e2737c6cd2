package certs_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseStore(t *testing.T) {
	t.Parallel()
	roots := certs.Required()
	first, second := string(roots[0].PEM()), string(roots[1].PEM())
	one, two := roots[0].SHA256, roots[1].SHA256
	other := newAuthority(t).certificate.Raw
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	const broken = "-----BEGIN CERTIFICATE-----\nMIIBnonsense\n-----END CERTIFICATE-----\n"

	tests := map[string]struct {
		text     string
		wanted   []string // fingerprints
		problems []string // what each problem says
	}{
		"empty":                         {text: ""},
		"blank lines only":              {text: "\r\n \n"},
		"LF":                            {text: first + second, wanted: []string{one, two}},
		"CRLF":                          {text: crlf(first + second), wanted: []string{one, two}},
		"blank lines between":           {text: "\n\n" + first + "\n \r\n\n" + second + "\n\n", wanted: []string{one, two}},
		"text between":                  {text: "1. Global Root CA\n" + first + "Subject: CN=x\nserial: 5\n" + second, wanted: []string{one, two}},
		"text behind":                   {text: first + "and so on", wanted: []string{one}},
		"trailing garbage":              {text: first + second + "\x00\xff\x00", wanted: []string{one, two}},
		"no line end at the end":        {text: strings.TrimSpace(first), wanted: []string{one}},
		"blocks run into each other":    {text: strings.TrimSpace(first) + second, wanted: []string{one, two}},
		"a certificate of another CA":   {text: string(pemOf(other)), wanted: []string{certs.Fingerprint(other)}},
		"duplicates":                    {text: first + second + first, wanted: []string{one, two, one}},
		"an unreadable one between":     {text: first + broken + second, wanted: []string{one, two}, problems: []string{"block 2: "}},
		"not base64":                    {text: first + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n" + second, wanted: []string{one, two}, problems: []string{"block 2: is not a complete"}},
		"no DER in it":                  {text: string(pemOf([]byte("text"))) + second, wanted: []string{two}, problems: []string{"block 1: holds no readable certificate"}},
		"DER with something behind it":  {text: string(pemOf(append(bytes.Clone(other), 0))) + second, wanted: []string{two}, problems: []string{"block 1: holds no readable certificate"}},
		"no END before a good one":      {text: first[:200] + "\n" + second, wanted: []string{two}, problems: []string{"block 1: is not a complete"}},
		"no END at the end":             {text: first + second[:200], wanted: []string{one}, problems: []string{"block 2: is not a complete"}},
		"END of another type":           {text: strings.Replace(first, "END CERTIFICATE", "END X509 CRL", 1) + second, wanted: []string{two}, problems: []string{"block 1: is not a complete"}},
		"another type":                  {text: strings.ReplaceAll(first, "CERTIFICATE", "X509 CRL") + second, wanted: []string{two}, problems: []string{`block 1: is a "X509 CRL", not a certificate`}},
		"two problems":                  {text: broken + first + broken, wanted: []string{one}, problems: []string{"block 1: ", "block 3: "}},
		"text and no block":             {text: "<html>login</html>", problems: []string{"there is text in the store but no PEM block"}},
		"DER instead of PEM":            {text: string(other), problems: []string{"there is text in the store but no PEM block"}},
		"the word BEGIN in the text":    {text: "what stands behind -----BEGIN CERTIFICATE----- counts\n" + first, wanted: []string{one}, problems: []string{"block 1: is not a complete"}},
		"a Proc-Type header in a block": {text: strings.Replace(first, "-----\n", "-----\nLabel: root\n\n", 1), wanted: []string{one}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := certs.ParseStore([]byte(test.text))
			assert.Equal(t, append([]string{}, test.wanted...), store.Fingerprints())
			require.Len(t, store.Problems, len(test.problems), "%v", store.Problems)
			for i, problem := range store.Problems {
				assert.Contains(t, problem.String(), test.problems[i])
			}
			for _, certificate := range store.Certificates {
				assert.Equal(t, certificate.SHA256, certs.Fingerprint(certificate.X509.Raw))
				assert.True(t, store.Has(certificate.SHA256))
			}
		})
	}
}

// TestARefusedCertificateIsTold from one that is cut: nothing of it is missing.
func TestARefusedCertificateIsTold(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(certs.Required()[0].PEM())
	refused := bytes.Replace(block.Bytes, []byte{0xa0, 3, 2, 1, 2}, []byte{0xa0, 3, 2, 1, 9}, 1)
	whole := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: refused})
	store := certs.ParseStore(slices.Concat(whole, certs.Required()[1].PEM()))
	require.Len(t, store.Problems, 1)
	assert.Equal(t, certs.Fingerprint(refused), store.Problems[0].Refused)
	assert.True(t, certs.AllRefused(store.Problems))
	assert.True(t, store.Has(certs.Required()[1].SHA256))
	for _, broken := range [][]byte{
		whole[:len(whole)/2], pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: refused}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: refused[:len(refused)/2]}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: append(bytes.Clone(refused), 0)}),
	} {
		store = certs.ParseStore(slices.Concat(whole, broken))
		require.Len(t, store.Problems, 2)
		assert.Empty(t, store.Problems[1].Refused)
		assert.False(t, certs.AllRefused(store.Problems))
	}
}

func TestHasWantsTheWholeFingerprint(t *testing.T) {
	t.Parallel()
	roots := certs.Required()
	store := certs.ParseStore(roots[0].PEM())
	assert.True(t, store.Has(roots[0].SHA256))
	assert.False(t, store.Has(roots[1].SHA256))
	assert.False(t, store.Has(roots[0].SHA256[:40]))
	assert.False(t, certs.Store{}.Has(""))
}

func TestParseStoreOfAllSeven(t *testing.T) {
	t.Parallel()
	var text []byte
	var wanted []string
	for _, root := range certs.Required() {
		text = append(text, root.PEM()...)
		wanted = append(wanted, root.SHA256)
	}
	store := certs.ParseStore(text)
	assert.Empty(t, store.Problems)
	assert.Equal(t, wanted, store.Fingerprints())
}

func TestParseStoreStopsAtItsBound(t *testing.T) {
	t.Parallel()
	roots := certs.Required()
	filler := bytes.Repeat([]byte("#"), certs.MaxStoreBytes)

	within := append(append([]byte{}, roots[0].PEM()...), filler[:certs.MaxStoreBytes-len(roots[0].PEM())]...)
	store := certs.ParseStore(within)
	assert.Empty(t, store.Problems)
	assert.Equal(t, []string{roots[0].SHA256}, store.Fingerprints())

	beyond := append(append(within, '\n'), roots[1].PEM()...)
	store = certs.ParseStore(beyond)
	require.Len(t, store.Problems, 1)
	assert.Equal(t, fmt.Sprintf("the store is larger than %d bytes; the rest was not read", certs.MaxStoreBytes), store.Problems[0].String())
	assert.Equal(t, []string{roots[0].SHA256}, store.Fingerprints())
}

// Every cut of a store either ends between two blocks or is reported.
func TestACutStoreIsReported(t *testing.T) {
	t.Parallel()
	roots := certs.Required()
	first := len(roots[0].PEM())
	text := append(roots[0].PEM(), roots[1].PEM()...)
	inside := first + len("-----BEGIN ")
	for n := inside; n < len(text)-1; n++ {
		store := certs.ParseStore(text[:n])
		require.Equal(t, []string{roots[0].SHA256}, store.Fingerprints(), "cut at byte %d", n)
		require.Len(t, store.Problems, 1, "cut at byte %d", n)
		require.Equal(t, 2, store.Problems[0].Block)
	}
}

func FuzzParseStore(f *testing.F) {
	roots := certs.Required()
	f.Add([]byte{})
	f.Add(roots[3].PEM())
	f.Add(append(roots[2].PEM(), roots[3].PEM()[:300]...))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN X-----\n\n-----END X-----"))
	f.Add(pemOf(newAuthority(f).certificate.Raw))
	f.Fuzz(func(t *testing.T, data []byte) {
		store := certs.ParseStore(data)
		blocks := bytes.Count(data, []byte("-----BEGIN "))
		if blocks > 0 {
			require.Equal(t, blocks, len(store.Certificates)+len(store.Problems), "every block is either kept or reported")
		}
		for _, certificate := range store.Certificates {
			require.Equal(t, certificate.SHA256, certs.Fingerprint(certificate.X509.Raw))
		}
		last := 0
		for _, problem := range store.Problems {
			require.GreaterOrEqual(t, problem.Block, last)
			require.LessOrEqual(t, problem.Block, blocks)
			require.NotEmpty(t, problem.String())
			last = problem.Block
		}
		for _, root := range roots {
			require.Equal(t, store.Has(root.SHA256), store.Find(root, today).Present)
		}
	})
}

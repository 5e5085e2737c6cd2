package audiocodes_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAStoreIsReadAsSent(t *testing.T) {
	t.Parallel()
	broken := "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
	for name, text := range map[string]string{
		"one root":               rootPEM("A"),
		"several roots":          rootPEM("A", "B", "C"),
		"the same root twice":    rootPEM("A", "A"),
		"CRLF":                   strings.ReplaceAll(rootPEM("A", "B"), "\n", "\r\n"),
		"text between":           "subject=A\n" + rootPEM("A") + "\n\nsubject=B\n" + rootPEM("B"),
		"text behind":            rootPEM("A") + "\x00garbage",
		"a broken block between": rootPEM("A") + broken + rootPEM("B"),
		"no last line end":       strings.TrimSuffix(rootPEM("A"), "\n"),
		"nothing":                "",
		"nothing but line ends":  "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET " + storePath: say(200, octetStream, text)})
			roots, err := connect(t, device.URL).TrustedRoots(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, text, string(roots.PEM))
			assert.Zero(t, roots.Absent)
		})
	}
}

func TestTextThatIsNoWholeStoreIsRefused(t *testing.T) {
	t.Parallel()
	whole := rootPEM("A", "B")
	end := strings.LastIndex(whole, "-----END")
	for name, text := range map[string]string{
		"no certificate in it":    "No trusted roots",
		"JSON":                    `{"description":"none"}`,
		"binary":                  "\x30\x82\x01\x02",
		"cut in the base64":       whole[:len(whole)-100],
		"cut in the BEGIN line":   rootPEM("A") + "-----BEGIN CERT",
		"cut in front of the END": whole[:end],
		"cut in the END":          whole[:end+7],
		"cut in the END's name":   whole[:end+13],
		"cut in the END's dashes": whole[:len(whole)-3],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET " + storePath: say(200, octetStream, text)})
			_, err := connect(t, device.URL).TrustedRoots(t.Context(), 1)
			requireKind(t, err, audiocodes.ErrBadAnswer)
		})
	}
}

func TestAnAbsentStoreCountsOnlyWhereTheContextIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		store, certificate int
		want               error
	}{
		{"400, certificate there", 400, 200, nil},
		{"404, certificate there", 404, 200, nil},
		{"400, no certificate", 400, 400, audiocodes.ErrRejected},
		{"404, no certificate", 404, 404, audiocodes.ErrUnsupported},
		{"404, certificate forbidden", 404, 403, audiocodes.ErrUnsupported},
		{"404, certificate busy", 404, 409, audiocodes.ErrUnsupported},
		{"403, certificate there", 403, 200, audiocodes.ErrForbidden},
		{"500, certificate there", 500, 200, audiocodes.ErrBadAnswer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{
				"GET " + storePath:    sayJSON(test.store, `{"description":"no content"}`),
				"GET " + certificate1: say(test.certificate, octetStream, rootPEM("Device")),
			})
			roots, err := connect(t, device.URL).TrustedRoots(t.Context(), 1)
			if test.want != nil {
				requireKind(t, err, test.want)
				assert.Zero(t, roots)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, audiocodes.TrustedRoots{Absent: test.store}, roots)
		})
	}
}

func TestACancelledLookForAnAbsentStoreIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	device := newFixture(t, answers{
		"GET " + storePath:    sayJSON(404, ""),
		"GET " + certificate1: func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) },
	})
	_, err := connect(t, device.URL).TrustedRoots(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
}

func keyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("key")}))
}

func TestOnlyOneCertificateIsAdded(t *testing.T) {
	t.Parallel()
	device := newFixture(t, nil)
	client := connect(t, device.URL)
	for name, file := range map[string]string{
		"nothing":                  "",
		"garbage":                  "garbage",
		"DER":                      string(mockdevice.SelfMadeRoot("A")),
		"two certificates":         rootPEM("A", "B"),
		"a key":                    keyPEM(),
		"a certificate, a key":     rootPEM("A") + keyPEM(),
		"a key, a certificate":     keyPEM() + rootPEM("A"),
		"a cut block":              rootPEM("A")[:100],
		"text behind":              rootPEM("A") + "garbage",
		"another certificate, cut": rootPEM("A") + rootPEM("B")[:100],
	} {
		err := client.AddTrustedRoot(t.Context(), 1, []byte(file))
		require.ErrorContains(t, err, "add a trusted root to TLS Context 1: the file is not exactly one PEM certificate", name)
		assert.False(t, audiocodes.NotDone(err))
	}
	assert.Empty(t, device.requests())
}

func TestARootIsAddedWithoutItsHeadersAndText(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	block, _ := pem.Decode([]byte(rootPEM("A")))
	block.Headers = map[string]string{"Comment": "from a backup"}
	file := append([]byte("subject=A\n"), pem.EncodeToMemory(block)...)
	require.NoError(t, connect(t, device.URL).AddTrustedRoot(t.Context(), 1, file))
	assert.Equal(t, rootPEM("A"), onlyFile(t, device.requests()[0]))
}

func TestReplaceTrustedRootsIsGuarded(t *testing.T) {
	t.Parallel()
	broken := "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
	for _, test := range []struct {
		name             string
		id               int
		fresh, remaining string
		why              string // empty: it is sent
	}{
		{"one of two taken away", 1, rootPEM("A", "B"), rootPEM("B"), ""},
		{"another order", 1, rootPEM("A", "B", "C"), rootPEM("C", "A"), ""},
		{"a second copy taken away", 1, rootPEM("A", "A"), rootPEM("A"), ""},
		{"text between", 1, "subject=A\n" + rootPEM("A") + "\r\n" + rootPEM("B"), "subject=A\n" + rootPEM("A"), ""},
		{"TLS Context 0", 0, rootPEM("A", "B"), rootPEM("B"), "serves the management interface"},
		{"nothing remains", 1, rootPEM("A"), "", "it would be empty"},
		{"only text remains", 1, rootPEM("A"), "subject=A", "it would be empty"},
		{"nothing was there", 1, "", rootPEM("A"), "it would gain"},
		{"one more", 1, rootPEM("A"), rootPEM("A", "B"), "it would gain"},
		{"another one", 1, rootPEM("A", "B"), rootPEM("C"), "it would gain"},
		{"a second copy", 1, rootPEM("A", "B", "C"), rootPEM("A", "A"), "it would gain"},
		{"as it is", 1, rootPEM("A", "B"), rootPEM("A", "B"), "it would lose nothing"},
		{"as it is in another order", 1, rootPEM("A", "B"), rootPEM("B", "A"), "it would lose nothing"},
		{"an unreadable block was there", 1, rootPEM("A") + broken + rootPEM("B"), rootPEM("A"), "can't be read"},
		{"an unreadable block remains", 1, rootPEM("A", "B"), rootPEM("A") + broken, "can't be read"},
		{"a cut block remains", 1, rootPEM("A", "B"), rootPEM("A") + rootPEM("B")[:100], "can't be read"},
		{"a key was there", 1, rootPEM("A") + keyPEM(), rootPEM("A"), "can't be read"},
		{"a key remains", 1, rootPEM("A", "B"), keyPEM(), "can't be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, documented())
			err := connect(t, device.URL).ReplaceTrustedRoots(t.Context(), test.id, []byte(test.fresh), []byte(test.remaining))
			if test.why != "" {
				require.ErrorIs(t, err, audiocodes.ErrGuard)
				require.ErrorContains(t, err, test.why)
				assert.Empty(t, device.requests())
				return
			}
			require.NoError(t, err)
			sent := onlyFile(t, device.requests()[0])
			assert.Equal(t, blocksOf(t, []byte(test.remaining)), blocksOf(t, []byte(sent)))
			assert.True(t, bytes.HasPrefix([]byte(sent), []byte("-----BEGIN CERTIFICATE-----\n")), "nothing but certificates is sent")
		})
	}
}

func TestRootsComeAndGoOnADevice(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	device, client := simulated(t, model)
	before, err := client.TrustedRoots(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, client.AddTrustedRoot(t.Context(), 1, []byte(rootPEM("New"))))
	after, err := client.TrustedRoots(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, string(before.PEM)+rootPEM("New"), string(after.PEM))

	require.NoError(t, client.ReplaceTrustedRoots(t.Context(), 1, after.PEM, before.PEM))
	again, err := client.TrustedRoots(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, string(before.PEM), string(again.PEM))
	assert.True(t, device.SaveNeeded())
	require.NoError(t, client.Save(t.Context()))
	assert.False(t, device.SaveNeeded())
	assert.Empty(t, device.Tripped())
}

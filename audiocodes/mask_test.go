package audiocodes

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryFormOfTheCredentialsIsMasked(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"s3cr3t-Pa55", `a"b\c/d&e<f>g`, "pass word é%", "++++++", "ends in \\", `"quoted"`, "100%/100%", strings.Repeat("x", 300), "a:b@c.d",
	} {
		m := newMask(credentials{"Admin", password}, credentials{})
		escaped, err := json.Marshal(password)
		require.NoError(t, err)
		for _, echo := range []string{
			password, string(escaped), url.QueryEscape(password), url.PathEscape(password),
			base64.StdEncoding.EncodeToString([]byte("Admin:" + password)), base64.RawURLEncoding.EncodeToString([]byte("Admin:" + password)),
			"Basic " + base64.StdEncoding.EncodeToString([]byte("Admin:"+password)) + " was refused", "xx" + password + "xx" + password,
			"https://Admin:" + password + "@sbc.example.com/", base64.StdEncoding.EncodeToString([]byte(password)),
		} {
			shown := m.text(echo)
			assert.Contains(t, shown, masked, echo)
			assert.NotContains(t, shown, password)
			assert.NotContains(t, shown, strings.Trim(string(escaped), `"`))
			assert.NotContains(t, shown, strings.TrimRight(base64.StdEncoding.EncodeToString([]byte("Admin:"+password)), "="))
		}
	}
}

// TestAShortPasswordDestroysNoText: what it is part of would become unreadable.
func TestAShortPasswordDestroysNoText(t *testing.T) {
	t.Parallel()
	for password, row := range map[string]map[string]string{
		"1":     {"TLS Context 11": "TLS Context 11", "password 1 refused": "password (masked) refused", "'1'": "'(masked)'"},
		"Admin": {"Administrator": "Administrator", "login of Admin/Admin": "login of (masked)/(masked)"},
		"+":     {"a+b": "a(masked)b"},
		"":      {"nothing is masked": "nothing is masked"},
	} {
		m := newMask(credentials{"u", password}, credentials{})
		for text, want := range row {
			assert.Equal(t, want, m.text(text))
		}
	}
	var none *mask
	assert.Equal(t, "text", none.text("text"))
}

func TestUserPartsOfURLsAreMasked(t *testing.T) {
	t.Parallel()
	m := newMask(credentials{"Admin", "s3cr3t-Pa55"}, credentials{})
	assert.Equal(t, "update from https://(masked)@prov.example/x.ini failed", m.text("update from https://me:theirs@prov.example/x.ini failed"))
	assert.Equal(t, "mail to ops@example.com", m.text("mail to ops@example.com"))
}

func TestAMaskedErrorKeepsItsChain(t *testing.T) {
	t.Parallel()
	m := newMask(credentials{"Admin", "s3cr3t-Pa55"}, credentials{})
	err := m.cause(errors.Join(errors.New("malformed s3cr3t-Pa55"), io.ErrUnexpectedEOF))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.NotContains(t, err.Error(), "s3cr3t")
	assert.Equal(t, io.EOF, m.cause(io.EOF))
	assert.NoError(t, m.cause(nil))
}

// TestWhatDecidesIsNotAltered: two devices whose serial numbers were masked would be one.
func TestWhatDecidesIsNotAltered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		password  string
		was, want Status
	}{
		"the serial number is the password": {"5740500", Status{Serial: "5740500"}, Status{Serial: "5740500"}},
		"so is the firmware":                {"7.40A.500.357", Status{Firmware: "7.40A.500.357"}, Status{Firmware: "7.40A.500.357"}},
		"echoed as a serial number":         {"s3cr3t-Pa55", Status{Serial: "s3cr3t-Pa55"}, Status{}},
		"echoed elsewhere": {
			"s3cr3t-Pa55",
			Status{Product: "s3cr3t-Pa55", Firmware: "x s3cr3t-Pa55", OperationalState: "s3cr3t-Pa55", HighAvailability: "s3cr3t-Pa55", LocalTime: "s3cr3t-Pa55"},
			Status{Product: masked, Firmware: "x " + masked, OperationalState: masked, HighAvailability: masked, LocalTime: masked},
		},
		"a short one": {
			"Oper",
			Status{HighAvailability: "Operational", Product: "Mediant VE SBC", LocalTime: "2026-11-22T03:00:00.000Z"},
			Status{HighAvailability: "Operational", Product: "Mediant VE SBC", LocalTime: "2026-11-22T03:00:00.000Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.was
			newMask(credentials{"Admin", test.password}, credentials{}).status(&got)
			assert.Equal(t, test.want, got)
		})
	}
}

// TestEveryAccountHasItsOwnMask: what is kept of one account never masks, or fails to mask, for another.
func TestEveryAccountHasItsOwnMask(t *testing.T) {
	t.Parallel()
	accounts := [][2]credentials{
		{{"Admin", "s3cr3t-one"}, {}},
		{{"Admin", "s3cr3t-two"}, {}},
		{{"Admin", "s3cr3t-one"}, {"proxy", "s3cr3t-two"}},
		{{}, {"Admin", "s3cr3t-one"}},
		{{"Admins3cr3t", "-one"}, {}},
		{{}, {}},
	}
	for range 2 { // the second time from what is kept
		for _, a := range accounts {
			m, alone := newMask(a[0], a[1]), &mask{echoes: echoesOf(a)}
			for _, text := range []string{
				"s3cr3t-one", "s3cr3t-two", "-one", "Admin", "proxy",
				base64.StdEncoding.EncodeToString([]byte("Admin:s3cr3t-one")), base64.StdEncoding.EncodeToString([]byte("proxy:s3cr3t-two")),
			} {
				assert.Equal(t, alone.text(text), m.text(text), "%v: %s", a, text)
			}
		}
	}
}

func TestFewAccountsAreKept(t *testing.T) {
	t.Parallel()
	first := newMask(credentials{"Admin", "s3cr3t-first"}, credentials{})
	for i := range 3 * mostAccounts {
		password := fmt.Sprintf("s3cr3t-%d", i)
		require.Equal(t, masked, newMask(credentials{"Admin", password}, credentials{}).text(password))
		known.Lock()
		kept := len(known.echoes)
		known.Unlock()
		require.LessOrEqual(t, kept, mostAccounts)
	}
	assert.Equal(t, masked, first.text("s3cr3t-first"))
	first.remember("digest-response")
	again := newMask(credentials{"Admin", "s3cr3t-first"}, credentials{})
	assert.Equal(t, "digest-response", again.text("digest-response"), "a Digest response belongs to one client")
}

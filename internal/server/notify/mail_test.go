package notify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/server/notify/mailtest"
)

const mailPassword = "s3cret-of-the-mail"

// elsewhere is the name of a mail server that is not on this machine, as far as acfix can tell.
const elsewhere = "smtp.example.com"

// mailRig is a mail server, and a mailer that reaches it by whatever name.
type mailRig struct {
	*mailtest.Server
	mailer notify.Mailer
	to     notify.Mail
	pauses int
}

func newMailRig(t *testing.T, options mailtest.Options, encryption notify.Encryption) *mailRig {
	t.Helper()
	if len(options.Names) == 0 {
		options.Names = []string{elsewhere}
	}
	options.Password = mailPassword
	server, err := mailtest.Start(options)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	trust := x509.NewCertPool()
	require.True(t, trust.AppendCertsFromPEM(server.CA))
	rig := &mailRig{Server: server}
	now := noon
	clock := retry.Clock{
		Now: func() time.Time { return now }, Jitter: func() float64 { return 0 },
		Sleep: func(ctx context.Context, pause time.Duration) error {
			now = now.Add(pause)
			rig.pauses++
			return ctx.Err()
		},
	}
	rig.mailer = notify.Mailer{
		Timeout: time.Minute, Retry: clock.Policy(10*time.Second, time.Second, time.Second),
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Address)
		},
	}
	rig.to = notify.Mail{
		Host: elsewhere, Port: "587", Encryption: encryption, TLS: &tls.Config{RootCAs: trust},
		From: "acfix@example.com", To: []string{"boss@example.com", "ops@example.com"},
	}
	return rig
}

var noon = time.Date(2026, 7, 13, 12, 0, 0, 0, time.UTC)

// theLetter is about a run of one device that is compliant and one that failed.
func theLetter() notify.Letter {
	devices := []known.Device{
		{Name: "ams-1", URL: "https://a", Listed: true, Verdict: "compliant", Read: noon},
		{Name: "nyc-2", URL: "https://b", Listed: true, Verdict: "change", Read: noon, Result: "failed", Ended: noon, Failure: "not_verified"},
	}
	return notify.Letter{Summary: summaries["failed"], Sheet: summary.Fleet(devices, nil, noon), At: noon}
}

func (r *mailRig) send(t *testing.T, letter notify.Letter) error {
	t.Helper()
	return r.mailer.Send(t.Context(), r.to, letter)
}

// parts are the header of a message and its two texts.
func parts(t *testing.T, message mailtest.Message) (header mail.Header, plain, rich string) {
	t.Helper()
	read, err := mail.ReadMessage(strings.NewReader(message.Data))
	require.NoError(t, err)
	kind, parameters, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	texts := map[string]string{}
	for reader := multipart.NewReader(read.Body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return read.Header, texts["text/plain"], texts["text/html"]
		}
		require.NoError(t, err)
		assert.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"))
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)
		texts[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestAMailArrives(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options    mailtest.Options
		encryption notify.Encryption
		host       string
		login, tls bool
	}{
		"STARTTLS":                            {mailtest.Options{StartTLS: true}, notify.StartTLS, elsewhere, false, true},
		"STARTTLS, PLAIN":                     {mailtest.Options{StartTLS: true, Logins: []string{"LOGIN", "PLAIN"}}, notify.StartTLS, elsewhere, true, true},
		"implicit TLS, LOGIN":                 {mailtest.Options{Implicit: true, Logins: []string{"LOGIN"}}, notify.ImplicitTLS, elsewhere, true, true},
		"switched off":                        {mailtest.Options{StartTLS: true}, notify.Unencrypted, elsewhere, false, false},
		"on this machine":                     {mailtest.Options{}, notify.StartTLS, "127.0.0.1", false, false},
		"on this machine, with a login":       {mailtest.Options{Logins: []string{"PLAIN"}}, notify.StartTLS, "localhost", true, false},
		"on this machine, which is encrypted": {mailtest.Options{StartTLS: true, Names: []string{"127.0.0.1"}}, notify.StartTLS, "127.0.0.1", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newMailRig(t, test.options, test.encryption)
			rig.to.Host = test.host
			if test.login {
				rig.to.Username, rig.to.Password = "acfix", mailPassword
			}
			require.NoError(t, rig.send(t, theLetter()))
			require.Len(t, rig.Messages(), 1)
			got := rig.Messages()[0]
			assert.Equal(t, "acfix@example.com", got.From)
			assert.Equal(t, rig.to.To, got.To)
			assert.Equal(t, test.tls, got.TLS)
			assert.Equal(t, test.login, got.User == "acfix")
		})
	}
}

func TestAMailHasTheSummaryInBothForms(t *testing.T) {
	t.Parallel()
	rig := newMailRig(t, mailtest.Options{StartTLS: true}, notify.StartTLS)
	rig.to.Subject = "[SBC]"
	require.NoError(t, rig.send(t, theLetter()))
	header, plain, rich := parts(t, rig.Messages()[0])
	assert.Equal(t, "[SBC] nightly-apply: something failed", header.Get("Subject"))
	assert.Equal(t, "<acfix@example.com>", header.Get("From"))
	assert.Equal(t, "<boss@example.com>, <ops@example.com>", header.Get("To"))
	assert.Equal(t, "Mon, 13 Jul 2026 12:00:00 +0000", header.Get("Date"))
	assert.Equal(t, "auto-generated", header.Get("Auto-Submitted"))
	assert.Regexp(t, `^<acfix\.20260601-030000-ab12\.\d+@example\.com>$`, header.Get("Message-ID"))
	for _, text := range []string{plain, rich} {
		for _, wanted := range []string{"1 of 2 devices is compliant (50 %)", "nyc-2: not_verified", "12 applied", "https://acfix.example.com/runs/1", "Who decides"} {
			assert.Contains(t, text, wanted)
		}
	}
	assert.NotContains(t, plain, "<")
	assert.Contains(t, rich, `<a href="https://acfix.example.com/runs/1">`)
}

// A run that could not begin has no page, and its message still arrives.
func TestAMailOfARunThatDidNotBegin(t *testing.T) {
	t.Parallel()
	rig := newMailRig(t, mailtest.Options{StartTLS: true}, notify.StartTLS)
	require.NoError(t, rig.send(t, notify.Letter{Summary: notify.Summary{Job: "nightly", Action: "plan", State: "failed"}, At: noon}))
	header, plain, rich := parts(t, rig.Messages()[0])
	assert.Equal(t, "acfix nightly: something failed", header.Get("Subject"))
	assert.Contains(t, plain, "plan, failed")
	assert.Contains(t, rich, "<p>")
	assert.NotContains(t, plain+rich, "http", "no link without a base")
}

// What can't be trusted gets nothing: neither the message, nor the password, nor the addresses.
func TestNothingIsSaidToAServerThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options    mailtest.Options
		encryption notify.Encryption
		change     func(*notify.Mail)
		kind       error
		says       string
	}{
		"no STARTTLS": {mailtest.Options{Logins: []string{"PLAIN"}}, notify.StartTLS, nil, notify.ErrMailPlain, "does not know STARTTLS"},
		"STARTTLS refused": {
			mailtest.Options{StartTLS: true, Answers: map[string][]string{"STARTTLS": {"454 not now"}}}, notify.StartTLS, nil, notify.ErrMailPlain, "SMTP status 454",
		},
		"another name": {mailtest.Options{StartTLS: true, Names: []string{"other.example.com"}}, notify.StartTLS, nil, notify.ErrMailUnreachable, "not trusted"},
		"another authority": {
			mailtest.Options{StartTLS: true}, notify.StartTLS, func(m *notify.Mail) { m.TLS = &tls.Config{} }, notify.ErrMailUnreachable, "not trusted",
		},
		"another authority, implicit": {
			mailtest.Options{Implicit: true}, notify.ImplicitTLS, func(m *notify.Mail) { m.TLS = &tls.Config{} }, notify.ErrMailUnreachable, "not trusted",
		},
		"no TLS where it is implicit": {mailtest.Options{}, notify.ImplicitTLS, nil, notify.ErrMailUnreachable, "no connection"},
		"a login in plain text":       {mailtest.Options{Logins: []string{"PLAIN"}}, notify.Unencrypted, nil, notify.ErrMailLogin, "unencrypted"},
		"no login offered":            {mailtest.Options{StartTLS: true}, notify.StartTLS, nil, notify.ErrMailLogin, "offers no login"},
		"no login that we know":       {mailtest.Options{StartTLS: true, Logins: []string{"NTLM"}}, notify.StartTLS, nil, notify.ErrMailLogin, "SCRAM-SHA-256, PLAIN or LOGIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newMailRig(t, test.options, test.encryption)
			rig.to.Username, rig.to.Password = "acfix", mailPassword
			if test.change != nil {
				test.change(&rig.to)
			}
			err := rig.send(t, theLetter())
			require.ErrorIs(t, err, test.kind)
			assert.ErrorContains(t, err, test.says)
			assert.Empty(t, rig.Messages())
			for _, word := range []string{"AUTH", "MAIL", "RCPT", "DATA"} {
				assert.NotContains(t, rig.Commands(), word)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers  map[string][]string
		kind     error
		says     string
		messages int
	}{
		"for good, at the greeting":      {map[string][]string{"CONNECT": {"554 go away"}}, notify.ErrMailRefused, "its greeting: SMTP status 554", 0},
		"for good, at the sender":        {map[string][]string{"MAIL": {"550 no"}}, notify.ErrMailRefused, "the sender: SMTP status 550", 0},
		"for good, all recipients":       {map[string][]string{"RCPT": {"550 no", "550 no"}}, notify.ErrMailRefused, "a recipient: SMTP status 550", 0},
		"for good, one recipient of two": {map[string][]string{"RCPT": {"550 no"}}, notify.ErrMailRefused, "for 1 of 2 recipients", 1},
		"for good, the message":          {map[string][]string{".": {"552 too large"}}, notify.ErrMailRefused, "the message: SMTP status 552", 0},
		"for a while, the sender":        {map[string][]string{"MAIL": {"451 later", "421 later"}}, nil, "", 1},
		"for a while, the message":       {map[string][]string{"DATA": {"450 later"}}, nil, "", 1},
		"for ever and a while":           {map[string][]string{"MAIL": slices.Repeat([]string{"451 later"}, 99)}, notify.ErrMailRefused, "SMTP status 451", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig := newMailRig(t, mailtest.Options{StartTLS: true, Answers: test.answers}, notify.StartTLS)
			err := rig.send(t, theLetter())
			require.ErrorIs(t, err, test.kind)
			if test.kind != nil {
				assert.ErrorContains(t, err, test.says)
			}
			assert.Len(t, rig.Messages(), test.messages)
			if strings.HasPrefix(name, "for good") {
				assert.Zero(t, rig.pauses, "it is tried once")
			}
		})
	}
}

// A wrong password that is sent twice may lock an account.
func TestALoginIsTriedOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"refused": "", "refused for a while": "454 later"} {
		rig := newMailRig(t, mailtest.Options{
			StartTLS: true, Logins: []string{"PLAIN"}, Answers: map[string][]string{"AUTH": {answer}},
		}, notify.StartTLS)
		rig.to.Username, rig.to.Password = "acfix", "wr0ng-password"
		err := rig.send(t, theLetter())
		require.ErrorIs(t, err, notify.ErrMailLogin, name)
		assert.ErrorContains(t, err, "not tried again", name)
		assert.NotContains(t, err.Error(), "wr0ng", name)
		logins := slices.DeleteFunc(rig.Commands(), func(word string) bool { return word != "AUTH" })
		assert.Len(t, logins, 1, name)
	}
}

// A server that says nothing costs the time of the tries and no more.
func TestASilentServerIsLeft(t *testing.T) {
	t.Parallel()
	for _, silent := range []string{"CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "DATA", ".", "QUIT"} {
		t.Run(silent, func(t *testing.T) {
			t.Parallel()
			rig := newMailRig(t, mailtest.Options{StartTLS: true, Silent: silent, Logins: []string{"PLAIN"}}, notify.StartTLS)
			rig.to.Username, rig.to.Password = "acfix", mailPassword
			rig.mailer.Timeout, rig.mailer.Retry.For = 2*time.Second, 0
			begun := time.Now()
			err := rig.send(t, theLetter())
			assert.Less(t, time.Since(begun), time.Minute)
			if silent == "QUIT" {
				require.NoError(t, err, "the message was taken")
				return
			}
			require.Error(t, err)
			assert.NotContains(t, err.Error(), mailPassword)
		})
	}
	rig := newMailRig(t, mailtest.Options{}, notify.StartTLS)
	rig.Close()
	require.ErrorIs(t, rig.send(t, theLetter()), notify.ErrMailUnreachable)
	assert.Positive(t, rig.pauses, "it is tried again")
}

// Names of devices and jobs are foreign: they begin no header, no recipient and no element.
func TestForeignTextBeginsNoHeader(t *testing.T) {
	t.Parallel()
	sent := func(text string) (header mail.Header, rich string, message mailtest.Message) {
		rig := newMailRig(t, mailtest.Options{StartTLS: true}, notify.StartTLS)
		letter := theLetter()
		letter.Job, letter.Action, letter.State, letter.Run = text, text, text, text
		letter.Failures = []notify.FailedDevice{{Device: text, Code: text}}
		letter.Sheet = summary.Fleet([]known.Device{{Name: text, URL: text, Listed: true}}, []string{text}, noon)
		require.NoError(t, rig.send(t, letter))
		header, _, rich = parts(t, rig.Messages()[0])
		return header, rich, rig.Messages()[0]
	}
	wanted, page, _ := sent("harmless")
	for _, attack := range []string{
		"a\r\nBcc: evil@example.com", "a\nSubject: b", "a\r\n\r\n<b>body</b>", "a\r\n.\r\nMAIL FROM:<evil@example.com>", "\x00\x1b[31m",
		"<script>alert(1)</script>", "=?utf-8?q?=0D=0ABcc:_evil?=", "\u2028Bcc: evil", strings.Repeat("x", 5000), "ü\xff",
	} {
		header, rich, message := sent(attack)
		for key := range header {
			assert.Contains(t, wanted, key, "%q", attack)
		}
		assert.Len(t, header, len(wanted), "%q", attack)
		assert.Equal(t, []string{"boss@example.com", "ops@example.com"}, message.To, "%q", attack)
		assert.Equal(t, strings.Count(page, "<p>"), strings.Count(rich, "<p>"), "%q", attack)
		assert.NotContains(t, rich, "<script", "%q", attack)
		for line := range strings.SplitSeq(message.Data, "\r\n") {
			assert.LessOrEqual(t, len(line), 998, "%q", attack)
		}
	}
}

func TestAMailServerPrintsNoPassword(t *testing.T) {
	t.Parallel()
	to := notify.Mail{Host: elsewhere, Username: "acfix", Password: mailPassword}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		assert.NotContains(t, fmt.Sprintf(verb, to), mailPassword)
		assert.NotContains(t, fmt.Sprintf(verb, &to), mailPassword)
	}
}

func TestWhatAMailServerIs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"smtp.example.com": {"smtp.example.com", ""}, "smtp.example.com:25": {"smtp.example.com", "25"},
		"192.0.2.1:465": {"192.0.2.1", "465"}, "[2001:db8::1]:587": {"2001:db8::1", "587"}, "2001:db8::1": {"2001:db8::1", ""},
	} {
		host, port, err := notify.ParseServer(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, [2]string{host, port}, text)
	}
	for _, wrong := range []string{"", ":25", "smtp://x", "a b", "a:0", "a:99999", "a:b", "user@host", "[::1", "a\r\nb", "smtp.exämple.com"} {
		_, _, err := notify.ParseServer(wrong)
		assert.Error(t, err, wrong)
	}
	for _, wrong := range []string{"", "ops", "ops@", "Ops <ops@example.com>", "a@b, c@d", "a@b\r\nBcc: c@d", "<a@b>", `"a b"@c`, "ö@example.com"} {
		assert.Error(t, notify.CheckAddress(wrong), wrong)
	}
	assert.NoError(t, notify.CheckAddress("ops+sbc@example.com"))
	for base, right := range map[string]bool{
		"https://acfix.example.com": true, "https://acfix.example.com/sub/": true, "http://127.0.0.1:8080": true,
		"http://acfix.example.com": false, "https://a.example/?x=1": false, "javascript:x": false, "https://u:p@a.example": false, "": false,
	} {
		assert.Equal(t, right, notify.CheckBase(base) == nil, base)
	}
	assert.Equal(t, "https://a.example/runs/3f2a", notify.RunLink("https://a.example/", "3f2a"))
	assert.Empty(t, notify.RunLink("", "3f2a"))
	assert.Empty(t, notify.RunLink("https://a.example", ""))
}

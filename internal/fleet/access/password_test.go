package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
)

// unusable are texts that no source may give as a password, and what is said of them. None of them may show.
var unusable = map[string]string{
	"s3cr3t\nlogin: kim\n":                     "has 2 lines",
	"s3cr3t\nlogin: kim\nurl: example":         "has 3 lines",
	"s3cr3t\r\nlogin: kim\r\n":                 "has 2 lines",
	"s3cr3t\rlogin: kim":                       "has 2 lines",
	"s3cr3t\u2028login: kim":                   "has 2 lines",
	"s3cr3t\n\n":                               "has 2 lines, empty ones counted",
	"\ns3cr3t":                                 "has 2 lines, empty ones counted",
	"\n\n\n":                                   "has 3 lines",
	"s3cr3t\r":                                 "ends in a carriage return",
	"s3cr3t\r\r\n":                             "ends in a carriage return",
	"\xef\xbb\xbfs3cr3t\r\n":                   "begins with a byte order mark",
	"\xef\xbb\xbfs3cr3t\nlogin: kim":           "begins with a byte order mark",
	"s3cr\ufeff3t":                             "holds a byte order mark",
	"\xff\xfes\x003\x00c\x00r\x003\x00\n\x00":  "is text in UTF-16",
	"\xfe\xff\x00s\x003\x00c\x00r\x003\x00\n":  "is text in UTF-16",
	"s\x003\x00c\x00r\x003\x00t\x00":           "holds NUL bytes",
	"s3cr3t\x00":                               "holds NUL bytes",
	"s3cr3t\t":                                 "holds a tab",
	"s3cr\x1b[D3t":                             "holds a control character",
	"s3cr3t\x7f":                               "holds a control character",
	"s3cr3t\u0085":                             "holds a control character",
	"s3cr3t\xe4":                               "is not UTF-8",
	"s3cr\xe93t\r\n":                           "is not UTF-8, but probably saved in a Windows code page",
	strings.Repeat("s3cr3t\n", 41):             "has 41 lines",
	"\xff\xfe" + strings.Repeat("s3cr3t\n", 2): "is text in UTF-16",
}

// usable are texts that are one password, with the line end that editors and programs put behind it.
var usable = map[string]string{
	"s3cr3t": "s3cr3t", "s3cr3t\n": "s3cr3t", "s3cr3t\r\n": "s3cr3t", " s3 cr3t ": " s3 cr3t ", "pässwörd\n": "pässwörd",
	"": "", "\n": "", "\r\n": "", `s3"c'r$3\t`: `s3"c'r$3\t`,
}

func TestAPasswordIsOneLineOfText(t *testing.T) {
	t.Parallel()
	for text, want := range usable {
		got, err := access.ParsePassword(text, "the file")
		require.NoError(t, err, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
	for text, want := range unusable {
		got, err := access.ParsePassword(text, "the file")
		assertRefused(t, text, want, got, err)
	}
}

// assertRefused: the reason is told, and nothing of the text.
func assertRefused(t *testing.T, text, want, got string, err error) {
	t.Helper()
	var wrong *usage.Error
	require.ErrorAs(t, err, &wrong, "%q", text)
	assert.Empty(t, got)
	assert.Contains(t, wrong.Problem, want, "%q", text)
	assert.NotEmpty(t, wrong.Hint)
	for _, secret := range []string{"s3cr", "kim", "example"} {
		assert.NotContains(t, wrong.Problem+wrong.Hint, secret)
	}
}

// TestNoSourceGivesAnUnusablePassword: each source is held to the same rules, and no other source takes its place.
func TestNoSourceGivesAnUnusablePassword(t *testing.T) {
	t.Parallel()
	own := func(password inventory.Password) access.ListedLogin {
		return access.ListedLogin{Username: "lee", Folder: "/inv", Password: password}
	}
	sources := map[string]func(d *loginRig, text string) (access.Flags, access.ListedLogin){
		"ACFIX_PASSWORD ": func(d *loginRig, text string) (access.Flags, access.ListedLogin) {
			d.environment["ACFIX_PASSWORD"] = text
			return access.Flags{}, access.ListedLogin{}
		},
		"SITE_PASSWORD ": func(d *loginRig, text string) (access.Flags, access.ListedLogin) {
			d.environment["SITE_PASSWORD"] = text
			return access.Flags{}, own(inventory.Password{Env: "SITE_PASSWORD"})
		},
		"--password-file: ": func(d *loginRig, text string) (access.Flags, access.ListedLogin) {
			d.files["flag.txt"] = text
			return access.Flags{PasswordFile: "flag.txt"}, access.ListedLogin{}
		},
		"password_file: ": func(d *loginRig, text string) (access.Flags, access.ListedLogin) {
			d.files["/inv/own.txt"] = text
			return access.Flags{}, own(inventory.Password{File: "own.txt"})
		},
		"what was typed ": func(d *loginRig, text string) (access.Flags, access.ListedLogin) {
			delete(d.environment, "ACFIX_PASSWORD")
			d.Ask = func(string) (string, error) { return text, nil }
			return access.Flags{}, access.ListedLogin{}
		},
	}
	for source, give := range sources {
		for text, want := range unusable {
			d := newLoginRig("/inv")
			credentials, from := give(d, text)
			found, err := d.Find(t.Context(), credentials, from)
			assertRefused(t, text, want, found.Password, err)
			assert.ErrorContains(t, err, source)
		}
		for text, want := range usable {
			d := newLoginRig("/inv")
			credentials, from := give(d, text)
			found, err := d.Find(t.Context(), credentials, from)
			if want == "" && text != "" {
				assert.ErrorContains(t, err, "empty", "%s: %q", source, text)
				continue
			}
			if want != "" {
				require.NoError(t, err, "%s: %q", source, text)
				assert.Equal(t, want, found.Password)
			}
		}
	}
}

// TestACommandThatPrintsMoreThanThePassword is what "pass show" does with notes below the password.
func TestACommandThatPrintsMoreThanThePassword(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`printf 's3cr3t\nlogin: kim\n'`: "no password: the command sh: what it printed has 2 lines",
		`printf '\377\376s\0003\000'`:   "is text in UTF-16",
		`printf '\357\273\277s3cr3t'`:   "begins with a byte order mark",
		`printf 's3cr\3513t'`:           "what it printed is not UTF-8",
		`printf 's3cr3t\0'`:             "holds NUL bytes",
	} {
		d := newLoginRig(t.TempDir())
		own := access.ListedLogin{Folder: t.TempDir(), Password: inventory.Password{Command: []string{"sh", "-c", script}}}
		found, err := d.Find(t.Context(), access.Flags{}, own)
		require.NoError(t, err)
		require.NotNil(t, found.NoPassword, script)
		assert.Empty(t, found.Password)
		assert.Contains(t, found.NoPassword.Message, want)
		assert.Contains(t, found.NoPassword.Hint, "Nothing was sent to the device.")
		assert.NotContains(t, found.NoPassword.Message+found.NoPassword.Hint+strings.Join(d.said, ""), "s3cr")
	}
}

// TestTheHintFitsTheSource: how to save a file helps with a file alone.
func TestTheHintFitsTheSource(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"s3cr\xe93t", "\xef\xbb\xbfs3cr3t", "\xff\xfes\x003\x00"} {
		d := newLoginRig("/inv")
		d.environment["ACFIX_PASSWORD"], d.files["flag.txt"] = text, text
		var variable, file *usage.Error
		_, err := d.Find(t.Context(), access.Flags{}, access.ListedLogin{})
		require.ErrorAs(t, err, &variable)
		_, err = d.Find(t.Context(), access.Flags{PasswordFile: "flag.txt"}, access.ListedLogin{})
		require.ErrorAs(t, err, &file)
		assert.NotContains(t, variable.Hint, "save it")
		assert.NotContains(t, variable.Hint, "Set-Content")
		assert.Contains(t, variable.Hint, "UTF-8")
		assert.Contains(t, file.Hint, "save it as")
	}
}

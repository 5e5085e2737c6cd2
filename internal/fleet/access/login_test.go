package access_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loginRig has every source of a password; a test takes away what it does without.
type loginRig struct {
	access.Secrets
	environment map[string]string
	files       map[string]string
	asked, said []string
}

func newLoginRig(folder string) *loginRig {
	d := &loginRig{
		environment: map[string]string{"ACFIX_USERNAME": "env-user", "ACFIX_PASSWORD": "env-pass", "SITE_PASSWORD": "site-pass"},
		files:       map[string]string{"flag.txt": "flag-pass\r\n", filepath.Join(folder, "own.txt"): "own-pass\n", "empty.txt": "\n"},
	}
	d.Getenv = func(name string) string { return d.environment[name] }
	d.ReadFile = func(path, name string) ([]byte, error) {
		content, ok := d.files[path]
		if !ok {
			return nil, usage.Errorf("%s: no such file", name).Hint("check the path")
		}
		return []byte(content), nil
	}
	d.Ask = func(question string) (string, error) {
		d.asked = append(d.asked, question)
		return "typed-pass", nil
	}
	d.Say = func(line string) { d.said = append(d.said, line) }
	return d
}

func TestTheFirstThatIsFoundWins(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	flag := access.Flags{Username: "flag-user", PasswordFile: "flag.txt"}
	own := func(password inventory.Password) access.ListedLogin {
		return access.ListedLogin{Username: "own-user", Folder: folder, Password: password}
	}
	for name, row := range map[string]struct {
		flags   access.Flags
		own     access.ListedLogin
		without []string // of the environment
		want    access.Login
	}{
		"flags over all":          {flag, own(inventory.Password{Env: "SITE_PASSWORD"}), nil, access.Login{Username: "flag-user", Password: "flag-pass"}},
		"the inventory's file":    {access.Flags{}, own(inventory.Password{File: "own.txt"}), nil, access.Login{Username: "own-user", Password: "own-pass"}},
		"the inventory's command": {access.Flags{}, own(inventory.Password{Command: []string{"echo", "told"}}), nil, access.Login{Username: "own-user", Password: "told"}},
		"the inventory's env":     {access.Flags{}, own(inventory.Password{Env: "SITE_PASSWORD"}), nil, access.Login{Username: "own-user", Password: "site-pass"}},
		"the common variable":     {access.Flags{}, own(inventory.Password{Env: "ACFIX_PASSWORD"}), nil, access.Login{Username: "own-user", Password: "env-pass"}},
		"the environment":         {access.Flags{}, access.ListedLogin{}, nil, access.Login{Username: "env-user", Password: "env-pass"}},
		"a person":                {access.Flags{}, access.ListedLogin{}, []string{"ACFIX_PASSWORD"}, access.Login{Username: "env-user", Password: "typed-pass"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newLoginRig(folder)
			for _, variable := range row.without {
				delete(d.environment, variable)
			}
			found, err := d.Find(t.Context(), row.flags, row.own)
			require.NoError(t, err)
			assert.Equal(t, row.want, found)
		})
	}
}

// TestNoPasswordTakesThePlaceOfAnother: each of these ends before anything is sent.
func TestNoPasswordTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*loginRig, *access.Flags, *access.ListedLogin){
		"no user name for the device": func(d *loginRig, _ *access.Flags, _ *access.ListedLogin) { delete(d.environment, "ACFIX_USERNAME") },
		"password_env: SITE_PASSWORD is not set": func(d *loginRig, _ *access.Flags, own *access.ListedLogin) {
			delete(d.environment, "SITE_PASSWORD")
			own.Env = "SITE_PASSWORD"
		},
		"--password-file: the file is empty": func(_ *loginRig, c *access.Flags, _ *access.ListedLogin) { c.PasswordFile = "empty.txt" },
		"password_file: no such file":        func(_ *loginRig, _ *access.Flags, own *access.ListedLogin) { own.File = "nowhere.txt" },
		"no terminal to ask on": func(d *loginRig, _ *access.Flags, _ *access.ListedLogin) {
			delete(d.environment, "ACFIX_PASSWORD")
			d.Ask = nil
		},
		"an empty password is not tried": func(d *loginRig, _ *access.Flags, _ *access.ListedLogin) {
			delete(d.environment, "ACFIX_PASSWORD")
			d.Ask = func(string) (string, error) { return "", nil }
		},
	} {
		d, flags, own := newLoginRig(t.TempDir()), access.Flags{}, access.ListedLogin{}
		change(d, &flags, &own)
		found, err := d.Find(t.Context(), flags, own)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, want)
		assert.ErrorContains(t, err, want)
		assert.NotEmpty(t, wrong.Hint)
		assert.Empty(t, found.Password)
	}
}

func TestNobodyIsAskedTwice(t *testing.T) {
	t.Parallel()
	d := newLoginRig(t.TempDir())
	delete(d.environment, "ACFIX_PASSWORD")
	for _, user := range []string{"kim", "lee", "kim", "lee"} {
		found, err := d.Find(t.Context(), access.Flags{Username: user}, access.ListedLogin{})
		require.NoError(t, err)
		assert.Equal(t, "typed-pass", found.Password)
	}
	assert.Equal(t, []string{"Password of kim: ", "Password of lee: "}, d.asked)

	broken := errors.New("the terminal is gone")
	d.Ask = func(string) (string, error) { return "", broken }
	_, err := d.Find(t.Context(), access.Flags{Username: "sam"}, access.ListedLogin{})
	assert.ErrorIs(t, err, broken)
}

// TestACommandThatFailsIsItsDevicesFailure: it is not tried again, and nothing else is.
func TestACommandThatFailsIsItsDevicesFailure(t *testing.T) {
	t.Parallel()
	d := newLoginRig(t.TempDir())
	own := access.ListedLogin{Folder: t.TempDir(), Password: inventory.Password{Command: []string{"sh", "-c", "echo s3cret; echo vault is sealed >&2; exit 7"}}}
	for range 2 {
		found, err := d.Find(t.Context(), access.Flags{}, own)
		require.NoError(t, err)
		require.NotNil(t, found.NoPassword)
		assert.Equal(t, remediate.CodeNoPassword, found.NoPassword.Code)
		assert.Contains(t, found.NoPassword.Message, "exit status 7")
		assert.NotContains(t, found.NoPassword.Message, "s3cret")
		assert.Empty(t, found.Password)
	}
	assert.Equal(t, []string{"sh: vault is sealed"}, d.said, "it ran once")
	assert.Empty(t, d.asked)
}

package statedir_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	home := map[string]string{"HOME": at("home"), "LocalAppData": at("data")}
	own := at("home", ".local", "state", "acfix")
	if runtime.GOOS == "windows" {
		own = at("data", "acfix")
	}
	for name, test := range map[string]struct {
		state, wanted string
	}{
		"by the specification":    {at("state"), at("state", "acfix")},
		"without it":              {"", own},
		"a relative path is none": {"state", own},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{"XDG_STATE_HOME": test.state}
			for key, value := range home {
				variables[key] = value
			}
			found, err := statedir.Find(environment(variables))
			require.NoError(t, err)
			assert.Equal(t, statedir.Directory(test.wanted), found)
		})
	}
}

func TestNoHomeIsAnError(t *testing.T) {
	t.Parallel()
	found, err := statedir.Find(environment(nil))
	require.Error(t, err)
	assert.Empty(t, found, "never the working directory")
	if runtime.GOOS != "windows" {
		assert.ErrorIs(t, err, statedir.ErrNoHome)
	}
}

// TestNamesStay: what earlier releases wrote must be found by this one.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	directory := statedir.Directory("acfix")
	for wanted, given := range map[string]string{
		filepath.Join("acfix", "backups"):      directory.Backups(),
		filepath.Join("acfix", "journal"):      directory.Journals(),
		filepath.Join("acfix", "locks"):        string(directory.Locks()),
		filepath.Join("acfix", "used-plans"):   directory.UsedPlans(),
		filepath.Join("acfix", "plan.key"):     directory.PlanKey(),
		filepath.Join("acfix", "runs.db"):      directory.Runs(),
		"serial-5740500":                       statedir.SerialName("5740500"),
		"address-3ace027f851787a209fd1d13":     statedir.AddressName("https://sbc.example.com"),
		"mac-00908f000001":                     statedir.MACName("00908f000001"),
		"certificate-271a413bd339c5709fdceaec": statedir.CertificateName(strings.Repeat("ab", 32)),
		"run-0123456789abcdef":                 statedir.RunName("0123456789abcdef"),
		"plan-0123456789abcdef":                statedir.PlanName("0123456789abcdef"),
		"tokens-tokens":                        statedir.TokensName("tokens"),
	} {
		assert.Equal(t, wanted, given)
	}
}

// TestNoNameLeavesItsDirectory: a serial number is what a device says.
func TestNoNameLeavesItsDirectory(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, serial := range []string{"../../etc/passwd", "..", "/", "a/b", `a\b`, "a b", "a\x00b", "ä", "-", strings.Repeat("1", 41), "CON.", "a:b"} {
		name := statedir.SerialName(serial)
		assert.Regexp(t, `^serial-[0-9a-f]{24}$`, name, "%q", serial)
		assert.False(t, seen[name], "%q has the name of another", serial)
		seen[name] = true
	}
	assert.Equal(t, "serial-"+strings.Repeat("1", 40), statedir.SerialName(strings.Repeat("1", 40)))
}

package main

import (
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhyServeDoesNotStart: each reason has a hint of its own.
func TestWhyServeDoesNotStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	jobs := file("jobs.yaml", "jobs:\n  - {name: nightly, action: plan, inventory: fleet.yaml}\n")
	file("fleet.yaml", "devices:\n  - {name: ams-1, url: https://192.0.2.1}\n")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	certificate := file("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	lax := file("lax.json", "{}")
	require.NoError(t, os.Chmod(lax, 0o666))
	for flags, wanted := range map[string]string{
		"--listen " + taken.Addr().String():                                  `hint:  another program listens there`,
		"--listen 192.0.2.99:8080":                                           `hint:  this machine does not have that address`,
		"--listen 8080":                                                      `hint:  give host and port with --listen, such as 127.0.0.1:8080`,
		"--listen localhost:nosuchport":                                      `hint:  give host and port with --listen`,
		"--listen 0.0.0.0:0":                                                 `hint:  give --tls-cert and --tls-key, or listen on this machine alone`,
		"--listen 127.0.0.1:0 --token-file " + folder + "/none.json":         `hint:  make one with: acfix token add`,
		"--listen 127.0.0.1:0 --token-file " + file("text", "x"):             `hint:  give a file that "acfix token add" made`,
		"--view-without-login --listen 0.0.0.0:0":                            `hint:  leave --view-without-login out`,
		"--listen unix:" + folder + "/none/s":                                `hint:  make the folder of the socket`,
		"--listen unix:" + jobs:                                              `hint:  another program listens there`,
		"--listen 127.0.0.1:0 --token-file " + lax:                           `hint:  chmod`,
		"--listen 127.0.0.1:0 --tls-cert " + certificate:                     `hint:  give --tls-cert and --tls-key together`,
		"--listen 127.0.0.1:0 --tls-cert /none.pem --tls-key " + folder:      `hint:  check the paths given with --tls-cert and --tls-key`,
		"--listen 127.0.0.1:0 --tls-cert " + jobs + " --tls-key " + jobs:     `hint:  give --tls-cert and --tls-key together: PEM files`,
		"--listen 127.0.0.1:0 --tls-cert " + folder + " --tls-key " + folder: `hint:  give --tls-cert and --tls-key together: PEM files`,
	} {
		d := newOperator(t, "")
		code := exitUsage
		if strings.Contains(wanted, "another program") || strings.Contains(wanted, "does not have") ||
			strings.Contains(wanted, "the folder of the socket") {
			code = exitFailed // the unit tries again
		}
		assert.Equal(t, code, d.app.run(strings.Fields("serve --jobs "+jobs+" "+flags)), flags)
		assert.Contains(t, d.stderr.String(), wanted, flags)
		assert.Equal(t, 1, strings.Count(d.stderr.String(), "hint:"), flags)
	}
}

// TestAnInventoryInPlaceOfAPlanOrADevice is named as one, by whichever command, and nothing is asked or sent.
func TestAnInventoryInPlaceOfAPlanOrADevice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"devices.csv", "DEVICES.CSV", "fleet.yaml", "fleet.yml"} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte("name,url\n"), 0o600))
		for _, command := range []string{"plan", "apply --yes", "apply --dry-run", "show", "doctor", "backup"} {
			d := newOperator(t, "")
			assert.Equal(t, exitUsage, d.app.run(append(strings.Fields(command), path)), command)
			assert.Contains(t, d.stderr.String(), "is a list of devices, not a device", command)
			assert.Contains(t, d.stderr.String(), "-i "+path, command)
		}
	}
}

// TestAFileInPlaceOfADevice is never looked up as a host; a saved plan gets the commands that take one.
func TestAFileInPlaceOfADevice(t *testing.T) {
	t.Parallel()
	d, folder := newTestApp(t, "7.4.604", ""), t.TempDir()
	plan, other := filepath.Join(folder, "plan.json"), filepath.Join(folder, "notes")
	require.Equal(t, exitDone, d.run("plan", "--out", plan), &d.stderr)
	require.NoError(t, os.WriteFile(other, []byte("ams-1\n"), 0o600))
	for _, command := range []string{"plan", "doctor", "backup"} {
		d := newOperator(t, "")
		assert.Equal(t, exitUsage, d.app.run([]string{command, plan}), command)
		assert.Contains(t, d.stderr.String(), plan+" is a saved plan, not a device")
		assert.Contains(t, d.stderr.String(), "acfix show "+plan+", or acfix apply "+plan)
		d = newOperator(t, "")
		if command == "plan" { // which takes configurations
			assert.Equal(t, exitFailed, d.app.run([]string{command, other}), command)
			assert.Contains(t, d.stdout.String(), other+" is no whole configuration")
			continue
		}
		assert.Equal(t, exitUsage, d.app.run([]string{command, other}), command)
		assert.Contains(t, d.stderr.String(), other+" is a file, not a device")
	}
}

// TestAnImpossibleAddress leaves no trace: it is a slip of the hand, and no device that can't be reached.
func TestAnImpossibleAddress(t *testing.T) {
	t.Parallel()
	inventory := filepath.Join(t.TempDir(), "fleet.yaml")
	require.NoError(t, os.WriteFile(inventory, []byte("devices:\n  - {name: ams-1, url: https://192.0.2.1:99999}\n"), 0o600))
	for arguments, want := range map[string]string{
		"plan 192.0.2.1:99999": "there is no port 99999", "plan https://192.0.2.1:0": "there is no port 0",
		"plan 192.0.2.300": "is no address", "plan fe80::1": "needs its zone, such as fe80::1%eth0",
		"plan -i " + inventory: "there is no port 99999",
	} {
		d := newOperator(t, "")
		assert.Equal(t, exitUsage, d.app.run(strings.Fields(arguments)), arguments)
		assert.Contains(t, d.stderr.String(), want, arguments)
		left, err := os.ReadDir(d.app.getenv("XDG_STATE_HOME"))
		require.NoError(t, err)
		assert.Empty(t, left, arguments)
	}
}

// TestAPlanOfAnInventory asks for the inventory where it is missing, and for no password.
func TestAPlanOfAnInventory(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	folder := t.TempDir()
	fleet, plan, alone := filepath.Join(folder, "fleet.yaml"), filepath.Join(folder, "plan.json"), filepath.Join(folder, "alone.json")
	text := "devices:\n  - {name: ams-1, url: '" + d.target[0] + "', pin: '" + d.target[2] + "'}\n"
	require.NoError(t, os.WriteFile(fleet, []byte(text), 0o600))
	require.Equal(t, exitDone, d.app.run([]string{"plan", "-i", fleet, "--out", plan}), &d.stderr)
	require.Equal(t, exitDone, d.run("plan", "--out", alone), &d.stderr)
	for file, named := range map[string]bool{plan: true, alone: false} {
		d.stderr.Reset()
		d.app.stdinIsTerminal = false
		assert.Equal(t, exitUsage, d.app.run([]string{"apply", "--yes", file}))
		assert.Contains(t, d.stderr.String(), "hint:")
		assert.Equal(t, named, strings.Contains(d.stderr.String(), "give it with -i FILE"), &d.stderr)
	}
}

// TestTheTrustOfAnInventory: a password from the environment is enough to start on a saved plan. The hint stands
// beside the devices that fail because the inventory's pins are missing, and nowhere else.
func TestTheTrustOfAnInventory(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	folder := t.TempDir()
	fleet, plan := filepath.Join(folder, "fleet.yaml"), filepath.Join(folder, "plan.json")
	text := "devices:\n  - {name: ams-1, url: '" + d.target[0] + "', pin: '" + d.target[2] + "'}\n"
	require.NoError(t, os.WriteFile(fleet, []byte(text), 0o600))
	getenv := d.app.getenv
	d.app.getenv = func(name string) string {
		if name == "ACFIX_PASSWORD" {
			return "Admin"
		}
		return getenv(name)
	}
	require.Equal(t, exitDone, d.app.run([]string{"plan", "-i", fleet, "--out", plan}), &d.stderr)
	const hint = "hint:  the plan was made with an inventory"
	for _, flags := range []string{"--dry-run", "--yes", "--yes -o json"} {
		d.stderr.Reset()
		d.stdout.Reset()
		assert.Equal(t, exitFailed, d.app.run(append([]string{"apply", plan}, strings.Fields(flags)...)))
		assert.Contains(t, d.stdout.String(), "tls_untrusted", flags)
		assert.Equal(t, 1, strings.Count(d.stderr.String(), hint), &d.stderr)
	}
	d.stderr.Reset()
	assert.Equal(t, exitDone, d.app.run([]string{"apply", plan, "-i", fleet, "--dry-run"}), &d.stderr)
	assert.NotContains(t, d.stderr.String(), hint)
}

// TestABeginningOfSeveralRuns asks for more of it.
func TestABeginningOfSeveralRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs.db")
	made, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	for _, id := range []string{"3f2a000000000001", "3f2a000000000002"} {
		require.NoError(t, made.CreateRun(t.Context(), store.Run{ID: id, Action: "plan"}, nil))
	}
	require.NoError(t, made.Close())
	for _, command := range []string{"report 3f2a", "show 3f2a", "plan --resume 3f2a"} {
		d := newOperator(t, "")
		assert.Equal(t, exitUsage, d.app.run(append(strings.Fields(command), "--store", "sqlite:"+path)))
		assert.Contains(t, d.stderr.String(), "several runs begin like this")
		assert.Contains(t, d.stderr.String(), "hint:  give more letters of its ID")
	}
}

// TestWhereNoBackupIs: a path that is wrong is a misuse, and no damaged backup.
func TestWhereNoBackupIs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "backups", "ams-1"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.json"), []byte("{}"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "backups", "any"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "backups", "any", "notes.txt"), nil, 0o600))
	for path, said := range map[string]string{
		"nowhere": "no such file or directory", "manifest.json": "a backup is a directory", "backups": "perhaps backups",
		"manifest.json/x": "a backup is a directory", "backups/any": "is no backup: there is no manifest.json in it",
	} {
		for _, command := range []string{"restore", "restore --yes", "restore --dry-run -o json", "backup verify"} {
			d := newOperator(t, "")
			d.app.stdinIsTerminal = false
			assert.Equal(t, exitUsage, d.app.run(append(strings.Fields(command), filepath.Join(folder, path))), "%s %s", command, path)
			assert.Contains(t, d.stderr.String(), said, "%s %s", command, path)
			assert.Contains(t, d.stderr.String(), `"acfix backup list"`)
			assert.Empty(t, d.stdout.String())
		}
	}
}

// TestWhatIsNearABackup: a folder inside one, a link to one and no name at all are a misuse, and the hint
// names the backup.
func TestWhatIsNearABackup(t *testing.T) {
	t.Parallel()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	kept := filepath.Join(folder, "kept")
	require.NoError(t, os.MkdirAll(filepath.Join(kept, "tls-1"), 0o700))
	for _, name := range []string{"manifest.json", "tls-1/certificate.pem"} {
		require.NoError(t, os.WriteFile(filepath.Join(kept, name), []byte("{}"), 0o600))
	}
	link := filepath.Join(folder, "link")
	require.NoError(t, os.Symlink(kept, link))
	for path, said := range map[string][]string{
		filepath.Join(kept, "tls-1"): {"there is no manifest.json in it", "give the backup: " + kept + "\n"},
		link:                         {"link is a link", "give what it leads to: " + kept + "\n"},
		"":                           {"no backup was named", `"acfix backup list"`},
	} {
		for _, command := range []string{"restore --yes", "backup verify"} {
			d := newOperator(t, "")
			assert.Equal(t, exitUsage, d.app.run(append(strings.Fields(command), path)), "%s %s", command, path)
			for _, words := range said {
				assert.Contains(t, d.stderr.String(), words, "%s %s", command, path)
			}
		}
	}
}

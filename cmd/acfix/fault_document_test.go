//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// TestAFullDiskLeavesOneDocument on stdout with -o json, with the error and of the command's schema, whatever the command.
// A limit of no bytes for files stands for the full disk.
func TestAFullDiskLeavesOneDocument(t *testing.T) {
	t.Parallel()
	v := newVictim(t, mockdevice.Dialect{})
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "inventory.yaml"),
		fmt.Appendf(nil, aDevice, v.arguments[2], v.arguments[4]), 0o600))
	jobs := filepath.Join(folder, "jobs.yaml")
	require.NoError(t, os.WriteFile(jobs, []byte("jobs:\n  - {name: look, action: plan, inventory: inventory.yaml}\n"+
		"  - {name: repair, action: apply, inventory: inventory.yaml}\n"), 0o600))
	program, err := os.Executable()
	require.NoError(t, err)
	for line, want := range map[string]string{
		"job run look --jobs " + jobs:                                                       "acfix.plan/v1",
		"job run repair --jobs " + jobs:                                                     "acfix.result/v1",
		"apply --yes -i " + folder + "/inventory.yaml":                                      "acfix.result/v1",
		"history prune --older-than-days 1 --yes --store sqlite:" + folder + "/new/runs.db": "",
	} {
		words := append([]string{"-c", `ulimit -f 0; exec "$0" "$@"`, program}, strings.Fields(line+" -o json")...)
		command := exec.Command("sh", words...)
		command.Env = v.environment
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		require.Error(t, command.Run(), line)
		if want == "" { // a mistake of whoever typed it is no fault of the machine
			assert.Equal(t, exitUsage, command.ProcessState.ExitCode(), "%s: %s", line, &stderr)
			assert.Empty(t, stdout.String(), line)
			continue
		}
		assert.Equal(t, exitFailed, command.ProcessState.ExitCode(), "%s: %s", line, &stderr)
		var document struct {
			Devices []any              `json:"devices"`
			Error   *remediate.Failure `json:"error"`
		}
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &document), "%s: %q %s", line, &stdout, &stderr)
		requireFits(t, want, stdout.String())
		assert.NotNil(t, document.Devices, line)
		require.NotNil(t, document.Error, line)
		assert.Equal(t, remediate.CodeLocalFault, document.Error.Code, line)
		assert.NotEmpty(t, document.Error.Message, line)
		assert.NotEmpty(t, document.Error.Hint, line)
	}
	assert.Zero(t, v.device.Writes())
}

// TestAFaultOfThisMachineHasTheDocumentOfItsCommand, unless the command has written to stdout, or no document was asked for.
func TestAFaultOfThisMachineHasTheDocumentOfItsCommand(t *testing.T) {
	t.Parallel()
	fault := fmt.Errorf("read the runs: %w", localfault.Err)
	for name, test := range map[string]struct {
		instead documentOf
		format  string
		written string
		cause   error
		want    string
	}{
		"history":          {listDocument("acfix.history/v1", "runs"), "json", "", fault, `"runs": []`},
		"devices":          {listDocument("acfix.devices/v1", "devices"), "json", "", fault, `"devices": []`},
		"any other":        {nil, "json", "", fault, `"schema": "acfix.error/v1"`},
		"not writable":     {nil, "json", "", &os.PathError{Op: "open", Path: "runs.db", Err: os.ErrPermission}, `"local_fault"`},
		"text":             {nil, "text", "", fault, ""},
		"written before":   {nil, "json", "{}", fault, "{}"},
		"another failure":  {nil, "json", "", fmt.Errorf("no"), ""},
		"an interrupt too": {nil, "json", "", fmt.Errorf("%w: %w", remediate.ErrInterrupted, localfault.Err), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout bytes.Buffer
			a := &app{stdout: inTurn(&stdout), instead: test.instead, flags: commonFlags{output: test.format}}
			if test.written != "" {
				_, err := a.stdout.Write([]byte(test.written))
				require.NoError(t, err)
			}
			a.faultDocument(test.cause)
			if test.want == "" || test.want == test.written {
				assert.Equal(t, test.want, stdout.String())
				return
			}
			schema, _ := decode(t, stdout.String())["schema"].(string)
			requireFits(t, schema, stdout.String())
			assert.Contains(t, stdout.String(), test.want)
			assert.Contains(t, stdout.String(), `"code": "local_fault"`)
		})
	}
}

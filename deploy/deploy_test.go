// Package deploy holds no code: its tests keep the files to deploy with readable and hardened.
package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type object = map[string]any

// documents are those of a YAML file.
func documents(t *testing.T, path string) []object {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var all []object
	for {
		var document object
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err, path)
		all = append(all, document)
	}
}

func matching(t *testing.T, pattern string, least int) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), least, pattern)
	return paths
}

// at follows keys, and takes the first of each list.
func at(t *testing.T, value any, path string) any {
	t.Helper()
	for key := range strings.SplitSeq(path, ".") {
		if list, ok := value.([]any); ok {
			require.NotEmpty(t, list, path)
			value = list[0]
		}
		mapping, ok := value.(object)
		require.True(t, ok, "nothing at %q of %s", key, path)
		value = mapping[key]
	}
	return value
}

// podOf is the template of the pods that a document starts.
var podOf = map[string]string{
	"Deployment": "spec.template.spec",
	"CronJob":    "spec.jobTemplate.spec.template.spec",
}

// hardened is what every pod must say.
var hardened = map[string]any{
	"automountServiceAccountToken":                        false,
	"securityContext.runAsNonRoot":                        true,
	"securityContext.runAsUser":                           65532,
	"securityContext.seccompProfile.type":                 "RuntimeDefault",
	"containers.securityContext.allowPrivilegeEscalation": false,
	"containers.securityContext.readOnlyRootFilesystem":   true,
	"containers.securityContext.capabilities.drop":        []any{"ALL"},
	"terminationGracePeriodSeconds":                       1800,
}

func TestPodsAreHardened(t *testing.T) {
	t.Parallel()
	pods := map[string]any{}
	for _, path := range matching(t, "kubernetes/*.yaml", 5) {
		for _, document := range documents(t, path) {
			require.NotEmpty(t, document["apiVersion"], path)
			kind, _ := document["kind"].(string)
			name := at(t, document, "metadata.name").(string)
			if template, starts := podOf[kind]; starts {
				pods[name] = at(t, document, template)
			}
		}
	}
	require.Len(t, pods, 3)
	for name, pod := range pods {
		for path, want := range hardened {
			assert.Equal(t, want, at(t, pod, path), "%s: %s", name, path)
		}
		for _, path := range []string{"requests.cpu", "requests.memory", "limits.memory"} {
			assert.NotEmpty(t, at(t, pod, "containers.resources."+path), "%s: %s", name, path)
		}
		require.Len(t, at(t, pod, "containers"), 1, "the first container is all that is looked at")
		assert.Equal(t, "acfix", at(t, pod, "containers.envFrom.secretRef.name"))
	}
	serve := pods["acfix-serve"]
	assert.Equal(t, "/healthz", at(t, serve, "containers.livenessProbe.httpGet.path"))
	assert.Equal(t, "/readyz", at(t, serve, "containers.readinessProbe.httpGet.path"))
	assert.Contains(t, at(t, serve, "containers.args"), "--token-file", "it listens on more than loopback")
	worker := pods["acfix-worker"]
	assert.Equal(t, "/healthz", at(t, worker, "containers.livenessProbe.httpGet.path"))
	assert.Equal(t, "/readyz", at(t, worker, "containers.readinessProbe.httpGet.path"))
	assert.Contains(t, at(t, worker, "containers.args"), "--health-listen")
	for name, pod := range pods {
		assert.Equal(t, "acfix@DIGEST", at(t, pod, "containers.image"), "%s: no tag, which can be moved, and no digest that is not yours", name)
	}
}

// TestLongRunningPodsAreGuarded: by a budget for drains, and by a policy for both directions of the network.
func TestLongRunningPodsAreGuarded(t *testing.T) {
	t.Parallel()
	guarded := map[string]bool{}
	for _, path := range matching(t, "kubernetes/*.yaml", 6) {
		for _, document := range documents(t, path) {
			switch kind := document["kind"]; kind {
			case "PodDisruptionBudget":
				assert.Equal(t, 1, at(t, document, "spec.maxUnavailable"), "0 would block every drain")
				guarded[kind.(string)+" "+at(t, document, "spec.selector.matchLabels.app").(string)] = true
			case "NetworkPolicy":
				assert.Equal(t, []any{"Ingress", "Egress"}, at(t, document, "spec.policyTypes"))
				guarded[kind.(string)+" "+at(t, document, "spec.podSelector.matchLabels.app").(string)] = true
			}
		}
	}
	assert.Equal(t, map[string]bool{
		"PodDisruptionBudget acfix-serve": true, "PodDisruptionBudget acfix-worker": true,
		"NetworkPolicy acfix-serve": true, "NetworkPolicy acfix-worker": true,
	}, guarded)
}

// A CronJob must neither run beside itself, nor again, nor late.
func TestTheCronJobRunsOnce(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t, "kubernetes/cronjob.yaml") {
		if document["kind"] != "CronJob" {
			continue
		}
		assert.Equal(t, "Forbid", at(t, document, "spec.concurrencyPolicy"))
		assert.Equal(t, 0, at(t, document, "spec.jobTemplate.spec.backoffLimit"))
		assert.Equal(t, "Never", at(t, document, "spec.jobTemplate.spec.template.spec.restartPolicy"))
		assert.NotEmpty(t, at(t, document, "spec.startingDeadlineSeconds"))
		assert.NotEmpty(t, at(t, document, "spec.timeZone"))
		return
	}
	t.Fatal("there is no CronJob")
}

func TestNoSecretIsInTheFiles(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t, "kubernetes/secret.yaml") {
		for name, value := range document["stringData"].(object) {
			assert.Contains(t, value, "CHANGE-ME", name)
		}
	}
}

func TestJobsAndInventoryCanBeRead(t *testing.T) {
	t.Parallel()
	listed, err := os.ReadFile("jobs.yaml")
	require.NoError(t, err)
	file, err := jobs.Parse(listed, "")
	require.NoError(t, err)
	config := documents(t, "kubernetes/config.yaml")[0]["data"].(object)
	assert.Equal(t, string(listed), config["jobs.yaml"])
	_, err = inventory.Parse([]byte(config["inventory.yaml"].(string)), inventory.YAML, inventory.Rules{
		Address: func(text string) (string, error) { return text, nil },
	})
	require.NoError(t, err)
	example, err := os.ReadFile("inventory.yaml")
	require.NoError(t, err)
	_, err = inventory.Parse(example, inventory.YAML, inventory.Rules{
		Address: func(text string) (string, error) { return text, nil },
	})
	require.NoError(t, err)
	_, known := file.Job("nightly-plan")
	assert.True(t, known, "the CronJob's job")
}

// unit are the values of a unit file by section and key.
func unit(t *testing.T, path string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	found, section := map[string][]string{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		key, value, assigns := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = line
		default:
			require.True(t, assigns && section != "", "%s: %q", path, line)
			found[section+key] = append(found[section+key], value)
		}
	}
	return found
}

// sandbox is what every service must say; systemd-analyze rates the rest (README.md).
var sandbox = map[string]string{
	"User": "acfix", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "",
	"ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "PrivateUsers": "yes",
	"ProtectClock": "yes", "ProtectControlGroups": "yes", "ProtectHostname": "yes", "ProtectKernelLogs": "yes",
	"ProtectKernelModules": "yes", "ProtectKernelTunables": "yes", "ProtectProc": "invisible",
	"LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "RestrictNamespaces": "yes", "RestrictRealtime": "yes",
	"RestrictSUIDSGID": "yes", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "SystemCallArchitectures": "native",
	"StateDirectory": "acfix", "StateDirectoryMode": "0700", "UMask": "0077", "KillMode": "mixed",
}

func TestServicesAreHardened(t *testing.T) {
	t.Parallel()
	for _, path := range matching(t, "systemd/*.service", 2) {
		found := unit(t, path)
		for key, want := range sandbox {
			assert.Equal(t, []string{want}, found["[Service]"+key], "%s: %s", path, key)
		}
		assert.Contains(t, found["[Service]SystemCallFilter"], "@system-service", path)
		require.Len(t, found["[Service]ExecStart"], 1, path)
		assert.True(t, strings.HasPrefix(found["[Service]ExecStart"][0], "/usr/local/bin/acfix "), path)
	}
	serve := unit(t, "systemd/acfix-serve.service")
	assert.Contains(t, serve["[Service]ExecStart"][0], " --listen unix:/run/acfix/acfix.sock", "not every user of the machine")
	assert.NotContains(t, serve["[Service]ExecStart"][0], "--view-without-login")
	assert.Equal(t, []string{"acfix"}, serve["[Service]RuntimeDirectory"])
	assert.Equal(t, []string{"0750"}, serve["[Service]RuntimeDirectoryMode"])
	timer := unit(t, "systemd/acfix-job@.timer")
	assert.Equal(t, []string{"no"}, timer["[Timer]Persistent"], "a missed apply is not made up")
	require.Len(t, timer["[Timer]OnCalendar"], 1)
}

func TestTheImageHasNoShellAndNoRoot(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	assert.Contains(t, string(data), "\nARG GO_IMAGE\nFROM ${GO_IMAGE} AS build\n", "by digest: no tag of ours, and no default")
	_, image, found := strings.Cut(string(data), "\nFROM scratch\n")
	require.True(t, found)
	assert.Contains(t, string(data), "CGO_ENABLED=0 go build")
	assert.Contains(t, image, "\nUSER 65532:65532\n")
	assert.Contains(t, image, "/etc/ssl/certs/ca-certificates.crt")
	assert.Contains(t, image, `ENTRYPOINT ["/acfix"]`)
	assert.NotContains(t, image, "\nRUN ")
	assert.NotContains(t, image, "\nFROM ")
}

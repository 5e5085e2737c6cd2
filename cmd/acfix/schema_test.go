package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const schemaFolder = "../../docs/schema"

// schemas are the published schemas by the value of a document's key "schema".
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	files, err := filepath.Glob(filepath.Join(schemaFolder, "*"+schemaEnding))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := addSchema(compiler, file); err != nil {
			return nil, err
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, file := range files {
		if compiled[documentOfSchema(file)], err = compiler.Compile(published + filepath.Base(file)); err != nil {
			return nil, err
		}
	}
	return compiled, nil
})

const schemaEnding = ".schema.json"

// documentOfSchema is what stands in the key "schema" of the documents of a file such as plan.v1.schema.json.
func documentOfSchema(file string) string {
	name, version, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), schemaEnding), ".")
	return "acfix." + name + "/" + version
}

// published is where schemas say they are; they refer to each other there.
const published = "https://github.com/acfix/acfix/docs/schema/"

func addSchema(compiler *jsonschema.Compiler, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return compiler.AddResource(published+filepath.Base(file), document)
}

// fits validates a document against the published schema that its first key names; nil
// where there is none for it.
func fits(t *testing.T, text string) error {
	t.Helper()
	compiled, err := schemas()
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err, "%s", text)
	object, _ := document.(map[string]any)
	name, _ := object["schema"].(string)
	schema := compiled[name]
	if schema == nil {
		return nil
	}
	return schema.Validate(document)
}

// requireFits is for everything that a command prints with "-o json".
func requireFits(t *testing.T, schema, text string) {
	t.Helper()
	compiled, err := schemas()
	require.NoError(t, err)
	require.Contains(t, compiled, schema, "it is published")
	require.Contains(t, text, `"schema": "`+schema+`"`)
	require.NoError(t, fits(t, text), "%s", text)
}

// schemasOfYAML are the schemas of files without a key "schema", each with what it is for.
var schemasOfYAML = map[string]string{"acfix.policy_file/v1": "policies are written by hand, as YAML"}

// TestEveryDocumentHasASchema: whatever the sources call a document has its file in docs/schema, and no other file
// is there.
func TestEveryDocumentHasASchema(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(schemaFolder, "*"+schemaEnding))
	require.NoError(t, err)
	var have []string
	for _, file := range files {
		if schema := documentOfSchema(file); schemasOfYAML[schema] == "" {
			have = append(have, schema)
		}
	}
	assert.ElementsMatch(t, documentsOfTheSources(t), have, "A: the sources; B: docs/schema")
}

// documentsOfTheSources are the names of documents in string literals of the sources, each once.
func documentsOfTheSources(t *testing.T) (names []string) {
	t.Helper()
	literal := regexp.MustCompile(`"(acfix\.[a-z_-]+/v[0-9]+)"`)
	for _, folder := range []string{"certs", "cmd", "internal", "remediate"} {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range literal.FindAllSubmatch(text, -1) {
				names = append(names, string(found[1]))
			}
			return err
		})
		require.NoError(t, err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

type change = func(*mockdevice.Device)

var (
	asItIs     change = func(*mockdevice.Device) {}
	onDefault  change = func(d *mockdevice.Device) { d.SetCell("ProxySet", 1, "TLSContextName", "default") }
	withoutTLS change = func(d *mockdevice.Device) {
		d.SetCell("SIPInterface", 1, "TLSMutualAuthentication", "0")
		d.SetParam("VERIFYSERVERCERTIFICATE", "0")
	}
)

// faulty makes a device misbehave by a rule (mockdevice.ParseFault).
func faulty(t *testing.T, rule string) change {
	t.Helper()
	fault, err := mockdevice.ParseFault(rule)
	require.NoError(t, err)
	return func(d *mockdevice.Device) { d.AddFault(fault) }
}

func TestEveryPlanFitsItsSchema(t *testing.T) {
	t.Parallel()
	for verdict, test := range map[string]struct {
		preset string
		change change
		before []string
	}{
		"change":         {"7.4.500", asItIs, nil},
		"compliant":      {"7.4.604", asItIs, []string{"apply", "--yes"}},
		"blocked":        {"7.2", onDefault, nil},
		"not_applicable": {"7.4.500", withoutTLS, nil},
		"error":          {"7.6", faulty(t, "GET /status html"), nil},
	} {
		t.Run(verdict, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, test.preset, "")
			test.change(d.device)
			if test.before != nil {
				require.Equal(t, exitDone, d.run(test.before...))
			}
			d.stdout.Reset()
			d.run("plan", "-o", "json")
			requireFits(t, "acfix.plan/v1", d.stdout.String())
			assert.Equal(t, verdict, first(t, decode(t, d.stdout.String()), "devices", "verdict"))
		})
	}
}

func TestEveryResultFitsItsSchema(t *testing.T) {
	t.Parallel()
	apply := []string{"apply", "--yes", "-o", "json"}
	for name, test := range map[string]struct {
		status    string
		change    change
		before    []string
		arguments []string
	}{
		"applied":        {"applied", asItIs, nil, apply},
		"unchanged":      {"unchanged", asItIs, []string{"apply", "--yes"}, apply},
		"planned":        {"planned", asItIs, nil, []string{"apply", "--dry-run", "-o", "json"}},
		"nothing to do":  {"unchanged", asItIs, []string{"apply", "--yes"}, []string{"apply", "--dry-run", "-o", "json"}},
		"blocked":        {"blocked", onDefault, nil, apply},
		"not applicable": {"not_applicable", withoutTLS, nil, apply},
		"unreadable":     {"failed", faulty(t, "GET /status html"), nil, apply},
		"not verified":   {"failed", faulty(t, "PUT /files/tls/1/trustedRoot/incremental ignore"), nil, apply},
		"rejected":       {"failed", faulty(t, "PUT /files/ini/incremental status=400"), nil, apply},
		"rolled back":    {"rolled_back", faulty(t, "PUT /files/ini/incremental count=1 damage-cell"), nil, apply},
		"declined":       {"skipped", asItIs, nil, []string{"apply", "-o", "json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "no\n")
			test.change(d.device)
			if test.before != nil {
				require.Equal(t, exitDone, d.run(test.before...))
			}
			d.stdout.Reset()
			d.run(test.arguments...)
			requireFits(t, "acfix.result/v1", d.stdout.String())
			assert.Equal(t, test.status, first(t, decode(t, d.stdout.String()), "devices", "status"), "%s", d.stdout.String())
		})
	}
}

// TestSavedPlansAndWhatBecomesOfThemFit: the file has more keys than the document, and a
// plan that no longer fits is stale.
func TestSavedPlansAndWhatBecomesOfThemFit(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	file := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, exitDone, d.run("plan", "-o", "json", "--out", file))
	requireFits(t, "acfix.plan/v1", d.stdout.String())
	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	requireFits(t, "acfix.plan/v1", string(saved))
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"show", file, "-o", "json"}))
	requireFits(t, "acfix.plan/v1", d.stdout.String())

	d.device.SetCell("TLSContexts", 1, "TLSVersion", "4")
	d.stdout.Reset()
	require.Equal(t, exitStale, d.app.run([]string{"apply", file, "--yes", "-o", "json", "--pin", d.target[2]}), "%s", d.stderr.String())
	requireFits(t, "acfix.result/v1", d.stdout.String())
	assert.Equal(t, "stale", first(t, decode(t, d.stdout.String()), "devices", "status"))
}

func TestBackupAndRestoreFitTheirSchemas(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	require.Equal(t, exitDone, d.run("backup", "-o", "json", "--dir", t.TempDir()))
	requireFits(t, "acfix.backup/v1", d.stdout.String())
	d.stdout.Reset()
	require.Equal(t, exitDone, d.run("apply", "--yes", "-o", "json"))
	kept := first(t, decode(t, d.stdout.String()), "devices", "backup").(string)
	for _, arguments := range [][]string{{"--dry-run"}, {"--yes", "--confirm-serial", "5740500"}, {"--dry-run"}} {
		d.stdout.Reset()
		d.app.run(append([]string{"restore", kept, "-o", "json", "--pin", d.target[2]}, arguments...))
		requireFits(t, "acfix.result/v1", d.stdout.String())
	}

	broken := newTestApp(t, "7.4.500", "")
	faulty(t, "GET /files/ini status=403")(broken.device)
	require.Equal(t, exitFailed, broken.run("backup", "-o", "json"))
	requireFits(t, "acfix.backup/v1", broken.stdout.String())
}

func TestEveryExaminationFitsItsSchema(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{"examined": "GET /nothing html", "not examined": "GET /status html", "forbidden": "GET /files/ini status=403"} {
		d := newTestApp(t, "7.4.500", "")
		faulty(t, fault)(d.device)
		d.run("doctor", "-o", "json", "--bundle", filepath.Join(t.TempDir(), "report.zip"))
		requireFits(t, "acfix.doctor/v1", d.stdout.String())
		assert.Equal(t, name == "examined", decode(t, d.stdout.String())["error"] == nil, name)
	}
}

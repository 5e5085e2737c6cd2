package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range []string{"plan", "result", "backup", "doctor"} {
		schema, err := compiler.Compile(filepath.Join(schemaFolder, name+".v1.schema.json"))
		if err != nil {
			return nil, err
		}
		compiled["acfix."+name+"/v1"] = schema
	}
	return compiled, nil
})

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
	require.Contains(t, text, `"schema": "`+schema+`"`)
	require.NoError(t, fits(t, text), "%s", text)
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
			d := newDesk(t, test.preset, "")
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
			d := newDesk(t, "7.4.500", "no\n")
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
	d := newDesk(t, "7.4.500", "")
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
	d := newDesk(t, "7.4.500", "")
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

	broken := newDesk(t, "7.4.500", "")
	faulty(t, "GET /files/ini status=403")(broken.device)
	require.Equal(t, exitFailed, broken.run("backup", "-o", "json"))
	requireFits(t, "acfix.backup/v1", broken.stdout.String())
}

func TestEveryExaminationFitsItsSchema(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{"examined": "GET /nothing html", "not examined": "GET /status html", "forbidden": "GET /files/ini status=403"} {
		d := newDesk(t, "7.4.500", "")
		faulty(t, fault)(d.device)
		d.run("doctor", "-o", "json", "--bundle", filepath.Join(t.TempDir(), "report.zip"))
		requireFits(t, "acfix.doctor/v1", d.stdout.String())
		assert.Equal(t, name == "examined", decode(t, d.stdout.String())["error"] == nil, name)
	}
}

// TestTheSchemasRefuseWhatIsWrong takes good documents and breaks them, one place at a time.
func TestTheSchemasRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	for name, arguments := range map[string][]string{
		"plan": {"plan", "-o", "json"}, "backup": {"backup", "-o", "json"}, "doctor": {"doctor", "-o", "json"}, "result": {"apply", "--yes", "-o", "json"},
	} {
		d := newDesk(t, "7.4.500", "")
		require.Equal(t, exitDone, d.run(arguments...))
		documents[name] = d.stdout.String()
		requireFits(t, "acfix."+name+"/v1", d.stdout.String())
	}
	for name, test := range map[string]struct {
		document string
		path     []any
		value    any // nil for null; remove takes the key away
	}{
		"wrong verdict":              {"plan", []any{"devices", 0, "verdict"}, "fine"},
		"verdict without its steps":  {"plan", []any{"devices", 0, "verdict"}, "compliant"},
		"null devices":               {"plan", []any{"devices"}, nil},
		"null teams":                 {"plan", []any{"devices", 0, "teams"}, nil},
		"null contexts":              {"plan", []any{"devices", 0, "contexts"}, nil},
		"null roots":                 {"plan", []any{"devices", 0, "contexts", 0, "roots"}, nil},
		"null steps":                 {"plan", []any{"devices", 0, "steps"}, nil},
		"null findings":              {"plan", []any{"devices", 0, "findings"}, nil},
		"no digest":                  {"plan", []any{"devices", 0, "digest"}, ""},
		"root with colons":           {"plan", []any{"devices", 0, "contexts", 0, "roots", 0, "sha256"}, "01:8e"},
		"root in capitals":           {"plan", []any{"devices", 0, "contexts", 0, "roots", 0, "sha256"}, strings.Repeat("A", 64)},
		"wrong state":                {"plan", []any{"devices", 0, "contexts", 0, "roots", 0, "state"}, "there"},
		"wrong step":                 {"plan", []any{"devices", 0, "steps", 0, "kind"}, "reset"},
		"a restore's step in a plan": {"plan", []any{"devices", 0, "steps", 0, "kind"}, "remove_root"},
		"wrong level":                {"plan", []any{"devices", 0, "findings", 0, "level"}, "fatal"},
		"wrong switch":               {"plan", []any{"devices", 0, "contexts", 0, "use_default_ca_bundle"}, "off"},
		"wrong mutual TLS":           {"plan", []any{"devices", 0, "teams", 0, "mutual_tls"}, true},
		"wrong date":                 {"plan", []any{"created"}, "yesterday"},
		"wrong count":                {"plan", []any{"summary", "change"}, -1},
		"no summary of a verdict":    {"plan", []any{"summary", "error"}, remove{}},
		"no hint":                    {"plan", []any{"devices", 0, "findings", 0, "hint"}, remove{}},
		"no url":                     {"plan", []any{"devices", 0, "url"}, remove{}},
		"unknown error code":         {"plan", []any{"devices", 0, "error"}, map[string]any{"code": "oops", "message": "m", "hint": "h"}},
		"wrong status":               {"result", []any{"devices", 0, "status"}, "ok"},
		"failed without an error":    {"result", []any{"devices", 0, "status"}, "failed"},
		"wrong status of a step":     {"result", []any{"devices", 0, "steps", 0, "status"}, "ok"},
		"null left on device":        {"result", []any{"devices", 0, "left_on_device"}, nil},
		"dry run as a text":          {"result", []any{"dry_run"}, "false"},
		"no run":                     {"result", []any{"run"}, remove{}},
		"done without a backup":      {"backup", []any{"devices", 0, "backup"}, ""},
		"wrong backup status":        {"backup", []any{"devices", 0, "status"}, "ok"},
		"wrong result":               {"doctor", []any{"checks", 0, "result"}, "maybe"},
		"null checks":                {"doctor", []any{"checks"}, nil},
		"null offered":               {"doctor", []any{"connection", "offered"}, nil},
		"check without a number":     {"doctor", []any{"checks", 0, "number"}, remove{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var document any
			require.NoError(t, json.Unmarshal([]byte(documents[test.document]), &document))
			text, err := json.Marshal(put(t, document, test.path, test.value))
			require.NoError(t, err)
			assert.Error(t, fits(t, string(text)))
		})
	}
}

// remove stands for a key that is taken away.
type remove struct{}

// put changes one place of a document.
func put(t *testing.T, document any, path []any, value any) any {
	t.Helper()
	if len(path) == 0 {
		return value
	}
	switch key := path[0].(type) {
	case string:
		object := document.(map[string]any)
		require.Contains(t, object, key)
		if _, gone := value.(remove); gone && len(path) == 1 {
			delete(object, key)
			return object
		}
		object[key] = put(t, object[key], path[1:], value)
	case int:
		list := document.([]any)
		require.Greater(t, len(list), key)
		list[key] = put(t, list[key], path[1:], value)
	}
	return document
}

func TestMoreKeysAreAllowed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "7.4.500", "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	more := strings.Replace(d.stdout.String(), `"verdict"`, `"tomorrow": [null], "verdict"`, 1)
	assert.NoError(t, fits(t, more))
}

// constants are the values of the constants of a type in package remediate, as written.
func constants(t *testing.T, kind, prefix string) []string {
	t.Helper()
	paths, err := filepath.Glob("../../remediate/*.go")
	require.NoError(t, err)
	var values []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
				return true
			}
			literal, isLiteral := spec.Values[0].(*ast.BasicLit)
			name, isNamed := spec.Type.(*ast.Ident)
			if isLiteral && literal.Kind == token.STRING && (kind == "" && spec.Type == nil || isNamed && name.Name == kind) {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				values = append(values, value)
			}
			return true
		})
	}
	slices.Sort(values)
	return values
}

// TestTheSchemasListEveryWord compares the enumerations with the constants: a new word is
// published before it is printed.
func TestTheSchemasListEveryWord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema       string
		path         []any
		kind, prefix string
	}{
		{"plan", []any{"$defs", "device", "properties", "verdict"}, "Verdict", ""},
		{"plan", []any{"$defs", "context", "properties", "roots", "items", "properties", "state"}, "RootState", ""},
		{"plan", []any{"$defs", "finding", "properties", "level"}, "Level", ""},
		{"plan", []any{"$defs", "device", "properties", "teams", "items", "properties", "mutual_tls"}, "Mutual", ""},
		{"plan", []any{"$defs", "failure", "properties", "code"}, "", "Code"},
		{"result", []any{"$defs", "device", "properties", "status"}, "Status", ""},
		{"result", []any{"$defs", "step", "properties", "kind"}, "StepKind", ""},
		{"result", []any{"$defs", "step", "properties", "status"}, "StepStatus", ""},
		{"result", []any{"$defs", "finding", "properties", "level"}, "Level", ""},
		{"result", []any{"$defs", "failure", "properties", "code"}, "", "Code"},
		{"backup", []any{"$defs", "failure", "properties", "code"}, "", "Code"},
		{"doctor", []any{"$defs", "failure", "properties", "code"}, "", "Code"},
	} {
		text, err := os.ReadFile(filepath.Join(schemaFolder, test.schema+".v1.schema.json"))
		require.NoError(t, err)
		var place any
		require.NoError(t, json.Unmarshal(text, &place))
		for _, key := range test.path {
			place = place.(map[string]any)[key.(string)]
		}
		var listed []string
		for _, value := range place.(map[string]any)["enum"].([]any) {
			listed = append(listed, value.(string))
		}
		slices.Sort(listed)
		assert.Equal(t, constants(t, test.kind, test.prefix), listed, "%s %v", test.schema, test.path)
	}
}

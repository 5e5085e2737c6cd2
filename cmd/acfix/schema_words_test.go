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
	"testing"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheSchemasRefuseWhatIsWrong takes good documents and breaks them, one place at a time.
func TestTheSchemasRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	for name, arguments := range map[string][]string{
		"plan": {"plan", "-o", "json"}, "backup": {"backup", "-o", "json"}, "doctor": {"doctor", "-o", "json"}, "result": {"apply", "--yes", "-o", "json"},
	} {
		d := newTestApp(t, "7.4.500", "")
		require.Equal(t, exitDone, d.run(arguments...))
		documents[name] = d.stdout.String()
		requireFits(t, "acfix."+name+"/v1", d.stdout.String())
	}
	fleet := newDepot(t, alike(2))
	lines := strings.Split(fleet.acfix(exitDone, "apply", "--yes", "-i", fleet.inventory, "-o", "jsonl"), "\n")
	documents["event"], documents["planned"], documents["run ended"] = lines[0], line(t, lines, `"event":"planned"`), line(t, lines, `"event":"run_ended"`)
	documents["jobs"] = newScheduled(t, "plan").list()
	documents["history"] = fleet.acfix(exitDone, "history", "-o", "json")
	for name, test := range map[string]struct {
		document string
		path     []any
		value    any // nil for null; remove takes the key away
	}{
		"unknown event":              {"event", []any{"event"}, "something"},
		"unknown phase":              {"event", []any{"phase"}, "rest"},
		"event without a run":        {"event", []any{"run"}, ""},
		"event without a time":       {"event", []any{"time"}, remove{}},
		"planned without a plan":     {"planned", []any{"plan"}, remove{}},
		"planned without a target":   {"planned", []any{"target"}, remove{}},
		"planned with a wrong plan":  {"planned", []any{"plan", "verdict"}, "fine"},
		"skipped as a text":          {"planned", []any{"plan", "skipped"}, "no"},
		"end without a summary":      {"run ended", []any{"summary"}, remove{}},
		"end with half a device":     {"run ended", []any{"summary", "applied"}, 0.5},
		"history without runs":       {"history", []any{"runs"}, nil},
		"run without an id":          {"history", []any{"runs", 0, "id"}, ""},
		"wrong exit code":            {"history", []any{"runs", 0, "exit"}, "0"},
		"run without a beginning":    {"history", []any{"runs", 0, "created"}, "today"},
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
		"wrong action of a job":      {"jobs", []any{"jobs", 0, "action"}, "delete"},
		"next of a job as null":      {"jobs", []any{"jobs", 0, "next"}, nil},
		"schedule without its next":  {"jobs", []any{"jobs", 0, "next"}, ""},
		"no job":                     {"jobs", []any{"jobs"}, []any{}},
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

// line is the first that holds a text.
func line(t *testing.T, lines []string, text string) string {
	t.Helper()
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, text) })
	require.GreaterOrEqual(t, at, 0, text)
	return lines[at]
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
	d := newTestApp(t, "7.4.500", "")
	require.Equal(t, exitDone, d.run("plan", "-o", "json"))
	more := strings.Replace(d.stdout.String(), `"verdict"`, `"tomorrow": [null], "verdict"`, 1)
	assert.NoError(t, fits(t, more))
}

// constants are the values of the constants of a type in a package, as written.
func constants(t *testing.T, folder, kind, prefix string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
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
	ofRuns := constants(t, "internal/fleet/run", "", "Code")
	require.Contains(t, ofRuns, run.CodeBudget)
	for _, test := range []struct {
		schema       string
		path         []any
		kind, prefix string
		more         []string // words that package remediate does not know
	}{
		{"plan", []any{"$defs", "device", "properties", "verdict"}, "Verdict", "", nil},
		{"plan", []any{"$defs", "context", "properties", "roots", "items", "properties", "state"}, "RootState", "", nil},
		{"plan", []any{"$defs", "finding", "properties", "level"}, "Level", "", nil},
		{"plan", []any{"$defs", "device", "properties", "teams", "items", "properties", "mutual_tls"}, "Mutual", "", nil},
		{"plan", []any{"$defs", "failure", "properties", "code"}, "", "Code", ofRuns},
		{"result", []any{"$defs", "device", "properties", "status"}, "Status", "", nil},
		{"result", []any{"$defs", "step", "properties", "kind"}, "StepKind", "", nil},
		{"result", []any{"$defs", "step", "properties", "status"}, "StepStatus", "", nil},
		{"result", []any{"$defs", "finding", "properties", "level"}, "Level", "", nil},
		{"result", []any{"$defs", "failure", "properties", "code"}, "", "Code", ofRuns},
		{"backup", []any{"$defs", "failure", "properties", "code"}, "", "Code", nil},
		{"doctor", []any{"$defs", "failure", "properties", "code"}, "", "Code", nil},
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
		assert.ElementsMatch(t, append(constants(t, "remediate", test.kind, test.prefix), test.more...), listed, "%s %v", test.schema, test.path)
	}
}

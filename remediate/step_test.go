package remediate

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryKindOfStepIsKnownEverywhere fails if code or a schema that must handle a declared kind of step does not.
func TestEveryKindOfStepIsKnownEverywhere(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, declaredKinds(t), StepKinds(), "each constant needs its row in stepKinds")
	var plannable, all []string
	for _, kind := range StepKinds() {
		all = append(all, string(kind))
		_, applies := applySteps[kind]
		_, restores := restoreSteps[kind]
		if applies {
			plannable = append(plannable, string(kind))
		}
		assert.True(t, applies || restores, "%s: neither applySteps nor restoreSteps carries it out", kind)
		inWords := Step{Kind: kind, Context: new(1), Root: "ROOT"}.String()
		for _, words := range []string{inWords, kind.Counted(1), kind.Counted(2)} {
			assert.Contains(t, words, " ", "%s: stepKinds has no words for it", kind)
			assert.NotContains(t, words, "{", kind)
		}
		if opposite, isSwitch := kind.Opposite(); isSwitch {
			back, _ := opposite.Opposite()
			assert.Equal(t, kind, back)
		}
		if kind.Changes() {
			assert.Contains(t, inWords, "TLS Context 1", "%s: its words don't say where", kind)
			checkExplained(t, kind)
		}
	}
	assert.ElementsMatch(t, plannable, enumeratedKinds(t, "plan"), "docs/schema/plan.v1.schema.json")
	assert.ElementsMatch(t, all, enumeratedKinds(t, "result"), "docs/schema/result.v1.schema.json")
}

// changed is what each kind of step changes in the baseline of a device.
var changed = map[StepKind]struct{ key, before, after string }{
	StepEnableBundle:  {keySwitch + "1", "0", "1"},
	StepDisableBundle: {keySwitch + "1", "1", "0"},
	StepImportRoot:    {keyRoots + "1", "read", "read ab"},
	StepRemoveRoot:    {keyRoots + "1", "read ab", "read"},
}

// checkExplained checks that Earlier tells an earlier run's change from an administrator's.
func checkExplained(t *testing.T, kind StepKind) {
	t.Helper()
	example, known := changed[kind]
	require.True(t, known, "%s: the table changed says nothing about it", kind)
	before, after := Baseline{example.key: example.before}, Baseline{example.key: example.after}
	ours := Earlier{Unsaved: []OwnChange{{Kind: kind, Context: 1, Root: "ab"}}}
	assert.Empty(t, ours.othersThan(before, after), "%s: Earlier takes it for an administrator's change", kind)
	assert.NotEmpty(t, Earlier{}.othersThan(before, after), kind)
	for other := range changed {
		if other != kind {
			notOurs := Earlier{Unsaved: []OwnChange{{Kind: other, Context: 1, Root: "ab"}}}
			assert.NotEmpty(t, notOurs.othersThan(before, after), "%s is explained by %s", kind, other)
		}
	}
}

func TestWordsOfSteps(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "back up the device", Step{Kind: StepBackup}.String())
	assert.Equal(t, `switch "Use default CA Bundle" on in TLS Context 0`, Step{Kind: StepEnableBundle, Context: new(0)}.String())
	assert.Equal(t, "import DigiCert Global Root G2 into TLS Context 12",
		StepResult{Kind: StepImportRoot, Context: new(12), Root: "DigiCert Global Root G2"}.String())
	assert.Equal(t, "save to flash", Step{Kind: StepSave}.String())
	assert.Equal(t, "reboot", Step{Kind: "reboot", Context: new(1)}.String())
	assert.Equal(t, "reboot", StepKind("reboot").Counted(2))
}

// declaredKinds are the constants of type StepKind, as the source has them.
func declaredKinds(t *testing.T) []StepKind {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var kinds []StepKind
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				name, isNamed := spec.Type.(*ast.Ident)
				literal, isLiteral := spec.Values[0].(*ast.BasicLit)
				if isNamed && isLiteral && name.Name == "StepKind" {
					value, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					kinds = append(kinds, StepKind(value))
				}
			}
			return true
		})
	}
	return kinds
}

// enumeratedKinds are the kinds of steps that a schema allows.
func enumeratedKinds(t *testing.T, document string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "schema", document+".v1.schema.json"))
	require.NoError(t, err)
	var schema struct {
		Defs struct {
			Step struct {
				Properties struct{ Kind struct{ Enum []string } }
			}
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	return schema.Defs.Step.Properties.Kind.Enum
}

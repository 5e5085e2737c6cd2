package report_test

import (
	"encoding/csv"
	"encoding/xml"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func assertFits(t *testing.T, name string, text []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join("..", "..", "..", "docs", "schema", name+".v1.schema.json"))
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err, "%s", text)
	assert.NoError(t, schema.Validate(document), "%s", text)
}

func requireTerminalSafe(t *testing.T, text []byte) {
	t.Helper()
	raw := strings.IndexFunc(string(ownColors.ReplaceAll(text, nil)), func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
	})
	require.Negative(t, raw, "%q", text)
}

// foreignRun is a run in which every text is the given one.
func foreignRun(action, text string) (report.RunHead, []report.RunDevice) {
	var head report.RunHead
	fill(reflect.ValueOf(&head).Elem(), text, map[reflect.Type]bool{reflect.TypeOf(evening): true})
	head.Action, head.Created = action, evening
	var devices []report.RunDevice
	for i, status := range append(remediate.Statuses(), remediate.Status(text)) {
		var device report.RunDevice
		keep := map[reflect.Type]bool{reflect.TypeOf(evening): true}
		fill(reflect.ValueOf(&device).Elem(), text, keep)
		device.Position, device.Result.Status = i, status
		device.Plan.Verdict = append(remediate.Verdicts(), remediate.Verdict(text))[i%6]
		device.Plan.Contexts[0].Roots = roots(map[string]remediate.RootState{eccG5: remediate.RootState(text)})
		device.Plan.Findings[0].Level, device.Result.Findings[0].Level = remediate.Problem, remediate.Problem
		devices = append(devices, device)
	}
	return head, devices
}

var attacks = []string{
	hostile, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`</style><style>*{display:none}`, `{{.Title}}`, `]]><x/>`, `&lt;b&gt;&#x3c;script&#x3e;`, "=cmd|' /C calc'!A0", `+1;=2`, "\t=1", `-->`, "x\ufffe\uffffy",
}

func TestForeignTextIsHarmlessOnThePage(t *testing.T) {
	t.Parallel()
	skeleton := regexp.MustCompile(`<[^>]*>`)
	for _, action := range []string{"plan", "apply"} {
		head, devices := foreignRun(action, "harmless")
		wanted := skeleton.FindAllString(string(viewed(t, "html", head, devices)), -1)
		for _, attack := range attacks {
			head, devices := foreignRun(action, attack)
			head.Action = action
			text := viewed(t, "html", head, devices)
			requireTerminalSafe(t, text)
			got := skeleton.FindAllString(string(text), -1)
			require.Equal(t, wanted, got, "%q must not change a tag, an attribute or their number", attack)
		}
	}
}

func TestThePageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	text := string(viewed(t, "html", approvedHead(), appliedFleet()))
	for _, forbidden := range []string{"<script", "<link", "<img", "url(", "@import", "http:"} {
		assert.NotContains(t, text, forbidden)
	}
	for _, target := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, text, `id="`+strings.TrimPrefix(target[1], "#")+`"`, "every link leads somewhere on the page")
	}
	ids := regexp.MustCompile(`\bid="([^"]*)"`).FindAllString(text, -1)
	slices.Sort(ids)
	assert.Len(t, slices.Compact(slices.Clone(ids)), len(ids), "ids are unique")
	for _, named := range regexp.MustCompile(`aria-labelledby="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, text, `id="`+named[1]+`"`)
	}
}

func TestForeignTextIsHarmlessInEveryRunView(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"plan", "apply", "dry_run"} {
		for _, attack := range attacks {
			head, devices := foreignRun(action, attack)
			for _, view := range []string{"txt", "verbose.txt", "json", "junit.xml"} {
				requireTerminalSafe(t, viewed(t, view, head, devices))
			}
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	begins := regexp.MustCompile(`^[\s"]*[=+\-@\x{FF1D}]`)
	for _, attack := range append(attacks, "@x", "=1", "-1", "+1", "\uff1d1", "a;=1", `a|" @x`, "a\r\n=1", "  =1") {
		head, devices := foreignRun("apply", attack)
		text := string(viewed(t, "csv", head, devices))
		assert.Equal(t, len(devices)+1, strings.Count(text, "\r\n"), "no line ends in cells")
		assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll() // refuses lines of different lengths
		require.NoError(t, err)
		require.Len(t, lines, len(devices)+1)
		for _, separator := range []string{",", ";", "|", "\t"} {
			for _, cell := range strings.Split(strings.ReplaceAll(text, "\r\n", separator), separator) {
				assert.NotRegexp(t, begins, cell, "split at %q", separator)
			}
		}
	}
	for text, wanted := range map[string]string{
		"=1": "'=1", "sbc-01": "sbc-01", "a@b": "a@b", "a;=1": "a;'=1", "  -1": "  '-1", `"+1"`: `"'+1"`, "\t=1": "\uFFFD=1", "7.4.500": "7.4.500",
	} {
		device := report.RunDevice{Target: text}
		lines, err := csv.NewReader(strings.NewReader(string(viewed(t, "csv", runHead("apply"), []report.RunDevice{device})))).ReadAll()
		require.NoError(t, err)
		assert.Equal(t, wanted, lines[1][3])
	}
}

func TestRunDocumentsFitTheirSchemas(t *testing.T) {
	t.Parallel()
	assertFits(t, "plan", viewed(t, "json", runHead("plan"), withLists(plannedFleet())))
	assertFits(t, "plan", viewed(t, "json", runHead("plan"), nil))
	for _, action := range []string{"apply", "dry_run"} {
		assertFits(t, "result", viewed(t, "json", runHead(action), withLists(appliedFleet())))
		assertFits(t, "result", viewed(t, "json", runHead(action), nil))
	}
}

// withLists puts empty lists in the place of nil ones, as Build and Apply do.
func withLists(devices []report.RunDevice) []report.RunDevice {
	for i := range devices {
		emptyLists(reflect.ValueOf(&devices[i]).Elem())
	}
	return devices
}

func emptyLists(value reflect.Value) {
	switch {
	case value.Kind() == reflect.Struct && value.Type() != reflect.TypeOf(evening):
		for _, field := range value.Fields() {
			emptyLists(field)
		}
	case value.Kind() == reflect.Pointer && !value.IsNil():
		emptyLists(value.Elem())
	case value.Kind() == reflect.Slice && value.IsNil():
		value.Set(reflect.MakeSlice(value.Type(), 0, 0))
	}
}

// junit is what the readers of CI systems agree on (junit-10.xsd): the elements, their
// places, and the attributes that must be there.
type junit struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []struct {
		Name     string  `xml:"name,attr"`
		Tests    int     `xml:"tests,attr"`
		Failures int     `xml:"failures,attr"`
		Errors   int     `xml:"errors,attr"`
		Skipped  int     `xml:"skipped,attr"`
		Time     float64 `xml:"time,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Class   string `xml:"classname,attr"`
			Failure []flaw `xml:"failure"`
			Error   []flaw `xml:"error"`
			Skipped []flaw `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type flaw struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	wanted := map[string][]string{
		"plan":    {"", "failure change", "error error", "failure blocked", "failure change", "skipped not_applicable", "failure blocked", "skipped skipped", "skipped skipped"},
		"dry_run": {"", "failure planned", "error failed", "failure blocked", "failure planned", "skipped not_applicable", "failure blocked", "skipped skipped", "skipped skipped"},
		"apply": {"", "error failed", "failure rolled_back", "failure stale", "failure blocked", "", "skipped not_applicable",
			"error failed", "skipped skipped", "skipped skipped", "skipped skipped", "skipped skipped"},
	}
	for action, cases := range wanted {
		devices := plannedFleet()
		if action == "apply" {
			devices = appliedFleet()
		}
		got := readJUnit(t, viewed(t, "junit.xml", runHead(action), devices))
		var words []string
		for _, one := range got.Suites[0].Cases {
			word := ""
			for element, flaws := range map[string][]flaw{"failure": one.Failure, "error": one.Error, "skipped": one.Skipped} {
				for _, flaw := range flaws {
					word += element + " " + flaw.Type
					assert.NotEmpty(t, flaw.Message)
				}
			}
			words = append(words, word)
		}
		assert.Equal(t, cases, words, action)
	}
}

// readJUnit holds the counts to the cases.
func readJUnit(t *testing.T, text []byte) junit {
	t.Helper()
	var got junit
	require.NoError(t, xml.Unmarshal(text, &got), "%s", text)
	require.Len(t, got.Suites, 1)
	suite := got.Suites[0]
	failures, failed, skipped := 0, 0, 0
	for _, one := range suite.Cases {
		failures, failed, skipped = failures+len(one.Failure), failed+len(one.Error), skipped+len(one.Skipped)
		assert.NotEmpty(t, one.Name)
	}
	assert.Equal(t, []int{len(suite.Cases), failures, failed, skipped}, []int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped})
	assert.Equal(t, []int{suite.Tests, suite.Failures, suite.Errors}, []int{got.Tests, got.Failures, got.Errors})
	return got
}

func TestForeignTextStaysTextInJUnit(t *testing.T) {
	t.Parallel()
	for _, attack := range attacks {
		head, devices := foreignRun("apply", attack)
		text := viewed(t, "junit.xml", head, devices)
		assert.Len(t, readJUnit(t, text).Suites[0].Cases, len(devices))
		decoder := xml.NewDecoder(strings.NewReader(string(text)))
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			if start, ok := token.(xml.StartElement); ok {
				assert.Contains(t, []string{"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}, start.Name.Local)
			}
		}
	}
}

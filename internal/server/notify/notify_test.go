package notify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/remediate"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func count(status string, devices int) notify.Count {
	return notify.Count{Status: status, Devices: devices}
}

var failures = []notify.FailedDevice{{Device: "ams-1", Code: "unreachable"}, {Device: "nyc-2", Code: "not_verified"}}

var summaries = map[string]notify.Summary{
	"failed": {Run: "20260601-030000-ab12", Job: "nightly-apply", Action: "apply", State: "done", Link: "https://acfix.example.com/runs/1",
		Counts: []notify.Count{count("applied", 12), count("unchanged", 0), count("failed", 2)}, Failures: failures},
	"waiting": {Run: "20260601-030000-ab12", Job: "nightly-plan", Action: "plan", State: "waiting",
		Counts: []notify.Count{count("compliant", 40), count("change", 3)}},
	"quiet": {Run: "20260601-030000-ab12", Action: "plan", State: "done", Counts: []notify.Count{count("compliant", 40)}},
	"hostile": {Run: "<!channel>", Job: "*bold* [x](https://evil.example) <at>all</at>", Action: "<@U1>", State: "a\nb\u202ec", Link: "https://a.example/|<!here>",
		Counts:   []notify.Count{count("<https://evil.example|log in>", 1)},
		Failures: []notify.FailedDevice{{Device: "<!here> & {{DATE(2026-01-01T00:00:00Z)}}", Code: "`_~\"\\\x00\xff"}}},
	"many": {Run: "r", Job: "j", Action: "apply", State: "stopped", Counts: []notify.Count{count("failed", 25)}, Failures: many(25, "sbc", "timeout")},
}

func many(count int, device, code string) []notify.FailedDevice {
	var all []notify.FailedDevice
	for i := range count {
		all = append(all, notify.FailedDevice{Device: fmt.Sprintf("%s-%d", device, i+1), Code: code})
	}
	return all
}

// forms calls check for every summary in every form.
func forms(t *testing.T, check func(t *testing.T, name string, form notify.Form, body []byte)) {
	t.Helper()
	for name, summary := range summaries {
		for _, form := range notify.Forms() {
			t.Run(name+"/"+string(form), func(t *testing.T) {
				t.Parallel()
				body, err := notify.Body(form, summary)
				require.NoError(t, err)
				check(t, name, form, body)
			})
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, name string, form notify.Form, body []byte) {
		var text bytes.Buffer
		require.NoError(t, json.Indent(&text, body, "", "  "))
		text.WriteByte('\n')
		path := filepath.Join("testdata", name+"."+string(form)+".golden")
		if *update {
			require.NoError(t, os.WriteFile(path, text.Bytes(), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run: go test ./notify -update")
		assert.Equal(t, string(want), text.String())
	})
}

func TestThereIsNoOtherForm(t *testing.T) {
	t.Parallel()
	_, err := notify.Body("mail", notify.Summary{})
	assert.ErrorContains(t, err, `unknown form "mail"`)
}

// texts are all texts of a JSON document, with the type of the object that they are in.
func texts(value any, kind string, found map[string][]string) {
	switch value := value.(type) {
	case map[string]any:
		kind, _ := value["type"].(string)
		for _, inner := range value {
			texts(inner, kind, found)
		}
	case []any:
		for _, inner := range value {
			texts(inner, kind, found)
		}
	case string:
		found[kind] = append(found[kind], value)
	}
}

func textsOf(t *testing.T, form notify.Form, summary notify.Summary) map[string][]string {
	t.Helper()
	body, err := notify.Body(form, summary)
	require.NoError(t, err)
	var document any
	require.NoError(t, json.Unmarshal(body, &document))
	found := map[string][]string{}
	texts(document, "", found)
	return found
}

func TestForeignTextIsOnlyText(t *testing.T) {
	t.Parallel()
	hostile := summaries["hostile"]
	for kind, all := range textsOf(t, notify.Slack, hostile) {
		assert.Contains(t, []string{"", "header", "section", "plain_text"}, kind, "no element that knows markup")
		for _, text := range all {
			assert.NotContains(t, text, "<")
			assert.NotContains(t, text, ">")
		}
	}
	cards := textsOf(t, notify.Teams, hostile)
	assert.NotContains(t, cards, "TextBlock", "it knows Markdown")
	assert.NotContains(t, cards, "Action.OpenUrl", "the link is none")
	require.Contains(t, cards, "TextRun")
	for _, text := range cards["TextRun"] {
		assert.NotRegexp(t, `<at>|\{\{|\}\}`, text)
	}
	for _, form := range notify.Forms() {
		for _, all := range textsOf(t, form, hostile) {
			for _, text := range all {
				assert.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f\x{202e}]`, text)
				assert.True(t, utf8.ValidString(text))
			}
		}
	}
}

func TestOnlyPlainLinksAreLinks(t *testing.T) {
	t.Parallel()
	for link, kept := range map[string]bool{
		"https://acfix.example.com/runs/1?a=b&c=d": true,
		"http://127.0.0.1:8080/runs/1":             true,
		"":                                         false,
		"javascript:alert(1)":                      false,
		"https:///runs/1":                          false,
		"https://user:secret@acfix.example.com/":   false,
		"https://acfix.example.com/?q=|<!here>":    false,
		"https://acfix.example.com/\u202e":         false,
		"/runs/1":                                  false,
	} {
		summary := notify.Summary{Run: "r", Action: "plan", State: "done", Link: link}
		assert.Equal(t, kept, len(textsOf(t, notify.Teams, summary)["Action.OpenUrl"]) > 0, link)
		assert.Equal(t, kept, len(textsOf(t, notify.Slack, summary)["mrkdwn"]) > 0, link)
	}
}

// The longest texts still make a message that Teams (28 KB) and Slack take.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "&", "<", "\U0001F4DE"} {
		long := strings.Repeat(letter, 500)
		summary := notify.Summary{Run: long, Job: long, Action: long, State: long, Failures: many(5000, long, long)}
		for range 100 {
			summary.Counts = append(summary.Counts, count(long, 1))
		}
		body, err := notify.Body(notify.Teams, summary)
		require.NoError(t, err)
		assert.Less(t, len(body), 28<<10)
		checkSlack(t, summary)
	}
}

func checkSlack(t *testing.T, summary notify.Summary) {
	t.Helper()
	var message struct {
		Blocks []struct {
			Type string
			Text struct{ Text string }
		}
	}
	body, err := notify.Body(notify.Slack, summary)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(body, &message))
	assert.Less(t, len(message.Blocks), 50)
	for _, block := range message.Blocks {
		most := map[string]int{"header": 150, "section": 3000}[block.Type]
		assert.LessOrEqual(t, utf8.RuneCountInString(block.Text.Text), most)
		assert.NotEmpty(t, block.Text.Text)
	}
}

func TestPlainJSONFitsItsSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "..", "docs", "schema", "notification.v1.schema.json"))
	require.NoError(t, err)
	for name, summary := range summaries {
		body, err := notify.Body(notify.JSON, summary)
		require.NoError(t, err)
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		require.NoError(t, err)
		assert.NoError(t, schema.Validate(document), name)
	}
}

func TestOccasions(t *testing.T) {
	t.Parallel()
	state := func(state string) notify.Summary { return notify.Summary{State: state} }
	tests := map[string]struct {
		summary notify.Summary
		want    []notify.Occasion
	}{
		"nothing happened":       {notify.Summary{State: "done", Counts: []notify.Count{count("compliant", 1), count("change", 0)}}, nil},
		"changes are planned":    {notify.Summary{State: "done", Counts: []notify.Count{count("change", 1)}}, []notify.Occasion{notify.Changed}},
		"devices were changed":   {notify.Summary{State: "done", Counts: []notify.Count{count("applied", 1)}}, []notify.Occasion{notify.Changed}},
		"one failed, one didn't": {summaries["failed"], []notify.Occasion{notify.Failed, notify.Changed}},
		"a listed failure":       {notify.Summary{State: "done", Failures: failures}, []notify.Occasion{notify.Failed}},
		"a drifted device":       {notify.Summary{State: "done", Counts: []notify.Count{count("stale", 1)}}, []notify.Occasion{notify.Blocked}},
		"waits for approval":     {summaries["waiting"], []notify.Occasion{notify.Waiting, notify.Changed}},
		"the window closed":      {state("stopped"), []notify.Occasion{notify.Stopped}},
		"somebody pressed ^C":    {state("interrupted"), []notify.Occasion{notify.Stopped}},
		"the run failed":         {state("failed"), []notify.Occasion{notify.Failed}},
		"a state to come":        {state("confused"), []notify.Occasion{notify.Failed}},
		"no state":               {state(""), []notify.Occasion{notify.Failed}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, append(test.want, notify.Always), test.summary.Occasions())
			assert.True(t, test.summary.Wanted([]notify.Occasion{notify.Always}))
			assert.False(t, test.summary.Wanted(nil))
			for _, occasion := range notify.Usual() {
				assert.Equal(t, slices.Contains(test.want, occasion), test.summary.Wanted([]notify.Occasion{occasion}))
			}
		})
	}
}

// Every word of a result has a meaning here: one without would count as a failure.
func TestWordsOfResultsAreKnown(t *testing.T) {
	t.Parallel()
	for _, status := range remediate.Statuses() {
		failed := status == remediate.Failed || status == remediate.RolledBack
		summary := notify.Summary{State: "done", Counts: []notify.Count{count(string(status), 1)}}
		assert.Equal(t, failed, summary.Wanted([]notify.Occasion{notify.Failed}), status)
	}
	for _, verdict := range []remediate.Verdict{remediate.Compliant, remediate.Change, remediate.Blocked, remediate.NotApplicable, remediate.Errored} {
		summary := notify.Summary{State: "done", Counts: []notify.Count{count(string(verdict), 1)}}
		assert.Equal(t, verdict == remediate.Errored, summary.Wanted([]notify.Occasion{notify.Failed}), verdict)
	}
}

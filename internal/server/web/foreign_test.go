package web_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

var attacks = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)' x='`, `" autofocus onfocus="alert(1)`, `javascript:alert(1)`,
	`data:text/html,<script>alert(1)</script>`, `</style><style>*{display:none}`, `x}body{background:url(//evil.example)}`, `</title><base href=//evil.example>`,
	`{{.Form}}`, `</textarea></select></form><form action=//evil.example>`, `&lt;b&gt;&#x3c;script&#x3e;`, `--><svg/onload=alert(1)>`, `]]><x/>`, "//evil.example/", "/\\evil.example",
	"\x1b[31m\r\n\u202e\x00\x7f\u009b\u2028\u200b\xff", `%3Cscript%3E`, "a b&url=c#d?e=f",
}

// fill puts a text into every string below a value.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), text)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(evening))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	}
}

// foreignShelf has a text in every field that a device, an inventory or a person can fill.
func foreignShelf(text string) *fakeData {
	var row web.FleetRow
	fill(reflect.ValueOf(&row).Elem(), text)
	row.Roots = rows(1)[0].Roots
	row.Tone, row.ResultTone, row.Listed = "bad", "bad", true
	var device web.DeviceDetail
	fill(reflect.ValueOf(&device).Elem(), text)
	device.Head.ID, device.Head.Action, device.JournalError = "run", "plan", ""
	device.Device.Plan.Verdict, device.Device.Plan.Skipped = remediate.Change, false
	device.Device.Plan.Findings = append(device.Device.Plan.Findings, remediate.Finding{Code: "certificate_" + text, Message: text, Hint: text})
	device.Device.Plan.Contexts[0].Roots = nil
	device.History[0].Tone = "good"
	device.Known.ReadRun = "run"
	device.Reading.Plan.Contexts[0].Roots, device.Reading.Result = nil, nil
	result := report.RunDevice{}
	fill(reflect.ValueOf(&result).Elem(), text)
	result.Position, result.Result.Status = 0, remediate.Failed
	result.Plan.Contexts[0].Roots = nil
	head := device.Head
	head.Action, head.State = "apply", "waiting"
	var job web.JobDetail
	fill(reflect.ValueOf(&job).Elem(), text)
	job.Action, job.Last.ID, job.Last.Action, job.Busy = "apply", "run", "apply", false
	var deed web.AuditEntry
	fill(reflect.ValueOf(&deed).Elem(), text)
	var deeds []web.AuditEntry
	for _, kind := range []web.AuditKind{web.AuditApprove, web.AuditRunNow, web.AuditDownload, web.AuditKind(text)} {
		deed.Kind = kind
		deeds = append(deeds, deed)
	}
	return &fakeData{
		fleet: web.FleetState{AsOf: evening, Rows: []web.FleetRow{row}, Error: text, Deadline: text, Trend: []web.TrendPoint{{At: evening, Compliant: 1, Of: 2}}}, devices: map[string]web.DeviceDetail{"x": device, text: device},
		run:    web.RunDetail{Head: head, Devices: []web.RunRow{{Name: text, URL: text, Word: text, Tone: "bad", Wave: 1, Doing: text, Since: evening}, {Word: "waiting", Tone: "wait", Gravity: 2, Wave: 2}}, Pace: web.RunPace{Window: text, Until: evening}, Control: web.RunControl{Else: text}},
		detail: []report.RunDevice{result, {Position: 1, Target: text, URL: text}}, jobs: []web.JobDetail{job}, deeds: deeds,
	}
}

// skeleton is a page without its texts: elements, their attributes, and the values of those
// that could do something.
func skeleton(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var all []string
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		line := node.Data
		for _, attribute := range node.Attr {
			line += " " + attribute.Key
			switch attribute.Key {
			case "href", "src", "action":
				line += "=" + address(t, attribute.Val)
			case "class", "style", "id", "method", "type", "rel", "name":
				line += "=" + attribute.Val
			}
		}
		all = append(all, line)
	}
	return all
}

// address is where a link leads, without the values in its query.
func address(t *testing.T, text string) string {
	t.Helper()
	parsed, err := url.Parse(text)
	require.NoError(t, err, text)
	assert.Empty(t, parsed.Scheme+parsed.Host+parsed.Opaque, "every link stays here: %q", text)
	if strings.HasPrefix(parsed.Path, "/static/") {
		return parsed.Path
	}
	for key := range parsed.Query() {
		assert.Contains(t, []string{"q", "verdict", "firmware", "mutual", "root", "sort", "order", "view", "show", "result", "page", "url", "run", "job", "word", "wave", "group", "tag", "site", "reason", "device"}, key, text)
	}
	// What a run is called may be foreign; it is one part of a path, never a way out of it.
	parts := strings.Split(parsed.EscapedPath(), "/")
	if len(parts) > 2 && parts[1] == "runs" {
		parts[2] = "RUN"
	}
	return strings.Join(parts, "/")
}

func TestForeignTextIsHarmless(t *testing.T) {
	t.Parallel()
	pages := []string{
		"/", "/?view=roots", "/?group=TEXT&tag=TEXT&site=TEXT&job=TEXT&reason=TEXT", "/runs?device=TEXT&result=TEXT", "/runs/run?wave=1", "/?q=TEXT&verdict=TEXT&firmware=TEXT&mutual=TEXT", "/device?url=x", "/device?url=TEXT", "/runs", "/runs?job=TEXT&action=TEXT",
		"/runs/run", "/runs/run?word=TEXT", "/jobs", "/jobs?begun=TEXT", "/jobs/run?job=TEXT", "/record",
	}
	harmless := newSite(t, foreignShelf("harmless"), false)
	wanted := map[string][]string{}
	for _, page := range pages {
		wanted[page] = skeleton(t, harmless.get(strings.ReplaceAll(page, "TEXT", "harmless")).Body.String())
	}
	for _, attack := range attacks {
		s := newSite(t, foreignShelf(attack), false)
		for _, page := range pages {
			text := s.get(strings.ReplaceAll(page, "TEXT", url.QueryEscape(attack))).Body.String()
			require.Equal(t, wanted[page], skeleton(t, text), "%q on %s", attack, page)
			hidden := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) })
			require.Negative(t, hidden, "%q on %s", attack, page)
		}
	}
}

package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// RunJUnit writes a run as test results for continuous integration: a suite for the run, a case for each device. A
// device in order passes. Pending changes are failures of the type "change" or "planned", because a green build would
// claim that nothing is missing. A step that failed is an error; a refused or undone one is a failure. Skipped and
// not concerned devices are skipped.
func RunJUnit(w io.Writer, head RunHead, devices RunDevices) error {
	counted, err := head.tally(devices)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	suites, suite := head.junitSuite(counted)
	if err := tokens(encoder, suites, suite); err != nil {
		return err
	}
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		if err := encoder.Encode(head.junitCase(e)); err != nil {
			return err
		}
	}
	if err := tokens(encoder, suite.End(), suites.End()); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

func tokens(encoder *xml.Encoder, list ...xml.Token) error {
	for _, token := range list {
		if err := encoder.EncodeToken(token); err != nil {
			return err
		}
	}
	return encoder.Flush()
}

type junitCase struct {
	XMLName   xml.Name   `xml:"testcase"`
	Name      string     `xml:"name,attr"`
	ClassName string     `xml:"classname,attr"`
	Skipped   *junitFlaw `xml:"skipped"`
	Error     *junitFlaw `xml:"error"`
	Failure   *junitFlaw `xml:"failure"`
}

type junitFlaw struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junitElement is the element of a case; "" for a pass.
func junitElement(word string, g grade) string {
	switch remediate.Status(word) {
	case remediate.Stale, remediate.RolledBack:
		return "failure"
	}
	return [grades]string{
		gradeFailed: "error", gradeBlocked: "failure", gradePending: "failure",
		gradeSkipped: "skipped", gradeIdle: "skipped",
	}[g]
}

func (h RunHead) junitSuite(counted tally) (suites, suite xml.StartElement) {
	elements := map[string]int{}
	for _, total := range counted.totals {
		elements[junitElement(total.Word, total.Grade)] += total.Count
	}
	name := foreign.Clean("acfix " + h.title())
	counts := attributes("tests", strconv.Itoa(counted.devices),
		"failures", strconv.Itoa(elements["failure"]), "errors", strconv.Itoa(elements["error"]))
	suites = element("testsuites", append(attributes("name", name), counts...))
	all := append(attributes("name", name), counts...)
	all = append(all, attributes("skipped", strconv.Itoa(elements["skipped"]), "hostname", foreign.Clean(h.Host))...)
	if !h.Created.IsZero() {
		all = append(all, attributes("timestamp", h.Created.UTC().Format("2006-01-02T15:04:05"))...)
	}
	if !h.Ended.IsZero() && !h.Created.IsZero() {
		took := max(0, h.Ended.Sub(h.Created)).Round(time.Millisecond)
		all = append(all, attributes("time", fmt.Sprintf("%.3f", took.Seconds()))...)
	}
	return suites, element("testsuite", all)
}

func element(name string, list []xml.Attr) xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: name}, Attr: list}
}

func attributes(namesAndValues ...string) []xml.Attr {
	var list []xml.Attr
	for i := 0; i < len(namesAndValues); i += 2 {
		list = append(list, xml.Attr{Name: xml.Name{Local: namesAndValues[i]}, Value: namesAndValues[i+1]})
	}
	return list
}

func (h RunHead) junitCase(e Shown) junitCase {
	one := junitCase{Name: foreign.Clean(e.Target), ClassName: foreign.Clean("acfix." + h.Action)}
	flaw := &junitFlaw{Type: foreign.Clean(e.Word), Message: foreign.Clean(e.Sentence), Text: junitText(e)}
	if e.Failure != nil {
		flaw.Message = foreign.Clean(e.Failure.Message)
	}
	switch junitElement(e.Word, e.Grade) {
	case "skipped":
		one.Skipped = flaw
	case "error":
		one.Error = flaw
	case "failure":
		one.Failure = flaw
	}
	return one
}

// junitText is the text view of a device, with its pending steps.
func junitText(e Shown) string {
	p := newPrinter(nil, Style{})
	if e.Failure != nil {
		p.line("%s [%s]", e.Failure.Message, e.Failure.Code)
		p.line("%s", e.Failure.Hint)
	}
	for _, finding := range e.Findings {
		if finding.Level == remediate.Problem {
			p.line("%s%s [%s]", finding.Message, waived(finding), finding.Code)
			p.line("%s", finding.Hint)
		}
	}
	if e.Grade == gradePending {
		for _, step := range e.Steps {
			p.line("to do: %s", step.Text)
		}
	}
	for _, step := range e.Left {
		p.line("left on the device: %s%s", step.Text, Doubt(step.Status))
	}
	return strings.TrimRight(p.text.String(), "\n")
}

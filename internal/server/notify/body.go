package notify

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// Schema is the value of the first key of a plain JSON message.
const Schema = "acfix.notification/v1"

const (
	maxFailures = 20  // devices that a message lists
	maxCounts   = 20  // statuses that a message counts
	maxText     = 64  // characters of one foreign text
	maxLine     = 500 // characters of one line; even quoted it fits a Slack section
)

// Body makes the message in a form, ready to post.
// docs/design/server.md: A message carries text only
func Body(form Form, summary Summary) ([]byte, error) {
	m := newMessage(summary)
	var content any
	switch form {
	case Teams:
		content = m.teams()
	case Slack:
		content = m.slack()
	case JSON:
		content = m.plain()
	default:
		return nil, fmt.Errorf("unknown form %q of a message", form)
	}
	body, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return body, nil
}

// message is a summary with bounded, clean texts, in words.
type message struct {
	Summary
	more     int // failures left out
	headline string
	lines    []string
}

func newMessage(s Summary) message {
	for _, text := range []*string{&s.Run, &s.Job, &s.Action, &s.State} {
		*text = foreign.Bounded(*text, maxText)
	}
	s.Link = plainLink(s.Link)
	m := message{Summary: s, more: max(len(s.Failures)-maxFailures, 0)}
	m.Failures = nil
	for _, failure := range s.Failures[:len(s.Failures)-m.more] {
		device, code := foreign.Bounded(failure.Device, maxText), foreign.Bounded(failure.Code, maxText)
		m.Failures = append(m.Failures, FailedDevice{device, code})
	}
	m.Counts = nil
	for _, count := range s.Counts[:min(len(s.Counts), maxCounts)] {
		m.Counts = append(m.Counts, Count{foreign.Bounded(count.Status, maxText), count.Devices})
	}
	m.headline, m.lines = m.title(), m.text()
	return m
}

// headlines describe the most important occasion.
var headlines = map[Occasion]string{
	Failed:  "something failed",
	Stopped: "stopped early",
	Blocked: "devices need manual work first",
	Waiting: "a plan waits for approval",
	Changed: "devices were changed",
	Always:  "nothing to do",
}

func (m message) title() string {
	name, gravest := m.Job, m.Occasions()[0]
	if name == "" {
		name = m.Action
	}
	said := headlines[gravest]
	if gravest == Changed && m.Action == "plan" {
		said = "changes are planned"
	}
	return "acfix " + name + ": " + said
}

func (m message) text() []string {
	lines := []string{"Run " + m.Run + ", " + m.Action + ", " + m.State}
	var counts []string
	for _, count := range m.Counts {
		if count.Devices > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count.Devices, count.Status))
		}
	}
	if len(counts) > 0 {
		lines = append(lines, foreign.Bounded("Devices: "+strings.Join(counts, ", "), maxLine))
	}
	for _, failure := range m.Failures {
		lines = append(lines, failure.Device+": "+failure.Code)
	}
	if m.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", m.more))
	}
	if meanings[m.State] == Waiting {
		lines = append(lines, "To approve: acfix job approve "+m.Run+" --name NAME --change NUMBER")
	}
	return lines
}

// plainLink returns a web address without characters that have a meaning in a form; "" for any other text.
func plainLink(link string) string {
	parsed, err := url.Parse(link)
	web := err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http")
	if !web || parsed.Host == "" || parsed.User != nil ||
		strings.ContainsAny(link, "<>|\"'`\\ ") || foreign.Bounded(link, maxLine) != link {
		return ""
	}
	return link
}

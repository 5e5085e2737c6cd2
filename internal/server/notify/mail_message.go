package notify

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/wneessen/go-mail"
)

// Letter is the content of an e-mail about a run.
type Letter struct {
	Summary
	Sheet *summary.Sheet // the page of the run; nil for a run that could not begin
	At    time.Time
}

// message makes the e-mail. Foreign text stands in bounded, clean lines: it begins no header and no line of its own.
// docs/design/server.md: A message carries text only
func (m Mail) message(letter Letter) (*mail.Msg, error) {
	content := newMessage(letter.Summary)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.From); err != nil {
		return nil, &SendError{Kind: ErrMailAddress, Detail: "the sender is not an address"}
	}
	if err := msg.To(m.To...); err != nil {
		return nil, &SendError{Kind: ErrMailAddress, Detail: "a recipient is not an address"}
	}
	msg.Subject(m.subject(content))
	msg.SetDateWithValue(letter.At)
	_, domain, _ := strings.Cut(m.From, "@")
	run := foreign.FileName(content.Run, maxText)
	msg.SetMessageIDWithValue(fmt.Sprintf("acfix.%s.%d@%s", run, letter.At.UnixNano(), domain))
	msg.SetUserAgent("acfix")
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(mail.HeaderXAutoResponseSuppress, "All")
	plain, rich, err := bodies(content, letter.Sheet)
	if err != nil {
		return nil, err
	}
	msg.SetBodyString(mail.TypeTextPlain, plain)
	msg.AddAlternativeString(mail.TypeTextHTML, rich)
	return msg, nil
}

func (m Mail) subject(content message) string {
	if m.Subject == "" {
		return content.headline
	}
	return m.Subject + " " + strings.TrimPrefix(content.headline, "acfix ")
}

// bodies returns the message as plain text and as HTML.
func bodies(content message, sheet *summary.Sheet) (plain, rich string, err error) {
	lines := append([]string{content.headline}, content.lines...)
	if sheet == nil {
		if content.Link != "" {
			lines = append(lines, content.Link)
		}
		var paragraphs strings.Builder
		for _, line := range lines {
			paragraphs.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
		rich = "<!doctype html>\n<html><body>\n" + paragraphs.String() + "</body></html>\n"
		return strings.Join(lines, "\n") + "\n", rich, nil
	}
	shown := *sheet
	shown.Intro, shown.Link = lines, content.Link
	var text, page strings.Builder
	if err := summary.Text(&text, &shown); err != nil {
		return "", "", fmt.Errorf("write the message: %w", err)
	}
	if err := summary.HTML(&page, &shown); err != nil {
		return "", "", fmt.Errorf("write the message: %w", err)
	}
	return text.String(), page.String(), nil
}

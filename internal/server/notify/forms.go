package notify

import (
	"strings"
	"unicode/utf8"
)

// object is a JSON object; encoding/json writes its keys in alphabetical order.
type object = map[string]any

// teams is an adaptive card in the envelope of the workflow "Post to a channel when a webhook
// request is received". It uses text runs: unlike text blocks, they have no Markdown.
func (m message) teams() object {
	body := []any{textRun(m.headline, "large", "bolder")}
	for _, line := range m.lines {
		body = append(body, textRun(line, "default", "default"))
	}
	card := object{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"type":    "AdaptiveCard",
		"version": "1.4",
		"body":    body,
	}
	if m.Link != "" {
		card["actions"] = []any{object{"type": "Action.OpenUrl", "title": "Report", "url": m.Link}}
	}
	return object{
		"type": "message",
		"attachments": []any{object{
			"contentType": "application/vnd.microsoft.card.adaptive",
			"contentUrl":  nil,
			"content":     card,
		}},
	}
}

func textRun(text, size, weight string) object {
	run := object{"type": "TextRun", "text": teamsText.Replace(text), "size": size, "weight": weight}
	return object{"type": "RichTextBlock", "inlines": []any{run}}
}

// teamsText removes the starts of mentions (<at>) and date functions ({{DATE(…)}}) in cards: neither can be quoted.
var teamsText = strings.NewReplacer("<", "‹", ">", "›", "{{", "{ {", "}}", "} }")

// slack is unformatted blocks of plain text. Notifications show only the text beside them, the headline.
func (m message) slack() object {
	blocks := []any{slackHeadline(m.headline)}
	for _, part := range slackParts(m.lines) {
		blocks = append(blocks, object{"type": "section", "text": plainText(part)})
	}
	if m.Link != "" {
		link := object{"type": "mrkdwn", "text": "<" + slackText.Replace(m.Link) + "|Report>"}
		blocks = append(blocks, object{"type": "section", "text": link})
	}
	return object{
		"text":         slackText.Replace(m.headline),
		"mrkdwn":       false,
		"parse":        "none",
		"link_names":   false,
		"unfurl_links": false,
		"unfurl_media": false,
		"blocks":       blocks,
	}
}

// Slack's limits (docs.slack.dev, header block and section block): one longer text makes it refuse the whole message.
const (
	slackHeader  = 150
	slackSection = 3000
)

func slackHeadline(text string) object {
	text = slackText.Replace(text)
	if utf8.RuneCountInString(text) > slackHeader {
		return object{"type": "section", "text": plainText(text)}
	}
	return object{"type": "header", "text": plainText(text)}
}

// slackParts are the quoted lines, joined into as few sections as possible.
func slackParts(lines []string) []string {
	var parts []string
	for _, line := range lines {
		line = slackText.Replace(line)
		last := len(parts) - 1
		if last >= 0 && utf8.RuneCountInString(parts[last]+line) < slackSection {
			parts[last] += "\n" + line
			continue
		}
		parts = append(parts, line)
	}
	return parts
}

func plainText(quoted string) object {
	return object{"type": "plain_text", "text": quoted, "emoji": false}
}

// slackText quotes the characters that delimit links and mentions (docs.slack.dev, "Formatting message text").
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// plain is the summary itself.
func (m message) plain() object {
	counts, failures := object{}, []any{}
	for _, count := range m.Counts {
		counts[count.Status] = count.Devices
	}
	for _, failure := range m.Failures {
		failures = append(failures, object{"device": failure.Device, "code": failure.Code})
	}
	return object{
		"schema":        Schema,
		"run":           m.Run,
		"job":           m.Job,
		"action":        m.Action,
		"state":         m.State,
		"occasions":     m.Occasions(),
		"headline":      m.headline,
		"counts":        counts,
		"failures":      failures,
		"more_failures": m.more,
		"link":          m.Link,
	}
}

package summary

import (
	"fmt"
	"io"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// Markdown writes the page as Markdown, with the tables of GitHub and GitLab. Names and codes format and link nothing.
func Markdown(w io.Writer, s *Sheet) error {
	v := s.view()
	var text strings.Builder
	line := func(format string, arguments ...any) {
		for i, argument := range arguments {
			if foreignText, ok := argument.(string); ok {
				arguments[i] = plain(foreignText)
			}
		}
		fmt.Fprintf(&text, format+"\n", arguments...)
	}
	line("# %s", v.Title)
	line("\n%s", v.Made)
	line("\n**%s**", v.Headline)
	if len(v.Bar) > 0 {
		line("\n%s", v.legend())
	}
	for _, note := range v.Notes {
		line("\n%s", note)
	}
	v.tables(line)
	if v.Deadline != "" {
		line("\n**%s**", v.Deadline)
	}
	line("\n## Who decides\n")
	if len(v.Decisions) == 0 {
		line("%s", nothingWaits)
	}
	for _, one := range v.Decisions {
		line("- **%s**: %s", one.Who, one.Text)
	}
	if v.MoreDecisions != "" {
		line("- %s", v.MoreDecisions)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (v view) tables(line liner) {
	line("\n## Trend\n")
	if len(v.Weeks) > 0 {
		line("| day | compliant | |\n|---|--:|---|")
	}
	for _, week := range v.Weeks {
		line("| %s | %d %% | %s |", week.Day, week.Part, week.Words)
	}
	if v.NoTrend != "" {
		line("%s", v.NoTrend)
	}
	line("\n## What is left, and why\n\n%s", v.Left)
	if len(v.Reasons) > 0 {
		line("\n| devices | why | what to do | which |\n|--:|---|---|---|")
	}
	for _, row := range v.Reasons {
		line("| %d | %s | %s | %s |", row.Devices, row.Why, row.What, row.Which)
	}
	if v.More != "" {
		line("\n%s", v.More)
	}
}

// plain quotes what Markdown, its tables and its automatic links would take for more than text.
func plain(text string) string {
	var quoted strings.Builder
	for _, r := range foreign.Clean(text) {
		if strings.ContainsRune("\\`*_{}[]<>#|~&!$@", r) {
			quoted.WriteByte('\\')
		}
		quoted.WriteRune(r)
	}
	return automatic.Replace(quoted.String())
}

// automatic ends what would become a link by itself: a character reference shows as its character and is none.
var automatic = strings.NewReplacer("://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;")

package remediate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acfix/acfix/docs/docstest"
	"github.com/acfix/acfix/remediate"
)

// TestDocumentsHaveTheDecisions keeps the decision table in the documents the same as the tested one.
func TestDocumentsHaveTheDecisions(t *testing.T) {
	var rows [][]string
	for _, row := range decisions {
		if row.about != "" {
			rows = append(rows, []string{"**" + row.about + "**", "", "", "", ""})
		}
		name := row.name
		switch {
		case row.firmware != "":
			name += fmt.Sprintf(" (%q)", row.firmware)
		case row.preset != "" && !strings.HasPrefix(name, row.preset) && !strings.HasPrefix(row.preset, "7.4-"):
			name += fmt.Sprintf(" (%s)", row.preset)
		}
		rows = append(rows, []string{name, flags(row.choice), string(row.verdict), coded(row.findings), briefly(row.steps)})
	}
	docstest.Part(t, "../docs/decisions.md", "decisions",
		docstest.Table([]string{"the device", "flags", "verdict", "findings", "steps"}, rows))
}

// flags returns the flags that make a choice.
func flags(choice remediate.Choice) string {
	var given []string
	for _, flag := range []struct{ name, value string }{
		{"--proxy-set", choice.ProxySet}, {"--sip-interface", choice.SIPInterface}, {"--tls-context", choice.TLSContext},
	} {
		if flag.value != "" {
			given = append(given, flag.name+" "+flag.value)
		}
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{
		{"--all-roots", choice.AllRoots}, {"--include-non-mtls", choice.IncludeNonMTLS}, {"--save-unsaved", choice.SaveUnsaved},
		{"--allow-shared-context", choice.AllowSharedContext}, {"--allow-default-context", choice.AllowDefaultContext},
	} {
		if flag.on {
			given = append(given, flag.name)
		}
	}
	return coded(given)
}

// coded returns each word once, formatted as code.
func coded(words []string) string {
	var once []string
	seen := map[string]bool{}
	for _, word := range words {
		if !seen[word] {
			once = append(once, "`"+word+"`")
		}
		seen[word] = true
	}
	return strings.Join(once, ", ")
}

var stepWords = map[remediate.StepKind]string{
	remediate.StepBackup: "backup", remediate.StepEnableBundle: "switch", remediate.StepImportRoot: "import", remediate.StepSave: "save",
}

// briefly counts consecutive equal steps.
func briefly(steps []remediate.StepKind) string {
	var words []string
	for i := 0; i < len(steps); {
		n := 1
		for i+n < len(steps) && steps[i+n] == steps[i] {
			n++
		}
		word := stepWords[steps[i]]
		if n > 1 {
			word = fmt.Sprintf("%d × %s", n, word)
		}
		words = append(words, word)
		i += n
	}
	return strings.Join(words, ", ")
}

//go:build unix

package main

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLinks holds every link of the documents: the file is there, and the heading in it. Of
// addresses elsewhere only the form is looked at.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	anchors := map[string]map[string]bool{}
	for _, page := range all {
		anchors[page.path] = page.anchors
	}
	for _, page := range all {
		for _, link := range page.links {
			target, err := url.Parse(link)
			require.NoError(t, err, "%s: %s", page.path, link)
			if target.Scheme != "" {
				assert.True(t, target.Scheme == "https" && target.Host != "", "%s: %s is no https address", page.path, link)
				continue
			}
			path := page.path
			if target.Path != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(page.path), target.Path))
			}
			_, err = os.Stat(filepath.Join(repository, path))
			assert.NoError(t, err, "%s: %s leads nowhere", page.path, link)
			if target.Fragment != "" {
				assert.True(t, anchors[path][target.Fragment], "%s: %s: no heading #%s in %s", page.path, link, target.Fragment, path)
			}
		}
	}
}

// TestEveryDocumentIsInTheIndex: readers do not find what the index does not name.
func TestEveryDocumentIsInTheIndex(t *testing.T) {
	t.Parallel()
	index, err := readPage("docs/README.md")
	require.NoError(t, err)
	for _, page := range pages(t) {
		if name, found := strings.CutPrefix(page.path, "docs/"); found && name != "README.md" {
			assert.Contains(t, index.links, name)
		}
	}
}

// byHand is what documents show and no test can run, by its first words: it changes the machine,
// or asks for what no test has. Blocks "console" are run; blocks "sh" hold nothing but these.
var byHand = map[string]string{
	"make ":                        "builds, or calls the tests that this is one of",
	"git clone ":                   "needs the address of the repository",
	"sudo ":                        "changes the machine",
	"ssh ":                         "needs another machine",
	"apt ":                         "changes the machine",
	"apt-get ":                     "changes the machine",
	"install ":                     "changes the machine",
	"systemctl ":                   "needs systemd",
	"systemd-":                     "needs systemd",
	"journalctl ":                  "needs systemd",
	"kubectl ":                     "needs a cluster",
	"docker ":                      "needs Docker",
	"openssl ":                     "needs a real device",
	"createdb ":                    "needs PostgreSQL",
	"acfix serve --store postgres": "needs PostgreSQL; the tests of the services run it",
	"acfix worker ":                "needs PostgreSQL; the tests of the services run it",
	"acfix probe sip":              "needs Microsoft's end points",
	"--":                           "a line that goes on",
	"-":                            "a line that goes on",
	"acfix:":                       "the name of an image, in a line that goes on",
}

// plainLanguages are blocks that are not commands.
var plainLanguages = map[string]bool{"yaml": true, "json": true, "text": true, "csv": true, "ini": true, "bat": true}

// TestNothingIsShownThatNobodyRuns: a block is run, or lists what can't be, or is no command.
func TestNothingIsShownThatNobodyRuns(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		if page.path == "ARCHITECTURE.md" || page.path == "CONTRIBUTING.md" {
			continue
		}
		assert.Zero(t, page.indents, "%s: a code block without a fence has no language", page.path)
		for _, block := range page.blocks {
			switch {
			case block.language == "console" || plainLanguages[block.language]:
			case block.language == "sh":
				for line := range strings.Lines(block.text) {
					assert.True(t, isByHand(strings.TrimSpace(line)), "%s: is run by no test: %s", page.path, line)
				}
			default:
				t.Errorf("%s: no such language: %q", page.path, block.language)
			}
		}
	}
}

func isByHand(line string) bool {
	for first := range byHand {
		if strings.HasPrefix(line, first) {
			return true
		}
	}
	return line == ""
}

// TestCommandsInTheTextExist: every `acfix COMMAND --flag` within text is one that there is.
func TestCommandsInTheTextExist(t *testing.T) {
	t.Parallel()
	root := (&app{}).rootCommand()
	for _, page := range pages(t) {
		for _, span := range page.spans {
			if words := strings.Fields(span); len(words) > 1 && words[0] == "acfix" {
				checkCommand(t, root, page.path, span, words[1:])
			}
		}
		for _, span := range page.spans {
			if flag := flagOf(span); flag != "" && !foreignFlags[flag] {
				assert.True(t, anyHas(root, flag), "%s: no command has %s", page.path, flag)
			}
		}
	}
}

// foreignFlags belong to mockdevice.
var foreignFlags = map[string]bool{
	"preset": true, "variant": true, "uniform": true, "slow": true, "dead": true, "hang": true, "fault": true,
}

var wholeFlag = regexp.MustCompile(`^--([a-z][a-z0-9-]*)(?:[ =].*)?$`)

// flagOf is the flag that a span begins with; "" for none.
func flagOf(span string) string {
	if found := wholeFlag.FindStringSubmatch(span); found != nil {
		return found[1]
	}
	return ""
}

func checkCommand(t *testing.T, root *cobra.Command, path, span string, words []string) {
	t.Helper()
	if words[0] == "COMMAND" {
		return
	}
	command, _, err := root.Find(words)
	if !assert.NoError(t, err, "%s: `%s`", path, span) || !assert.NotEqual(t, root, command, "%s: `%s`: no such command", path, span) {
		return
	}
	for _, word := range words {
		name, long := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(strings.TrimRight(name, "…,"), "=")
		if long && name != "help" {
			assert.True(t, has(command, name), "%s: `%s`: no flag --%s", path, span, name)
		}
	}
}

func has(command *cobra.Command, flag string) bool {
	for _, set := range []*pflag.FlagSet{command.Flags(), command.InheritedFlags()} {
		if set.Lookup(flag) != nil {
			return true
		}
	}
	return false
}

func anyHas(command *cobra.Command, flag string) bool {
	if has(command, flag) {
		return true
	}
	for _, inner := range command.Commands() {
		if anyHas(inner, flag) {
			return true
		}
	}
	return false
}

// TestCodesInTheTextExist: a `code_like_this` in a document is one that the code knows.
func TestCodesInTheTextExist(t *testing.T) {
	t.Parallel()
	known := sourceText(t)
	for _, page := range pages(t) {
		if strings.Contains(page.path, "/") {
			for _, span := range page.spans {
				if codeLike.MatchString(span) {
					assert.Contains(t, known, span, "%s: `%s`", page.path, span)
				}
			}
		}
	}
}

var codeLike = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)

// TestQuotedMessagesAreOurs: who looks for what the screen says must find it word by word.
func TestQuotedMessagesAreOurs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(repository, "docs", "troubleshooting.md"))
	require.NoError(t, err)
	messages := quoted.FindAllStringSubmatch(withoutBlocks.ReplaceAllString(string(page), ""), -1)
	require.NotEmpty(t, messages)
	known := sourceText(t)
	for _, message := range messages {
		words := strings.Join(strings.Fields(message[1]), " ")
		assert.Contains(t, known, words)
	}
}

var (
	withoutBlocks = regexp.MustCompile("(?s)```.*?```|`[^`]*`")
	// quoted is a message of several words; titles and questions are none.
	quoted = regexp.MustCompile(`"([a-z][^"?]* [^"?]* [^"?]*)"`)
)

// sourceText is all that is compiled, in one text.
func sourceText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	require.NoError(t, err)
	return all.String()
}

//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocuments does what the documents show. For each document with commands there is a script
// in testdata/docs, which starts the devices and says what the document's names stand for; of a
// document
//
//   - a block "console" is run: lines that begin with "$ " are commands, what follows up to the next
//     is their output. A line "..." stands for any lines, "…" within a line for any text. A
//     command without output may print what it likes. "^C" interrupts it once the lines before
//     have come. Every command must succeed, but where the next one is "echo $?".
//   - a block whose fence names a file ("yaml fleet.yaml") is written to that file, mode 0600.
//   - after a command that ends with "&" the file of its --info-file is waited for, as people do.
//
// Beside the commands of TestScripts the scripts use
//
//	means WORDS VALUE   in the documents WORDS stand for VALUE
//	learns WORDS REGEXP WORDS stand for what is printed in their place the first time
//	read DOCUMENT       do what it shows
func TestDocuments(t *testing.T) {
	tools := t.TempDir()
	build := exec.Command("go", "build", "-o", tools, "../mockdevice")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	testscript.Run(t, testscript.Params{
		Dir: "testdata/docs",
		Setup: func(env *testscript.Env) error {
			env.Values[devicesKey{}] = map[string]*mockdevice.Device{}
			env.Values[meaningsKey{}] = &meanings{}
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv(raceOptions, os.Getenv(raceOptions))
			for name, folder := range map[string]string{"PRESETS": "mockdevice/presets", "ROOTS": "certs/roots"} {
				absolute, err := filepath.Abs(filepath.Join(repository, folder))
				if err != nil {
					return err
				}
				env.Setenv(name, absolute)
			}
			env.Setenv("PATH", tools+":"+env.Getenv("PATH"))
			return nil
		},
		Cmds: merged(storyCommands(), map[string]func(*testscript.TestScript, bool, []string){
			"means":  setMeaning,
			"learns": setUnknown,
			"read":   readDocument,
		}),
	})
}

// TestEveryDocumentIsRun: commands in a document that no script reads would never be run.
func TestEveryDocumentIsRun(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/docs/*.txtar")
	require.NoError(t, err)
	var scripts strings.Builder
	for _, path := range paths {
		script, err := os.ReadFile(path)
		require.NoError(t, err)
		scripts.Write(script)
	}
	for _, page := range pages(t) {
		console := slices.ContainsFunc(page.blocks, func(b block) bool { return b.language == "console" })
		reads := strings.Contains(scripts.String(), "\nread "+page.path+"\n")
		assert.Equal(t, console, reads, "%s: it shows commands (expected), a script reads it (actual)", page.path)
	}
}

type meaningsKey struct{}

func setMeaning(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 2 {
		ts.Fatalf("usage: means WORDS VALUE")
	}
	ts.Value(meaningsKey{}).(*meanings).learn(arguments[0], arguments[1])
}

func setUnknown(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 2 {
		ts.Fatalf("usage: learns WORDS REGEXP")
	}
	m := ts.Value(meaningsKey{}).(*meanings)
	m.unknown = append(m.unknown, [2]string{arguments[0], arguments[1]})
}

func readDocument(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: read DOCUMENT")
	}
	found, err := readPage(arguments[0])
	ts.Check(err)
	sh, err := startShell(ts.MkAbs("."), environment(ts))
	ts.Check(err)
	defer sh.close()
	r := typist{ts: ts, shell: sh, words: ts.Value(meaningsKey{}).(*meanings)}
	for _, block := range found.blocks {
		switch {
		case block.language == "console":
			r.perform(block.text)
		case block.name != "":
			ts.Check(os.WriteFile(ts.MkAbs(block.name), []byte(r.words.put(block.text)), 0o600))
		}
	}
}

// environment is that of the script, as far as programs in documents may know it.
func environment(ts *testscript.TestScript) []string {
	var all []string
	for _, name := range []string{
		"PATH", "HOME", "XDG_STATE_HOME", "ACFIX_USERNAME", "ACFIX_PASSWORD", "SBC_PASSWORD", "ACFIX_WEBHOOK", raceOptions,
	} {
		all = append(all, name+"="+ts.Getenv(name))
	}
	return all
}

// typist types what a document shows.
type typist struct {
	ts    *testscript.TestScript
	shell *shell
	words *meanings
}

// shown is a command as a document shows it.
type shown struct {
	command string
	output  []string
}

const prompt = "$ "

func commandsOf(text string) []shown {
	var all []shown
	continued := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		command, typed := strings.CutPrefix(line, prompt)
		last := len(all) - 1
		switch {
		case typed:
			all = append(all, shown{command: command})
		case last < 0:
			all = append(all, shown{command: "false # a block must begin with a command", output: []string{line}})
		case continued:
			all[last].command += "\n" + line
		default:
			all[last].output = append(all[last].output, line)
		}
		continued = (typed || continued) && strings.HasSuffix(line, `\`)
	}
	return all
}

func (r *typist) perform(text string) {
	all := commandsOf(text)
	for i, s := range all {
		asked := i+1 < len(all) && all[i+1].command == "echo $?"
		r.do(s, asked)
	}
}

// do types one command. Where its exit code is not asked for next, it must succeed.
func (r *typist) do(s shown, asked bool) {
	before, after, interrupted := cutLines(trimmed(s.output), "^C")
	var enough func([]string) bool
	if interrupted {
		enough = func(soFar []string) bool {
			return r.words.likeness(before).MatchString(r.words.back(strings.Join(soFar, "\n")))
		}
	}
	printed, status, err := r.shell.run(r.words.put(s.command), enough)
	got := r.words.back(strings.Join(printed, "\n"))
	switch {
	case err != nil:
		r.ts.Fatalf("$ %s\n%s\n%v", s.command, got, err)
	case status != 0 && !asked && !interrupted:
		r.ts.Fatalf("$ %s\n%s\nexit code %d", s.command, got, status)
	}
	r.compare(s.command, append(before, after...), strings.Trim(got, "\n"))
	if strings.HasSuffix(s.command, "&") {
		r.wait(s.command)
	}
}

// compare holds output to what the document shows, and learns from it.
func (r *typist) compare(command string, want []string, got string) {
	if len(want) == 0 {
		return
	}
	like := r.words.likeness(want)
	found := like.FindStringSubmatch(got)
	if found == nil {
		r.ts.Fatalf("$ %s\nshould print\n%s\nprints\n%s", command, strings.Join(want, "\n"), got)
	}
	r.words.unknown = slices.DeleteFunc(r.words.unknown, func(pair [2]string) bool {
		i := like.SubexpIndex(groupOf(pair[0]))
		if i > 0 {
			r.words.learn(pair[0], found[i])
		}
		return i > 0
	})
}

var infoFile = regexp.MustCompile(`--info-file (\S+)`)

// wait waits for a program in the background, by the file in which it says that it is there.
func (r *typist) wait(command string) {
	file := infoFile.FindStringSubmatch(command)
	if file == nil {
		r.ts.Fatalf("$ %s\nnobody can tell when it is there: it has no --info-file", command)
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(r.ts.MkAbs(file[1])); err == nil {
			return
		}
		if time.Since(begin) > patience {
			r.ts.Fatalf("$ %s\nit never was there", command)
		}
	}
}

func cutLines(lines []string, at string) (before, after []string, found bool) {
	i := slices.Index(lines, at)
	if i < 0 {
		return lines, nil, false
	}
	return slices.Clone(lines[:i]), lines[i+1:], true
}

// trimmed takes empty lines away at both ends.
func trimmed(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func merged[V any](maps ...map[string]V) map[string]V {
	all := map[string]V{}
	for _, one := range maps {
		for key, value := range one {
			all[key] = value
		}
	}
	return all
}

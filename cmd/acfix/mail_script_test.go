package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/acfix/acfix/internal/server/notify/mailtest"
)

type mailServersKey struct{}

// startMailServer starts a mail server; sets $NAME to HOST:PORT and writes NAME.pem.
func startMailServer(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) == 0 {
		ts.Fatalf("usage: mailserver NAME [starttls] [implicit] [login=PASSWORD] [silent=COMMAND] [refuses=COMMAND]")
	}
	options := mailtest.Options{Answers: map[string][]string{}}
	for _, option := range arguments[1:] {
		word, value, _ := strings.Cut(option, "=")
		switch word {
		case "starttls":
			options.StartTLS = true
		case "implicit":
			options.Implicit = true
		case "login":
			options.Logins, options.Password = []string{"PLAIN", "LOGIN"}, value
		case "silent":
			options.Silent = value
		case "refuses":
			options.Answers[value] = []string{"550 not here"}
		default:
			ts.Fatalf("there is no option %q", option)
		}
	}
	server, err := mailtest.Start(options)
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Setenv(arguments[0], server.Address)
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]+".pem"), server.CA, 0o600))
	ts.Value(mailServersKey{}).(map[string]*mailtest.Server)[arguments[0]] = server
}

// mailGot compares the messages that a mail server took so far: their number and the last one.
func mailGot(ts *testscript.TestScript, neg bool, arguments []string) {
	if len(arguments) < 2 {
		ts.Fatalf("usage: [!] mail-got NAME NUMBER [PATTERN]")
	}
	messages := ts.Value(mailServersKey{}).(map[string]*mailtest.Server)[arguments[0]].Messages()
	if strconv.Itoa(len(messages)) != arguments[1] {
		ts.Fatalf("%s took %d messages", arguments[0], len(messages))
	}
	if len(arguments) == 2 {
		return
	}
	last := messages[len(messages)-1]
	text := strings.NewReplacer("=\r\n", "", "=3D", "=", "\r\n", "\n").Replace(last.Data)
	if regexp.MustCompile(arguments[2]).MatchString(text) == neg {
		ts.Fatalf("%s took, for %v:\n%s", arguments[0], last.To, text)
	}
}

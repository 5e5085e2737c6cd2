package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// webhooks is a receiver of messages; it refuses those to /refuses.
type webhooks struct {
	mutex sync.Mutex
	last  map[string]string // body, by path
}

type webhooksKey struct{}

func (w *webhooks) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	path := strings.TrimPrefix(request.URL.Path, "/")
	if path == "refuses" {
		answer.WriteHeader(http.StatusForbidden)
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.last[path] = string(body)
}

// startWebhook starts a receiver and sets $NAME.
func startWebhook(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: webhook NAME")
	}
	receiver := &webhooks{last: map[string]string{}}
	server := httptest.NewServer(receiver)
	ts.Defer(server.Close)
	ts.Setenv(arguments[0], server.URL)
	ts.Value(webhooksKey{}).(map[string]*webhooks)[""] = receiver
}

// webhookGot compares the last message to a path.
func webhookGot(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 2 {
		ts.Fatalf("usage: webhook-got PATH PATTERN")
	}
	receiver := ts.Value(webhooksKey{}).(map[string]*webhooks)[""]
	receiver.mutex.Lock()
	defer receiver.mutex.Unlock()
	if got := receiver.last[arguments[0]]; !regexp.MustCompile(arguments[1]).MatchString(got) {
		ts.Fatalf("%s got %s", arguments[0], got)
	}
}

// closedWindow sets a variable to a window that is shut for hours yet.
func closedWindow(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: closed-window NAME")
	}
	opens := time.Now().UTC().Add(12 * time.Hour)
	ts.Setenv(arguments[0], fmt.Sprintf("%s-%s UTC", opens.Format("15:04"), opens.Add(time.Minute).Format("15:04")))
}

var anID = regexp.MustCompile(`"id": "([0-9a-f]{16})"`)

// runID sets a variable to the first run that the last command named.
func runID(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: run-id NAME")
	}
	found := anID.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no run is named")
	}
	ts.Setenv(arguments[0], found[1])
}

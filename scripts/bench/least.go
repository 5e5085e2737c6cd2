package main

import (
	"fmt"
	"net/http"
	"strings"
)

// needed is a request that no tool can do without.
type needed struct {
	method, path string // path ends with it
	why          string
}

// least is the least that does a task on a 7.4.500 that lacks the switch and two roots, in its order.
var least = map[string][]needed{
	"plan": {
		{http.MethodGet, "/status", "firmware, and whether something waits unsaved"},
		{http.MethodGet, "/files/ini", "the Teams leg and the switch"},
		{http.MethodGet, "/files/tls/1/trustedRoot", "which roots are missing"},
	},
	"apply": {
		{http.MethodGet, "/status", "firmware, and whether something waits unsaved"},
		{http.MethodGet, "/files/ini", "the Teams leg and the switch; for the backup"},
		{http.MethodGet, "/files/tls/1/trustedRoot", "which roots are missing; for the backup"},
		{http.MethodGet, "/files/tls/1/certificate", "for the backup"},
		{http.MethodGet, "/files/tls/0/trustedRoot", "for the backup"},
		{http.MethodGet, "/files/tls/0/certificate", "for the backup"},
		{http.MethodGet, "/files/ini", "the row, read again after the backup"},
		{http.MethodPut, "/files/ini/incremental", "the switch"},
		{http.MethodGet, "/files/ini", "read back"},
		{http.MethodPut, "/files/tls/1/trustedRoot/incremental", "the first root"},
		{http.MethodGet, "/files/tls/1/trustedRoot", "read back"},
		{http.MethodPut, "/files/tls/1/trustedRoot/incremental", "the second root"},
		{http.MethodGet, "/files/tls/1/trustedRoot", "read back"},
		{http.MethodPost, "/actions/saveConfiguration", "the save"},
		{http.MethodGet, "/status", "whether it is saved"},
		{http.MethodGet, "/files/ini", "the last reading"},
	},
}

// leastOf takes the least out of what acfix sent, whose writes have the right bodies.
func leastOf(task string, sent []request) ([]request, error) {
	var chosen []request
	for _, want := range least[task] {
		found := false
		for i, q := range sent {
			path, _, _ := strings.Cut(q.Path, "?")
			if q.Method != want.method || !strings.HasSuffix(path, want.path) {
				continue
			}
			chosen, found = append(chosen, q), true
			if want.method != http.MethodGet {
				sent = sent[i+1:] // each write once, in its order
			}
			break
		}
		if !found {
			return nil, fmt.Errorf("%s: acfix sent no %s %s (%s)", task, want.method, want.path, want.why)
		}
	}
	return chosen, nil
}

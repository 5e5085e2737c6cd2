package httpserver

import (
	"net"
	"net/http"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// onlyLocal keeps remote callers off a server without login: a page whose name was rebound to
// a loopback address (the Host is then that name), and a proxy that serves others.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isThisMachine(r.Host):
			http.Error(w, "without a token file acfix answers on localhost only", http.StatusForbidden)
		case proxied(r.Header):
			http.Error(w, "behind a proxy acfix needs a token file", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isThisMachine accepts any port: a tunnel may end at another one.
func isThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return foreign.IsThisMachine(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
}

func proxied(header http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if header.Get(name) != "" {
			return true
		}
	}
	return false
}

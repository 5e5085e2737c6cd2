package httpserver

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
)

// guests decides what a caller without a login may do. The zero guests lets none do anything.
// docs/design/server.md: Without login only the socket's group acts
type guests struct {
	socket   bool // whoever can connect to the Unix socket may do everything; the file's permissions decide
	view     bool // every user of this machine may look, at a loopback address
	userName func(user int) string
}

// of returns the caller of a request that has no token; the zero Person for no guest.
func (g guests) of(r *http.Request) Person {
	switch {
	case !isThisMachine(r.Host) || proxied(r.Header):
		return Person{}
	case g.socket:
		return Person{Name: g.nameOf(r), Role: Approver}
	case g.view:
		return Person{Name: "local", Role: Viewer, Guest: true}
	default:
		return Person{}
	}
}

// nameOf names the user at the other end of the Unix socket, as far as the system knows.
func (g guests) nameOf(r *http.Request) string {
	c := connectionOf(r.Context())
	if c == nil {
		return "local"
	}
	user, known := peerOf(c.Conn)
	if !known {
		return "local"
	}
	if g.userName != nil {
		if name := g.userName(user); name != "" {
			return name
		}
	}
	return "uid " + strconv.Itoa(user)
}

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

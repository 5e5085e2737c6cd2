package httpserver

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// onlyLocal keeps remote callers off a server without login: a page whose name was rebound to
// a loopback address (the Host is then that name), and a proxy that serves others.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !localHost(r.Host):
			http.Error(w, "without a token file acfix answers on localhost only", http.StatusForbidden)
		case proxied(r.Header):
			http.Error(w, "behind a proxy acfix needs a token file", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// localHost accepts any port: a tunnel may end at another one.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && address.Unmap().IsLoopback()
}

func proxied(header http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if header.Get(name) != "" {
			return true
		}
	}
	return false
}

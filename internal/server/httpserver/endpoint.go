// Package httpserver is the HTTP server of "acfix serve": it decides who may connect, identifies
// callers, and starts and stops serving. The caller of the package adds the handlers.
//
// A Unix socket serves whoever its file's permissions let connect, in plain HTTP. A loopback address serves plain HTTP
// too, but without a token it answers probes alone, and, where the configuration says so, what viewers see. Both refuse
// proxies, pages of other sites, and names rebound to this machine, as long as there is no token file. Any other
// address needs TLS and a token file. With a token file, every address demands a token.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The kinds of errors of Listen, for errors.Is.
var (
	// ErrAddress is an address that is wrong as it is written, ErrBind one that can't be bound now.
	ErrAddress     = errors.New("this is no address to listen on")
	ErrBind        = errors.New("can't listen there now")
	ErrNeedsTLS    = errors.New("an address that is not loopback needs TLS")
	ErrNeedsTokens = errors.New("an address that is not loopback needs a token file")
	ErrCertificate = errors.New("the certificate can't be used")
	ErrTokenFile   = errors.New("the token file can't be used")
	ErrViewedAfar  = errors.New("an address that is not loopback can't be viewed without login")
)

// Config says where to listen and which callers to accept.
type Config struct {
	Address   string // host and port, or "unix:" with the path of a socket
	CertFile  string // with KeyFile: serve TLS; both are read again when they change
	KeyFile   string
	TokenFile string // demand tokens; read again when it changes
	// ViewWithoutLogin lets every user of this machine see what viewers see, at a loopback address or a Unix socket.
	ViewWithoutLogin bool
	// ProbesAlone: nothing but probes will be served, so any address will do without TLS and tokens.
	ProbesAlone bool
	Bounds      Bounds
	// Open opens the files above, and may refuse them; nil is os.Open.
	Open Opener
	// UserName names a user of this machine by number, "" if it can't; nil names none.
	UserName func(user int) string
	Now      func() time.Time
	Log      *slog.Logger
}

// Server listens, and serves once its handlers are in place.
type Server struct {
	access   *Authenticator
	mux      *http.ServeMux
	server   *http.Server
	listener net.Listener
}

// Listen opens the address if the package's rule allows it. Clients wait until Serve. Errors: the kinds above.
func Listen(ctx context.Context, config Config) (*Server, error) {
	s := &Server{mux: http.NewServeMux(), access: &Authenticator{now: config.Now, log: config.Log}}
	s.server = hardened(config.Log)
	if err := s.prepare(config); err != nil {
		return nil, err
	}
	if err := checkAddress(config.Address); err != nil {
		return nil, err
	}
	listener, err := listen(ctx, config.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBind, err)
	}
	if err := s.mayListen(listener.Addr(), config); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.listener = newBound(listener, config.Bounds)
	s.server.ConnContext, s.server.ConnState = withConnection, follow
	s.server.Handler = s.guarded(config.ProbesAlone)
	return s, nil
}

func (s *Server) prepare(config Config) error {
	if config.CertFile != "" || config.KeyFile != "" {
		pair, err := openPair(config)
		if err != nil {
			return err
		}
		s.server.TLSConfig = &tls.Config{
			MinVersion: tls.VersionTLS12, CipherSuites: authenticated(), GetCertificate: pair.certificate,
		}
	}
	if config.TokenFile != "" {
		kept, err := openTokens(config.TokenFile, config.Open)
		if err != nil {
			return err
		}
		s.access.tokens = kept
	}
	_, isSocket := socketPath(config.Address)
	s.access.guests = guests{
		socket: isSocket && config.TokenFile == "", view: config.ViewWithoutLogin, userName: config.UserName,
	}
	return nil
}

// authenticated lists the suites of TLS 1.2 that encrypt and authenticate in one: none with CBC, and all with forward
// secrecy. Those of TLS 1.3 are all so, and can't be chosen.
func authenticated() []uint16 {
	var suites []uint16
	for _, suite := range tls.CipherSuites() {
		if slices.Contains(suite.SupportedVersions, tls.VersionTLS12) &&
			strings.HasPrefix(suite.Name, "TLS_ECDHE_") && !strings.Contains(suite.Name, "_CBC_") {
			suites = append(suites, suite.ID)
		}
	}
	return suites
}

// mayListen judges the bound address, because a name can mean any.
// docs/design/server.md: Without login only the socket's group acts
func (s *Server) mayListen(bound net.Addr, config Config) error {
	switch {
	case config.ProbesAlone || bound.Network() == networkUnix || isThisMachine(bound.String()):
		return nil
	case config.ViewWithoutLogin:
		return fmt.Errorf("%w: %s", ErrViewedAfar, bound)
	case s.server.TLSConfig == nil:
		return fmt.Errorf("%w: %s", ErrNeedsTLS, bound)
	case s.access.Open():
		return fmt.Errorf("%w: %s", ErrNeedsTokens, bound)
	default:
		return nil
	}
}

// guarded wraps every request, whatever it is for.
func (s *Server) guarded(probesAlone bool) http.Handler {
	handler := http.NewCrossOriginProtection().Handler(s.mux)
	if s.access.Open() && !probesAlone {
		handler = onlyLocal(handler)
	}
	return keepBusy(plainHeaders(handler))
}

// plainHeaders sets the headers that suit every answer; a handler may replace them.
func plainHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// Authenticator returns the server's own, for handlers that have their own login.
func (s *Server) Authenticator() *Authenticator { return s.access }

// Addr returns the address that the server listens on, with its actual port.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Handle serves a pattern of http.ServeMux to callers who have the role.
func (s *Server) Handle(pattern string, role Role, handler http.Handler) {
	s.mux.Handle(pattern, s.access.Identify(s.access.Require(role, handler, plainRefusal)))
}

// Serve serves until the context ends, then gives requests the grace period. It returns nil after an orderly end.
func (s *Server) Serve(ctx context.Context, grace time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- s.serve() }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.server.Shutdown(last); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off: %w", err), s.server.Close())
	}
	return nil
}

func (s *Server) serve() error {
	if s.server.TLSConfig == nil {
		return s.server.Serve(s.listener)
	}
	return s.server.ServeTLS(s.listener, "", "")
}

// Close stops a server that never served.
func (s *Server) Close() error { return s.listener.Close() }

// hardened limits one client. A streaming handler sets its own write deadline by http.ResponseController.
func hardened(log *slog.Logger) *http.Server {
	return &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

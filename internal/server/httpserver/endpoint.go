// Package httpserver is the HTTP server of "acfix serve": it decides who may connect, identifies
// callers, and starts and stops serving. The caller of the package adds the handlers.
//
// On a loopback address it may answer without login, in plain HTTP; it then refuses proxies,
// pages of other sites, and names rebound to that address. Any other address needs TLS and a
// token file. With a token file, every address demands a token.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
)

// Config says where to listen and which callers to accept.
type Config struct {
	Address   string // host and port
	CertFile  string // with KeyFile: serve TLS; both are read again when they change
	KeyFile   string
	TokenFile string // demand tokens; read again when it changes
	// Open opens the token file, and may refuse it; nil is os.Open.
	Open Opener
	Now  func() time.Time
	Log  *slog.Logger
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
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBind, err)
	}
	if err := s.mayListen(listener.Addr()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.listener = listener
	s.server.Handler = s.guarded()
	return s, nil
}

func (s *Server) prepare(config Config) error {
	if config.CertFile != "" || config.KeyFile != "" {
		pair, err := openPair(config.CertFile, config.KeyFile, config.Log)
		if err != nil {
			return err
		}
		s.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.certificate}
	}
	if config.TokenFile != "" {
		kept, err := openTokens(config.TokenFile, config.Open)
		if err != nil {
			return err
		}
		s.access.tokens = kept
	}
	return nil
}

// mayListen judges the bound address, because a name can mean any.
// docs/design/server.md: Without login only this machine is served
func (s *Server) mayListen(bound net.Addr) error {
	switch {
	case isThisMachine(bound.String()):
		return nil
	case s.server.TLSConfig == nil:
		return fmt.Errorf("%w: %s", ErrNeedsTLS, bound)
	case s.access.Open():
		return fmt.Errorf("%w: %s", ErrNeedsTokens, bound)
	default:
		return nil
	}
}

// guarded wraps every request, whatever it is for.
func (s *Server) guarded() http.Handler {
	handler := http.NewCrossOriginProtection().Handler(s.mux)
	if s.access.Open() {
		handler = onlyLocal(handler)
	}
	return plainHeaders(handler)
}

// plainHeaders sets the headers that suit every answer; a handler may replace them.
func plainHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// Authenticator returns the server's own, for handlers that have their own login.
func (s *Server) Authenticator() *Authenticator { return s.access }

// Addr returns the address that the server listens on, with its actual port.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Handle serves a pattern of http.ServeMux to callers who have the role.
func (s *Server) Handle(pattern string, role Role, handler http.Handler) {
	s.mux.Handle(pattern, s.access.Identify(Require(role, handler, plainRefusal)))
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
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

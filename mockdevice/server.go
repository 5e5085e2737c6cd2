package mockdevice

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a device on a port.
type Server struct {
	url         string
	certificate *x509.Certificate
	http        *http.Server
	served      chan struct{}

	mu    sync.Mutex
	conns map[net.Conn]http.ConnState
	peak  int
}

// Start serves a device over HTTPS on a free loopback port, with the certificate of its TLS Context 0.
func Start(d *Device) (*Server, error) { return listen(d, "127.0.0.1:0", true) }

// StartPlain serves a device over HTTP on a free loopback port.
func StartPlain(d *Device) (*Server, error) { return listen(d, "127.0.0.1:0", false) }

func listen(d *Device, address string, secure bool) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start device: %w", err)
	}
	return Serve(d, listener, secure)
}

// Serve serves a device on a listener, over TLS if secure. The server closes the listener.
func Serve(d *Device, listener net.Listener, secure bool) (*Server, error) {
	s := newServer(d)
	var config *tls.Config
	if secure {
		config = tlsConfig(d.management(), d.model.Dialect)
	}
	d.onReset(s.closeIdle)
	if err := s.serve(listener, config); err != nil {
		return nil, err
	}
	return s, nil
}

func newServer(handler http.Handler) *Server {
	s := &Server{served: make(chan struct{}), conns: map[net.Conn]http.ConnState{}}
	s.http = &http.Server{
		Handler:           handler,
		ConnState:         s.track,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: 30 * time.Second,
		// An empty map disables HTTP/2, which devices do not support.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return s
}

func tlsConfig(own tls.Certificate, dialect Dialect) *tls.Config {
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	if dialect.TLS12Only {
		config.MaxVersion = tls.VersionTLS12
	}
	return config
}

// serve starts serving, over TLS if config is not nil.
func (s *Server) serve(listener net.Listener, config *tls.Config) error {
	s.url = "http://" + listener.Addr().String()
	if config != nil {
		leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
		if err != nil {
			listener.Close()
			return fmt.Errorf("start device: certificate of TLS Context 0: %w", err)
		}
		s.url, s.certificate = "https://"+listener.Addr().String(), leaf
		listener = tls.NewListener(listener, config)
	}
	go func() {
		defer close(s.served)
		s.http.Serve(listener)
	}()
	return nil
}

// URL returns scheme, address and port, without a trailing slash.
func (s *Server) URL() string { return s.url }

// Fingerprint returns the SHA-256 of the management certificate's DER in lower-case hex, or "" over HTTP.
func (s *Server) Fingerprint() string {
	if s.certificate == nil {
		return ""
	}
	return fingerprint(s.certificate.Raw)
}

// Certificate returns the management certificate, or nil over HTTP.
func (s *Server) Certificate() *x509.Certificate { return s.certificate }

// PeakConnections returns the largest number of connections that were open at once.
func (s *Server) PeakConnections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// Close stops the server and closes all its connections, including hanging ones.
func (s *Server) Close() {
	s.http.Close()
	<-s.served
}

func (s *Server) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(s.conns, conn)
		return
	}
	s.conns[conn] = state
	s.peak = max(s.peak, len(s.conns))
}

func (s *Server) closeIdle() { s.closeIdleAt("") }

// closeIdleAt closes the idle connections that dialled this address, or all if it is "".
func (s *Server) closeIdleAt(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, state := range s.conns {
		local, _, _ := net.SplitHostPort(conn.LocalAddr().String())
		if state == http.StateIdle && (address == "" || local == address) {
			conn.Close()
		}
	}
}

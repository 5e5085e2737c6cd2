package main

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/usage"
)

const makeTokens = "make one with: acfix token add --file FILE --name NAME --role approver; " +
	"and give it with --token-file"

// serveHints say what to do when serve can't listen. The first row counts whose kind and cause both match the error; a
// nil cause matches any.
var serveHints = []struct {
	kind, cause error
	hint        string
}{
	{httpserver.ErrBind, syscall.EADDRINUSE, "another program listens there, perhaps another \"acfix serve\"; " +
		"give another port with --listen, or --listen none"},
	{httpserver.ErrBind, syscall.EADDRNOTAVAIL, "this machine does not have that address; " +
		"give one that it has with --listen, such as 127.0.0.1:8080"},
	{httpserver.ErrBind, fs.ErrPermission, "ports below 1024 are for root; give a higher one with --listen"},
	{httpserver.ErrBind, fs.ErrNotExist, "make the folder of the socket, or give another path with --listen unix:PATH"},
	{httpserver.ErrBind, nil, "check that this machine has that address, and that its name can be looked up; " +
		"or give another one with --listen"},
	{httpserver.ErrAddress, nil, "give host and port with --listen, such as 127.0.0.1:8080, " +
		"unix: with the path of a socket in a folder that exists, or none"},
	{httpserver.ErrNeedsTLS, nil,
		"give --tls-cert and --tls-key, or listen on this machine alone: --listen 127.0.0.1:8080"},
	{httpserver.ErrNeedsTokens, nil, makeTokens},
	{httpserver.ErrViewedAfar, nil,
		"leave --view-without-login out, or listen on this machine alone: --listen 127.0.0.1:8080"},
	{httpserver.ErrCertificate, fs.ErrNotExist, "check the paths given with --tls-cert and --tls-key"},
	{httpserver.ErrCertificate, fs.ErrPermission, "let the user of acfix read the files of --tls-cert and --tls-key"},
	{httpserver.ErrCertificate, nil, "give --tls-cert and --tls-key together: " +
		"PEM files of a certificate, its intermediates behind it, and of its own key"},
	{httpserver.ErrTokenFile, fs.ErrNotExist, makeTokens},
	{httpserver.ErrTokenFile, httpserver.ErrNoTokens, makeTokens},
	{httpserver.ErrTokenFile, httpserver.ErrMode, "chmod 600 the file of --token-file"},
	{httpserver.ErrTokenFile, fs.ErrPermission, "let the user of acfix read the file of --token-file"},
	{httpserver.ErrTokenFile, nil, "give a file that \"acfix token add\" made"},
}

// serveHint returns the hint of an error of httpserver.Listen; "" for none.
func serveHint(err error) string {
	for _, row := range serveHints {
		if errors.Is(err, row.kind) && (row.cause == nil || errors.Is(err, row.cause)) {
			return row.hint
		}
	}
	return ""
}

// notListening returns why serve can't listen. Wrong arguments are a usage error. An address that can't be bound now is
// none: another start may succeed, so the service manager tries again.
func notListening(err error) error { return notListeningFor("--listen", err) }

// notListeningFor does the same for the address of another flag.
func notListeningFor(flag string, err error) error {
	for _, row := range serveHints {
		if !errors.Is(err, row.kind) || row.cause != nil && !errors.Is(err, row.cause) {
			continue
		}
		if row.kind == httpserver.ErrBind {
			return err
		}
		hint := strings.ReplaceAll(row.hint, "--listen", flag)
		return orRefused(fileOf(row.kind), err, &usage.Error{Problem: err.Error(), Hint: hint, Cause: err})
	}
	return err
}

// fileOf names the flag of the file that an error is about.
func fileOf(kind error) string {
	if errors.Is(kind, httpserver.ErrCertificate) {
		return "--tls-cert or --tls-key"
	}
	return "--token-file"
}

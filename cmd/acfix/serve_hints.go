package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/acfix/acfix/endpoint"
	"github.com/acfix/acfix/misuse"
)

const makeTokens = "make one with: acfix token add --file FILE --name NAME --role approver; and give it with --token-file"

// serveHints say what to do when serve can't listen: the first row of which an error is both the kind and
// the cause. A nil cause is any.
var serveHints = []struct {
	kind, cause error
	hint        string
}{
	{endpoint.ErrAddress, syscall.EADDRINUSE, "another program listens there, perhaps another \"acfix serve\"; give another port with --listen, or --listen none"},
	{endpoint.ErrAddress, syscall.EADDRNOTAVAIL, "this machine does not have that address; give one that it has with --listen, such as 127.0.0.1:8080"},
	{endpoint.ErrAddress, fs.ErrPermission, "ports below 1024 are for root; give a higher one with --listen"},
	{endpoint.ErrAddress, nil, "give host and port with --listen, such as 127.0.0.1:8080, or none"},
	{endpoint.ErrNeedsTLS, nil, "give --tls-cert and --tls-key, or listen on this machine alone: --listen 127.0.0.1:8080"},
	{endpoint.ErrNeedsTokens, nil, makeTokens},
	{endpoint.ErrCertificate, fs.ErrNotExist, "check the paths given with --tls-cert and --tls-key"},
	{endpoint.ErrCertificate, fs.ErrPermission, "let the user of acfix read the files of --tls-cert and --tls-key"},
	{endpoint.ErrCertificate, nil, "give --tls-cert and --tls-key together: PEM files of a certificate, its intermediates behind it, and of its own key"},
	{endpoint.ErrTokenFile, fs.ErrNotExist, makeTokens},
	{endpoint.ErrTokenFile, endpoint.ErrNoTokens, makeTokens},
	{endpoint.ErrTokenFile, endpoint.ErrMode, "chmod 600 the file of --token-file"},
	{endpoint.ErrTokenFile, fs.ErrPermission, "let the user of acfix read the file of --token-file"},
	{endpoint.ErrTokenFile, nil, "give a file that \"acfix token add\" made"},
}

// notListening is why serve can't listen, with what to do about it.
func notListening(err error) error {
	for _, row := range serveHints {
		if errors.Is(err, row.kind) && (row.cause == nil || errors.Is(err, row.cause)) {
			return orRefused("--token-file", err, &misuse.Error{Problem: err.Error(), Hint: row.hint, Cause: err})
		}
	}
	return err
}

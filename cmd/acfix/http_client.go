package main

import (
	"crypto/tls"
	"net/http"
	"sync"

	"github.com/acfix/acfix/internal/weakrsa"
)

// outside returns the client for addresses on the Internet; like all of acfix, it uses no proxy from the environment.
// Foreign certificates name many addresses, so each gets only a probe's timeout.
func (a *app) outside() *http.Client {
	timeout := probeTimeout
	if a.flags.timeoutGiven {
		timeout = a.flags.timeout
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: strongKeys()}
	return &http.Client{Timeout: timeout, Transport: transport}
}

// strongKeys is for servers other than devices: there, no pin can excuse a short key.
func strongKeys() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, VerifyConnection: weakrsa.Check}
}

// hookClient returns the usual client, with the proxy from the environment.
var hookClient = sync.OnceValue(func() *http.Client {
	transport, usual := http.DefaultTransport.(*http.Transport)
	if !usual {
		return &http.Client{}
	}
	own := transport.Clone()
	own.TLSClientConfig = strongKeys()
	return &http.Client{Transport: own}
})

package doctor

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

func (e *exam) authentication() outcome {
	offered := schemes(e.o.Challenge.Challenges)
	switch {
	case e.o.Challenge.Status == 0:
		return unknown("there is no answer")
	case e.o.Challenge.Status != http.StatusUnauthorized:
		return broken("a request without credentials was answered with status %d", e.o.Challenge.Status)
	case e.o.Status.Scheme == "Basic" && slices.Equal(offered, []string{"Basic"}):
		return holds("the device offers Basic and accepts it")
	default:
		return broken("offered: %s; used: %s", knownSchemes(offered), e.o.Status.Scheme)
	}
}

// knownSchemes shows the names of schemes that are registered and counts the others.
func knownSchemes(names []string) string {
	var shown []string
	for _, name := range names {
		if slices.Contains([]string{"Basic", "Digest", "Bearer", "Negotiate", "NTLM"}, name) {
			shown = append(shown, name)
		}
	}
	if odd := len(names) - len(shown); odd > 0 {
		shown = append(shown, fmt.Sprintf("%d unknown", odd))
	}
	if len(shown) == 0 {
		return "nothing"
	}
	return strings.Join(shown, ", ")
}

// nonces checks that the device sends no more challenges after the first Digest login.
func (e *exam) nonces() outcome {
	used, again := 0, 0
	for _, seen := range e.o.All() {
		if seen.Scheme != "Digest" {
			continue
		}
		if used > 0 && len(seen.Challenges) > 0 {
			again++
		}
		used++
	}
	switch {
	case used == 0:
		return unknown("Digest is not used")
	case again > 0:
		return broken("the device challenged %d of %d requests again", again, used-1)
	default:
		return holds("one nonce worked for %d requests", used)
	}
}

// errorBodies checks every error answer.
func (e *exam) errorBodies() outcome {
	var against []string
	seen := 0
	for _, answer := range e.o.All() {
		if answer.Status < 400 {
			continue
		}
		seen++
		var body struct {
			Description *string `json:"description"`
		}
		switch {
		case len(bytes.TrimSpace(answer.Body)) == 0:
			against = append(against, fmt.Sprintf("%d without a body", answer.Status))
		case json.Unmarshal(answer.Body, &body) != nil || body.Description == nil:
			against = append(against, fmt.Sprintf("%d with another body", answer.Status))
		}
	}
	if seen == 0 {
		return unknown("no answer was an error")
	}
	return either(against, fmt.Sprintf("JSON with a description, seen %d times", seen))
}

func (e *exam) framing() outcome {
	var against []string
	for _, seen := range e.o.All() {
		if seen.Framing == audiocodes.ByChunks || seen.Framing == audiocodes.ByClose {
			against = append(against, "by "+string(seen.Framing))
		}
	}
	if len(e.o.All()) == 0 {
		return unknown("there is no answer")
	}
	return either(against, "Content-Length")
}

func (e *exam) keepAlive() outcome {
	var against []string
	for i, seen := range e.o.All() {
		switch {
		case seen.Closes:
			against = append(against, "the device announces that it closes")
		case i > 0 && !seen.Reused && !e.o.All()[i-1].Closes:
			against = append(against, "a connection ended without an announcement")
		}
	}
	if len(e.o.All()) < 2 {
		return unknown("there are fewer than two answers")
	}
	return either(against, "kept alive")
}

func (e *exam) plainHTTP() outcome {
	if strings.HasPrefix(e.o.URL, "http://") {
		return holds("answered")
	}
	return unknown("not checked: acfix sends nothing over HTTP")
}

func (e *exam) tlsVersion() outcome {
	state := e.o.Status.TLS
	switch {
	case state == nil:
		return unknown("HTTP is used")
	case state.Version == tls.VersionTLS13:
		return holds("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	default:
		return broken("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	}
}

func (e *exam) managementCertificate() outcome {
	state := e.o.Status.TLS
	if state == nil || len(state.PeerCertificates) == 0 {
		return unknown("HTTP is used")
	}
	var own []byte
	for _, context := range e.o.Contexts {
		if certificate := certificateOf(context.Certificate.Body); context.ID == 0 && certificate != nil {
			own = certificate.Raw
		}
	}
	leaf := state.PeerCertificates[0]
	kind := "with its own name"
	if strings.HasPrefix(leaf.Subject.CommonName, "ACL_") && bytes.Equal(leaf.RawSubject, leaf.RawIssuer) {
		kind = "self-signed, ACL_…"
	}
	switch {
	case own == nil:
		return unknown("the certificate of TLS Context 0 could not be read")
	case !bytes.Equal(own, leaf.Raw):
		return broken("not that of TLS Context 0")
	default:
		return holds("that of TLS Context 0, %s, %s", kind, KeyType(leaf))
	}
}

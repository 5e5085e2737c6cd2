package mockdevice

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	realm          = "WebServer"
	loginAttempts  = 3
	blockTime      = 60 * time.Second
	nonceLife      = 5 * time.Minute
	rememberNonces = 1000
)

// login is what the device remembers about logins. Times are the device's.
type login struct {
	requests     int
	failed       int // since the start
	inRow        int
	blockedUntil time.Time
	nonces       map[string]*nonce
	issued       int
}

type nonce struct {
	issued time.Time
	uses   int
}

// FailedLogins counts the requests with a wrong user or password since the start, including those during a lock-out.
func (d *Device) FailedLogins() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.login.failed
}

// verdict is the result of checking credentials.
type verdict int

const (
	noCredentials verdict = iota
	wrongCredentials
	staleNonce
	rightCredentials
)

// authenticate returns nil if the request may proceed, otherwise the refusal.
func (d *Device) authenticate(r *http.Request) *answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := d.judge(r)
	if found == wrongCredentials {
		d.login.failed++
	}
	if d.model.Now().Before(d.login.blockedUntil) {
		return d.refuseBlocked()
	}
	switch found {
	case rightCredentials:
		d.login.inRow = 0
		return nil
	case wrongCredentials:
		d.login.inRow++
		if d.login.inRow >= loginAttempts {
			d.login.inRow = 0
			d.login.blockedUntil = d.model.Now().Add(blockTime)
		}
	}
	return d.challenge(found == staleNonce)
}

func (d *Device) refuseBlocked() *answer {
	if d.model.Dialect.BlockedForbidden {
		a := d.failure(http.StatusForbidden, "User is blocked")
		return &a
	}
	return d.challenge(false)
}

func (d *Device) challenge(stale bool) *answer {
	a := d.failure(http.StatusUnauthorized, "Authentication required")
	a.header = http.Header{}
	if d.model.Dialect.Auth != AuthBasic {
		fresh := fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=MD5, nonce="%s", opaque="5ccc069c403ebaf9"`,
			realm, d.newNonce())
		if stale {
			fresh += ", stale=true"
		}
		a.header.Add("WWW-Authenticate", fresh)
	}
	if d.model.Dialect.Auth != AuthDigest {
		a.header.Add("WWW-Authenticate", fmt.Sprintf(`Basic realm="%s"`, realm))
	}
	return &a
}

func (d *Device) newNonce() string {
	if d.login.nonces == nil || len(d.login.nonces) >= rememberNonces {
		d.login.nonces = map[string]*nonce{}
	}
	d.login.issued++
	value := hash(fmt.Sprint(d.model.Serial, d.login.issued, d.model.Now().UnixNano()))
	d.login.nonces[value] = &nonce{issued: d.model.Now()}
	return value
}

// judge checks credentials in the schemes that the device offers; others count as no credentials, not wrong ones.
func (d *Device) judge(r *http.Request) verdict {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	offered := d.model.Dialect.Auth
	switch {
	case strings.EqualFold(scheme, "Basic") && offered != AuthDigest:
		user, password, ok := r.BasicAuth()
		if ok && user == d.model.Username && password == d.model.Password {
			return rightCredentials
		}
		return wrongCredentials
	case strings.EqualFold(scheme, "Digest") && offered != AuthBasic:
		return d.judgeDigest(r, digestFields(rest))
	}
	return noCredentials
}

// judgeDigest follows RFC 7616, algorithm MD5, qop auth. It checks the nonce last: only a client
// with the right password learns that its nonce is stale.
func (d *Device) judgeDigest(r *http.Request, f map[string]string) verdict {
	secret := hash(d.model.Username + ":" + realm + ":" + d.model.Password)
	request := hash(r.Method + ":" + f["uri"])
	want := hash(strings.Join([]string{secret, f["nonce"], f["nc"], f["cnonce"], f["qop"], request}, ":"))
	if f["username"] != d.model.Username || f["realm"] != realm || f["uri"] != r.RequestURI ||
		f["qop"] != "auth" || f["nc"] == "" || f["cnonce"] == "" || f["response"] != want {
		return wrongCredentials
	}
	known := d.login.nonces[f["nonce"]]
	limit := d.model.Dialect.NonceUses
	if known == nil || d.model.Now().Sub(known.issued) > nonceLife || (limit > 0 && known.uses >= limit) {
		return staleNonce
	}
	known.uses++
	return rightCredentials
}

// digestFields parses `a="b, c", d=e`.
func digestFields(text string) map[string]string {
	fields := map[string]string{}
	for text != "" {
		name, rest, found := strings.Cut(text, "=")
		if !found {
			break
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, text, _ = strings.Cut(rest, ",")
		} else {
			value, text, _ = strings.Cut(rest, ",")
		}
		fields[fold(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return fields
}

func hash(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

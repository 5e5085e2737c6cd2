package audiocodes_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// digestLogin is a login by Digest (RFC 7616) in front of a device's answers. It knows one
// nonce at a time and answers nothing to Basic but a challenge.
type digestLogin struct {
	password  string
	algorithm string // MD5 if empty
	qop       string // "auth" if empty
	uses      int    // a nonce is stale after so many; 0 never
	alsoBasic bool   // offers Basic too, and takes it

	mu     sync.Mutex
	nonces int
	used   int
	counts []string // the nc of each login that was let in
}

// guard puts the login in front of all answers.
func (d *digestLogin) guard(a answers) answers {
	guarded := answers{}
	for route, handle := range a {
		guarded[route] = func(w http.ResponseWriter, r *http.Request) {
			if stale, in := d.admit(r); !in {
				d.challenge(w, stale)
				return
			}
			handle(w, r)
		}
	}
	return guarded
}

func (d *digestLogin) challenge(w http.ResponseWriter, stale bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nonces++
	d.used = 0
	if d.alsoBasic {
		w.Header().Add("WWW-Authenticate", `Basic realm="WebServer"`)
	}
	offer := fmt.Sprintf(`Digest realm="WebServer", qop="%s", nonce="nonce-%d", opaque="00ff"`, d.protection(), d.nonces)
	if d.algorithm != "" {
		offer += ", algorithm=" + d.algorithm
	}
	if stale {
		offer += ", stale=true"
	}
	w.Header().Add("WWW-Authenticate", offer)
	w.WriteHeader(http.StatusUnauthorized)
}

func (d *digestLogin) protection() string {
	if d.qop == "" {
		return "auth"
	}
	return d.qop
}

var digestField = regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^", ]+))`)

func (d *digestLogin) admit(r *http.Request) (stale, in bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if user, given, basic := r.BasicAuth(); basic {
		return false, d.alsoBasic && user == username && given == d.password
	}
	fields := map[string]string{}
	for _, m := range digestField.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		fields[m[1]] = m[2] + m[3]
	}
	body, _ := io.ReadAll(r.Body)
	if fields["username"] != username || fields["uri"] != r.RequestURI || fields["response"] != d.response(r.Method, body, fields) {
		return false, false
	}
	if fields["nonce"] != fmt.Sprintf("nonce-%d", d.nonces) || d.uses > 0 && d.used >= d.uses {
		return true, false
	}
	d.used++
	d.counts = append(d.counts, fields["nc"])
	return false, true
}

func (d *digestLogin) response(method string, body []byte, f map[string]string) string {
	request := method + ":" + f["uri"]
	if f["qop"] == "auth-int" {
		request += ":" + d.hash(string(body))
	}
	secret := d.hash(username + ":WebServer:" + d.password)
	return d.hash(strings.Join([]string{secret, f["nonce"], f["nc"], f["cnonce"], f["qop"], d.hash(request)}, ":"))
}

func (d *digestLogin) hash(text string) string {
	if d.algorithm == "SHA-256" {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (d *digestLogin) countsSeen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.counts...)
}

package audiocodes

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/icholy/digest"
)

// errRefused ends every request after the device has refused the password once: three failed logins block the user or
// the source address (User's Manual 7.4, "Deny Access On Fail Count"), and acfix must not lock its operator out.
var errRefused = errors.New("the device refused this password before; it is not tried again")

// login adds the credentials to every request: Basic at once, and where the device
// answers with a Digest challenge, that answer, once. From then on Digest is used
// at once. Any other 401 is final for the client's life, but for one on the second connection. The client
// sends one request at a time until the device has taken the password (Client.mayBeTwo), so no second
// request carries one that the device has not answered yet.
type login struct {
	next               http.RoundTripper
	username, password string
	secrets            *mask // learns what is sent besides the password

	proven atomic.Bool // the device has accepted the password

	mu        sync.Mutex
	challenge *digest.Challenge // nil while Basic is used
	uses      int               // of the challenge's nonce
	refused   error             // why nothing more is sent, or nil
}

func newLogin(next http.RoundTripper, username, password string, secrets *mask) *login {
	return &login{next: next, username: username, password: password, secrets: secrets}
}

func (l *login) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := drain(request)
	if err != nil {
		return nil, err
	}
	exchange := l.exchange
	if judgesNoLogin(request.Context()) {
		// docs/design/device.md: A refused second connection says nothing of the password
		exchange = l.try
	}
	response, err := exchange(request, body)
	if err == nil && response.StatusCode/100 == 2 {
		l.proven.Store(true)
	}
	return response, err
}

// exchange sends a request and answers a Digest challenge, once.
func (l *login) exchange(request *http.Request, body []byte) (*http.Response, error) {
	response, err := l.try(request, body)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	noteChallenges(request, response.Header)
	asked := challengesOf(response.Header)
	challenge := asked.digest()
	if challenge == nil || l.refusedBasic(asked) {
		l.refuse(response)
		return response, nil
	}
	offered := response.Header.Values("WWW-Authenticate")
	closeBody(response)
	l.accept(challenge)
	response, err = l.try(request, body)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	// A server that offered Digest has judged the answer, whatever else it asks for now.
	response.Header["Www-Authenticate"] = append(offered, response.Header.Values("WWW-Authenticate")...)
	l.refuse(response)
	return response, nil
}

func (l *login) try(request *http.Request, body []byte) (*http.Response, error) {
	attempt := request.Clone(request.Context())
	// An empty body must be nil: only then does Go send "Content-Length: 0", which the save needs.
	attempt.Body, attempt.ContentLength = nil, int64(len(body))
	if len(body) > 0 {
		attempt.Body = io.NopCloser(bytes.NewReader(body))
	}
	authorization, err := l.authorization(request, body)
	if err != nil {
		return nil, err
	}
	attempt.Header.Set("Authorization", authorization)
	return l.next.RoundTrip(attempt)
}

func (l *login) authorization(request *http.Request, body []byte) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused != nil {
		return "", l.refused
	}
	if l.challenge == nil {
		basic := http.Request{Header: http.Header{}}
		basic.SetBasicAuth(l.username, l.password)
		return basic.Header.Get("Authorization"), nil
	}
	if isBeside(request.Context()) {
		return "", errOnlyWithBasic
	}
	l.uses++
	credentials, err := digest.Digest(l.challenge, digest.Options{
		Method: request.Method, URI: request.URL.RequestURI(), Count: l.uses,
		Username: l.username, Password: l.password,
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	})
	if err != nil {
		return "", err
	}
	l.secrets.remember(credentials.Response)
	return credentials.String(), nil
}

// usesDigest reports whether each request must have a count of its own.
func (l *login) usesDigest() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.challenge != nil
}

// isRefused reports whether nothing more is sent.
func (l *login) isRefused() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused != nil
}

// refusedBasic: a device that offers Basic has refused the password; the Digest answer would be a second try.
// docs/design/device.md: A 401 that offers Basic beside Digest is final
func (l *login) refusedBasic(asked challenges) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.challenge == nil && asked.offer("basic")
}

func (l *login) accept(challenge *digest.Challenge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.challenge, l.uses = challenge, 0
}

// refuse ends the login: whatever sent this 401, the client never sends this password there again.
// docs/design/device.md: A refused password is never sent again
func (l *login) refuse(response *http.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = errRefused
	if refused := signOn(response.Header); refused != nil {
		l.refused = refused
	}
}

// drain reads the request's body, which may have to be sent twice.
func drain(request *http.Request) ([]byte, error) {
	if request.Body == nil || request.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = request.Body.Close() }()
	return io.ReadAll(request.Body)
}

// closeBody reads the rest, so that the connection can be used again.
func closeBody(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	_ = response.Body.Close()
}

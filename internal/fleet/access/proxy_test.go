package access_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gatekeeper is a proxy that refuses every request and notes it.
type gatekeeper struct {
	*httptest.Server
	mu   sync.Mutex
	came []string // "host user:password", the latter only where given
}

func newGatekeeper(t *testing.T) *gatekeeper {
	t.Helper()
	g := &gatekeeper{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
		user, password, _ := r.BasicAuth()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.came = append(g.came, strings.Trim(r.Host+" "+user+":"+password, ": "))
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gatekeeper) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer func() { g.came = nil }()
	return g.came
}

// TestThroughWhichProxyAndAsWhom: where a login goes, the inventory or the person who types says.
func TestThroughWhichProxyAndAsWhom(t *testing.T) {
	t.Parallel()
	own, other := newGatekeeper(t), newGatekeeper(t)
	const in = " jumper:pr0xy-Secret"
	type row struct {
		keys  string
		flags func(*access.Flags)
		own   string // the host asked for at the inventory's proxy
		other string // and to the other one
	}
	byOwn := "proxy: '" + own.URL + "', "
	withLogin := "proxy_username: jumper, proxy_password_env: JUMP_PASSWORD, "
	typedOther := func(f *access.Flags) { f.Proxy = other.URL }
	onRecord := func(address string) func(*access.Flags) {
		return func(f *access.Flags) { f.Proxy, f.ProxyOnRecord = address, true }
	}
	for name, test := range map[string]row{
		"the inventory's":                           {byOwn, nil, "far.invalid:443", ""},
		"the inventory's, with a login":             {byOwn + withLogin, nil, "far.invalid:443" + in, ""},
		"typed":                                     {"", typedOther, "", "far.invalid:443"},
		"typed over the inventory's":                {byOwn, typedOther, "", "far.invalid:443"},
		"typed, with a login of the inventory":      {withLogin, typedOther, "", "far.invalid:443" + in},
		"typed over the inventory's, with a login":  {byOwn + withLogin, typedOther, "", "far.invalid:443" + in},
		"on record":                                 {"", onRecord(other.URL), "", "far.invalid:443"},
		"on record, with a login for another":       {byOwn + withLogin, onRecord(other.URL), "", "far.invalid:443"},
		"on record, with a login for nobody":        {withLogin, onRecord(other.URL), "", "far.invalid:443"},
		"on record, with the inventory's own login": {byOwn + withLogin, onRecord(own.URL), "far.invalid:443" + in, ""},
	} {
		var given []string
		if test.flags != nil {
			given = []string{"proxy"}
		}
		text := "defaults: {username: acfix}\ndevices:\n  - {" + test.keys + "name: far, url: https://far.invalid}\n"
		environment := map[string]string{"ACFIX_PASSWORD": "common", "JUMP_PASSWORD": "pr0xy-Secret"}
		devices := find(t, roster(t, text), "far")
		err := access.Resolve(t.Context(), devices, typed(test.flags, given...),
			&access.Secrets{Getenv: func(name string) string { return environment[name] }},
			access.ClientSettings{Timeout: time.Minute, LongTimeout: time.Minute, Retry: retry.Clock{Now: time.Now, Sleep: retry.Sleep, Jitter: func() float64 { return 0 }}.Policy(0, 0, 0)})
		require.NoError(t, err, name)
		client := devices[0].Reader()
		_, err = client.Status(t.Context())
		client.Close()
		require.ErrorContains(t, err, "answered 407", name)
		assert.NotContains(t, err.Error(), "pr0xy-Secret", name)
		assert.NotContains(t, devices[0].Proxy.String(), "jumper", name)
		assert.Equal(t, test.own, strings.Join(own.seen(), "|"), name)
		assert.Equal(t, test.other, strings.Join(other.seen(), "|"), name)
	}
}

func TestAProxyThatCanNotBeUsedEndsTheRun(t *testing.T) {
	t.Parallel()
	for want, row := range map[string]struct {
		typed  string
		target string
	}{
		"is no proxy": {"jump:1080", unlisted}, "must not hold a user": {"http://u:hunter2@jump", unlisted}, "can't be used through a proxy": {"http://jump", "http://127.0.0.1"},
	} {
		_, err := resolve(t, typed(func(f *access.Flags) { f.Proxy = row.typed }, "proxy"), nil, row.target)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, want)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error()+wrong.Hint, "hunter2")
	}
	half := roster(t, "defaults: {username: acfix, proxy_username: u, proxy_password_env: NOT_SET}\ndevices: [{name: a, url: 'https://a.example', proxy: 'http://jump'}]\n")
	_, err := resolve(t, typed(nil), half, "a")
	assert.ErrorContains(t, err, "proxy_password_env: NOT_SET is not set")
	assert.Equal(t, []string{"NOT_SET"}, half.PasswordVariables(), "no password command gets it")
}

// TestAProxyPasswordIsOneLineToo: with notes below it, it is not sent to the proxy.
func TestAProxyPasswordIsOneLineToo(t *testing.T) {
	t.Parallel()
	r := roster(t, "defaults: {username: acfix, password_env: ACFIX_PASSWORD, proxy_username: u, proxy_password_env: JUMP}\n"+
		"devices: [{name: a, url: 'https://a.example', proxy: 'http://jump'}]\n")
	secrets := &access.Secrets{Getenv: func(name string) string {
		return map[string]string{"ACFIX_PASSWORD": "common", "JUMP": "hunter2\nurl: jump"}[name]
	}}
	err := access.Resolve(t.Context(), find(t, r, "a"), typed(nil), secrets, access.ClientSettings{})
	assert.ErrorContains(t, err, "JUMP")
	assert.ErrorContains(t, err, "2 lines")
	assert.NotContains(t, err.Error(), "hunter2")
}

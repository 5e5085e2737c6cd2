package remediate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const blockedPage = "<html><head><title>Request blocked</title></head><body>Incident 4711</body></html>"

// front puts a handler between acfix and the device. answer reports whether it answered a request instead of the
// device; it may pass the request on first.
func (r *rig) front(answer func(w http.ResponseWriter, request *http.Request, device http.Handler) (answered bool)) {
	r.t.Helper()
	behind, err := url.Parse(r.url)
	require.NoError(r.t, err)
	device := httputil.NewSingleHostReverseProxy(behind)
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if !answer(w, request, device) {
			device.ServeHTTP(w, request)
		}
	}))
	r.t.Cleanup(before.Close)
	r.url = before.URL
}

func page(w http.ResponseWriter, status int, contentType, text string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// TestAFirewallBeforeTheDeviceIsNoPrivilegeLevel: acfix reads back whether a write happened, for some firewalls stop
// only the answer.
func TestAFirewallBeforeTheDeviceIsNoPrivilegeLevel(t *testing.T) {
	t.Run("of reads", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, preset(t, "7.4.500"))
		r.front(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			page(w, http.StatusForbidden, "text/html", blockedPage)
			return true
		})
		plan := r.plan(remediate.Choice{})
		require.NotNil(t, plan.Error)
		requireFirewall(t, *plan.Error)
	})
	t.Run("of writes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, preset(t, "7.4.500"))
		r.front(func(w http.ResponseWriter, request *http.Request, _ http.Handler) bool {
			if request.Method != http.MethodGet {
				page(w, http.StatusForbidden, "application/json", blockedPage)
			}
			return request.Method != http.MethodGet
		})
		result := r.apply(remediate.Choice{})
		require.Equal(t, remediate.Failed, result.Status)
		requireFirewall(t, *result.Error)
		assert.Contains(t, result.Error.Message, "unknown", "what was not seen is not called not done")
		assert.Zero(t, r.device.Writes())
	})
	t.Run("of answers to writes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, preset(t, "7.4.500"))
		r.front(func(w http.ResponseWriter, request *http.Request, device http.Handler) bool {
			if request.Method == http.MethodGet {
				return false
			}
			device.ServeHTTP(httptest.NewRecorder(), request)
			page(w, http.StatusForbidden, "text/html", blockedPage)
			return true
		})
		result := r.apply(remediate.Choice{})
		require.Nil(t, result.Error)
		require.Equal(t, remediate.Applied, result.Status)
		requireRepaired(t, r, 2, true)
	})
}

func requireFirewall(t *testing.T, failure remediate.Failure) {
	t.Helper()
	assert.Equal(t, remediate.CodeBadAnswer, failure.Code)
	assert.Contains(t, failure.Message, "firewall")
	assert.NotContains(t, failure.Message, "privilege")
	assert.NotContains(t, failure.Hint, "Security Administrator")
	assert.NotContains(t, failure.Message+failure.Hint, "4711", "a page is not quoted")
}

// TestWhatARefusalIsCalled checks the code of a refusal and the subject of its hint.
func TestWhatARefusalIsCalled(t *testing.T) {
	for name, test := range map[string]struct {
		status      int
		challenge   string
		contentType string
		body        string
		writes      bool // only writes are refused
		code        string
		hint        string
		foreign     bool
	}{
		"a password":              {status: 401, challenge: `Basic realm="x"`, code: remediate.CodeUnauthorized, hint: "90 days"},
		"a password, unsaid":      {status: 401, code: remediate.CodeUnauthorized, hint: "first password"},
		"single sign-on":          {status: 401, challenge: "Negotiate, NTLM", code: remediate.CodeUnauthorized, hint: "single sign-on", foreign: true},
		"a login of nobody's":     {status: 401, challenge: "Form", code: remediate.CodeUnauthorized, hint: "single sign-on"},
		"a level":                 {status: 403, contentType: "application/json", body: `{"description":"no"}`, code: remediate.CodeForbidden, hint: "Security Administrator"},
		"a level, at a write":     {status: 403, contentType: "application/json", body: `{"description":"no"}`, writes: true, code: remediate.CodeForbidden, hint: "Security Administrator"},
		"405 at a read":           {status: 405, code: remediate.CodeUnsupported, hint: "privilege level"},
		"405 at a write":          {status: 405, writes: true, code: remediate.CodeUnsupported, hint: "Security Administrator"},
		"405 at a write, a page":  {status: 405, contentType: "text/html", body: blockedPage, writes: true, code: remediate.CodeUnsupported, hint: "Security Administrator"},
		"a proxy that wants more": {status: 407, code: remediate.CodeBadAnswer, hint: "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			requests := 0
			r.front(func(w http.ResponseWriter, request *http.Request, _ http.Handler) bool {
				if test.writes && request.Method == http.MethodGet {
					return false
				}
				requests++
				if test.challenge != "" {
					w.Header().Set("WWW-Authenticate", test.challenge)
				}
				page(w, test.status, test.contentType, test.body)
				return true
			})
			failure := r.plan(remediate.Choice{}).Error
			if test.writes {
				require.Nil(t, failure)
				failure = r.apply(remediate.Choice{}).Error
			}
			require.NotNil(t, failure)
			assert.Equal(t, test.code, failure.Code)
			assert.Contains(t, strings.ToLower(failure.Hint), strings.ToLower(test.hint))
			assert.Equal(t, test.foreign, failure.ForeignLogin)
			assert.Equal(t, 1, requests, "it is not tried again")
			assert.Zero(t, r.device.Writes())
		})
	}
}

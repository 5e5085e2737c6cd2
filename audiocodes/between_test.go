package audiocodes_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestA401ThatNoDeviceWouldSend: who asks for another login than a device does is named, and the
// password is not tried again there either.
func TestA401ThatNoDeviceWouldSend(t *testing.T) {
	t.Parallel()
	const own = "user name or password refused"
	const between = "a proxy or single sign-on stands before the device"
	for name, test := range map[string]struct {
		asked   []string
		body    string
		says    string
		names   string
		foreign bool
	}{
		"Bearer":                        {asked: []string{`Bearer realm="x"`}, says: between, names: "Bearer", foreign: true},
		"bearer alone":                  {asked: []string{`bearer`}, says: between, names: "bearer", foreign: true},
		"Negotiate":                     {asked: []string{`Negotiate`}, says: between, names: "Negotiate", foreign: true},
		"NTLM":                          {asked: []string{`NTLM`}, says: between, names: "NTLM", foreign: true},
		"Negotiate with a token":        {asked: []string{`Negotiate YII=`}, says: between, names: "Negotiate", foreign: true},
		"two lines":                     {asked: []string{`Negotiate`, `NTLM`}, says: between, names: "Negotiate, NTLM", foreign: true},
		"a list in one line":            {asked: []string{`Negotiate, NTLM , Bearer realm="a, b", error="c"`}, says: between, names: "Negotiate, NTLM, Bearer", foreign: true},
		"Basic in quotes is no Basic":   {asked: []string{`Bearer realm="this, Basic realm=", scope="digest, basic"`}, says: between, names: "Bearer", foreign: true},
		"escaped quotes":                {asked: []string{`Bearer realm="a\", Basic realm=\"b"`}, says: between, names: "Bearer", foreign: true},
		"a scheme of somebody's own":    {asked: []string{`SiteMinder realm="x"`}, says: between, names: "SiteMinder"},
		"foreign, and one of nobody":    {asked: []string{`Bearer`, `Form`}, says: between, names: "Bearer, Form"},
		"a page without a challenge":    {body: loginPage, says: between, names: "a web page"},
		"a page, and Basic":             {asked: []string{`Basic realm="x"`}, body: loginPage, says: own},
		"Basic":                         {asked: []string{`Basic realm="x"`}, says: own},
		"basic in small letters":        {asked: []string{`basic`}, says: own},
		"Basic at the end":              {asked: []string{`Negotiate, Bearer realm="x", Basic realm="y"`}, says: own},
		"Basic in a line of its own":    {asked: []string{`Negotiate`, `NTLM`, `Basic realm="y"`}, says: own},
		"none at all":                   {says: own, names: "names no way to log in"},
		"an empty one":                  {asked: []string{""}, says: own},
		"commas alone":                  {asked: []string{" , ,"}, says: own},
		"no scheme":                     {asked: []string{`realm="x"`}, says: own},
		"Digest that nobody can answer": {asked: []string{`Digest realm="x", nonce="n", algorithm=MD4`}, says: own},
		"the same, and Bearer":          {asked: []string{`Bearer`, `Digest realm="x", nonce="n", algorithm=MD4`}, says: own},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, everywhere(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Www-Authenticate"] = test.asked
				say(http.StatusUnauthorized, "", test.body)(w, r)
			}))
			client := connect(t, device.URL)
			for i := range 3 {
				_, err := client.Status(t.Context())
				requireKind(t, err, audiocodes.ErrUnauthorized)
				assert.Equal(t, test.foreign, audiocodes.AskedForeign(err), "try %d", i)
				if i == 0 || test.body == "" {
					require.ErrorContains(t, err, "read the status: "+test.says, "try %d", i)
					assert.Equal(t, test.says == between, errors.Is(err, audiocodes.ErrSignOn))
				}
				if i == 0 {
					assert.ErrorContains(t, err, test.names)
				}
				assert.NotContains(t, err.Error(), password)
			}
			assert.Equal(t, []string{"Basic"}, schemes(device.requests()), "one try, whoever it is")
		})
	}
}

// TestDigestIsFoundAmongOthers: a list in one line, or in several.
func TestDigestIsFoundAmongOthers(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]func(string) []string{
		"before it":     func(d string) []string { return []string{"Negotiate, " + d} },
		"after it":      func(d string) []string { return []string{d + ", Bearer realm=\"x\", NTLM"} },
		"around it":     func(d string) []string { return []string{"NTLM, " + d + ", Negotiate"} },
		"in lines":      func(d string) []string { return []string{"NTLM", d, "Negotiate"} },
		"small letters": func(d string) []string { return []string{strings.Replace(d, "Digest", "digest", 1)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			login := &digestLogin{password: password}
			guarded := login.guard(documented())
			around := answers{}
			for route, handle := range guarded {
				around[route] = func(w http.ResponseWriter, r *http.Request) {
					handle(rewriting{w, func(h http.Header) {
						if asked := h.Get("WWW-Authenticate"); asked != "" {
							h["Www-Authenticate"] = more(asked)
						}
					}}, r)
				}
			}
			device := newFixture(t, around)
			client := connect(t, device.URL)
			_, err := client.Status(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{"Basic", "Digest"}, schemes(device.requests()))
		})
	}
}

// rewriting changes the header right before it is sent.
type rewriting struct {
	http.ResponseWriter
	change func(http.Header)
}

func (r rewriting) WriteHeader(status int) {
	r.change(r.Header())
	r.ResponseWriter.WriteHeader(status)
}

// TestARefusedDigestIsTheDevicesWord, also when the second 401 asks for something foreign: the
// password was looked at.
func TestARefusedDigestIsTheDevicesWord(t *testing.T) {
	t.Parallel()
	device := newFixture(t, answers{"GET /status": inTurn(challenged(`Digest realm="r", nonce="n", qop="auth"`), challenged("Negotiate"))})
	client := connect(t, device.URL)
	for range 2 {
		_, err := client.Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnauthorized)
		assert.False(t, audiocodes.AskedForeign(err))
	}
	assert.Equal(t, []string{"Basic", "Digest"}, schemes(device.requests()))
}

// TestWhoseRefusalItIs: a privilege level answers in JSON or with nothing, a firewall with a page.
func TestWhoseRefusalItIs(t *testing.T) {
	t.Parallel()
	const page = "<html><head><title>Request blocked</title></head></html>"
	for name, test := range map[string]struct {
		status      int
		contentType string
		body        string
		want, also  error
	}{
		"JSON":                           {403, "application/json", `{"description":"Access denied"}`, audiocodes.ErrForbidden, nil},
		"nothing":                        {403, "", "", audiocodes.ErrForbidden, nil},
		"text":                           {403, "text/plain", "Forbidden", audiocodes.ErrForbidden, nil},
		"JSON called a page":             {403, "text/html", `{"description":"Access denied"}`, audiocodes.ErrForbidden, nil},
		"JSON called a page, with a BOM": {403, "text/html", "\ufeff{\"description\":\"Access denied\"}", audiocodes.ErrForbidden, nil},
		"a page by its type":             {403, "text/html; charset=utf-8", "Request blocked", audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"a page by its type in capitals": {403, "TEXT/HTML", "Request blocked", audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"an XHTML page":                  {403, "application/xhtml+xml", "<?xml version=\"1.0\"?><html/>", audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"a page by its body":             {403, "", "\r\n\r\n" + page, audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"a page called JSON":             {403, "application/json", page, audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"a page after a comment":         {403, "text/plain", "<!-- 17 -->\n<!DOCTYPE html>\n" + page, audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"a page after a BOM":             {403, "", "\ufeff" + page, audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
		"XML that is no page":            {403, "application/xml", "<error/>", audiocodes.ErrForbidden, nil},
		"405":                            {405, "", `{"description":"Method not allowed"}`, audiocodes.ErrUnsupported, audiocodes.ErrPerhapsLevel},
		"405 with a page":                {405, "text/html", page, audiocodes.ErrUnsupported, audiocodes.ErrPerhapsLevel},
		"404":                            {404, "text/html", page, audiocodes.ErrUnsupported, nil},
		"407":                            {407, "text/html", page, audiocodes.ErrBadAnswer, audiocodes.ErrFirewall},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, everywhere(say(test.status, test.contentType, test.body)))
			client := connect(t, device.URL)
			for _, operation := range allOperations() {
				err := operation.run(t.Context(), client)
				if operation.name == "TrustedRoots" && test.status == 404 || operation.name == "Certificate" && test.status == 404 {
					continue // absent, perhaps
				}
				requireKind(t, err, test.want)
				for _, kind := range []error{audiocodes.ErrFirewall, audiocodes.ErrPerhapsLevel} {
					assert.Equal(t, kind == test.also, errors.Is(err, kind), operation.name)
				}
				assert.Equal(t, test.want == audiocodes.ErrForbidden, strings.Contains(err.Error(), "privilege level too low"), operation.name)
			}
		})
	}
}

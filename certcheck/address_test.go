package certcheck_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/acfix/acfix/certcheck"
	"github.com/stretchr/testify/assert"
)

// repository is a CA's web server that takes down what it is asked for.
func repository(t *testing.T) (string, func() []string) {
	t.Helper()
	var mutex sync.Mutex
	var asked []string
	mux := http.NewServeMux()
	mux.HandleFunc("/ca.crt", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/gone", http.NotFound)
	mux.Handle("/secure", http.RedirectHandler("https://crt.example.com/ca.crt", http.StatusMovedPermanently))
	mux.Handle("/moved", http.RedirectHandler("/ca.crt", http.StatusFound))
	mux.Handle("/far", http.RedirectHandler("/secure", http.StatusTemporaryRedirect))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.Handle("/ftp", http.RedirectHandler("ftp://crt.example.com/ca.crt", http.StatusFound))
	mux.HandleFunc("/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		asked = append(asked, r.URL.Path)
		mutex.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []string { mutex.Lock(); defer mutex.Unlock(); return slices.Clone(asked) }
}

// naming is a scene whose intermediate names these addresses.
func naming(t *testing.T, issuers, ocsp []string) *scene {
	t.Helper()
	s := good(t, certcheck.PexipNode)
	template := caTemplate("Naming Intermediate")
	template.IssuingCertificateURL, template.OCSPServer = issuers, ocsp
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate}
	return s
}

func TestFollowAddresses(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		https string
		err   string
		check certcheck.Result
	}{
		"/ca.crt":  {check: certcheck.Pass},
		"/gone":    {check: certcheck.Pass},
		"/moved":   {check: certcheck.Pass},
		"/secure":  {https: "https://crt.example.com/ca.crt", check: certcheck.Fail},
		"/far":     {https: "https://crt.example.com/ca.crt", check: certcheck.Fail},
		"/loop":    {err: "again and again", check: certcheck.Unknown},
		"/ftp":     {err: "neither http nor https", check: certcheck.Unknown},
		"/nowhere": {err: "leads nowhere", check: certcheck.Unknown},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			url, _ := repository(t)
			s := naming(t, []string{url + path}, nil)
			s.options.Addresses = certcheck.FollowAddresses(t.Context(), http.DefaultClient, s.subject(t))
			if assert.Len(t, s.options.Addresses, 1) {
				assert.Equal(t, want.https, s.options.Addresses[0].HTTPS)
				if want.err != "" {
					assert.ErrorContains(t, s.options.Addresses[0].Err, want.err)
				} else {
					assert.NoError(t, s.options.Addresses[0].Err)
				}
			}
			report := examine(t, certcheck.PexipNode, s)
			i := slices.IndexFunc(report.Checks, func(c certcheck.Check) bool { return c.ID == "aia_redirect" })
			assert.Equal(t, want.check, report.Checks[i].Result, report.Checks[i].Message)
		})
	}
}

func TestOnlyIntermediatesAreAskedAndEachAddressOnce(t *testing.T) {
	t.Parallel()
	url, asked := repository(t)
	s := naming(t, []string{url + "/ca.crt", url + "/ca.crt"}, []string{url + "/gone"})
	s.leaf.IssuingCertificateURL = []string{url + "/secure"}
	s.others = append(s.others, s.root.certificate)
	followed := certcheck.FollowAddresses(t.Context(), http.DefaultClient, s.subject(t))
	assert.Len(t, followed, 2)
	assert.Equal(t, []string{"/ca.crt", "/gone"}, asked())

	s.others = nil
	followed = certcheck.FollowAddresses(t.Context(), http.DefaultClient, s.subject(t))
	assert.NotNil(t, followed)
	assert.Empty(t, followed)
}

func TestAnAddressThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s := naming(t, []string{gone.URL, "ldap://crt.example.com", "://"}, nil)
	for _, address := range certcheck.FollowAddresses(t.Context(), http.DefaultClient, s.subject(t)) {
		assert.Error(t, address.Err, address.URL)
	}
}

func TestAForeignCertificateCanNotNameAddressesWithoutEnd(t *testing.T) {
	t.Parallel()
	url, asked := repository(t)
	var many []string
	for i := range 50 {
		many = append(many, url+"/"+string(rune('A'+i)))
	}
	s := naming(t, many, nil)
	certcheck.FollowAddresses(t.Context(), http.DefaultClient, s.subject(t))
	assert.Len(t, asked(), 20)
}

package aia_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/acfix/acfix/internal/checks/aia"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestFollow(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ https, err string }{
		"/ca.crt":  {},
		"/gone":    {},
		"/moved":   {},
		"/secure":  {https: "https://crt.example.com/ca.crt"},
		"/far":     {https: "https://crt.example.com/ca.crt"},
		"/loop":    {err: "too many redirects"},
		"/ftp":     {err: "neither http nor https"},
		"/nowhere": {err: "no usable address"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			url, _ := repository(t)
			followed := aia.Follow(t.Context(), http.DefaultClient, []*x509.Certificate{{IssuingCertificateURL: []string{url + path}}})
			require.Len(t, followed, 1)
			assert.Equal(t, url+path, followed[0].URL)
			assert.Equal(t, want.https, followed[0].HTTPS)
			if want.err == "" {
				assert.NoError(t, followed[0].Err)
				return
			}
			assert.ErrorContains(t, followed[0].Err, want.err)
		})
	}
}

func TestEachAddressIsAskedOnce(t *testing.T) {
	t.Parallel()
	url, asked := repository(t)
	one := &x509.Certificate{IssuingCertificateURL: []string{url + "/ca.crt", url + "/ca.crt"}, OCSPServer: []string{url + "/gone"}}
	assert.Len(t, aia.Follow(t.Context(), http.DefaultClient, []*x509.Certificate{one, one}), 2)
	assert.Equal(t, []string{"/ca.crt", "/gone"}, asked())

	followed := aia.Follow(t.Context(), http.DefaultClient, nil)
	assert.NotNil(t, followed)
	assert.Empty(t, followed)
}

func TestAnAddressThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	certificate := &x509.Certificate{IssuingCertificateURL: []string{gone.URL, "ldap://crt.example.com", "://"}}
	for _, address := range aia.Follow(t.Context(), http.DefaultClient, []*x509.Certificate{certificate}) {
		require.Error(t, address.Err, address.URL)
		assert.NotContains(t, address.Err.Error(), address.URL, "it is told beside the reason")
	}
}

func TestAForeignCertificateCanNotNameAddressesWithoutEnd(t *testing.T) {
	t.Parallel()
	url, asked := repository(t)
	certificate := &x509.Certificate{}
	for i := range 50 {
		certificate.OCSPServer = append(certificate.OCSPServer, url+"/"+string(rune('A'+i)))
	}
	followed := aia.Follow(t.Context(), http.DefaultClient, []*x509.Certificate{certificate})
	assert.Len(t, asked(), 20)
	require.Len(t, followed, 21)
	assert.ErrorContains(t, followed[20].Err, "the others were not asked", "what was not asked is not called good")
}

package mockdevice_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// station is a device on a port and a way to talk to it.
type station struct {
	t      *testing.T
	device *mockdevice.Device
	server *mockdevice.Server
	client *http.Client
	user   string
	pass   string
	clock  *clock // the device's, where a test moves it
}

func preset(t *testing.T, name string) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset(name)
	require.NoError(t, err)
	return model
}

func start(t *testing.T, model mockdevice.Model) *station {
	t.Helper()
	device := mockdevice.New(model)
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: pinned(server)}}
	t.Cleanup(transport.CloseIdleConnections)
	return &station{t: t, device: device, server: server, client: &http.Client{Transport: transport}, user: "Admin", pass: "Admin"}
}

func pinned(server *mockdevice.Server) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if !state.PeerCertificates[0].Equal(server.Certificate()) {
			return errors.New("another certificate")
		}
		return nil
	}
}

type reply struct {
	status int
	header http.Header
	body   string
	closed bool // the device ends the connection
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &v), r.body)
	return v
}

// try sends a request and gives what came, or the error of the connection.
func (s *station) try(method, path string, body io.Reader, edit func(*http.Request)) (reply, error) {
	request, err := http.NewRequest(method, s.server.URL()+"/api/v1/"+path, body)
	require.NoError(s.t, err)
	if s.user != "" {
		request.SetBasicAuth(s.user, s.pass)
	}
	if edit != nil {
		edit(request)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(text), response.Close}, err
}

func (s *station) do(method, path string, body io.Reader, edit func(*http.Request)) reply {
	s.t.Helper()
	r, err := s.try(method, path, body, edit)
	require.NoError(s.t, err)
	return r
}

func (s *station) get(path string) reply {
	s.t.Helper()
	return s.do("GET", path, nil, nil)
}

func (s *station) put(path, content string) reply {
	s.t.Helper()
	body, kind := form("file", "upload.bin", "application/octet-stream", content)
	return s.do("PUT", path, body, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
}

func (s *station) tryPut(path, content string) (reply, error) {
	body, kind := form("file", "upload.bin", "application/octet-stream", content)
	return s.try("PUT", path, body, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
}

func (s *station) save() reply {
	s.t.Helper()
	return s.do("POST", "actions/saveConfiguration", http.NoBody, nil)
}

func form(name, filename, partKind, content string) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	header := textproto.MIMEHeader{}
	disposition := fmt.Sprintf(`form-data; name=%q`, name)
	if filename != "" {
		disposition += fmt.Sprintf(`; filename=%q`, filename)
	}
	header.Set("Content-Disposition", disposition)
	header.Set("Content-Type", partKind)
	part, _ := w.CreatePart(header)
	io.WriteString(part, content)
	w.Close()
	return &body, w.FormDataContentType()
}

func pemText(names ...string) string {
	var out strings.Builder
	for _, name := range names {
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: mockdevice.SelfMadeRoot(name)})
	}
	return out.String()
}

const (
	loadPath  = "files/ini/incremental"
	addPath   = "files/tls/1/trustedRoot/incremental"
	storePath = "files/tls/1/trustedRoot"
)

// teamsRow is a load of TLS Context 1 with the columns given as name, value.
func teamsRow(index int, pairs ...string) string {
	var names, values []string
	for i := 0; i < len(pairs); i += 2 {
		names, values = append(names, pairs[i]), append(values, pairs[i+1])
	}
	return fmt.Sprintf("[ TLSContexts ]\nFORMAT Index = %s;\nTLSContexts %d = %s;\n[ \\TLSContexts ]\n",
		strings.Join(names, ", "), index, strings.Join(values, ", "))
}

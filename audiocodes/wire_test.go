package audiocodes_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func basicHeader() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

func TestEachOperationIsOneDocumentedRequest(t *testing.T) {
	t.Parallel()
	for _, operation := range allOperations() {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, documented())
			client := connect(t, device.URL)
			require.NoError(t, operation.run(t.Context(), client))

			requests := device.requests()
			require.Len(t, requests, 1)
			request := requests[0]
			assert.Equal(t, operation.method, request.Method)
			assert.Equal(t, operation.path, request.Path)
			assert.Equal(t, []string{basicHeader()}, request.Header.Values("Authorization"), "credentials go with the first request")
			assert.Equal(t, "acfix", request.Header.Get("User-Agent"))
			assert.NotContains(t, request.Header, "Expect")
			assert.Equal(t, []string{"identity"}, request.Header.Values("Accept-Encoding"))
			assert.NotContains(t, request.Header, "Cookie")
			assert.Empty(t, request.Encoding, "a length is sent, never chunks")
			assert.EqualValues(t, len(request.Body), request.Length)
			if operation.method != http.MethodPut {
				assert.Empty(t, request.Body)
			}
			wantQuery := ""
			if operation.name == "ActiveAlarms" {
				wantQuery = "limit=20"
			}
			assert.Equal(t, wantQuery, request.Query)
		})
	}
}

func TestAnAddressMayEndInASlash(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	_, err := connect(t, device.URL+"/").Status(t.Context())
	require.NoError(t, err)
}

func TestUploadsAreOneFileInAForm(t *testing.T) {
	t.Parallel()
	contents := map[string]string{
		"AddTrustedRoot":      rootPEM("A"),
		"ReplaceTrustedRoots": rootPEM("A"),
		"LoadIncremental":     partialINI,
	}
	for _, operation := range writeOperations {
		want, uploads := contents[operation.name]
		if !uploads {
			continue
		}
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, documented())
			require.NoError(t, operation.run(t.Context(), connect(t, device.URL)))
			assert.Equal(t, want, onlyFile(t, device.requests()[0]))
		})
	}
}

// onlyFile is the content of the one part of an upload.
func onlyFile(t *testing.T, request received) string {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	form := multipart.NewReader(bytes.NewReader(request.Body), parameters["boundary"])
	part, err := form.NextRawPart()
	require.NoError(t, err)
	assert.Equal(t, "file", part.FormName())
	assert.NotEmpty(t, part.FileName())
	assert.Equal(t, []string{"application/octet-stream"}, part.Header.Values("Content-Type"))
	assert.NotContains(t, part.Header, "Content-Transfer-Encoding")
	content, err := io.ReadAll(part)
	require.NoError(t, err)
	_, err = form.NextRawPart()
	require.ErrorIs(t, err, io.EOF, "there is one part only")
	return string(content)
}

func TestRootsAreSentWithLineFeeds(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	client := connect(t, device.URL)
	crlf := func(names ...string) []byte { return []byte(strings.ReplaceAll(rootPEM(names...), "\n", "\r\n")) }
	require.NoError(t, client.AddTrustedRoot(t.Context(), 1, crlf("A")))
	require.NoError(t, client.ReplaceTrustedRoots(t.Context(), 1, crlf("A", "B"), crlf("B")))
	requests := device.requests()
	assert.Equal(t, rootPEM("A"), onlyFile(t, requests[0]))
	assert.Equal(t, rootPEM("B"), onlyFile(t, requests[1]))
}

func TestAPartialINIIsSentByteForByte(t *testing.T) {
	t.Parallel()
	device := newFixture(t, documented())
	partial := "[ T ]\r\nFORMAT Index = N;\r\nT 0 = \"a\\, ü; $1$c2VjcmV0\";\r\n[ \\T ]\n"
	require.NoError(t, connect(t, device.URL).LoadIncremental(t.Context(), []byte(partial)))
	assert.Equal(t, partial, onlyFile(t, device.requests()[0]))
}

func TestSaveAnnouncesAnEmptyBody(t *testing.T) {
	t.Parallel()
	url, requests := rawDevice(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	require.NoError(t, connect(t, url).Save(t.Context()))
	head := <-requests
	assert.True(t, strings.HasPrefix(head, "POST /api/v1/actions/saveConfiguration HTTP/1.1\r\n"), head)
	assert.Contains(t, head, "\r\nContent-Length: 0\r\n")
	assert.NotContains(t, head, "Transfer-Encoding")
	assert.NotContains(t, head, "Content-Type")
	assert.True(t, strings.HasSuffix(head, "\r\n\r\n"), "there is no body")
}

func TestAnUploadOnTheWireHasALengthAndNoExpectation(t *testing.T) {
	t.Parallel()
	url, requests := rawDevice(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	require.NoError(t, connect(t, url).AddTrustedRoot(t.Context(), 1, []byte(rootPEM("A"))))
	head, _, _ := strings.Cut(<-requests, "\r\n\r\n")
	assert.Contains(t, head, "\r\nContent-Length: ")
	for _, unwanted := range []string{"Transfer-Encoding", "Expect"} {
		assert.NotContains(t, head, unwanted)
	}
}

func TestABodyIsHandedOnAsSent(t *testing.T) {
	t.Parallel()
	packed := rootPEM("Device") + "\x1f\x8b\x08\x00 looks packed"
	device := newFixture(t, answers{"GET " + certificate1: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		say(200, octetStream, packed)(w, r)
	}})
	body, err := connect(t, device.URL).Certificate(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, packed, string(body))
}

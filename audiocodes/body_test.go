package audiocodes_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packed is a text as a packer leaves it.
func packed(pack func(io.Writer) io.WriteCloser, text string) string {
	var out bytes.Buffer
	packer := pack(&out)
	_, _ = io.WriteString(packer, text)
	_ = packer.Close()
	return out.String()
}

func gzipped(text string) string {
	return packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, text)
}

func zlibbed(text string) string {
	return packed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, text)
}

func deflated(text string) string {
	return packed(func(w io.Writer) io.WriteCloser {
		packer, _ := flate.NewWriter(w, flate.BestCompression)
		return packer
	}, text)
}

// wrapped answers with what another handler does, altered.
func wrapped(handle http.HandlerFunc, header map[string]string, alter func(string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		inner := &recorded{header: http.Header{}, status: 200}
		handle(inner, r)
		maps.Copy(w.Header(), inner.header)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(inner.status)
		_, _ = io.WriteString(w, alter(inner.body.String()))
	}
}

type recorded struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(status int)      { r.status = status }
func (r *recorded) Write(p []byte) (int, error) { return r.body.Write(p) }

func same(text string) string { return text }

func inHalves(text string) string { return gzipped(text[:len(text)/2]) + gzipped(text[len(text)/2:]) }

func marked(text string) string { return "\ufeff" + text }

// wrappings are the ways in which an answer may come that acfix did not ask for and reads all the
// same.
var wrappings = map[string]struct {
	header map[string]string
	alter  func(string) string
}{
	"gzip":                         {map[string]string{"Content-Encoding": "gzip"}, gzipped},
	"gzip in capitals":             {map[string]string{"Content-Encoding": " GZIP "}, gzipped},
	"gzip by its old name":         {map[string]string{"Content-Encoding": "x-gzip"}, gzipped},
	"gzip that is not told":        {nil, gzipped},
	"gzip by another name":         {map[string]string{"Content-Encoding": "deflate"}, gzipped},
	"gzip as a file":               {map[string]string{"Content-Type": "application/gzip"}, gzipped},
	"gzip in two pieces":           {nil, inHalves},
	"gzip with a byte order mark":  {nil, func(text string) string { return gzipped(marked(text)) }},
	"told to be gzip, and is not":  {map[string]string{"Content-Encoding": "gzip"}, same},
	"deflate with zlib":            {map[string]string{"Content-Encoding": "deflate"}, zlibbed},
	"deflate without":              {map[string]string{"Content-Encoding": "deflate"}, deflated},
	"identity":                     {map[string]string{"Content-Encoding": "identity"}, same},
	"a packing that is none":       {map[string]string{"Content-Encoding": "utf-8"}, same},
	"a byte order mark":            {nil, marked},
	"said to be a web page":        {map[string]string{"Content-Type": "text/html"}, same},
	"said to be one, with charset": {map[string]string{"Content-Type": "text/html; charset=ISO-8859-1"}, same},
	"said to be one, with a mark":  {map[string]string{"Content-Type": "text/html"}, marked},
	"said to be XHTML":             {map[string]string{"Content-Type": "application/xhtml+xml"}, same},
	"said to be bytes":             {map[string]string{"Content-Type": "application/octet-stream"}, same},
	"said to be nonsense":          {map[string]string{"Content-Type": ";;;"}, same},
	"a charset that is none":       {map[string]string{"Content-Type": "application/json; charset=klingon"}, same},
	"in chunks":                    {map[string]string{"Transfer-Encoding": "chunked"}, same},
	"gzip in chunks": {
		map[string]string{"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, gzipped},
	"said to be a web page, and gzip": {
		map[string]string{"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzipped},
}

// TestAnAnswerIsReadHoweverItIsWrapped: each operation comes to what it comes to by a plain answer.
func TestAnAnswerIsReadHoweverItIsWrapped(t *testing.T) {
	t.Parallel()
	for name, wrapping := range wrappings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, routes := newFixture(t, documented()), documented()
			for route, handle := range routes {
				routes[route] = wrapped(handle, wrapping.header, wrapping.alter)
			}
			device := newFixture(t, routes)
			want, got := everythingRead(t, plain.URL), everythingRead(t, device.URL)
			assert.Equal(t, want, got)
			client := connect(t, device.URL)
			for _, operation := range writeOperations {
				require.NoError(t, operation.run(t.Context(), client), operation.name)
			}
		})
	}
}

// everythingRead is all that a client can read of a device.
func everythingRead(t *testing.T, url string) (read []any) {
	t.Helper()
	client := connect(t, url)
	status, err := client.Status(t.Context())
	require.NoError(t, err)
	configuration, err := client.Configuration(t.Context())
	require.NoError(t, err)
	roots, err := client.TrustedRoots(t.Context(), 1)
	require.NoError(t, err)
	certificate, err := client.Certificate(t.Context(), 1)
	require.NoError(t, err)
	alarms, err := client.ActiveAlarms(t.Context())
	require.NoError(t, err)
	seen, err := client.Observe(t.Context(), "/status")
	require.NoError(t, err)
	return []any{status, configuration.Raw, string(roots.PEM), string(certificate), alarms, string(seen.Body)}
}

// TestWhatCanNotBeReadIsSaid, and not asked for again: it would come the same.
func TestWhatCanNotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	utf16 := func(low, high int) func(string) string {
		return func(text string) string {
			out := []byte{0, 0}
			out[low], out[high] = 0xff, 0xfe
			for _, b := range []byte(text) {
				pair := []byte{0, 0}
				pair[low] = b
				out = append(out, pair...)
			}
			return string(out)
		}
	}
	broken := func(text string) string {
		wrong := []byte(gzipped(text))
		wrong[len(wrong)-6] ^= 0xff
		return string(wrong)
	}
	for name, row := range map[string]struct {
		coding string
		alter  func(string) string
		says   string
	}{
		"Brotli":                  {"br", same, "packed by br"},
		"Zstandard":               {"zstd", same, "packed by zstd"},
		"compress":                {"x-compress", same, "packed by compress"},
		"gzip with a wrong sum":   {"gzip", broken, "can't be unpacked"},
		"gzip with more behind":   {"gzip", func(text string) string { return gzipped(text) + text }, "can't be unpacked"},
		"deflate that is none":    {"deflate", func(string) string { return "\xff\xff\xff\xff" }, "can't be unpacked"},
		"UTF-16, low byte first":  {"", utf16(0, 1), "text in UTF-16"},
		"UTF-16, high byte first": {"", utf16(1, 0), "text in UTF-16"},
	} {
		for _, operation := range readOperations {
			t.Run(operation.name+" "+name, func(t *testing.T) {
				t.Parallel()
				routes := documented()
				header := map[string]string{"Content-Encoding": row.coding}
				routes[operation.route()] = wrapped(routes[operation.route()], header, row.alter)
				device, waits := newFixture(t, routes), new(clock)
				err := operation.run(t.Context(), connect(t, device.URL, patient(waits)))
				requireKind(t, err, audiocodes.ErrBadAnswer)
				assert.ErrorContains(t, err, row.says)
				assert.Empty(t, waits.pauses)
			})
		}
	}
}

// TestAPackedAnswerThatIsCutOffIsAskedForAgain, as a plain one is.
func TestAPackedAnswerThatIsCutOffIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for coding, pack := range map[string]func(string) string{"gzip": gzipped, "deflate": zlibbed} {
		for _, operation := range readOperations {
			for _, left := range []int{3, 12, 20, -1, -5} {
				t.Run(fmt.Sprint(operation.name, " ", coding, " ", left), func(t *testing.T) {
					t.Parallel()
					routes := documented()
					whole := routes[operation.route()]
					cut := func(text string) string {
						all := pack(text)
						return all[:(len(all)+left)%len(all)]
					}
					routes[operation.route()] = inTurn(wrapped(whole, map[string]string{"Content-Encoding": coding}, cut), whole)
					device, waits := newFixture(t, routes), new(clock)
					require.NoError(t, operation.run(t.Context(), connect(t, device.URL, patient(waits))))
					assert.Len(t, waits.pauses, 1)
				})
			}
		}
	}
}

// TestABombIsNotUnpacked beyond what the request can have.
func TestABombIsNotUnpacked(t *testing.T) {
	t.Parallel()
	for _, operation := range readOperations {
		for coding, pack := range map[string]func(string) string{"gzip": gzipped, "deflate": deflated} {
			if coding == "deflate" && operation.limit > 1<<20 {
				continue // it takes seconds to make one
			}
			t.Run(operation.name+" "+coding, func(t *testing.T) {
				t.Parallel()
				bomb := pack(strings.Repeat(" ", operation.limit+1))
				require.Less(t, len(bomb), operation.limit/100)
				device := newFixture(t, answers{operation.route(): func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Encoding", coding)
					_, _ = io.WriteString(w, bomb)
				}})
				err := operation.run(t.Context(), connect(t, device.URL))
				requireKind(t, err, audiocodes.ErrBadAnswer)
				assert.ErrorContains(t, err, "larger than")
			})
		}
	}
}

// TestAPackedErrorIsRead: the device's own words, without our password.
func TestAPackedErrorIsRead(t *testing.T) {
	t.Parallel()
	words := sayJSON(400, `{"description":"no such thing for `+password+`"}`)
	for name, wrapping := range wrappings {
		device := newFixture(t, answers{"POST " + savePath: wrapped(words, wrapping.header, wrapping.alter)})
		failure := requireKind(t, connect(t, device.URL).Save(t.Context()), audiocodes.ErrRejected)
		assert.Contains(t, failure.Description, "no such thing", name)
		assert.NotContains(t, failure.Error(), password, name)
	}
}

// TestAWebPageIsToldByWhatItIs, whatever it is said to be.
func TestAWebPageIsToldByWhatItIs(t *testing.T) {
	t.Parallel()
	types := []string{"", "text/html", "text/html; charset=utf-8", "application/json", octetStream, "text/plain"}
	for name, page := range map[string]string{
		"a login page":    loginPage,
		"a document type": "\r\n <!DOCTYPE html>",
		"in lower case":   "<html><body>",
		"a short one":     "<HTML>",
		"XHTML":           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0\">",
		"a comment first": "<!-- portal --><html>",
		"without a head":  "<body onload=\"x()\">",
		"a script":        "<script>location='/login'</script>",
		"a mark first":    marked(loginPage),
		"packed":          gzipped(loginPage),
	} {
		for _, contentType := range types {
			client := connect(t, newFixture(t, everywhere(say(200, contentType, page))).URL)
			for _, operation := range allOperations() {
				err := operation.run(t.Context(), client)
				requireKind(t, err, audiocodes.ErrBadAnswer)
				assert.ErrorContains(t, err, "a web page came", "%s, %s: %s", name, contentType, operation.name)
			}
		}
	}
}

// TestAnEmptyPageIsNoEmptyStore, and no proof against a write.
func TestAnEmptyPageIsNoEmptyStore(t *testing.T) {
	t.Parallel()
	device := newFixture(t, everywhere(say(200, "text/html", "")))
	client := connect(t, device.URL)
	_, err := client.TrustedRoots(t.Context(), 1)
	requireKind(t, err, audiocodes.ErrBadAnswer)
	for _, operation := range writeOperations {
		require.NoError(t, operation.run(t.Context(), client), operation.name)
	}
}

package audiocodes_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAWebPageIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]http.HandlerFunc{
		"of its own type": say(200, "text/html; charset=utf-8", "please log in"),
		"of another type": say(200, octetStream, loginPage),
	} {
		for _, operation := range allOperations() {
			t.Run(operation.name+" answered by a page "+name, func(t *testing.T) {
				t.Parallel()
				device := newFixture(t, everywhere(page))
				err := operation.run(t.Context(), connect(t, device.URL))
				requireKind(t, err, audiocodes.ErrBadAnswer)
				assert.ErrorContains(t, err, "a web page came")
			})
		}
	}
}

func TestACutAnswerIsNoAnswer(t *testing.T) {
	t.Parallel()
	body := rootPEM("A")
	for name, answer := range map[string]string{
		"length larger than sent":   fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body)+1, body),
		"nothing but a length":      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
		"chunks without an end":     fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body),
		"a chunk cut in the middle": fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(body)+9, body),
		"a head without an end":     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
	} {
		for _, operation := range allOperations() {
			t.Run(operation.name+" answered by "+name, func(t *testing.T) {
				t.Parallel()
				url, requests := rawDevice(t, answer)
				err := operation.run(t.Context(), connect(t, url))
				requireKind(t, err, audiocodes.ErrBadAnswer)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				assert.False(t, audiocodes.NotDone(err))
				assert.Len(t, requests, 1)
			})
		}
	}
}

func TestAnAnswerThatIsNotHTTPIsUnreachable(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"SIP/2.0 400 Bad Request\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x46", "HTTP/1.1 200 OK\r\nContent-Le"} {
		url, _ := rawDevice(t, answer)
		_, err := connect(t, url).Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnreachable)
		assert.NotContains(t, err.Error(), "\x15")
	}
}

// endless sends so many blanks and more, without saying how many.
func endless(limit int) http.HandlerFunc {
	block := strings.Repeat(" ", 64<<10)
	return func(w http.ResponseWriter, _ *http.Request) {
		for sent := 0; sent <= limit; sent += len(block) {
			if _, err := io.WriteString(w, block); err != nil {
				return // the client has seen enough
			}
		}
	}
}

func TestNoAnswerIsReadWithoutALimit(t *testing.T) {
	t.Parallel()
	for _, operation := range allOperations() {
		t.Run(operation.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{operation.route(): endless(operation.limit)})
			err := operation.run(t.Context(), connect(t, device.URL))
			requireKind(t, err, audiocodes.ErrBadAnswer)
			assert.ErrorContains(t, err, "larger than")
		})
	}
}

func TestAnAnswerOfExactlyTheLimitIsRead(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	padded := rootPEM("Device")
	padded += strings.Repeat(" ", limit-len(padded))
	device := newFixture(t, answers{"GET " + certificate1: say(200, octetStream, padded)})
	body, err := connect(t, device.URL).Certificate(t.Context(), 1)
	require.NoError(t, err)
	assert.Len(t, body, limit)
}

func TestGarbageIsNoAnswer(t *testing.T) {
	t.Parallel()
	garbage := []string{"", "\x00\xff\x13garbage", "{", `{"a":1}`, "[]", "null", `"text"`, "7", statusJSON[:len(statusJSON)/2], statusJSON + "}"}
	for _, operation := range readOperations {
		switch operation.name {
		case "TrustedRoots": // an empty store is an answer
			continue
		}
		for i, body := range garbage {
			t.Run(fmt.Sprint(operation.name, " ", i), func(t *testing.T) {
				t.Parallel()
				device := newFixture(t, answers{operation.route(): say(200, "", body)})
				requireKind(t, operation.run(t.Context(), connect(t, device.URL)), audiocodes.ErrBadAnswer)
			})
		}
	}
}

func TestAWriteIsDoneWhateverASuccessSays(t *testing.T) {
	t.Parallel()
	for _, answer := range []http.HandlerFunc{say(200, "", ""), say(204, "", ""), sayJSON(200, "{}"), say(201, octetStream, "\x00\xff")} {
		device := newFixture(t, everywhere(answer))
		client := connect(t, device.URL)
		for _, operation := range writeOperations {
			require.NoError(t, operation.run(t.Context(), client), operation.name)
		}
	}
}

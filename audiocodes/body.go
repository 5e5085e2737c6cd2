package audiocodes

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// errUnreadable means that another try would get the same answer.
var errUnreadable = errors.New("the answer can't be read")

// tooLarge names the limit that an answer exceeded.
func tooLarge(limit int64) error {
	size := fmt.Sprintf("%d KiB", limit>>10)
	if limit >= 1<<20 {
		size = fmt.Sprintf("%d MiB", limit>>20)
	}
	return fmt.Errorf("%w: more than %s", ErrTooLarge, size)
}

// usualRoom fits most configurations; largestRoom limits which buffers are reused.
const (
	usualRoom   = 64 << 10
	largestRoom = 256 << 10
)

// rooms are reusable buffers for bodies. A large one is not reused: it was for a single device.
var rooms = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, usualRoom)) }}

// readBody reads to the end, to free the connection. The limit applies to the body as sent and as unpacked.
func readBody(response *http.Response, limit int64) (string, error) {
	defer func() { _ = response.Body.Close() }()
	room, _ := rooms.Get().(*bytes.Buffer)
	defer func() {
		if room.Cap() <= largestRoom {
			room.Reset()
			rooms.Put(room)
		}
	}()
	_, err := room.ReadFrom(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return room.String(), err
	case int64(room.Len()) > limit:
		return "", tooLarge(limit)
	}
	text, err := unpack(room, response.Header.Get("Content-Encoding"), limit)
	if err != nil {
		return "", err
	}
	return plainText(text)
}

// unpackers undo content codings although acfix requests none, by the names of RFC 9110, section 8.4.1.
var unpackers = map[string]func(*bytes.Buffer) (io.Reader, error){
	"gzip":    func(packed *bytes.Buffer) (io.Reader, error) { return gzip.NewReader(packed) },
	"deflate": inflate,
}

// foreignPackings are codings that acfix cannot undo. Any other unknown word is a server's mistake, such as "utf-8".
var foreignPackings = []string{"br", "zstd", "compress"}

// unpack trusts conclusive bytes over the header, which may be wrong.
func unpack(body *bytes.Buffer, coding string, limit int64) (string, error) {
	coding = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(coding)), "x-")
	for _, foreign := range foreignPackings {
		if coding == foreign && body.Len() > 0 {
			return "", fmt.Errorf("%w: it is packed by %s, which acfix did not ask for", errUnreadable, foreign)
		}
	}
	switch isGzip := bytes.HasPrefix(body.Bytes(), []byte{0x1f, 0x8b}); {
	case isGzip:
		coding = "gzip"
	case coding == "gzip", body.Len() == 0:
		return body.String(), nil
	}
	unpacker, known := unpackers[coding]
	if !known {
		return body.String(), nil
	}
	return unpacked(unpacker, body, limit)
}

func unpacked(unpacker func(*bytes.Buffer) (io.Reader, error), body *bytes.Buffer, limit int64) (string, error) {
	source, err := unpacker(body)
	var text strings.Builder
	if err == nil {
		_, err = io.Copy(&text, io.LimitReader(source, limit+1))
	}
	switch {
	case int64(text.Len()) > limit:
		return "", tooLarge(limit)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", fmt.Errorf("%w: it is packed, and can't be unpacked: %w", errUnreadable, err)
	default:
		return text.String(), nil
	}
}

// inflate reads "deflate" with the zlib wrapper, as specified, or without it, as some servers send it.
func inflate(packed *bytes.Buffer) (io.Reader, error) {
	if head := packed.Bytes(); len(head) > 1 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(packed)
	}
	return flate.NewReader(packed), nil
}

// marks are the byte order marks, each with its encoding.
var marks = []struct {
	mark     string
	encoding string // "" for UTF-8, the only one that acfix reads
}{
	{"\xef\xbb\xbf", ""},
	{"\xff\xfe", "UTF-16"},
	{"\xfe\xff", "UTF-16"},
}

// plainText removes the byte order mark: JSON, INI and PEM have none, and it would hide a store's first certificate.
func plainText(body string) (string, error) {
	for _, m := range marks {
		text, has := strings.CutPrefix(body, m.mark)
		switch {
		case has && m.encoding != "":
			return "", fmt.Errorf("%w: it is text in %s", errUnreadable, m.encoding)
		case has:
			return text, nil
		}
	}
	return body, nil
}

// pageStarts are the beginnings of web pages, in lower case.
var pageStarts = []string{"<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script", "<!--"}

// isPage recognises the login or error page of a device, a proxy or a captive portal: by its beginning, or by its
// type if the text is neither JSON, INI nor PEM, since a device may label anything as text/html.
func isPage(method, contentType, body string) bool {
	text := strings.TrimSpace(body)
	start := strings.ToLower(text[:min(len(text), 256)])
	if prolog, rest, has := strings.Cut(start, "?>"); has && strings.HasPrefix(prolog, "<?xml") {
		start = strings.TrimSpace(rest)
	}
	for _, pageStart := range pageStarts {
		if strings.HasPrefix(start, pageStart) {
			return true
		}
	}
	contentType = strings.ToLower(strings.TrimSpace(contentType))
	if !strings.HasPrefix(contentType, "text/html") && !strings.HasPrefix(contentType, "application/xhtml") {
		return false
	}
	if text == "" { // a write may have an empty answer; an empty store must be certain
		return method == http.MethodGet
	}
	isOurs := strings.ContainsAny(text[:1], "{[;") || strings.Contains(text, string(pemBegin))
	return !isOurs
}

package probe_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/acfix/acfix/internal/checks/probe"
)

// FuzzAnswer: whatever the far end sends, reading it ends, and an answer is one to our call.
func FuzzAnswer(f *testing.F) {
	good := answerTo("Via: SIP/2.0/TLS a:5061;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: call\r\nCSeq: 1 OPTIONS", "Content-Length: 0\r\n")
	f.Add([]byte(good))
	f.Add([]byte("\r\n\r\n" + good))
	f.Add([]byte("SIP/2.0 100 Trying\r\nCSeq: 1 OPTIONS\r\nCall-ID: call\r\nContent-Length: 0\r\n\r\n" + good))
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc" + good))
	f.Add([]byte(strings.Replace(good, "CSeq: 1", "no colon\r\nCSeq: x", 1)))
	f.Add([]byte(strings.Replace(good, "From:", "Warning: a\rb\r\n c\r\nFrom:", 1)))
	f.Add([]byte(strings.Replace(good, "Call-ID: call", "Call-ID: call\r\n  more", 1)))
	f.Add([]byte(strings.Replace(good, "Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n", 1)))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := probe.ReadFinal(bytes.NewReader(data), "call")
		pieces, err2 := probe.ReadFinal(iotest.OneByteReader(bytes.NewReader(data)), "call")
		if (err == nil) != (err2 == nil) {
			t.Fatalf("in one piece: %v, byte by byte: %v", err, err2)
		}
		if err == nil && (whole.StatusCode < 200 || whole.CallID() != nil && whole.CallID().Value() != "call" || pieces.StatusCode != whole.StatusCode) {
			t.Fatalf("not our final answer: %v", whole)
		}
	})
}

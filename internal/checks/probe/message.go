package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// mostBytes bounds one SIP message of the far end.
const mostBytes = 32 << 10

// mostMessages bounds how many messages are read while waiting for one answer: the far end may send provisional answers
// and requests of its own.
const mostMessages = 32

var errTooMuch = fmt.Errorf("is not among the first %d messages", mostMessages)

// dialog is what all OPTIONS over one connection have in common.
type dialog struct {
	target string // host and port, in the form of a URI
	fqdn   string
	agent  string
	callID string
	tag    string
}

// request writes the OPTIONS of that number with its branch (RFC 3261, 11.1). Contact and From carry
// the SBC's name: Teams refuses an address there with 403 (Microsoft Learn, "Connect your SBC").
func (d dialog) request(number int, branch string) []byte {
	lines := []string{
		"OPTIONS sip:" + d.target + ";transport=tls SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/TLS %s:%d;branch=%s", d.fqdn, Port, branch),
		"Max-Forwards: 70",
		fmt.Sprintf("From: <sip:%s:%d;transport=tls>;tag=%s", d.fqdn, Port, d.tag),
		"To: <sip:" + d.target + ";transport=tls>",
		"Call-ID: " + d.callID,
		fmt.Sprintf("CSeq: %d OPTIONS", number),
		fmt.Sprintf("Contact: <sip:%s:%d;transport=tls>", d.fqdn, Port),
		"Accept: application/sdp",
		"User-Agent: " + d.agent,
		"Content-Length: 0",
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// answers reads the SIP messages of a stream one by one, in whatever pieces they arrive.
type answers struct {
	stream *sip.ParserStream
	from   io.Reader
	piece  []byte
	held   []byte // has arrived, and the stream does not have it yet: see feed
	begun  bool   // a part of the next message has arrived
}

func newAnswers(from io.Reader) *answers {
	parser := sip.NewParser(sip.WithHeadersParsers(lenient()))
	parser.MaxMessageLength = mostBytes
	return &answers{stream: parser.NewSIPStream(), from: from, piece: make([]byte, 4096)}
}

// errMalformed means that the far end did not send SIP.
var errMalformed = errors.New("is not SIP")

// final returns the final answer to the OPTIONS of that number. It skips provisional answers, late answers to earlier
// OPTIONS, and requests.
func (a *answers) final(d dialog, number int) (*sip.Response, error) {
	for range mostMessages {
		message, err := a.next()
		if err != nil {
			return nil, err
		}
		if response, ok := message.(*sip.Response); ok && response.StatusCode >= 200 && isAnswer(response, d, number) {
			return response, nil
		}
	}
	return nil, errTooMuch
}

func (a *answers) next() (sip.Message, error) {
	for {
		message, err := a.parse()
		if err == nil {
			a.begun = a.stream.Buffer().Len() > 0
			return message, nil
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %w", errMalformed, err)
		}
		inBody := message != nil && len(message.Body()) > 0
		if inBody && len(a.held) > 0 {
			a.feed(nil, inBody)
			continue
		}
		n, err := a.from.Read(a.piece)
		if n == 0 && err != nil {
			return nil, err
		}
		a.begun = a.begun || len(bytes.Trim(a.piece[:n], "\r\n")) > 0 // keep-alives are not messages
		a.feed(a.piece[:n], inBody)
	}
}

// headersEnd is the empty line after the headers, with the end of the line before it.
const headersEnd = "\r\n\r\n"

// feed gives the stream what has arrived. Within the headers it holds back the end of the last line until the next byte
// is there: only that byte says whether the header continues (RFC 3261, 7.3.1), and the parser does not wait for it.
func (a *answers) feed(piece []byte, inBody bool) {
	a.held = append(a.held, piece...)
	ready := len(a.held)
	if !inBody {
		ready = len(bytes.TrimRight(a.held, "\r\n"))
		if bytes.Contains(a.held[ready:], []byte(headersEnd)) {
			ready = len(a.held)
		}
		ready = max(ready, len(a.held)-len(headersEnd)+1)
	}
	a.stream.Buffer().Write(a.held[:ready])
	a.held = append(a.held[:0], a.held[ready:]...)
}

// parse returns the next complete message; io.ErrUnexpectedEOF means that more of it must be read. It leaves out
// headers that can't be parsed: they must not hide the status.
func (a *answers) parse() (sip.Message, error) {
	for {
		if a.stream.Buffer().Len() == 0 {
			return nil, io.ErrUnexpectedEOF // the parser would call it an end
		}
		message, _, err := a.stream.ParseNext()
		switch {
		case err == nil, message == nil, isFinal(err):
			return message, err
		case errors.Is(err, sip.ErrParseLineNoCRLF):
			a.mendLine()
		}
	}
}

// isFinal reports whether the parser can't continue after an error in the headers.
func isFinal(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sip.ErrMessageTooLarge) || errors.Is(err, sip.ErrParseReadBodyIncomplete)
}

// mendLine replaces with a blank the carriage return without a line feed at which the parser stopped.
func (a *answers) mendLine() {
	buffer := a.stream.Buffer().Bytes()
	if i := bytes.IndexByte(buffer, '\r'); i >= 0 {
		buffer[i] = ' '
	}
}

// lenient parses only the headers that identify an answer. A malformed one counts as absent, a malformed length as 0:
// the bytes after it are then not a message.
func lenient() sip.HeadersParser {
	strict, own := sip.DefaultHeadersParser(), sip.HeadersParser{}
	for _, name := range []string{"content-length", "l", "call-id", "i", "cseq"} {
		own[name] = func(field []byte, text string) (sip.Header, error) {
			header, err := strict[name](field, text)
			switch {
			case err == nil:
				return header, nil
			case name == "content-length" || name == "l":
				none := sip.ContentLengthHeader(0)
				return &none, nil
			default:
				return sip.NewHeader("Malformed-"+name, text), nil
			}
		}
	}
	return own
}

// isAnswer compares Call-ID and CSeq: at least one must be present, and those present must match.
func isAnswer(response *sip.Response, d dialog, number int) bool {
	call, sequence := response.CallID(), response.CSeq()
	if call != nil && call.Value() != d.callID {
		return false
	}
	if sequence == nil {
		return call != nil
	}
	method := strings.TrimSpace(string(sequence.MethodName))
	return sequence.SeqNo == uint32(number) && strings.EqualFold(method, string(sip.OPTIONS))
}

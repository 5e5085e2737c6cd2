package notify

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/acfix/acfix/internal/foreign"
)

// EMail is the kind of a receiver of e-mail. It is no form of a webhook.
const EMail Form = "email"

// Kinds lists all kinds of receivers.
func Kinds() []Form { return append(Forms(), EMail) }

// Encryption is how the connection to a mail server is protected.
type Encryption string

// The ways to protect it. StartTLS is required, except to a server on this machine.
const (
	StartTLS    Encryption = "starttls" // the connection begins in plain text and is encrypted before anything is said
	ImplicitTLS Encryption = "implicit" // it is encrypted from its first byte
	Unencrypted Encryption = "none"
)

// Encryptions lists the ways.
func Encryptions() []Encryption { return []Encryption{StartTLS, ImplicitTLS, Unencrypted} }

// Port returns the usual port of a server for submission.
func (e Encryption) Port() string {
	return map[Encryption]string{StartTLS: "587", ImplicitTLS: "465", Unencrypted: "25"}[e]
}

// Mail is where e-mail goes, and what the server asks for. It prints as the word "mail", because it holds a password.
type Mail struct {
	Host, Port string
	Encryption Encryption
	// TLS has the trust; the server's name is added to it. It must not be nil.
	TLS                *tls.Config
	Username, Password string // "" for no login
	From               string
	To                 []string
	// Subject begins the subject of each message; "" for "acfix".
	Subject string
}

// Format writes the word "mail", whatever the verb.
func (m Mail) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "mail") }

// MarshalText is the word "mail".
func (m Mail) MarshalText() ([]byte, error) { return []byte("mail"), nil }

// Local reports whether the server is on this machine.
func (m Mail) Local() bool { return foreign.IsThisMachine(m.Host) }

// errServer is the error for a text that is no mail server.
var errServer = errors.New("a server is a name or an address, and perhaps a port: smtp.example.com:587")

// ParseServer reads a mail server, such as smtp.example.com or smtp.example.com:587. The port is "" where there is
// none.
func ParseServer(text string) (host, port string, err error) {
	host = text
	if strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1 {
		if host, port, err = net.SplitHostPort(text); err != nil {
			return "", "", errServer
		}
	}
	odd := func(r rune) bool {
		return r > unicode.MaxASCII || !foreign.Shows(r) || strings.ContainsRune(" /@\"'<>[]", r)
	}
	if host == "" || strings.ContainsFunc(host+port, odd) {
		return "", "", errServer
	}
	if number, err := strconv.ParseUint(port, 10, 16); host != text && (err != nil || number == 0) {
		return "", "", fmt.Errorf("%q is not a port", port)
	}
	return host, port, nil
}

// CheckAddress returns an error unless the text is one plain e-mail address, without a name.
func CheckAddress(text string) error {
	parsed, err := mail.ParseAddress(text)
	plain := err == nil && parsed.Address == text
	odd := func(r rune) bool {
		return r > unicode.MaxASCII || !foreign.Shows(r) || strings.ContainsRune(" \"<>", r)
	}
	if !plain || strings.ContainsFunc(text, odd) {
		return fmt.Errorf("%q is not an e-mail address such as ops@example.com", foreign.Bounded(text, maxText))
	}
	return nil
}

// CheckSubject returns an error unless the text may begin a subject.
func CheckSubject(text string) error {
	if foreign.Bounded(text, maxText) != text {
		return fmt.Errorf("a subject has one line of at most %d characters", maxText)
	}
	return nil
}

// CheckBase returns an error unless the text is the address of web pages, for links: https, or http on this machine.
func CheckBase(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || plainLink(text) == "" || parsed.RawQuery != "" || parsed.Fragment != "" ||
		parsed.Scheme == "http" && !foreign.IsThisMachine(parsed.Hostname()) {
		return errors.New("base_url is the address of acfix's web pages, such as https://acfix.example.com")
	}
	return nil
}

// RunLink returns the address of a run's page; "" without a base or a run.
func RunLink(base, run string) string {
	if base == "" || run == "" {
		return ""
	}
	return strings.TrimRight(base, "/") + "/runs/" + url.PathEscape(run)
}

package audiocodes

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// masked replaces credentials that a device echoes.
const masked = "(masked)"

// mask removes the client's credentials from a device's text before the text goes anywhere: some devices and
// intermediaries quote the request in an error. Answers kept verbatim for a backup bypass it.
type mask struct {
	echoes

	mu      sync.Mutex
	digests []string // the newest Digest responses, oldest first
}

// The Digest responses to remember: two connections have few requests between sending one and reading its answer.
const keptDigests = 8

// shortSecret is the length from which a secret is masked anywhere. A shorter one is masked only as a whole word:
// masking parts of other words would destroy the text, and so give the password away.
const shortSecret = 6

var tokenEncodings = []*base64.Encoding{
	base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
}

// credentials are a user name and a password that the client sends.
type credentials struct{ username, password string }

// forms returns the forms in which a device may echo the password and the Basic token.
func (c credentials) forms() []string {
	if c.password == "" {
		return nil
	}
	forms := formsOf(c.password)
	token := c.username + ":" + c.password
	for _, encoding := range tokenEncodings {
		forms = append(forms, formsOf(encoding.EncodeToString([]byte(token)))...)
		forms = append(forms, formsOf(encoding.EncodeToString([]byte(c.password)))...)
	}
	return forms
}

// echoes are the forms of a client's credentials.
type echoes struct {
	forms []string       // of the passwords and the Basic tokens, the longest first
	words *regexp.Regexp // forms that are masked only as whole words; nil if there are none
}

// mostAccounts limits how many accounts' echoes are kept: most fleets have one account, and one proxy.
const mostAccounts = 64

// known keeps the echoes of the accounts of this process, which each client of each device would compute anew.
var known = struct {
	sync.Mutex
	echoes map[[2]credentials]echoes
}{echoes: map[[2]credentials]echoes{}}

// newMask returns a mask for the account at the device and that at the proxy, which may be empty.
func newMask(device, proxy credentials) *mask {
	accounts := [2]credentials{device, proxy}
	known.Lock()
	defer known.Unlock()
	found, kept := known.echoes[accounts]
	if !kept {
		found = echoesOf(accounts)
		if len(known.echoes) >= mostAccounts {
			clear(known.echoes)
		}
		known.echoes[accounts] = found
	}
	return &mask{echoes: found}
}

func echoesOf(accounts [2]credentials) echoes {
	var forms []string
	for _, one := range accounts {
		forms = append(forms, one.forms()...)
	}
	var m echoes
	var words []string
	for _, form := range forms {
		if len(form) < shortSecret {
			words = append(words, wholeWord(form))
		} else {
			m.forms = append(m.forms, form)
		}
	}
	slices.Sort(m.forms)
	m.forms = slices.Compact(m.forms)
	slices.SortStableFunc(m.forms, func(a, b string) int { return len(b) - len(a) })
	if len(words) > 0 {
		m.words = regexp.MustCompile(strings.Join(words, "|"))
	}
	return m
}

// formsOf returns the forms in which a device may echo a text: as it is, and escaped for URLs, JSON and HTML.
func formsOf(text string) []string {
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	escaped, _ := json.Marshal(text)
	forms := []string{text, strings.Trim(string(escaped), `"`), html.EscapeString(text)}
	if inner := strings.TrimSuffix(plain.String(), "\n"); len(inner) > 2 {
		forms = append(forms, inner[1:len(inner)-1])
	}
	for _, form := range []string{url.QueryEscape(text), url.PathEscape(text)} {
		forms = append(forms, form, lowerEscapes(form))
	}
	return forms
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerEscapes(text string) string { return percent.ReplaceAllStringFunc(text, strings.ToLower) }

// wholeWord returns the pattern of a text that is not part of a longer word.
func wholeWord(secret string) string {
	quoted := regexp.QuoteMeta(secret)
	if isWordByte(secret[0]) {
		quoted = `\b` + quoted
	}
	if isWordByte(secret[len(secret)-1]) {
		quoted += `\b`
	}
	return quoted
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// remember makes the mask cover a Digest response that is sent: the password can be guessed from it.
func (m *mask) remember(response string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.digests = append(m.digests, response)
	m.digests = m.digests[max(0, len(m.digests)-keptDigests):]
}

// userPart is a URL's user part, which devices quote: an alarm may hold a provisioning server's password.
var userPart = regexp.MustCompile(`://[^\s"']*@`)

// text returns a device's text, masked.
// docs/design/device.md: Our own secrets are masked in every answer
func (m *mask) text(text string) string {
	if m == nil || text == "" {
		return text
	}
	for _, form := range m.forms {
		text = strings.ReplaceAll(text, form, masked)
	}
	if m.words != nil {
		text = m.words.ReplaceAllLiteralString(text, masked)
	}
	m.mu.Lock()
	for _, response := range m.digests {
		text = strings.ReplaceAll(text, response, masked)
	}
	m.mu.Unlock()
	return userPart.ReplaceAllLiteralString(text, "://"+masked+"@")
}

// header returns a copy of an answer's header, masked.
func (m *mask) header(header http.Header) http.Header {
	shown := make(http.Header, len(header))
	for name, values := range header {
		for _, value := range values {
			name := m.text(name)
			shown[name] = append(shown[name], m.text(value))
		}
	}
	return shown
}

// cause masks the text of an error, which may quote from an answer that is not HTTP, and keeps the error's chain.
func (m *mask) cause(err error) error {
	if err == nil {
		return nil
	}
	if text := m.text(err.Error()); text != err.Error() {
		return &maskedError{text: text, cause: err}
	}
	return err
}

type maskedError struct {
	text  string
	cause error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.cause }

// status masks the texts of a status. It leaves alone a serial number of digits and a valid firmware version: decisions
// depend on them, and a password must not change which device this is. Any other serial number that holds credentials
// counts as not reported.
func (m *mask) status(s *Status) {
	s.Product, s.OperationalState = m.text(s.Product), m.text(s.OperationalState)
	s.HighAvailability, s.LocalTime = m.text(s.HighAvailability), m.text(s.LocalTime)
	if _, err := ParseFirmware(s.Firmware); err != nil {
		s.Firmware = m.text(s.Firmware)
	}
	if strings.Trim(s.Serial, "0123456789") != "" && m.text(s.Serial) != s.Serial {
		s.Serial = ""
	}
}

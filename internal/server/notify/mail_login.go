package notify

import (
	"errors"
	"fmt"
	"net/textproto"
	"slices"

	"github.com/wneessen/go-mail/smtp"
)

// logIn proves who acfix is, once: a wrong password that is tried again may lock an account.
func (s mailSession) logIn() error {
	if s.to.Username == "" {
		return nil
	}
	if offered, _ := s.client.Extension("AUTH"); !offered {
		return &SendError{Kind: ErrMailLogin, Detail: "it offers no login"}
	}
	err := s.client.Auth(&login{to: s.to})
	var answer *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoMechanism), errors.Is(err, smtp.ErrUnencrypted):
		return &SendError{Kind: ErrMailLogin, Detail: err.Error()}
	case errors.As(err, &answer):
		detail := fmt.Sprintf("SMTP status %d; the login is not tried again", answer.Code)
		return &SendError{Kind: ErrMailLogin, Detail: detail}
	}
	return &SendError{Kind: ErrMailLogin, Detail: "no answer to the login; it is not tried again"}
}

var errNoMechanism = errors.New("it offers no login that acfix knows: SCRAM-SHA-256, PLAIN or LOGIN")

// login chooses the safest way to log in that the server offers. A password leaves this machine encrypted only.
type login struct {
	to     Mail
	chosen smtp.Auth
}

// Start begins the login; the library calls it.
func (l *login) Start(server *smtp.ServerInfo) (mechanism string, first []byte, err error) {
	if !server.TLS && !l.to.Local() {
		return "", nil, smtp.ErrUnencrypted
	}
	for _, way := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(l.to.Username, l.to.Password)},
		{"PLAIN", smtp.PlainAuth("", l.to.Username, l.to.Password, l.to.Host, true)},
		{"LOGIN", smtp.LoginAuth(l.to.Username, l.to.Password, l.to.Host, true)},
	} {
		if slices.Contains(server.Auth, way.name) {
			l.chosen = way.auth
			return l.chosen.Start(server)
		}
	}
	return "", nil, errNoMechanism
}

// Next answers the server.
func (l *login) Next(fromServer []byte, more bool) ([]byte, error) {
	return l.chosen.Next(fromServer, more)
}

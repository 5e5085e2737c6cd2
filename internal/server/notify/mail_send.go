package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/wneessen/go-mail/smtp"
)

// Kinds of errors of e-mail, to test for with errors.Is.
var (
	ErrMailAddress     = errors.New("the e-mail can't be addressed")
	ErrMailUnreachable = errors.New("the mail server can't be reached")
	ErrMailPlain       = errors.New("the mail server offers no encryption")
	ErrMailLogin       = errors.New("the login at the mail server failed")
	ErrMailRefused     = errors.New("the mail server refused the message")
)

// Mailer sends e-mail. A lost message goes to the log and never changes a run's outcome.
type Mailer struct {
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Timeout time.Duration // of one try, from the connection to the last answer
	Retry   retry.Policy  // after no answer and temporary refusals, never after a login; a message may arrive twice
}

// Send sends the letter. Errors: *SendError or the context's own. They hold no password and no text of the server.
func (s Mailer) Send(ctx context.Context, to Mail, letter Letter) error {
	message, err := to.message(letter)
	if err != nil {
		return err
	}
	var text strings.Builder
	if _, err := message.WriteTo(&text); err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	return s.Retry.Do(ctx, passes, func(ctx context.Context) error {
		try, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		err := s.once(try, to, text.String())
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	})
}

// once makes one try. The connection is closed when its time is over, whatever the server does.
func (s Mailer) once(ctx context.Context, to Mail, text string) error {
	trust := to.TLS.Clone()
	trust.ServerName = to.Host
	dialled, err := s.Dial(ctx, "tcp", net.JoinHostPort(to.Host, to.Port))
	if err != nil {
		return mailUnreachable(err)
	}
	defer context.AfterFunc(ctx, func() { _ = dialled.Close() })()
	defer func() { _ = dialled.Close() }()
	connection := dialled
	if to.Encryption == ImplicitTLS {
		secure := tls.Client(connection, trust)
		if err := secure.HandshakeContext(ctx); err != nil {
			return inTime(ctx, mailUnreachable(err))
		}
		connection = secure
	}
	client, err := smtp.NewClient(connection, to.Host)
	if err != nil {
		return inTime(ctx, refusedAt("its greeting", err))
	}
	defer func() { _ = client.Close() }()
	return inTime(ctx, mailSession{client, to}.run(ownName(connection), trust, text))
}

// inTime names the reason for an error of a connection that was closed because its time was over.
func inTime(ctx context.Context, err error) error {
	var failed *SendError
	if errors.As(err, &failed) && failed.Kind == ErrMailUnreachable && ctx.Err() != nil {
		return &SendError{Kind: ErrMailUnreachable, Detail: "no answer in time", passes: true}
	}
	return err
}

// ownName is how acfix greets the server: by its address, as machines without a public name do (RFC 5321, 4.1.3).
func ownName(connection net.Conn) string {
	host, _, err := net.SplitHostPort(connection.LocalAddr().String())
	if err != nil {
		return "localhost"
	}
	host, _, _ = strings.Cut(host, "%")
	if strings.Contains(host, ":") {
		host = "IPv6:" + host
	}
	return "[" + host + "]"
}

// mailSession is a conversation with a mail server.
type mailSession struct {
	client *smtp.Client
	to     Mail
}

func (s mailSession) run(own string, trust *tls.Config, text string) error {
	if err := s.client.Hello(own); err != nil {
		return refusedAt("HELO", err)
	}
	if err := s.encrypt(trust); err != nil {
		return err
	}
	if err := s.logIn(); err != nil {
		return err
	}
	return s.deliver(text)
}

// encrypt begins TLS where the connection has none. A server that offers none gets nothing.
// docs/design/server.md: E-mail is encrypted, or not sent
func (s mailSession) encrypt(trust *tls.Config) error {
	if s.to.Encryption != StartTLS {
		return nil
	}
	offered, _ := s.client.Extension("STARTTLS")
	switch {
	case offered:
		if err := s.client.StartTLS(trust); err != nil {
			return mailUnreachable(err)
		}
	case !s.to.Local():
		return &SendError{Kind: ErrMailPlain, Detail: "it does not know STARTTLS, so nothing was sent"}
	}
	return nil
}

// deliver hands the message over. It counts as delivered once the server took it for one recipient; the others are an
// error that is not tried again.
func (s mailSession) deliver(text string) error {
	if err := s.client.Mail("<" + s.to.From + ">"); err != nil {
		return refusedAt("the sender", err)
	}
	var refused error
	taken := 0
	for _, address := range s.to.To {
		if err := s.client.Rcpt("<" + address + ">"); err != nil {
			refused = refusedAt("a recipient", err)
			continue
		}
		taken++
	}
	if taken == 0 {
		return refused
	}
	data, err := s.client.Data()
	if err != nil {
		return refusedAt("the message", err)
	}
	if _, err := io.WriteString(data, text); err != nil {
		return mailUnreachable(err)
	}
	if err := data.Close(); err != nil {
		return refusedAt("the message", err)
	}
	_ = s.client.Quit()
	if refused != nil {
		return &SendError{
			Kind: ErrMailRefused, Detail: fmt.Sprintf("for %d of %d recipients", len(s.to.To)-taken, len(s.to.To)),
		}
	}
	return nil
}

// refusedAt words the refusal of a part of the conversation by its number alone: its text is foreign.
func refusedAt(part string, err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return mailUnreachable(err)
	}
	temporary := answer.Code >= 400 && answer.Code < 500
	detail := fmt.Sprintf("%s: SMTP status %d", part, answer.Code)
	return &SendError{Kind: ErrMailRefused, Detail: detail, passes: temporary}
}

// mailUnreachable words the cause itself.
func mailUnreachable(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return &SendError{Kind: ErrMailPlain, Detail: fmt.Sprintf("STARTTLS: SMTP status %d", answer.Code)}
	}
	cause := unreachable(err)
	return &SendError{Kind: ErrMailUnreachable, Detail: cause.Detail, passes: cause.passes}
}

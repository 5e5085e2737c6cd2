// Package mailtest is a small mail server for tests, with the faults that a mail server can have.
package mailtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
)

// Options say how the server behaves.
type Options struct {
	StartTLS, Implicit bool
	// Names are those of its certificate; none stands for 127.0.0.1 and localhost.
	Names []string
	// Logins are the mechanisms that it offers: PLAIN, LOGIN. Only this password is right.
	Logins   []string
	Password string
	// Answers replace its answers to a command, one after the other: "" for the usual one. The greeting is to "CONNECT", the
	// end of a message to ".".
	Answers map[string][]string
	// Silent is the command from which on it says nothing more.
	Silent string
}

// Message is what it took.
type Message struct {
	From string
	To   []string
	Data string
	TLS  bool
	User string // "" without a login
}

// Server listens at 127.0.0.1 until it is closed.
type Server struct {
	Address string // host:port
	CA      []byte // PEM of the authority of its certificate

	options  Options
	tls      *tls.Config
	listener net.Listener
	done     chan struct{}
	closing  sync.Once
	sessions sync.WaitGroup

	mutex    sync.Mutex
	open     []net.Conn
	messages []Message
	commands []string
}

// Start starts a server.
func Start(options Options) (*Server, error) {
	if len(options.Names) == 0 {
		options.Names = []string{"127.0.0.1", "localhost"}
	}
	certificate, authority, err := makeCertificate(options.Names)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Address: listener.Addr().String(), CA: authority, options: options, listener: listener, done: make(chan struct{}),
		tls: &tls.Config{Certificates: []tls.Certificate{certificate}},
	}
	s.sessions.Go(s.accept)
	return s, nil
}

// Close ends it and its connections.
func (s *Server) Close() {
	s.closing.Do(func() { close(s.done) })
	_ = s.listener.Close()
	s.mutex.Lock()
	for _, connection := range s.open {
		_ = connection.Close()
	}
	s.mutex.Unlock()
	s.sessions.Wait()
}

// Messages returns what it took so far.
func (s *Server) Messages() []Message {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.messages)
}

// Commands returns the first words of what it was told so far.
func (s *Server) Commands() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.commands)
}

func (s *Server) accept() {
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mutex.Lock()
		s.open = append(s.open, connection)
		s.mutex.Unlock()
		s.sessions.Go(func() {
			defer func() { _ = connection.Close() }()
			one := &session{server: s, connection: connection}
			if s.options.Implicit {
				one.connection, one.secure = tls.Server(connection, s.tls), true
			}
			one.reader = bufio.NewReader(one.connection)
			one.talk()
		})
	}
}

// session is one connection.
type session struct {
	server     *Server
	connection net.Conn
	reader     *bufio.Reader
	secure     bool
	message    Message
}

func (s *session) talk() {
	if !s.answer("CONNECT", "220 mail.example.com ready") {
		return
	}
	for {
		line, err := s.reader.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word, rest, _ := strings.Cut(line, " ")
		word = strings.ToUpper(word)
		s.server.mutex.Lock()
		s.server.commands = append(s.server.commands, word)
		s.server.mutex.Unlock()
		if !s.command(word, rest) {
			return
		}
	}
}

// command answers; it reports whether the conversation goes on.
func (s *session) command(word, rest string) bool {
	if bracketed := strings.Contains(rest, ":<") && strings.Contains(rest, ">"); !bracketed && (word == "MAIL" || word == "RCPT") {
		return s.answer(word, "501 an address stands in angle brackets")
	}
	switch word {
	case "EHLO":
		return s.answer(word, s.greeting())
	case "STARTTLS":
		if !s.answer(word, "220 go on") {
			return false
		}
		s.connection, s.secure = tls.Server(s.connection, s.server.tls), true
		s.reader = bufio.NewReader(s.connection)
		return true
	case "AUTH":
		return s.login(rest)
	case "MAIL":
		s.message = Message{From: between(rest), TLS: s.secure, User: s.message.User}
		return s.answer(word, "250 ok")
	case "RCPT":
		before := s.spoken(word)
		said := s.answer(word, "250 ok")
		if before == "" || strings.HasPrefix(before, "2") {
			s.message.To = append(s.message.To, between(rest))
		}
		return said
	case "DATA":
		return s.data()
	case "QUIT":
		s.answer(word, "221 bye")
		return false
	default:
		return s.answer(word, "250 ok")
	}
}

func (s *session) greeting() string {
	lines := []string{"mail.example.com"}
	if s.server.options.StartTLS && !s.secure {
		lines = append(lines, "STARTTLS")
	}
	if len(s.server.options.Logins) > 0 {
		lines = append(lines, "AUTH "+strings.Join(s.server.options.Logins, " "))
	}
	text := ""
	for _, line := range lines {
		text += "250-" + line + "\r\n"
	}
	return text + "250 HELP"
}

func between(rest string) string {
	_, address, _ := strings.Cut(rest, "<")
	address, _, _ = strings.Cut(address, ">")
	return address
}

// spoken is the answer that comes next instead of the usual one; "" for that.
func (s *session) spoken(word string) string {
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	if answers := s.server.options.Answers[word]; len(answers) > 0 {
		return answers[0]
	}
	return ""
}

func (s *session) answer(word, usual string) bool {
	if s.server.options.Silent == word {
		<-s.server.done
		return false
	}
	said := usual
	s.server.mutex.Lock()
	if answers := s.server.options.Answers[word]; len(answers) > 0 {
		if answers[0] != "" {
			said = answers[0]
		}
		s.server.options.Answers[word] = answers[1:]
	}
	s.server.mutex.Unlock()
	_, err := fmt.Fprintf(s.connection, "%s\r\n", said)
	return err == nil
}

// login takes PLAIN and LOGIN.
func (s *session) login(rest string) bool {
	mechanism, first, _ := strings.Cut(rest, " ")
	var user, password string
	if mechanism == "PLAIN" {
		parts := strings.Split(decoded(first), "\x00")
		user, password = parts[1], parts[2]
	} else {
		for _, text := range []*string{&user, &password} {
			_, _ = io.WriteString(s.connection, "334 \r\n")
			line, _ := s.reader.ReadString('\n')
			*text = decoded(strings.TrimSpace(line))
		}
	}
	if password != s.server.options.Password {
		return s.answer("AUTH", "535 authentication failed for "+user+" with "+password)
	}
	s.message.User = user
	return s.answer("AUTH", "235 welcome")
}

func decoded(text string) string {
	raw, _ := base64.StdEncoding.DecodeString(text)
	return string(raw)
}

func (s *session) data() bool {
	before := s.spoken("DATA")
	if !s.answer("DATA", "354 go on") {
		return false
	}
	if before != "" && !strings.HasPrefix(before, "354") {
		return true
	}
	var text strings.Builder
	for {
		line, err := s.reader.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	refused := s.spoken(".")
	if refused == "" || strings.HasPrefix(refused, "2") {
		s.message.Data = text.String()
		s.server.mutex.Lock()
		s.server.messages = append(s.server.messages, s.message)
		s.server.mutex.Unlock()
	}
	return s.answer(".", "250 taken")
}

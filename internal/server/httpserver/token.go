package httpserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

// TokensSchema stands in the first key of a token file.
const TokensSchema = "acfix.tokens/v1"

// The kinds of errors of Tokens, for errors.Is.
var (
	ErrName     = errors.New("a name has 1 to 64 letters, digits and . _ @ -, and begins with a letter or digit")
	ErrRole     = errors.New("a role is viewer or approver")
	ErrExists   = errors.New("a token of that name exists already")
	ErrNoToken  = errors.New("there is no token of that name")
	ErrNoTokens = errors.New("it holds no token, so no login would be possible")
)

// Token is one entry of a token file.
type Token struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	// SHA256 is of the whole token, in lower-case hex. A slow, salted hash would add nothing: a
	// token is 256 random bits, beyond any search and never the same twice.
	SHA256  string `json:"sha256"`
	Created string `json:"created"` // RFC 3339
	// Expires is when the token stops working, RFC 3339; "" for never.
	Expires string `json:"expires,omitempty"`
}

// Expired reports whether the token's time has passed.
func (t Token) Expired(now time.Time) bool {
	if t.Expires == "" {
		return false
	}
	expires, err := time.Parse(time.RFC3339, t.Expires)
	return err != nil || !now.Before(expires)
}

// Tokens is a token file.
type Tokens struct {
	Schema string  `json:"schema"`
	Tokens []Token `json:"tokens"`
}

// ParseTokens reads a token file. It refuses any mistake: an unknown key may be meant as a limit.
func ParseTokens(data []byte) (Tokens, error) {
	var file Tokens
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return Tokens{}, fmt.Errorf("not a token file: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Tokens{}, errors.New("not a token file: something follows its end")
	}
	if file.Schema != TokensSchema {
		return Tokens{}, fmt.Errorf("not a token file: schema %q instead of %q", file.Schema, TokensSchema)
	}
	return file, file.check()
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)
	plainHash = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (t Tokens) check() error {
	known := map[string]bool{}
	for i, token := range t.Tokens {
		var err error
		switch {
		case !plainName.MatchString(token.Name):
			err = ErrName
		case !slices.Contains(Roles(), token.Role):
			err = ErrRole
		case !plainHash.MatchString(token.SHA256):
			err = errors.New("a sha256 is 64 hexadecimal digits")
		case token.Expires != "" && !isTime(token.Expires):
			err = errors.New("expires is a time as in 2026-12-31T00:00:00Z")
		case known[token.Name]:
			err = ErrExists
		}
		if err != nil {
			return fmt.Errorf("token %d: %w", i+1, err)
		}
		known[token.Name] = true
	}
	return nil
}

func isTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

// Add makes a token from 256 bits of random; the secret is stored nowhere. Errors: ErrName, ErrRole, ErrExists.
func (t Tokens) Add(
	name string, role Role, created time.Time, random io.Reader,
) (more Tokens, secret string, err error) {
	return t.AddUntil(name, role, created, time.Time{}, random)
}

// AddUntil makes a token that stops working at a time; the zero Time stands for never. Errors: those of Add.
func (t Tokens) AddUntil(
	name string, role Role, created, expires time.Time, random io.Reader,
) (more Tokens, secret string, err error) {
	var bits [32]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return t, "", fmt.Errorf("make a token: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(bits[:])
	token := Token{Name: name, Role: role, SHA256: string(ProofOf(secret)), Created: created.UTC().Format(time.RFC3339)}
	if !expires.IsZero() {
		token.Expires = expires.UTC().Format(time.RFC3339)
	}
	more = Tokens{Schema: TokensSchema, Tokens: append(slices.Clone(t.Tokens), token)}
	if err := more.check(); err != nil {
		return t, "", errors.Unwrap(err)
	}
	return more, secret, nil
}

// prefix lets people and secret scanners recognise a token.
const prefix = "acfix_"

// Remove removes the token of a name; ErrNoToken.
func (t Tokens) Remove(name string) (Tokens, error) {
	left := slices.DeleteFunc(slices.Clone(t.Tokens), func(token Token) bool { return token.Name == name })
	if len(left) == len(t.Tokens) {
		return t, ErrNoToken
	}
	return Tokens{Schema: TokensSchema, Tokens: left}, nil
}

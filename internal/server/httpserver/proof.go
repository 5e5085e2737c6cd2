package httpserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"
)

// Proof identifies an accepted token without revealing it: a session keeps it.
type Proof string

// ProofOf returns the proof of a token.
func ProofOf(token string) Proof {
	sum := sha256.Sum256([]byte(token))
	return Proof(hex.EncodeToString(sum[:]))
}

// Renew returns an earlier login's caller, with the current role; false if the token is removed, expired or
// unverifiable.
func (a *Authenticator) Renew(proof Proof) (Person, bool) {
	if a.Open() {
		return Person{}, false
	}
	known, err := a.tokens.current()
	if err != nil {
		a.log.Error("tokens can't be checked", "error", err)
		return Person{}, false
	}
	now := a.now()
	person, err := known.prove(proof, now)
	if err != nil {
		return Person{}, false
	}
	a.uses.note(proof, now)
	return person, true
}

// Lasts reports whether a caller that Identify named is still one: the token is there and has not expired. Without a
// token, it does.
func (a *Authenticator) Lasts(person Person) bool {
	if person.proof == "" {
		return true
	}
	_, ok := a.Renew(person.proof)
	return ok
}

// prove compares with every hash, in a time that reveals nothing about them. Errors: ErrWrongToken, ErrExpired.
func (t Tokens) prove(proof Proof, now time.Time) (Person, error) {
	var found *Token
	for i, token := range t.Tokens {
		if subtle.ConstantTimeCompare([]byte(proof), []byte(token.SHA256)) == 1 {
			found = &t.Tokens[i]
		}
	}
	switch {
	case found == nil:
		return Person{}, ErrWrongToken
	case found.Expired(now):
		return Person{}, ErrExpired
	default:
		return Person{Name: found.Name, Role: found.Role}, nil
	}
}

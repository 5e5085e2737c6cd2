package httpserver

import (
	"context"
	"net/http"
)

// Role is what a caller may do.
type Role string

// The roles; each may do what those before it may.
const (
	Anyone   Role = "" // an anonymous caller has it too
	Viewer   Role = "viewer"
	Approver Role = "approver"
)

// Roles lists the roles that a token can have.
func Roles() []Role { return []Role{Viewer, Approver} }

var ranks = map[Role]int{Anyone: 0, Viewer: 1, Approver: 2}

// covers is false for an unknown role.
func (r Role) covers(needed Role) bool {
	has, known := ranks[r]
	wanted, asked := ranks[needed]
	return known && asked && has >= wanted
}

// Person is the caller of a request.
type Person struct {
	Name string // of the token, or of the user at the other end of a Unix socket
	Role Role
	// Guest: the caller has no login, and is served for being on this machine.
	Guest bool
	proof Proof // of the token that came with the request; "" for none
}

type personKey struct{}

// WithPerson returns a context that names the caller.
func WithPerson(ctx context.Context, person Person) context.Context {
	return context.WithValue(ctx, personKey{}, person)
}

// PersonOf returns the caller of a request; an anonymous caller has the role Anyone.
func PersonOf(ctx context.Context) Person {
	person, _ := ctx.Value(personKey{}).(Person)
	return person
}

// May reports whether the person has the role, or one that covers it.
func (p Person) May(role Role) bool { return p.Role.covers(role) }

// Refuse answers a request with an error status and a text.
type Refuse func(w http.ResponseWriter, r *http.Request, status int, text string)

// Require passes on the requests of callers who have the role. It answers 401 to an anonymous
// request and 403 to a caller whose role is too low, by refuse, and counts the latter (Denials).
func (a *Authenticator) Require(role Role, next http.Handler, refuse Refuse) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch person := PersonOf(r.Context()); {
		case person.May(role):
			next.ServeHTTP(w, r)
		case person.Role == Anyone:
			refuse(w, r, http.StatusUnauthorized, "this needs a token")
		default:
			person.proof = ""
			a.denials.add(source(r.RemoteAddr), person, a.now())
			refuse(w, r, http.StatusForbidden, "this needs the role "+string(role))
		}
	})
}

// plainRefusal is a line of text, with the header that 401 asks for.
func plainRefusal(w http.ResponseWriter, _ *http.Request, status int, text string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="acfix"`)
	}
	http.Error(w, text, status)
}

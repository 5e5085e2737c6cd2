package httpserver

import (
	"context"
	"net/http"
)

// Role is what somebody may do.
type Role string

// The roles; each may do what those before it may.
const (
	Anyone   Role = "" // nobody in particular
	Viewer   Role = "viewer"
	Approver Role = "approver"
)

// Roles are the roles that a token can have.
func Roles() []Role { return []Role{Viewer, Approver} }

var ranks = map[Role]int{Anyone: 0, Viewer: 1, Approver: 2}

// covers is false for a role that is not known.
func (r Role) covers(needed Role) bool {
	has, known := ranks[r]
	wanted, asked := ranks[needed]
	return known && asked && has >= wanted
}

// Person is who a request comes from.
type Person struct {
	Name string // of the token
	Role Role
}

// Local is who uses a server that wants no login.
var Local = Person{Name: "local", Role: Approver}

type personKey struct{}

// WithPerson says who a request comes from.
func WithPerson(ctx context.Context, person Person) context.Context {
	return context.WithValue(ctx, personKey{}, person)
}

// PersonOf tells who a request comes from; nobody has the role Anyone.
func PersonOf(ctx context.Context) Person {
	person, _ := ctx.Value(personKey{}).(Person)
	return person
}

// May tells whether the person has the role, or one that covers it.
func (p Person) May(role Role) bool { return p.Role.covers(role) }

// Require lets those in who have the role, and says 401 to nobody, 403 to others.
func Require(role Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch person := PersonOf(r.Context()); {
		case person.Role.covers(role):
			next.ServeHTTP(w, r)
		case person.Role == Anyone:
			unauthorized(w, "this needs a token")
		default:
			http.Error(w, "this needs the role "+string(role), http.StatusForbidden)
		}
	})
}

func unauthorized(w http.ResponseWriter, text string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="acfix"`)
	http.Error(w, text, http.StatusUnauthorized)
}

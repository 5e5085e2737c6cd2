package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/usage"
)

const trustOwnerVariable = "ACFIX_TRUST_OWNER"

// trustOwners sets, by --trust-owner or its variable, whose files may decide what acfix does.
func (a *app) trustOwners() error {
	origin, text := "--trust-owner", a.flags.trustOwner
	if text == "" {
		origin, text = trustOwnerVariable, a.getenv(trustOwnerVariable)
	}
	var owners []int
	for field := range strings.SplitSeq(text, ",") {
		if field = strings.TrimSpace(field); field == "" && text == "" {
			continue
		}
		owner, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return usage.Errorf("%s: %q is no number of a user", origin, field).
				Hint("give the number of a user, as \"id -u NAME\" prints it; several are separated by commas")
		}
		owners = append(owners, int(owner))
	}
	a.guard = ownership.For(a.user, owners...)
	return nil
}

// refused turns the refusal of a file into a usage error; nil for other errors.
func refused(name string, err error) error {
	var refusal *ownership.Refusal
	if !errors.As(err, &refusal) {
		return nil
	}
	return &usage.Error{Problem: fmt.Sprintf("%s: %s", name, refusal.Problem), Hint: refusal.Fix, Cause: err}
}

// orRefused returns the refusal in err as a usage error, or otherwise.
func orRefused(name string, err, otherwise error) error { return cmp.Or(refused(name, err), otherwise) }

// Package policyfile finds a policy by its name or reads it from a file. A policy decides what is imported into
// production trust stores, so every file that it consists of must be one that no other user can change.
package policyfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// Reader finds policies.
type Reader struct {
	Guard ownership.Guard // judges whether a file may decide
	Now   time.Time       // when the roots must be valid
}

// BuiltIn returns the built-in policy of that name.
func BuiltIn(name string) (certs.Policy, bool) {
	return first(func(policy certs.Policy) bool { return policy.ID == name })
}

func first(fits func(certs.Policy) bool) (certs.Policy, bool) {
	all := certs.BuiltIn()
	i := slices.IndexFunc(all, fits)
	if i < 0 {
		return certs.Policy{}, false
	}
	return all[i], true
}

// Beside resolves what names a policy in a file of that folder: the name of a built-in one stays as it is, and the path
// of a file begins at the folder. "" stays "".
func Beside(folder, name string) string {
	if _, known := BuiltIn(name); known {
		return name
	}
	return inventory.Beside(folder, name)
}

// Find returns the policy of a name, or reads it from a file. A name wins over a file of that name. Errors: *usage.Error.
func (r Reader) Find(name string) (certs.Policy, error) {
	policy, _, err := r.FindText(name)
	return policy, err
}

// FindText returns the text of the policy's file, too.
func (r Reader) FindText(name string) (certs.Policy, []byte, error) {
	if policy, known := BuiltIn(name); known {
		return policy, certs.BuiltInText(name), nil
	}
	if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) && !isPath(name) {
		var names []string
		for _, policy := range certs.BuiltIn() {
			names = append(names, policy.ID)
		}
		return certs.Policy{}, nil, usage.Errorf("there is neither a policy %q nor a file of this name", name).
			Hint(usage.DidYouMean(name, names, "\"acfix policy list\" lists the built-in policies"))
	}
	policy, text, err := r.read(name)
	var wrong strictyaml.Errors
	if errors.As(err, &wrong) {
		return policy, nil, usage.Errorf("%s:%s", name, wrong).
			Hint("\"acfix policy check " + name + "\" lists all that is wrong")
	}
	return policy, text, err
}

func isPath(name string) bool {
	extension := strings.ToLower(filepath.Ext(name))
	return strings.ContainsAny(name, `/\`) || extension == ".yaml" || extension == ".yml"
}

// Read reads a policy from a file. Errors: strictyaml.Errors, *usage.Error.
func (r Reader) Read(path string) (certs.Policy, error) {
	policy, _, err := r.read(path)
	return policy, err
}

func (r Reader) read(path string) (certs.Policy, []byte, error) {
	text, err := r.content(path, func() (*os.File, error) { return os.Open(path) }, os.Stat)
	if err != nil {
		return certs.Policy{}, nil, err
	}
	folder := filepath.Dir(path)
	policy, err := certs.ParsePolicy(text, certs.PolicySource{
		Now:  r.Now,
		Open: func(name string) ([]byte, error) { return r.beside(folder, name) },
	})
	return policy, text, err
}

// beside reads a file of a root. No link leads out of the policy's folder.
func (r Reader) beside(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	content, err := r.content(
		filepath.Join(folder, name), func() (*os.File, error) { return root.Open(name) },
		func(string) (os.FileInfo, error) { return root.Stat(name) },
	)
	if err == nil && len(content) > certs.MaxPolicyBytes {
		err = fmt.Errorf("the file is larger than %d bytes", certs.MaxPolicyBytes)
	}
	return content, err
}

// content reads a regular file, at most one byte more than a policy may have. A pipe is not opened: that could wait for
// ever, and nothing shows who writes into it.
func (r Reader) content(
	path string, open func() (*os.File, error), stat func(string) (os.FileInfo, error),
) ([]byte, error) {
	unreadable := func(err error) error {
		return usage.Errorf("the file %s can't be read: %s", path, usage.Reason(err)).Hint("check the path of the policy")
	}
	info, err := stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, usage.Errorf("%s is not a regular file", path).Hint("give the file of a policy")
	}
	file, err := open()
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	var refusal *ownership.Refusal
	switch err := r.Guard.Check(file, path); {
	case errors.As(err, &refusal):
		return nil, &usage.Error{Problem: fmt.Sprintf("%s: %s", path, refusal.Problem), Hint: refusal.Fix, Cause: err}
	case err != nil:
		return nil, unreadable(err)
	}
	content, err := io.ReadAll(io.LimitReader(file, certs.MaxPolicyBytes+1))
	if err != nil {
		return nil, unreadable(err)
	}
	return content, nil
}

// OfPlan returns the policy that a plan was made by, which its digest names. named is what the operator or the
// inventory names, or ""; given says that it stands for this plan alone, so that another policy is a mistake and not
// only of no use. A built-in policy of another version of acfix is returned as it is now: planfile.SavedPlan.Fits
// refuses it as drift. Errors: *usage.Error.
func (r Reader) OfPlan(made remediate.PolicyReference, named string, given bool) (certs.Policy, error) {
	policy, known := first(func(policy certs.Policy) bool { return policy.SHA256 == made.SHA256 })
	if !known && made.SHA256 == "" {
		policy, known = BuiltIn(certs.DefaultPolicy)
	}
	if !known {
		policy, known = BuiltIn(made.ID)
	}
	if known && !given {
		return policy, nil
	}
	if named == "" {
		return policy, usage.Errorf("the plan was made by the policy %q (SHA-256 %s), which is no built-in one",
			made.ID, made.SHA256).Hint("give its file again: --policy FILE")
	}
	found, err := r.Find(named)
	if err != nil {
		return found, err
	}
	if found.SHA256 != made.SHA256 {
		return found, usage.Errorf("the plan was made by the policy %q (SHA-256 %s), and %s is another (SHA-256 %s)",
			made.ID, made.SHA256, named, found.SHA256).
			Hint("give the file that the plan was made by, unchanged; or plan again by this one")
	}
	return found, nil
}

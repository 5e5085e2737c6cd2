package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/spf13/cobra"
)

// rootsDocument is the document of "acfix roots verify -o json".
type rootsDocument struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	// Roots are the required roots, in the order of Microsoft's list.
	Roots []verifiedRoot `json:"roots"`
	// Problems lists the parts of the file that could not be read.
	Problems []string `json:"problems"`
	Result   string   `json:"result"` // pass or fail
}

// verifiedRoot is a required root and its state in the file.
type verifiedRoot struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	// State is present, expired, twin, namesake or missing; with only a twin or a namesake, the root is missing.
	State string `json:"state"`
	// SHA-256 of the certificates that could be mistaken for the root.
	Twins     []string `json:"twins"`
	Namesakes []string `json:"namesakes"`
}

// rootStates says what each state means to a person.
var rootStates = map[string]string{
	"present":  "",
	"expired":  "it is in the file, but has expired",
	"twin":     "missing: the file has a cross-signed twin, which is another certificate",
	"namesake": "missing: the file has a certificate of that name with another key",
	"missing":  "it is not in the file",
}

func (a *app) rootsVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a bundle or store file against the required roots; exit code 1 when one is missing",
		Long: `verify reads a bundle or a trusted-root store (PEM, DER or P7B) and says of each
required root whether it is in there. Only the SHA-256 counts: a cross-signed twin or another
certificate of the same name is not the root.`,
		Args: oneFile,
		RunE: func(_ *cobra.Command, arguments []string) error {
			read, err := certfile.Bundle(arguments[0])
			if err != nil {
				return err
			}
			store := certs.Store{Certificates: read.Certificates, Problems: read.Problems}
			return a.showRoots(verifyRoots(arguments[0], store, a.now()))
		},
	}
}

func verifyRoots(path string, store certs.Store, now time.Time) rootsDocument {
	found := rootsDocument{
		Schema: "acfix.roots_verify/v1", File: path, Roots: []verifiedRoot{}, Problems: []string{}, Result: "pass",
	}
	for _, root := range certs.Required() {
		match := store.Find(root, now)
		if !match.Present {
			found.Result = "fail"
		}
		found.Roots = append(found.Roots, verifiedRoot{
			Name: root.Name, SHA256: root.SHA256, State: stateOf(match),
			Twins: fingerprintsOf(match.Twins), Namesakes: fingerprintsOf(match.Namesakes),
		})
	}
	for _, problem := range store.Problems {
		found.Problems = append(found.Problems, problem.String())
	}
	return found
}

func stateOf(match certs.Match) string {
	switch {
	case match.Expired:
		return "expired"
	case match.Present:
		return "present"
	case len(match.Twins) > 0:
		return "twin"
	case len(match.Namesakes) > 0:
		return "namesake"
	default:
		return "missing"
	}
}

func fingerprintsOf(certificates []certs.Certificate) []string {
	return append([]string{}, certs.Store{Certificates: certificates}.Fingerprints()...)
}

func (a *app) showRoots(found rootsDocument) error {
	if err := a.show(found, found.text()); err != nil {
		return err
	}
	return exitWith(map[int]bool{exitFailed: found.Result == "fail"})
}

func (d rootsDocument) text() string {
	var text strings.Builder
	missing := 0
	for _, root := range d.Roots {
		line := fmt.Sprintf("%-46s %-9s %s", root.Name, root.State, rootStates[root.State])
		fmt.Fprintln(&text, strings.TrimRight(line, " "))
		for _, twin := range root.Twins {
			fmt.Fprintf(&text, "  cross-signed twin %s\n", twin)
		}
		for _, namesake := range root.Namesakes {
			fmt.Fprintf(&text, "  namesake          %s\n", namesake)
		}
		if root.State != "present" && root.State != "expired" {
			missing++
		}
	}
	for _, problem := range d.Problems {
		fmt.Fprintf(&text, "could not be read: %s\n", foreign.Clean(problem))
	}
	fmt.Fprintf(&text, "%d of %d roots are missing.\n", missing, len(d.Roots))
	return text.String()
}

package remediate

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// deviations are the differences between two readings of a whole device.
type deviations struct {
	changes
	files []fileDeviation
}

// fileDeviation is one difference in the files of a TLS Context.
type fileDeviation struct {
	context int
	what    string // "trusted root "X"", or what else is not as it was
	root    string // SHA-256; "" where it is not about a root
	gone    bool   // the root is gone; else it is new
}

func (d fileDeviation) String() string {
	switch {
	case d.root == "":
		return fmt.Sprintf("%s of TLS Context %d is not as it was", d.what, d.context)
	case d.gone:
		return fmt.Sprintf("%s of TLS Context %d (%s) is gone", d.what, d.context, d.root)
	default:
		return fmt.Sprintf("%s of TLS Context %d (%s) is new", d.what, d.context, d.root)
	}
}

// compareSnapshots compares configuration, trusted roots and certificates.
func compareSnapshots(before, after Snapshot) deviations {
	d := deviations{changes: compareConfigurations(before.Configuration.File, after.Configuration.File)}
	for _, was := range before.Contexts {
		is, _ := after.context(was.ID)
		d.files = append(d.files, compareFiles(was, is)...)
	}
	return d
}

func compareFiles(before, after ContextFiles) []fileDeviation {
	var found []fileDeviation
	note := func(what, root string, gone bool) {
		found = append(found, fileDeviation{context: before.ID, what: what, root: root, gone: gone})
	}
	if !bytes.Equal(before.Roots.PEM, after.Roots.PEM) {
		was, is := certs.ParseStore(before.Roots.PEM), certs.ParseStore(after.Roots.PEM)
		for _, certificate := range missingFrom(is, was) {
			note(rootText(certificate), certificate.SHA256, true)
		}
		for _, certificate := range missingFrom(was, is) {
			note(rootText(certificate), certificate.SHA256, false)
		}
		if len(was.Problems) != len(is.Problems) {
			note("the unreadable part of the trusted roots", "", false)
		}
	}
	if !bytes.Equal(before.Certificate, after.Certificate) {
		note("the certificate", "", false)
	}
	return found
}

// missingFrom returns the certificates of the other store that are not in this one, each once.
func missingFrom(store, other certs.Store) []certs.Certificate {
	var missing []certs.Certificate
	for _, certificate := range other.Certificates {
		known := slices.ContainsFunc(missing, func(m certs.Certificate) bool { return m.SHA256 == certificate.SHA256 })
		if !known && !store.Has(certificate.SHA256) {
			missing = append(missing, certificate)
		}
	}
	return missing
}

func rootText(certificate certs.Certificate) string {
	return fmt.Sprintf("trusted root %q", certificate.X509.Subject.CommonName)
}

// withoutSteps leaves out what the steps of a plan change.
func (d deviations) withoutSteps(steps []Step) deviations {
	d.changes = d.changes.without(func(difference ini.Difference) bool { return isPlannedSwitch(difference, steps) })
	d.files = slices.DeleteFunc(slices.Clone(d.files), func(f fileDeviation) bool {
		return f.root != "" && slices.ContainsFunc(steps, func(step Step) bool {
			wanted := step.Kind == StepImportRoot && !f.gone || step.Kind == StepRemoveRoot && f.gone
			return wanted && *step.Context == f.context && step.SHA256 == f.root
		})
	})
	return d
}

func (d deviations) withoutChurn(churn Churn) deviations {
	d.changes = d.changes.withoutChurn(churn)
	return d
}

func (d deviations) none() bool { return d.changes.none() && len(d.files) == 0 }

// String names the roots first: they are few, and a connection may need each of them.
func (d deviations) String() string {
	var parts []string
	for _, file := range d.files {
		parts = append(parts, file.String())
	}
	if !d.changes.none() {
		parts = append(parts, d.changes.String())
	}
	return strings.Join(parts, "; ")
}

package remediate

import (
	"cmp"
	"slices"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
)

// certificateFindings maps rules of the profile teams to the findings of breaking them. It leaves out rules that only
// the far end can check, and those that would be reported for every device.
var certificateFindings = []struct {
	check, code string
	anyService  bool // the rule is not Teams' alone
}{
	{"validity", CertificateNotValid, true},
	{"expires_soon", CertificateExpiresSoon, true},
	{"server_auth", CertificateNoServerAuth, false},
	{"fqdn", CertificateOtherName, false},
	{"not_self_signed", CertificateSelfSigned, false},
	{"key_size", CertificateWeakKey, false},
	{"key_type", SBCCertificateEC, false},
	{"signature_algorithm", CertificateWeakSignature, false},
}

// checkCertificate notes why Teams would refuse the SBC's own certificate. That does not change the plan: a bad
// certificate is no reason to leave the roots out. It returns when the certificate expires, "" if that is unknown.
func (b *builder) checkCertificate(id int) (expires string) {
	read, looked := b.state.certificates[id]
	label := b.state.tables.label(id)
	switch {
	case !looked && b.state.certificates != nil && b.state.source.IsFile():
		b.find(CertificateNotInFile, label)
		return ""
	case !looked:
		return ""
	}
	own := certs.ParseStore(read.PEM)
	if read.Refused != nil || len(own.Certificates) == 0 || len(own.Problems) > 0 {
		b.find(CertificateUnread, label, whyUnread(read.Refused))
		return ""
	}
	subject := check.Subject{Leaf: own.Certificates[0].X509, Memo: cmp.Or(b.terms.Memo, certs.NewMemo())}
	for _, other := range slices.Concat(own.Certificates[1:], b.state.Stores[id].Certificates) {
		subject.Others = append(subject.Others, other.X509)
	}
	b.checkRules(label, subject, b.state.hostNames(id))
	if !check.IssuerKnown(subject) {
		b.find(CertificateChainIncomplete, label, subject.Leaf.Subject.CommonName, subject.Leaf.Issuer.CommonName)
	}
	return subject.Leaf.NotAfter.UTC().Format(time.RFC3339)
}

// checkRules applies the profile teams, once for each host name that the SBC gives itself, or once without a name.
func (b *builder) checkRules(label string, subject check.Subject, names []string) {
	profile, _ := check.Find(check.Teams)
	options := check.Circumstances{Now: b.state.ReadAt, WarnWithin: check.WarnDays * 24 * time.Hour}
	for _, name := range append(names, "")[:max(len(names), 1)] {
		options.Name = name
		report := check.Examine(profile, subject, options)
		for _, row := range certificateFindings {
			if b.isTeams() || row.anyService {
				b.findBroken(report, row.check, row.code, label)
			}
		}
	}
}

// findBroken notes each broken rule once, and does not say of an expired certificate that it expires soon.
func (b *builder) findBroken(report check.Report, id, code, label string) {
	i := slices.IndexFunc(report.Checks, func(c check.Check) bool { return c.ID == id })
	row := report.Checks[i]
	if row.Result != check.Fail && row.Result != check.Info {
		return
	}
	f := findingBy(b.state.tables.policy, code, label, row.Message)
	expired := code == CertificateExpiresSoon && slices.ContainsFunc(report.Checks, isExpired)
	if !expired && !slices.Contains(b.findings, f) {
		b.findings = append(b.findings, f)
	}
}

func isExpired(c check.Check) bool { return c.ID == "validity" && c.Result == check.Fail }

// hostNames are the names that the SBC gives itself in the Contact header to Teams: the "Local Host Name" of the IP
// Groups of the context's Teams Proxy Sets (User's Manual 7.4, "IP Groups"). Without one the SBC sends an address,
// and there is nothing to compare.
func (s State) hostNames(id int) []string {
	rows, err := s.tables.file.Table(tableIPGroup).Rows()
	if err != nil {
		return nil
	}
	profile, _ := check.Find(check.Teams)
	var names []string
	for _, row := range rows {
		name := row.Text("ContactName")
		isNew := profile.CheckName(name) == nil && !slices.Contains(names, name)
		if isNew && s.servesSet(id, row.Text("ProxySetName")) {
			names = append(names, name)
		}
	}
	return names
}

func (s State) servesSet(id int, proxySet string) bool {
	sets := refer(s.tables.proxySets, proxySet)
	return slices.ContainsFunc(s.legs, func(l leg) bool {
		return l.hasProxySet && hasIndex(sets, l.proxySet.index) && slices.Contains(l.contexts(), id)
	})
}

func whyUnread(err error) string {
	if err == nil {
		return "there is no readable certificate in the answer"
	}
	return err.Error()
}

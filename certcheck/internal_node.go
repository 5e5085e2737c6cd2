package certcheck

import (
	"crypto/x509"
	"slices"
	"strings"
)

// PexipInternalNode is the profile of the nodes in the enterprise network.
const PexipInternalNode = "pexip-internal-node"

const sourceInternal = pexip + "\"Optional: internal/enterprise-based Conferencing Node guidelines\", \"Certificates\""

// withInternalNode puts the profile of the internal nodes behind that of the public ones. It has
// their rules; only whose CA signs is left to the company.
func withInternalNode(profiles []Profile) []Profile {
	public := slices.IndexFunc(profiles, func(p Profile) bool { return p.ID == PexipNode })
	internal := Profile{ID: PexipInternalNode, Title: "Pexip Conferencing Node in the enterprise network"}
	for _, r := range profiles[public].rules {
		if r.id == "trusted_root" {
			r.text, r.examine = "The certificate is signed by a CA, which may be the company's own.", trustedOrOwn
		}
		if r.id != "aia_redirect" { // a rule of the public nodes alone, for want of one of their own
			r.source = strings.ReplaceAll(r.source, sourceNodes, sourceInternal)
		}
		internal.rules = append(internal.rules, r)
	}
	return slices.Insert(profiles, public+1, internal)
}

// trustedOrOwn is trustedFromOutside where the CA may be the company's own: a chain that holds up
// to a root that came along is noted, for every caller of the node must trust that root.
func trustedOrOwn(s Subject, o Options) finding {
	found := trustedFromOutside(s, o)
	chain := path(s)
	top := chain[len(chain)-1]
	if found.result != Fail || len(chain) < 2 || !isRoot(top) {
		return found
	}
	o.Trust = x509.NewCertPool()
	o.Trust.AddCert(top)
	if trustedFromOutside(s, o).result != Pass {
		return found
	}
	return noted("the chain ends in %q, which is not among the trusted roots: it counts as the company's own CA, "+
		"and every caller of the node must trust it", top.Subject.CommonName)
}

package check

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
)

// PexipInternalNode is the profile of the nodes in the enterprise network.
const PexipInternalNode = "pexip-internal-node"

const sourceInternal = pexip + "\"Optional: internal/enterprise-based Conferencing Node guidelines\", \"Certificates\""

// withInternalNode adds the internal nodes' profile: the public one's rules, but the company's own CA may sign.
func withInternalNode(profiles []Profile) []Profile {
	public := slices.IndexFunc(profiles, func(p Profile) bool { return p.ID == PexipNode })
	internal := Profile{ID: PexipInternalNode, Title: "Pexip Conferencing Node in the enterprise network"}
	for _, r := range profiles[public].rules {
		if r.id == "trusted_root" {
			r.text, r.examine = "The certificate is signed by a CA, which may be the company's own.", trustedOrOwn
		}
		if r.id != "aia_redirect" { // a rule of the public nodes alone, in want of a source for internal ones
			r.source = strings.ReplaceAll(r.source, sourceNodes, sourceInternal)
		}
		internal.rules = append(internal.rules, r)
	}
	return slices.Insert(profiles, public+1, internal)
}

// trustedOrOwn is trustedFromOutside, except that the CA may be the company's own: if a chain is valid up to a root
// in the file, the report notes that every caller of the node must trust that root.
func trustedOrOwn(s Subject, o Circumstances) finding {
	found := trustedFromOutside(s, o)
	if found.result != Fail || s.chain.End != certs.AtRoot || len(s.chain.cas()) == 0 {
		return found
	}
	top, outside := s.chain.Top(), o.Trust.Words
	o.Trust, _ = certs.NewAnchors("the company's own roots", []*x509.Certificate{top}, s.Memo)
	s.chain = search(s, o)
	if own := trustedFromOutside(s, o); own.result != Pass {
		return own
	}
	return noted("the chain ends in %q (SHA-256 %s), which is not among %s: it counts as the company's own CA, "+
		"and every caller of the node must trust it", certs.Name(top), fingerprint(top), outside)
}

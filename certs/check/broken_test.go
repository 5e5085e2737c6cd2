package check_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"

	"github.com/acfix/acfix/certs/check"
	"github.com/stretchr/testify/require"
)

// broken is one way to break one rule. Where others can't be told any more because of it,
// they are named too; nothing else may differ from pass.
type broken struct {
	profiles []string
	change   func(*testing.T, *scene)
	want     results
}

func names(common string, alternative ...string) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName, s.leaf.DNSNames = common, alternative }
}

func usages(list ...x509.ExtKeyUsage) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.leaf.ExtKeyUsage = list }
}

func key(bits int) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.public = rsaPublic(bits) }
}

func curve(c elliptic.Curve) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) { s.public = ecKey(t, c).Public() }
}

var (
	teams     = []string{check.Teams}
	node      = []string{check.PexipNode}
	connector = []string{check.PexipConnector}
	exchange  = []string{check.ExchangeUM}
	pexip     = []string{check.PexipNode, check.PexipConnector}
)

func negativeIntermediate(_ *testing.T, s *scene) {
	between := *s.others[0]
	between.SerialNumber = big.NewInt(-1)
	s.others = []*x509.Certificate{&between}
}

func serial(number *big.Int) func(*testing.T, *scene) {
	return func(_ *testing.T, s *scene) { s.serial = number }
}

var rows = map[string]broken{
	// What holds of every certificate.
	"one that can't be read":            {all, func(_ *testing.T, s *scene) { s.unread = []string{"block 2: holds no readable certificate"} }, results{"readable": fail}},
	"a negative serial number":          {all, serial(big.NewInt(-17)), results{"serial_number": info}},
	"the serial number 0":               {all, serial(new(big.Int)), results{"serial_number": info}},
	"a serial number of 21 octets":      {all, serial(new(big.Int).Lsh(big.NewInt(1), 160)), results{"serial_number": info}},
	"a serial number's 160th bit":       {all, serial(new(big.Int).Lsh(big.NewInt(1), 159)), results{"serial_number": info}},
	"a negative serial number above it": {all, negativeIntermediate, results{"serial_number": info}},

	// Names, each as its source says.
	"another host":                         {teams, names("other.example.com", "third.example.com"), results{"fqdn": fail}},
	"no names at all":                      {teams, names(""), results{"fqdn": fail}},
	"a wildcard for another domain":        {teams, names("", "*.example.org"), results{"fqdn": fail}},
	"a wildcard does not cover its domain": {teams, func(t *testing.T, s *scene) { names("", "*.px.example.com")(t, s) }, results{"fqdn": fail}},
	"a wildcard covers one label only": {teams, func(t *testing.T, s *scene) {
		names("*.example.com", "*.example.com")(t, s)
		s.options.Name = "a.b.example.com"
	}, results{"fqdn": fail}},
	"a part of a label is no wildcard":   {teams, names("", "p*.example.com"), results{"fqdn": fail}},
	"an asterisk further right":          {teams, names("", "px.*.com"), results{"fqdn": fail}},
	"a wildcard over a top-level domain": {teams, func(t *testing.T, s *scene) { names("", "*.com")(t, s); s.options.Name = "example.com" }, results{"fqdn": fail}},
	"a look-alike in Cyrillic":           {teams, names("рх.example.com"), results{"fqdn": fail}},
	"a root dot in the certificate":      {teams, names("", "px.example.com.", "*.example.com."), results{"fqdn": fail}},
	"the name of a subdomain":            {teams, names("px.example.com.evil.example"), results{"fqdn": fail}},
	"onmicrosoft.com":                    {teams, onMicrosoft("sbc.contoso.onmicrosoft.com"), results{"not_onmicrosoft": fail}},
	"onmicrosoft.com in capitals":        {teams, onMicrosoft("SBC.Contoso.OnMicrosoft.COM."), results{"not_onmicrosoft": fail}},
	"no FQDN was given":                  {teams, func(_ *testing.T, s *scene) { s.options.Name = "" }, results{"fqdn": unknown, "not_onmicrosoft": unknown}},
	"a node's subject is not the pool":   {node, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px01.example.com" }, results{"subject_name": fail}},
	"a node's subject is a wildcard":     {node, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "*.example.com" }, results{"subject_name": fail}},
	"the pool is not among the SANs":     {node, names("px.example.com", "px01.example.com", "px02.example.com", "example.com"), results{"san_subject": fail}},
	"a node is not among the SANs":       {node, names("px.example.com", "px.example.com", "px01.example.com", "example.com"), results{"san_nodes": fail}},
	"a node a label deeper": {node, func(t *testing.T, s *scene) {
		names("px.example.com", "px.example.com", "*.example.com", "example.com")(t, s)
		s.options.Nodes = []string{"px01.vc.example.com"}
	}, results{"san_nodes": fail}},
	"nodes by a wildcard alone":    {node, names("px.example.com", "px.example.com", "*.example.com", "example.com"), results{"san_nodes": fail}},
	"the pool by a wildcard alone": {node, names("px.example.com", "px01.example.com", "px02.example.com", "*.example.com", "example.com"), results{"san_subject": fail}},
	"a wildcard, and no federation": {node, func(t *testing.T, s *scene) {
		names("px.example.com", "px.example.com", "*.example.com")(t, s)
		s.options.Federation = nil
	}, results{"san_nodes": fail, "san_federation": info}},
	"no nodes were given":           {node, func(_ *testing.T, s *scene) { s.options.Nodes = nil }, results{"san_nodes": unknown}},
	"a federated domain is missing": {node, names("px.example.com", "px.example.com", "px01.example.com", "px02.example.com"), results{"san_federation": fail}},
	"a wildcard is no federated domain": {node, func(t *testing.T, s *scene) {
		names("px.example.com", "px.example.com", "px01.example.com", "px02.example.com", "*.example.com")(t, s)
		s.options.Federation = []string{"vc.example.com"}
	}, results{"san_federation": fail}},
	"no federated domain was given":       {node, func(_ *testing.T, s *scene) { s.options.Federation = nil }, results{"san_federation": info}},
	"a connector of another name":         {connector, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "other.example.com" }, results{"subject_name": fail}},
	"a connector's wildcard too high":     {connector, func(t *testing.T, s *scene) { names("*.example.com")(t, s); s.options.Name = "px.vc.example.com" }, results{"subject_name": fail}},
	"a connector's wildcard and itself":   {connector, func(t *testing.T, s *scene) { names("*.example.com")(t, s); s.options.Name = "example.com" }, results{"subject_name": fail}},
	"a connector's SANs have other names": {connector, names("px.example.com", "px01.example.com"), results{"san_name": fail}},
	"the CN differs in case":              {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "PX.example.com" }, results{"cn_address": fail}},
	"the SAN differs in case":             {exchange, func(_ *testing.T, s *scene) { s.leaf.DNSNames = []string{"Px.example.com"} }, results{"san_address": fail}},
	"the CN is another":                   {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px01.example.com" }, results{"cn_address": fail}},
	"a wildcard is not the string":        {exchange, func(_ *testing.T, s *scene) { s.leaf.DNSNames = []string{"*.example.com"} }, results{"san_address": fail}},
	"a root dot is another string":        {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "px.example.com." }, results{"cn_address": fail}},
	"an A-label is another string": {exchange, func(t *testing.T, s *scene) {
		names("sbc.xn--mller-kva.example", "sbc.xn--mller-kva.example")(t, s)
		s.options.Name = "sbc.müller.example"
	}, results{"cn_address": fail, "san_address": fail}},
	"a look-alike CN":      {exchange, func(_ *testing.T, s *scene) { s.leaf.Subject.CommonName = "рx.example.com" }, results{"cn_address": fail}},
	"no address was given": {exchange, func(_ *testing.T, s *scene) { s.options.Name = "" }, results{"cn_address": unknown, "san_address": unknown}},

	// Extended key usage.
	"client authentication alone":       {teams, usages(x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"server authentication alone":       {teams, usages(x509.ExtKeyUsageServerAuth), results{"client_auth": info}},
	"no extended key usage":             {teams, usages(), results{"server_auth": fail, "client_auth": info}},
	"any usage names none":              {teams, usages(x509.ExtKeyUsageAny), results{"server_auth": fail, "client_auth": info}},
	"e-mail protection":                 {teams, usages(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"Pexip without client":              {pexip, usages(x509.ExtKeyUsageServerAuth), results{"client_auth": fail}},
	"Pexip without server":              {pexip, usages(x509.ExtKeyUsageClientAuth), results{"server_auth": fail}},
	"a CA that may not sign for server": {[]string{check.Teams, check.PexipNode, check.PexipConnector}, forClientsOnly, results{"server_auth": fail}},

	// Keys and signatures.
	"RSA 1024 for Teams":          {teams, key(1024), results{"key_size": fail}},
	"RSA 2047 for Teams":          {teams, key(2047), results{"key_size": fail}},
	"EC P-224 for Teams":          {teams, curve(elliptic.P224()), results{"key_size": fail, "key_type": info}},
	"EC P-256 for Teams":          {teams, curve(elliptic.P256()), results{"key_type": info}},
	"EC P-384 for a connector":    {connector, curve(elliptic.P384()), results{"rsa_key": fail}},
	"RSA 1023 for Exchange":       {exchange, key(1023), results{"key_size": fail, "key_recommended": info}},
	"RSA 1024 for Exchange":       {exchange, key(1024), results{"key_recommended": info}},
	"EC for Exchange":             {exchange, curve(elliptic.P256()), results{"key_size": unknown, "key_recommended": unknown}},
	"signed with SHA-1":           {teams, withSHA1, results{"signature_algorithm": fail, "trusted_root": unknown}},
	"SHA-1 without a rule for it": {[]string{check.PexipNode, check.PexipConnector, check.ExchangeUM}, withSHA1, results{"trusted_root": fail}},
	"an intermediate with SHA-1":  {teams, intermediateWithSHA1, results{"signature_algorithm": fail, "trusted_root": unknown}},

	// Time.
	"expired":                      {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.AddDate(0, 0, -1) }, results{"validity": fail, "expires_soon": info}},
	"expired a second ago":         {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today; s.options.Now = today.Add(1e9) }, results{"validity": fail, "expires_soon": info}},
	"not yet valid":                {all, func(_ *testing.T, s *scene) { s.leaf.NotBefore = today.AddDate(0, 0, 1) }, results{"validity": fail}},
	"expires in ten days":          {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.AddDate(0, 0, 10) }, results{"expires_soon": info}},
	"expires in less than 30 days": {all, func(_ *testing.T, s *scene) { s.leaf.NotAfter = today.Add(30*days - 1e9) }, results{"expires_soon": info}},

	// Chains.
	"the intermediate is missing":    {[]string{check.Teams, check.PexipNode, check.ExchangeUM}, func(_ *testing.T, s *scene) { s.others = nil }, results{"chain_complete": fail, "trusted_root": unknown}},
	"a PFX without its intermediate": {connector, func(_ *testing.T, s *scene) { s.others = nil }, results{"intermediates": fail, "trusted_root": unknown}},
	"a private root": {all, func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.trust(newRoot(t, "Another Root"))
	}, results{"trusted_root": fail}},
	"a namesake of the root": {all, func(t *testing.T, s *scene) {
		s.others = append(s.others, s.root.certificate)
		s.trust(newRoot(t, "Public Root"))
	}, results{"trusted_root": fail}},
	"issued by what is no CA":                     {all, issuedByALeaf, results{"trusted_root": fail}},
	"an expired intermediate":                     {all, expiredIntermediate, results{"trusted_root": fail}},
	"no trusted roots are known":                  {all, func(_ *testing.T, s *scene) { s.others = append(s.others, s.root.certificate); s.options.Trust = nil }, results{"trusted_root": unknown}},
	"a cross-signed root, its signer not trusted": {all, func(t *testing.T, s *scene) { crossSigned(t, s); s.trust(newRoot(t, "Third Root")) }, results{"trusted_root": fail}},

	"a CA that may not, and no rule for it":       {exchange, forClientsOnly, results{"trusted_root": fail}},
	"signed by itself, and trusted":               {[]string{check.Teams, check.ExchangeUM}, func(_ *testing.T, s *scene) { s.signer = authority{} }, results{"not_self_signed": fail}},
	"Pexip, signed by itself, and trusted":        {pexip, func(_ *testing.T, s *scene) { s.signer = authority{} }, results{"trusted_root": fail, "aia_redirect": unknown}},
	"the intermediate of a SHA-1 leaf is missing": {teams, func(t *testing.T, s *scene) { withSHA1(t, s); s.others = nil }, results{"signature_algorithm": fail, "chain_complete": fail, "trusted_root": unknown}},

	// The file and its addresses.
	"a node with a PFX":    {node, func(_ *testing.T, s *scene) { s.format = "PFX" }, results{"format": fail}},
	"a node with DER":      {node, func(_ *testing.T, s *scene) { s.format = "DER" }, results{"format": fail}},
	"a connector with PEM": {connector, func(_ *testing.T, s *scene) { s.format = "PEM" }, results{"format": fail}},
	"not from a file":      {pexip, func(_ *testing.T, s *scene) { s.format = "" }, results{"format": unknown}},
	"a redirect to HTTPS": {node, func(_ *testing.T, s *scene) {
		s.options.Addresses = []check.Address{{URL: "http://a"}, {URL: "http://b", HTTPS: "https://b"}}
	}, results{"aia_redirect": fail}},
	"a connector's redirect": {connector, func(_ *testing.T, s *scene) {
		s.options.Addresses = []check.Address{{URL: "http://b", HTTPS: "https://b"}}
	}, results{"aia_redirect": info}},
	"an address without answer": {node, func(_ *testing.T, s *scene) {
		s.options.Addresses = []check.Address{{URL: "http://a", Err: errors.New("no route")}}
	}, results{"aia_redirect": unknown}},
	"not followed": {pexip, func(_ *testing.T, s *scene) { s.options.Addresses = nil }, results{"aia_redirect": unknown}},
}

func onMicrosoft(name string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		names("", "sbc.contoso.onmicrosoft.com")(t, s)
		s.options.Name = name
	}
}

func forClientsOnly(t *testing.T, s *scene) {
	template := caTemplate("Client Intermediate")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate}
}

// rsaIntermediate signs with RSA, which SHA-1 takes.
func rsaIntermediate(t *testing.T, s *scene) {
	signer, err := rsaSigner()
	require.NoError(t, err)
	s.signer = authority{s.root.sign(t, caTemplate("RSA Intermediate"), signer.Public()), signer}
	s.others = []*x509.Certificate{s.signer.certificate}
}

func withSHA1(t *testing.T, s *scene) {
	rsaIntermediate(t, s)
	s.leaf.SignatureAlgorithm = x509.SHA1WithRSA
}

func intermediateWithSHA1(t *testing.T, s *scene) {
	rsaIntermediate(t, s)
	template := caTemplate("Old Intermediate")
	template.SignatureAlgorithm = x509.SHA1WithRSA
	above := s.signer.certificate
	s.signer = s.signer.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate, above}
}

// issuedByALeaf: whoever has a certificate has a key to sign others with, and must not.
func issuedByALeaf(t *testing.T, s *scene) {
	template := caTemplate("sbc.contoso.example")
	template.IsCA, template.KeyUsage = false, x509.KeyUsageDigitalSignature
	s.signer = s.intermediate.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate, s.intermediate.certificate}
}

func expiredIntermediate(t *testing.T, s *scene) {
	template := caTemplate("Expired Intermediate")
	template.NotAfter = today.AddDate(0, 0, -1)
	s.signer = s.root.sub(t, template)
	s.others = []*x509.Certificate{s.signer.certificate, s.root.certificate}
}

// crossSigned puts the root's twin, signed by an older root, into the chain, and trusts the
// older root alone.
func crossSigned(t *testing.T, s *scene) {
	older := newRoot(t, "Older Root")
	twin := older.sign(t, caTemplate("Public Root"), s.root.certificate.PublicKey)
	s.others = append(s.others, twin, older.certificate)
	s.trust(older)
}

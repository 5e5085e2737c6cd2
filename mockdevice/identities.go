package mockdevice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// Identities are certificates for the devices of a fleet, of the sizes and algorithms that real devices have. They
// take long to make, so a file can keep them: MarshalJSON's text is what [ReadIdentities] takes.
type Identities struct {
	// Keys are PKCS #8. Devices share them, because an RSA key takes long to make; no two share a certificate.
	Keys [][]byte `json:"keys"`
	// Intermediate issued each device's Teams certificate, and the first of Roots issued Intermediate.
	Intermediate []byte   `json:"intermediate"`
	Roots        [][]byte `json:"roots"`
	// Devices are in the order of the fleet.
	Devices []Identity `json:"devices"`
}

// Identity is the certificates of one device in DER.
type Identity struct {
	// Management is the self-signed certificate of TLS Context 0, with an RSA key as devices make it.
	Management []byte `json:"management"`
	// Teams is the certificate of TLS Context 1.
	Teams []byte `json:"teams"`
	// Key is the index of Management's key.
	Key int `json:"key"`
}

// The algorithms of [MakeIdentities]: of the keys and signatures of Teams certificates, their intermediate and its
// root.
const (
	IdentityRSA  = "rsa"  // RSA-2048
	IdentityP384 = "p384" // ECDSA on P-384
)

// sharedKeys is the number of RSA keys that the devices of a fleet share.
const sharedKeys = 16

// rootNames are who the roots in a store belong to. The first one issued the intermediate.
var rootNames = []string{
	"Fabrikam Trust Services Root R3", "Contoso Enterprise Root CA 2", "Northwind Public Root G4",
	"Adatum Global Root Certification Authority", "Litware Secure Server Root X1", "Tailspin Carrier Services Root CA",
}

// MakeIdentities makes certificates for this many devices, and uses all processors.
func MakeIdentities(algorithm string, devices int) (*Identities, error) {
	if algorithm != IdentityRSA && algorithm != IdentityP384 {
		return nil, fmt.Errorf("unknown algorithm %q: there are %s and %s", algorithm, IdentityRSA, IdentityP384)
	}
	keys := make([]crypto.Signer, sharedKeys)
	inParallel(len(keys), func(i int) { keys[i] = freshKey(IdentityRSA) })
	made := &Identities{Devices: make([]Identity, devices)}
	for _, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		made.Keys = append(made.Keys, der)
	}
	authority := made.authority(algorithm)
	inParallel(devices, func(i int) {
		at := i % sharedKeys
		teamsKey := keys[at]
		if algorithm == IdentityP384 {
			teamsKey = freshKey(algorithm)
		}
		own := leafTemplate(fmt.Sprintf("ACL_%d", 5000001+i))
		own.DNSNames = nil
		made.Devices[i] = Identity{
			Key: at, Management: sign(own, own, keys[at], keys[at]),
			Teams: sign(leafTemplate(fmt.Sprintf("sbc%05d.contoso.example", i+1)), authority.certificate, teamsKey,
				authority.key),
		}
	})
	return made, nil
}

// authority is who issues the devices' certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// authority makes roots and intermediate, and returns the latter.
func (s *Identities) authority(algorithm string) authority {
	root := freshKey(algorithm)
	for i, name := range rootNames {
		key := root
		if i > 0 {
			key = freshKey(IdentityRSA)
		}
		template := authorityTemplate(name)
		s.Roots = append(s.Roots, sign(template, template, key, key))
	}
	key := freshKey(algorithm)
	s.Intermediate = sign(authorityTemplate("Fabrikam Trust Services TLS Issuing CA 7"), parsed(s.Roots[0]), key, root)
	return authority{parsed(s.Intermediate), key}
}

func freshKey(algorithm string) crypto.Signer {
	var key crypto.Signer
	var err error
	if algorithm == IdentityP384 {
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		panic(err) // the system's random source never fails
	}
	return key
}

func inParallel(n int, do func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// ReadIdentities reads the JSON of [Identities].
func ReadIdentities(text []byte) (*Identities, error) {
	var s Identities
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	if len(s.Intermediate) == 0 || len(s.Roots) == 0 {
		return nil, errors.New("read identities: no intermediate, or no roots")
	}
	for i, own := range s.Devices {
		if own.Key < 0 || own.Key >= len(s.Keys) || len(own.Management) == 0 || len(own.Teams) == 0 {
			return nil, fmt.Errorf("read identities: device %d lacks a key or a certificate", i+1)
		}
	}
	return &s, nil
}

func (s *Identities) signers() ([]crypto.Signer, error) {
	keys := make([]crypto.Signer, len(s.Keys))
	for i, der := range s.Keys {
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, err
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("key %d can't sign", i+1)
		}
		keys[i] = signer
	}
	return keys, nil
}

// fill puts the roots into the stores: the others' into that of management, and all with the intermediate into that
// of Teams, for a device keeps the chain of its certificate there.
func (s *Identities) fill(contexts []Context) {
	contexts[0].Roots = s.Roots[1:]
	contexts[1].Roots = slices.Concat(contexts[1].Roots, s.Roots, [][]byte{s.Intermediate})
}

// files returns the certificates of a device by TLS Context.
func (s *Identities) files(index int) map[int]Context {
	own := s.Devices[index]
	return map[int]Context{
		0: {Index: 0, Certificate: own.Management}, 1: {Index: 1, Certificate: own.Teams},
	}
}

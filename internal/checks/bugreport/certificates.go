package bugreport

import (
	"bytes"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/checks/doctor"
)

// storeEntry describes one TLS Context's files.
type storeEntry struct {
	Context     int           `json:"context"`
	Status      int           `json:"status"`
	Bytes       int           `json:"bytes"`
	CRLF        bool          `json:"crlf"`
	Roots       []certificate `json:"roots"`
	Unreadable  int           `json:"unreadable"` // blocks
	Certificate *certificate  `json:"certificate"`
}

// certificate describes a certificate. It names only the required roots.
type certificate struct {
	SHA256    string `json:"sha256"`
	Root      string `json:"root"`
	KeyType   string `json:"key_type"`
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
}

func stores(o doctor.Observations) []storeEntry {
	list := []storeEntry{}
	for _, context := range o.Contexts {
		entry := storeEntry{
			Context: context.ID, Status: context.Store.Status, Bytes: len(context.Store.Body),
			CRLF: bytes.Contains(context.Store.Body, []byte("\r\n")), Roots: []certificate{},
		}
		if context.Store.Status == 200 {
			store := certs.ParseStore(context.Store.Body)
			entry.Unreadable = len(store.Problems)
			for _, root := range store.Certificates {
				entry.Roots = append(entry.Roots, describe(root))
			}
		}
		own := certs.ParseStore(context.Certificate.Body).Certificates
		if context.Certificate.Status == 200 && len(own) > 0 {
			leaf := describe(own[0])
			entry.Certificate = &leaf
		}
		list = append(list, entry)
	}
	return list
}

// describe returns only properties that can't identify a certificate: public logs find one by its fingerprint, and
// often by its exact validity.
func describe(c certs.Certificate) certificate {
	entry := certificate{
		SHA256: "(another certificate)", KeyType: doctor.KeyType(c.X509),
		NotBefore: c.X509.NotBefore.UTC().Format("2006"), NotAfter: c.X509.NotAfter.UTC().Format("2006"),
	}
	if root, ok := certs.Find(c.SHA256); ok {
		entry.Root, entry.SHA256 = root.Name, root.SHA256
	}
	return entry
}

package mockdevice

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

func (d *Device) getTLSList(call) answer {
	ids := []int{}
	for context := range d.ram.stores {
		if d.ram.hasContext(context) {
			ids = append(ids, context)
		}
	}
	slices.Sort(ids)
	list := []map[string]any{}
	for _, id := range ids {
		if d.model.Dialect.TLSList == TLSListTLS {
			list = append(list, map[string]any{"id": id, "url": fmt.Sprintf("%s/files/tls/%d", prefix, id)})
			continue
		}
		list = append(list, map[string]any{"id": strconv.Itoa(id)})
	}
	switch d.model.Dialect.TLSList {
	case TLSListFiles:
		return jsonAnswer(map[string]any{"files": list})
	case TLSListArray:
		return jsonAnswer(list)
	}
	return jsonAnswer(map[string]any{"tls": list})
}

func (d *Device) getCertificate(c call) answer {
	index, found := d.context(c)
	if !found {
		return d.failure(http.StatusNotFound, "No such TLS Context")
	}
	der := asDER(d.files[index].Certificate)
	if der == nil {
		return d.failure(http.StatusBadRequest, "TLS Context has no certificate")
	}
	return answer{status: http.StatusOK, kind: binaryType, body: encode(der[0], "\n"), done: true}
}

func (d *Device) getPrivateKey(c call) answer {
	index, found := d.context(c)
	if !found {
		return d.failure(http.StatusNotFound, "No such TLS Context")
	}
	der := asDER(d.files[index].Certificate)
	if der == nil {
		return jsonAnswer(map[string]any{"size": 0, "valid": false})
	}
	return jsonAnswer(map[string]any{"size": keySize(der[0]), "valid": true})
}

func keySize(der []byte) int {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return 0
	}
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize
	}
	return 0
}

func (d *Device) getRoots(c call) answer {
	index, found := d.context(c)
	if !found {
		return d.failure(http.StatusNotFound, "No such TLS Context")
	}
	shown := d.shownStore(c, index)
	d.record(EventRead, c.actor(), shown)
	roots := shown.stores[index]
	if len(roots) == 0 {
		switch d.model.Dialect.EmptyStore {
		case EmptyStoreBadRequest:
			return d.failure(http.StatusBadRequest, "No trusted root certificates")
		case EmptyStoreNotFound:
			return d.failure(http.StatusNotFound, "No trusted root certificates")
		}
		return answer{status: http.StatusOK, kind: binaryType, done: true}
	}
	return answer{status: http.StatusOK, kind: binaryType, body: d.storeText(roots), done: true}
}

// putRoots replaces a whole store.
func (d *Device) putRoots(c call) answer {
	return d.uploadRoots(c, "Trusted root certificates were successfully loaded",
		func(s *state, context int, roots [][]byte) error {
			s.stores[context] = nil
			for _, der := range roots {
				s.addRoot(context, der)
			}
			return nil
		})
}

// putIncrementalRoot adds one certificate to a store.
func (d *Device) putIncrementalRoot(c call) answer {
	if refused := d.model.Dialect.RefusedImports; d.refusals > 0 {
		d.refusals--
		return d.refuseImport(c, refused.Status, refused.CostsRoot)
	}
	return d.uploadRoots(c, "Trusted root certificate was successfully added",
		func(s *state, context int, roots [][]byte) error {
			switch {
			case len(roots) > 1 && d.model.Dialect.SeveralRoots == SeveralRefused:
				return errors.New("file holds more than one certificate")
			case d.model.Dialect.SeveralRoots == SeveralFirstOnly:
				roots = roots[:1]
			}
			for _, der := range roots {
				if err := d.importRoot(s, context, der); err != nil {
					return err
				}
			}
			return nil
		})
}

// refuseImport refuses an import and, if cost is set, removes the first root of the store. The lock is held.
func (d *Device) refuseImport(c call, status int, cost bool) answer {
	index, found := d.context(c)
	if found && cost && len(d.ram.stores[index]) > 0 {
		err := d.change(actor{author: ByDevice}, func(s *state) error {
			s.stores[index] = s.stores[index][1:]
			return nil
		})
		if err != nil {
			panic("mockdevice: " + err.Error()) // this edit returns no error
		}
	}
	return d.failure(status, "Trusted root was not loaded")
}

func (d *Device) importRoot(s *state, context int, der []byte) error {
	if s.hasRoot(context, der) {
		switch d.model.Dialect.KnownRoot {
		case KnownRootRefused:
			return errors.New("certificate is already in the store")
		case KnownRootAccepted:
			return nil
		}
	}
	s.addRoot(context, der)
	return nil
}

func (d *Device) uploadRoots(c call, success string, store func(*state, int, [][]byte) error) answer {
	index, found := d.context(c)
	if !found {
		return d.failure(http.StatusNotFound, "No such TLS Context")
	}
	file, err := filePart(c.request, c.body)
	if err != nil {
		return d.failure(http.StatusBadRequest, err.Error())
	}
	roots, err := decodeCertificates(file)
	if err != nil {
		return d.failure(http.StatusBadRequest, "Trusted root was not loaded: "+err.Error())
	}
	err = d.change(c.actor(), func(s *state) error {
		if err := store(s, index, roots); err != nil {
			return err
		}
		if limit := d.model.RootLimit; limit > 0 && len(s.stores[index]) > limit {
			return fmt.Errorf("store is full: it holds %d certificates", limit)
		}
		return nil
	})
	if err != nil {
		return d.failure(http.StatusBadRequest, "Trusted root was not loaded: "+err.Error())
	}
	return jsonAnswer(description(success))
}

// brokenBlock looks like a certificate but is not one.
const brokenBlock = "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n====\n-----END CERTIFICATE-----\n"

// storeText returns a store as a file.
func (d *Device) storeText(roots [][]byte) []byte {
	end := "\n"
	if d.model.Dialect.StoreText == StoreCRLF {
		end = "\r\n"
	}
	order := make([]int, len(roots))
	for i := range order {
		order[i] = i
	}
	if d.model.Dialect.StoreShuffled {
		order = permutation(d.model.Dialect.Seed, "store", len(roots))
	}
	var out bytes.Buffer
	for i, position := range order {
		if d.model.Dialect.StoreText == StoreCommented {
			out.WriteString(commentOn(roots[position]))
		}
		out.Write(encode(roots[position], end))
		if i == 0 && d.model.Dialect.StoreText == StoreBrokenBlock {
			out.WriteString(brokenBlock)
		}
	}
	if d.model.Dialect.StoreText == StoreTrailingGarbage {
		out.WriteString("\x00\x00\xff-- end of store --\n")
	}
	return out.Bytes()
}

func commentOn(der []byte) string {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "\n"
	}
	return fmt.Sprintf("\nsubject=%s\nissuer=%s\n", certificate.Subject, certificate.Issuer)
}

func encode(der []byte, lineEnd string) []byte {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return bytes.ReplaceAll(text, []byte("\n"), []byte(lineEnd))
}

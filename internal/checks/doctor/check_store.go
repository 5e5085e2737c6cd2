package doctor

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"strings"
)

// emptyStore reports how each TLS Context answers for an empty store.
func (e *exam) emptyStore() outcome {
	var against, held []string
	for _, context := range e.o.Contexts {
		store := context.Store
		switch {
		case store.Status == 200 && len(bytes.TrimSpace(store.Body)) == 0:
			held = append(held, fmt.Sprintf("TLS Context %d: 200 with an empty body", context.ID))
		case store.Status != 200 && context.Certificate.Status == 200:
			against = append(against, fmt.Sprintf("TLS Context %d: status %d", context.ID, store.Status))
		}
	}
	if len(against)+len(held) == 0 {
		return unknown("no store is empty")
	}
	return either(against, strings.Join(held, "; "))
}

// storeText compares each store with the plain PEM of its certificates.
func (e *exam) storeText() outcome {
	var against []string
	seen := 0
	for _, context := range e.o.Contexts {
		body := context.Store.Body
		if context.Store.Status != 200 || len(bytes.TrimSpace(body)) == 0 {
			continue
		}
		seen++
		against = append(against, oddities(body)...)
	}
	if seen == 0 {
		return unknown("every store is empty")
	}
	return either(against, fmt.Sprintf("plain PEM with LF, seen %d times", seen))
}

func oddities(body []byte) []string {
	var found []string
	if bytes.Contains(body, []byte("\r")) {
		found = append(found, "CRLF line ends")
		body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	}
	var plain []byte
	blocks := 0
	for block, rest := pem.Decode(body); block != nil; block, rest = pem.Decode(rest) {
		blocks++
		plain = append(plain, pem.EncodeToMemory(block)...)
	}
	switch begun := bytes.Count(body, []byte("-----BEGIN ")); {
	case begun > blocks:
		found = append(found, fmt.Sprintf("%d of %d blocks can't be decoded", begun-blocks, begun))
	case !bytes.Equal(bytes.TrimRight(body, "\n"), bytes.TrimRight(plain, "\n")):
		found = append(found, "text beside the PEM blocks")
	}
	return found
}

func (e *exam) noCertificate() outcome {
	var against []string
	seen := 0
	for _, context := range e.o.Contexts {
		if context.Certificate.Status == 200 {
			continue
		}
		seen++
		if context.Certificate.Status != 400 {
			against = append(against, fmt.Sprintf("TLS Context %d: status %d", context.ID, context.Certificate.Status))
		}
	}
	if seen == 0 {
		return unknown("every TLS Context has one")
	}
	return either(against, "400")
}

// deviceCertificates accepts the simulator's own choice as well as the device's default.
func (e *exam) deviceCertificates() outcome {
	for _, context := range e.o.Contexts {
		certificate := certificateOf(context.Certificate.Body)
		if context.ID != 0 || certificate == nil {
			continue
		}
		if kind := KeyType(certificate); kind != "RSA 2048" && kind != "ECDSA P-256" {
			return broken("TLS Context 0: %s", kind)
		}
		return holds("TLS Context 0: %s", KeyType(certificate))
	}
	return unknown("the certificate of TLS Context 0 could not be read")
}

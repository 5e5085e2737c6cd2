package world

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
)

// manifest is as much of a backup's manifest as the judge looks at.
type manifest struct {
	Serial   string
	Contexts []struct {
		ID           int
		Absent       int
		TrustedRoots string `json:"trusted_roots"`
		Certificate  string
	}
	Files []struct {
		Name   string
		SHA256 string
	}
}

// backupFirst looks at the first write of an act, and at what was on disk then.
func (c *Chronicle) backupFirst(p *played) []string {
	at := slices.IndexFunc(c.Answers, func(a Answer) bool { return a.Act == p.index && a.Method != http.MethodGet })
	if at < 0 {
		return nil
	}
	write := c.Answers[at]
	if p.Backup == nil {
		return []string{fmt.Sprintf("%s %s was sent before a backup was on disk", write.Method, write.Path)}
	}
	var kept manifest
	if err := json.Unmarshal(p.Backup["manifest.json"].Data, &kept); err != nil {
		return []string{"the backup's manifest can't be read: " + err.Error()}
	}
	texts := c.damagedFiles(p, kept)
	for _, id := range c.contextsAt(p) {
		texts = append(texts, c.contextKept(p, kept, id, write.Number)...)
	}
	return texts
}

func (c *Chronicle) damagedFiles(p *played, kept manifest) []string {
	var texts []string
	for _, entry := range kept.Files {
		sum := sha256.Sum256(p.Backup[entry.Name].Data)
		if hex.EncodeToString(sum[:]) != entry.SHA256 {
			texts = append(texts, fmt.Sprintf("%s is not on disk as the manifest says", entry.Name))
		}
	}
	configuration := p.Backup["configuration.ini"].Data
	if len(configuration) == 0 || !c.answered(p, "files/ini", configuration) {
		texts = append(texts, "the backup's configuration is none that the device gave during the run")
	}
	return texts
}

// contextsAt are the TLS Contexts that the device has when an act begins.
func (c *Chronicle) contextsAt(p *played) []int {
	from, _ := c.window(p)
	var ids []int
	for item := range c.History[max(from-1, 0)].RAM {
		if item.Table == tlsContexts && item.Column == "" {
			ids = append(ids, item.Row)
		}
	}
	slices.Sort(ids)
	return ids
}

// contextKept holds one context of the backup against what the device had and answered.
func (c *Chronicle) contextKept(p *played, kept manifest, id, before int) []string {
	roots := fmt.Sprintf("files/tls/%d/trustedRoot", id)
	for _, entry := range kept.Contexts {
		if entry.ID != id {
			continue
		}
		var texts []string
		data := p.Backup[entry.TrustedRoots].Data
		if !c.saidToBeNone(p, roots, before) && !c.held(p, id, data) && !c.answered(p, roots, data) {
			texts = append(texts, fmt.Sprintf("the backup has %d trusted roots of TLS Context %d, "+
				"which are not those that the device had or gave", len(fingerprints(data)), id))
		}
		certificate := fmt.Sprintf("files/tls/%d/certificate", id)
		if entry.Certificate == "" && !c.saidToBeNone(p, certificate, before) {
			texts = append(texts, fmt.Sprintf("the backup says that TLS Context %d has no certificate, "+
				"which the device never said", id))
		}
		return texts
	}
	return []string{fmt.Sprintf("the backup lacks TLS Context %d", id)}
}

// saidToBeNone: the newest whole answer before the first write says that there is no such file, by the statuses that
// are documented for that. Of an answer that was cut off, not even the status is on record.
func (c *Chronicle) saidToBeNone(p *played, resource string, before int) bool {
	for _, answer := range slices.Backward(c.Answers) {
		if answer.Act == p.index && answer.Path == resource && answer.Number < before && answer.Status != 0 {
			return answer.Status == http.StatusBadRequest || answer.Status == http.StatusNotFound
		}
	}
	return false
}

// held: the store was just so at some moment of the act.
func (c *Chronicle) held(p *played, id int, data []byte) bool {
	from, to := c.window(p)
	got := fingerprints(data)
	for at := max(from-1, 0); at < to; at++ {
		if slices.Equal(c.History[at].RAM.Roots(id), got) {
			return true
		}
	}
	return false
}

// answered: the device gave just these bytes during the act, as a whole answer.
func (c *Chronicle) answered(p *played, resource string, data []byte) bool {
	return slices.ContainsFunc(c.Answers, func(a Answer) bool {
		return a.Act == p.index && a.Path == resource && a.Status == http.StatusOK && bytes.Equal(a.Body, data)
	})
}

// fingerprints are those of the certificates in a PEM file, sorted, each once.
func fingerprints(text []byte) []string {
	var found []string
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			slices.Sort(found)
			return slices.Compact(found)
		}
		found = append(found, sha256Of(block.Bytes))
	}
}

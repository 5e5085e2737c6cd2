package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// oneUnit holds the writes of an act against the unit whose backup was on disk.
func (c *Chronicle) oneUnit(p *played) []string {
	var kept manifest
	if p.Backup == nil || json.Unmarshal(p.Backup["manifest.json"].Data, &kept) != nil {
		return nil
	}
	backedUp, inFlight := c.unitOfBackup(p), true
	var texts []string
	for _, answer := range c.Answers {
		isWrite := answer.Method != http.MethodGet && answer.Status != http.StatusUnauthorized // the challenge is no write
		if answer.Act != p.index || !isWrite || answer.Unit == backedUp {
			continue
		}
		if inFlight && !c.answeredBefore(p, answer) {
			inFlight = false
			continue
		}
		texts = append(texts, fmt.Sprintf("%s %s reached unit %s; the backup is of unit %s", answer.Method, answer.Path,
			answer.Unit, backedUp))
	}
	return texts
}

// unitOfBackup is the unit that gave the configuration that is in the backup.
func (c *Chronicle) unitOfBackup(p *played) string {
	configuration, unit := p.Backup["configuration.ini"].Data, ""
	for _, answer := range c.Answers {
		switch {
		case answer.Act != p.index:
		case answer.Method != http.MethodGet:
			return unit
		case answer.Path == "files/ini" && bytes.Equal(answer.Body, configuration):
			unit = answer.Unit
		}
	}
	return unit
}

// answeredBefore: the act had an answer of that unit before, and could know that it is another.
func (c *Chronicle) answeredBefore(p *played, write Answer) bool {
	return slices.ContainsFunc(c.Answers, func(a Answer) bool {
		isChallenge := a.Status == http.StatusUnauthorized
		return a.Act == p.index && a.Unit == write.Unit && a.Number < write.Number && !isChallenge
	})
}

// oneWriter: from an act's backup to its last write, no other act writes.
func (c *Chronicle) oneWriter(p *played) []string {
	last := 0
	for _, answer := range c.Answers {
		if answer.Act == p.index && answer.Method != http.MethodGet {
			last = answer.Number
		}
	}
	var texts []string
	for _, answer := range c.Answers {
		isOther := answer.Act != p.index && answer.Act != settling && answer.Method != http.MethodGet
		if isOther && 0 < p.HeldFrom && p.HeldFrom <= answer.Number && answer.Number < last {
			texts = append(texts, fmt.Sprintf("%s %s of act %d came between its backup and its last write", answer.Method,
				answer.Path, answer.Act))
		}
	}
	return texts
}

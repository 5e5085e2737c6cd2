package world

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
)

// converges looks at the undisturbed runs at the end.
func (c *Chronicle) converges() []Breach {
	last := c.Acts[len(c.Acts)-undisturbed:]
	breach := func(p *played, format string, arguments ...any) []Breach {
		return []Breach{{Act: p.index, Text: fmt.Sprintf(format, arguments...)}}
	}
	for _, p := range last {
		if p.Err != nil || p.Result == nil {
			return breach(p, "the undisturbed run could not begin: %v", p.Err)
		}
	}
	p := last[undisturbed-1]
	wrote := slices.ContainsFunc(c.Answers, func(a Answer) bool { return a.Act == p.index && a.Method != http.MethodGet })
	switch p.Result.Status {
	case remediate.Unchanged:
		return nil
	case remediate.StatusBlocked, remediate.Stale:
		if (c.namesTheWay(p) || c.World.hasQuirk() && wayText(p) != "") && !wrote {
			return nil
		}
		return breach(p, "%s, and nothing that is said names the thing in the way: %s", p.Result.Status, wayText(p))
	case remediate.StatusNotApplicable:
		return nil
	case remediate.Applied: // a device on which imports show late takes a run for each
		if c.World.hasQuirk() {
			return nil
		}
	case remediate.Failed, remediate.RolledBack:
		if named(wayText(p), "it has no TLS Context 0") { // damage that took it away, and stands
			return nil
		}
		if c.World.hasQuirk() && wayText(p) != "" { // a device that takes no save will not take the next one either
			return nil
		}
	}
	why := ""
	if p.Result.Error != nil {
		why = p.Result.Error.Message
	}
	return breach(p, "the last of %d undisturbed runs ends %s (wrote: %t): %s", undisturbed, p.Result.Status, wrote, why)
}

// namesTheWay: what is said names one of the things that differ from flash, if any do, or that
// another actor changed; or it says that changes wait there: without a baseline in its journal, acfix
// can't know which.
func (c *Chronicle) namesTheWay(p *played) bool {
	text := wayText(p)
	now := c.bounds(p).after
	differences := now.Flash.Changes(now.RAM)
	waits := named(text, "has unsaved changes that acfix did not make") || named(text, "unsaved changes from an earlier run of acfix.")
	if len(differences) == 0 || waits {
		return text != ""
	}
	if named(text, "the certificate of TLS Context") && c.deniedCertificate() || named(text, "the trusted roots of TLS Context") && c.misread() {
		return true // when the backup was made, the device said otherwise than now
	}
	for at := range c.History {
		if who, _ := c.by(at); who == another {
			differences = append(differences, c.History[at].Changes...)
		}
	}
	return slices.ContainsFunc(differences, func(change mockdevice.Change) bool { return c.isNamed(text, change.Item) })
}

func (c *Chronicle) deniedCertificate() bool {
	return slices.ContainsFunc(c.Answers, func(a Answer) bool {
		return strings.HasSuffix(a.Path, "/certificate") && (a.Status == http.StatusBadRequest || a.Status == http.StatusNotFound)
	})
}

func (c *Chronicle) misread() bool {
	return slices.ContainsFunc(c.History, func(event mockdevice.Event) bool {
		return event.Kind == mockdevice.EventRead && len(event.Shown.Changes(event.RAM)) > 0
	})
}

// wayText is what a run says of what is in its way.
func wayText(p *played) string {
	var texts []string
	if p.Result.Error != nil {
		texts = append(texts, p.Result.Error.Message)
	}
	for _, finding := range p.Result.Findings {
		if finding.Level == remediate.Problem {
			texts = append(texts, finding.Message)
		}
	}
	return strings.Join(texts, "\n")
}

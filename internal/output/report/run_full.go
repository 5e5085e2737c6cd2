package report

import "io"

// RunFull writes every device of a run in full: its plan and, if there is one, its result.
func RunFull(w io.Writer, head RunHead, devices RunDevices, style Style) error {
	p := newPrinter(w, style)
	p.policy = head.Policy
	p.byPolicy()
	counts, order := map[string]int{}, []string{}
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		p.full(head, e)
		if counts[e.Word]++; counts[e.Word] == 1 {
			order = append(order, e.Word)
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
	if len(counts) == 0 {
		p.line("%s", count(0, "device"))
	}
	summary(p, order, counts)
	return p.flush()
}

func (p *printer) full(head RunHead, e Shown) {
	if e.Plan == nil {
		p.heading(e.Target, e.URL)
	} else {
		p.device(*e.Plan)
	}
	switch {
	case e.Word == WordWaiting || e.Word == WordInHand:
		p.line("  %s", e.Sentence)
	case e.Plan != nil && e.Plan.Error != nil: // the plan has shown it
	case !head.plans():
		if e.Plan != nil {
			p.line("")
		}
		p.outcome(head.resultOf(e.RunDevice))
	case e.Plan == nil:
		p.failure(*head.unstarted())
	}
}

package web

import (
	"context"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// block is the devices of a page that have the same word for the same reason. What they share stands once.
type block struct {
	Word, Tone, Sentence string // the sentence of all of them; "" where they differ
	Codes                string // what is wrong; "" for none
	Hint                 string // of all of them; "" where they differ
	Count                int
	Parts                []blockPart
}

// blockPart is the devices of a block that have the same text.
type blockPart struct {
	Sentence string
	Texts    []string // what exactly is wrong
	Hints    []string // what to do, where the block has no hint
	Devices  []runDevice
}

// runDevice is one device, as its row and what unfolds below it show it.
type runDevice struct {
	report.Shown
	Doing    string
	Since    time.Time
	Findings []remediate.Finding // that are not the block's reason
}

// blocks returns the devices of rows, in their order.
func (s *Site) blocks(ctx context.Context, head report.RunHead, rows []RunRow) ([]block, error) {
	devices, err := s.shown(ctx, head, rows)
	if err != nil {
		return nil, err
	}
	var list []block
	var current string
	for i, shown := range devices {
		// A device may have moved since its row was read.
		if key := shown.Word + "\x00" + ReasonOf(shown); len(list) == 0 || key != current {
			list, current = append(list, newBlock(shown)), key
		}
		list[len(list)-1].add(shown, rows[i])
	}
	for i := range list {
		list[i].share()
	}
	return list, nil
}

func newBlock(shown report.Shown) block {
	b := block{Word: shown.Word, Tone: shown.Tone()}
	if len(whysShown(shown)) > 0 {
		b.Codes = ReasonOf(shown)
	}
	return b
}

func (b *block) add(shown report.Shown, row RunRow) {
	device := runDevice{Shown: shown, Doing: row.Doing, Since: row.Since}
	var texts, hints []string
	for _, why := range whysShown(shown) {
		texts = append(texts, why.Text)
		if why.Hint != "" && !slices.Contains(hints, why.Hint) {
			hints = append(hints, why.Hint)
		}
	}
	for _, finding := range shown.Findings {
		if !slices.Contains(texts, finding.Message) {
			device.Findings = append(device.Findings, finding)
		}
	}
	b.Count++
	at := slices.IndexFunc(b.Parts, func(part blockPart) bool {
		return part.Sentence == shown.Sentence && slices.Equal(part.Texts, texts) && slices.Equal(part.Hints, hints)
	})
	if at < 0 {
		at = len(b.Parts)
		b.Parts = append(b.Parts, blockPart{Sentence: shown.Sentence, Texts: texts, Hints: hints})
	}
	b.Parts[at].Devices = append(b.Parts[at].Devices, device)
}

// share puts a sentence and a hint that all parts have in common in front of them.
func (b *block) share() {
	first := b.Parts[0]
	sentence := func(part blockPart) bool { return part.Sentence == first.Sentence }
	hints := func(part blockPart) bool { return slices.Equal(part.Hints, first.Hints) && len(part.Hints) == 1 }
	if all(b.Parts, sentence) {
		b.Sentence = first.Sentence
	}
	if all(b.Parts, hints) {
		b.Hint = first.Hints[0]
	}
	for i := range b.Parts {
		if b.Sentence != "" {
			b.Parts[i].Sentence = ""
		}
		if b.Hint != "" {
			b.Parts[i].Hints = nil
		}
	}
}

func all(parts []blockPart, fits func(blockPart) bool) bool {
	return !slices.ContainsFunc(parts, func(part blockPart) bool { return !fits(part) })
}

// withPage is a part of a run's page with the page, which has the clock.
type withPage struct {
	Page   runPage
	Block  block
	Device runDevice
}

// of puts a block or a device together with its page, for a template.
func of(page runPage, part any) withPage {
	switch one := part.(type) {
	case block:
		return withPage{Page: page, Block: one}
	case runDevice:
		return withPage{Page: page, Device: one}
	default:
		return withPage{Page: page}
	}
}

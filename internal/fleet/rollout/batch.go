package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Batch is one wave: the devices of a tag, or as many as reach a count or a percentage of
// all devices of the run together with the waves before.
type Batch struct {
	tag     string
	percent int
	count   int
}

// ParseBatches reads a list such as "tag:canary,25%,100%".
func ParseBatches(text string) ([]Batch, error) {
	var batches []Batch
	for part := range strings.SplitSeq(text, ",") {
		batch, err := parseBatch(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		batches = append(batches, batch)
	}
	return batches, nil
}

func parseBatch(text string) (Batch, error) {
	if tag, ok := strings.CutPrefix(text, "tag:"); ok {
		if tag == "" {
			return Batch{}, fmt.Errorf("%q names no tag", text)
		}
		return Batch{tag: tag}, nil
	}
	number, isPercent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n <= 0:
		return Batch{}, fmt.Errorf("%q is neither tag:NAME, nor a percentage, nor a count", text)
	case isPercent && n > 100:
		return Batch{}, fmt.Errorf("%q is more than all devices", text)
	case isPercent:
		return Batch{percent: n}, nil
	default:
		return Batch{count: n}, nil
	}
}

// Tag is the tag whose devices are the wave; "" for a wave by number.
func (b Batch) Tag() string { return b.tag }

// Waves distributes the devices, by their places in the list: every device that is not gone is in one wave, and no wave
// is empty.
func Waves(devices []Member, batches []Batch) [][]int {
	dealt := make([]bool, len(devices))
	var waves [][]int
	started := 0
	for _, batch := range append(slices.Clone(batches), Batch{percent: 100}) {
		wave := batch.take(devices, dealt, started)
		started += len(wave)
		if len(wave) > 0 {
			waves = append(waves, wave)
		}
	}
	return waves
}

// take picks the wave's devices out of those that have no wave yet.
func (b Batch) take(devices []Member, dealt []bool, started int) []int {
	upTo := max(b.count, (b.percent*len(devices)+99)/100)
	var wave []int
	for i, device := range devices {
		wanted := started+len(wave) < upTo
		if b.tag != "" {
			wanted = slices.Contains(device.Tags, b.tag)
		}
		if wanted && !dealt[i] && !device.Gone {
			wave = append(wave, i)
			dealt[i] = true
		}
	}
	return wave
}

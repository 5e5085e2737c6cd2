package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// Observer reads a device for Collect. audiocodes.Client is one.
type Observer interface {
	Observe(ctx context.Context, path string) (audiocodes.Observation, error)
	ObserveChallenge(ctx context.Context) (audiocodes.Observation, error)
}

// Observations are all answers of one examination.
type Observations struct {
	URL string
	At  time.Time

	Challenge     audiocodes.Observation // GET /status without credentials
	Status        audiocodes.Observation
	Configuration audiocodes.Observation
	Again         audiocodes.Observation // the configuration, a second time
	TLSList       audiocodes.Observation
	Contexts      []ContextObservation
	Alarms        audiocodes.Observation
	FirstAlarm    audiocodes.Observation // a page of one
	CallGroups    audiocodes.Observation // the IP Groups that have call statistics
	Calls         audiocodes.Observation // the call statistics of the first
}

// ContextObservation holds the answers of one TLS Context.
type ContextObservation struct {
	ID                 int
	Store, Certificate audiocodes.Observation
}

// maxContexts limits the TLS Contexts that Collect reads; a device holds at most 100.
const maxContexts = 100

// Collect makes all reads, one after another. An error means that the device could not be examined: it did not answer,
// or gave neither status nor configuration.
// docs/design/checks.md: Doctor reads first and thinks afterwards
func Collect(ctx context.Context, device Observer, url string, now func() time.Time) (Observations, error) {
	c := collector{ctx: ctx, device: device}
	o := Observations{URL: url, At: now()}
	if o.Challenge, c.err = device.ObserveChallenge(ctx); c.err != nil {
		return o, c.err
	}
	o.Status = c.need("/status", isObject)
	o.Configuration = c.need("/files/ini", hasSections)
	o.Again = c.look("/files/ini")
	o.TLSList = c.look("/files/tls")
	for _, id := range contextIDs(o.Configuration.Body) {
		o.Contexts = append(o.Contexts, ContextObservation{
			ID:          id,
			Store:       c.look(fmt.Sprintf("/files/tls/%d/trustedRoot", id)),
			Certificate: c.look(fmt.Sprintf("/files/tls/%d/certificate", id)),
		})
	}
	o.Alarms = c.look("/alarms/active?limit=20")
	o.FirstAlarm = c.look("/alarms/active?limit=1")
	if c.err == nil {
		o.lookAtCalls(ctx, device)
	}
	return o, c.err
}

// lookAtCalls reads call statistics. It comes last: a device that does not give them is examined all the same.
func (o *Observations) lookAtCalls(ctx context.Context, device Observer) {
	const path = "/kpi/current/sbc/callStats/ipGroup"
	var err error
	if o.CallGroups, err = device.Observe(ctx, path); err != nil {
		return
	}
	if groups := callItems(o.CallGroups); len(groups) > 0 && isNumber.MatchString(groups[0].id()) {
		o.Calls, _ = device.Observe(ctx, path+"/"+groups[0].id())
	}
}

// collector stops asking after the first error.
type collector struct {
	ctx    context.Context
	device Observer
	err    error
}

func (c *collector) look(path string) audiocodes.Observation {
	if c.err != nil {
		return audiocodes.Observation{}
	}
	seen, err := c.device.Observe(c.ctx, path)
	c.err = err
	return seen
}

// need reads a resource that the examination requires.
func (c *collector) need(path string, fits func([]byte) error) audiocodes.Observation {
	seen := c.look(path)
	if c.err != nil {
		return seen
	}
	if c.err = seen.Err(); c.err != nil {
		return seen
	}
	if err := fits(seen.Body); err != nil {
		c.err = fmt.Errorf("read %s: %w: %w", path, audiocodes.ErrBadAnswer, err)
	}
	return seen
}

func isObject(body []byte) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return errors.New("it is not a JSON object")
	}
	return nil
}

// hasSections distinguishes a configuration, even one that can't be parsed, from a login page.
func hasSections(body []byte) error {
	if !sectionLine.Match(body) {
		return errors.New("it is not an INI file")
	}
	return nil
}

// contextIDs returns the TLS Contexts that the configuration names. If it can't be read, that is 0, which every device
// has.
func contextIDs(configuration []byte) []int {
	file, err := ini.Parse(configuration)
	if err != nil {
		return []int{0}
	}
	rows, err := file.Table("TLSContexts").Rows()
	if err != nil {
		return []int{0}
	}
	var ids []int
	for _, row := range rows[:min(len(rows), maxContexts)] {
		ids = append(ids, row.Index)
	}
	return ids
}

// All returns the answers in the order of the requests, without requests that were never made.
func (o Observations) All() []audiocodes.Observation {
	list := []audiocodes.Observation{o.Challenge, o.Status, o.Configuration, o.Again, o.TLSList}
	for _, context := range o.Contexts {
		list = append(list, context.Store, context.Certificate)
	}
	list = append(list, o.Alarms, o.FirstAlarm, o.CallGroups, o.Calls)
	made := list[:0]
	for _, seen := range list {
		if seen.Status != 0 {
			made = append(made, seen)
		}
	}
	return made
}

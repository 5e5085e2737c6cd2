package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/store"
)

// storedBook is the book of a run in a store. It is written to also after a wish to stop:
// what came of a device must not be lost.
type storedBook struct {
	app    *app
	store  *store.Store
	writer store.Writer
	run    string
}

func (b *storedBook) putPlan(place int, plan remediate.DevicePlan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("keep the plan of %s: %w", plan.Target, err)
	}
	return b.app.persist(func(ctx context.Context) error {
		return b.writer.PutPlan(ctx, b.run, place, plan.Device.Serial, string(plan.Verdict), text, b.app.now())
	})
}

func (b *storedBook) start(place int) error {
	return b.app.persist(func(ctx context.Context) error { return b.writer.Start(ctx, b.run, place) })
}

func (b *storedBook) putResult(place int, result remediate.DeviceResult) error {
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("keep the result of %s: %w", result.Target, err)
	}
	return b.app.persist(func(ctx context.Context) error {
		return b.writer.PutResult(ctx, b.run, place, string(result.Status), text, b.app.now())
	})
}

func (b *storedBook) plan(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err == nil {
		err = decoded(device.Plan, &plan)
	}
	return plan, err
}

func (b *storedBook) planBefore(place int) (remediate.DevicePlan, error) {
	var plan remediate.DevicePlan
	device, err := b.device(place)
	if err == nil && device.Plan != nil {
		err = decoded(device.Plan, &plan)
	}
	return plan, err
}

func (b *storedBook) sights() ([]sight, error) {
	var kept []store.Sight
	err := b.app.persist(func(ctx context.Context) (err error) {
		kept, err = b.store.Sights(ctx, b.run)
		return err
	})
	seen := make([]sight, len(kept)) // a run's places are 0, 1, 2, …
	for place, device := range kept {
		seen[place] = sight{device.Serial, remediate.Verdict(device.Verdict)}
	}
	return seen, err
}

func (b *storedBook) result(place int) (remediate.DeviceResult, bool, error) {
	var result remediate.DeviceResult
	device, err := b.device(place)
	if err != nil || device.Result == nil {
		return result, false, err
	}
	return result, true, decoded(device.Result, &result)
}

func (b *storedBook) device(place int) (device store.Device, err error) {
	err = b.app.persist(func(ctx context.Context) error {
		device, err = b.store.Device(ctx, b.run, place)
		return err
	})
	return device, err
}

func decoded(text json.RawMessage, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	return nil
}

// storePatience is how long a database may be away before a run gives up.
const storePatience = 15 * time.Minute

// persist works with a store that may be away for a while. It does not give up because
// somebody asks to stop: the second interrupt does that.
func (a *app) persist(work func(context.Context) error) error {
	patience := a.clock().Policy(storePatience, 250*time.Millisecond, 5*time.Second)
	return patience.Do(a.abort, store.IsDown, func(ctx context.Context) error {
		err := work(ctx)
		switch {
		case store.IsDown(err) && a.outage.begins():
			a.warn("the store does not answer; trying again for " + storePatience.String())
		case err == nil && a.outage.ends():
			a.warn("the store answers again")
		}
		return err
	})
}

// outage is whether the store was away when it was asked last. All that a process does shares
// one, so that it is said once and not for every device in hand.
type outage struct {
	mutex sync.Mutex
	on    bool
}

func (o *outage) begins() bool { return o.turns(true) }
func (o *outage) ends() bool   { return o.turns(false) }

func (o *outage) turns(on bool) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	turned := o.on != on
	o.on = on
	return turned
}

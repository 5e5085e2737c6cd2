package main

import (
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/records/known"
)

// listedBy returns the devices of the inventories of a jobs file; nil for no file.
func (a *app) listedBy(path string) (*known.Listed, error) {
	if path == "" {
		return nil, nil
	}
	file, err := a.readJobs(path)
	if err != nil {
		return nil, err
	}
	return a.listed(file)
}

// listed returns the devices of the inventories of the jobs.
func (a *app) listed(file jobFile) (*known.Listed, error) {
	all := known.NewListed()
	for _, path := range file.InventoryPaths() {
		read, err := a.readInventory(connection{inventory: path})
		if err != nil {
			return nil, err
		}
		jobs := file.jobsOf(path, read.Inventory)
		for _, device := range read.Devices {
			all.Add(device.Name, device.URL)
			all.Describe(device.URL, device.Tags, jobs[device.Name])
		}
	}
	return all, nil
}

// jobsOf returns the jobs that work on each device of an inventory, by its name. A limit that fits no device has none;
// "acfix job check" says what is wrong with it.
func (f jobFile) jobsOf(path string, of inventory.Inventory) map[string][]string {
	all := map[string][]string{}
	for _, j := range f.Jobs {
		if f.InventoryPath(j) != path {
			continue
		}
		devices := of.Devices
		if j.Limit != "" {
			devices, _ = of.Select(j.Limit)
		}
		for _, device := range devices {
			all[device.Name] = append(all[device.Name], j.Name)
		}
	}
	return all
}

// listedFor is how long one reading of the inventories serves.
const listedFor = time.Minute

// inventories keeps the devices of the jobs' inventories for pages and metrics. While one can't be read, all devices
// are listed: none may vanish from an alarm.
type inventories struct {
	app  *app
	file jobFile

	mutex  sync.Mutex
	at     time.Time
	listed *known.Listed
}

func (i *inventories) now() *known.Listed {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	now := i.app.now()
	if age := now.Sub(i.at); !i.at.IsZero() && age >= 0 && age < listedFor {
		return i.listed
	}
	i.at = now
	listed, err := i.app.listed(i.file)
	if err != nil {
		listed = nil
	}
	i.listed = listed
	return listed
}

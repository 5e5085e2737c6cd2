package known

import (
	"maps"
	"slices"
)

// Listed are the devices of inventories. A nil Listed has all.
type Listed struct {
	urls  map[string]bool
	names map[string][]string // addresses of a name
	said  map[string]said     // by address
}

// said is what inventories say of the device at an address.
type said struct{ tags, jobs []string }

// NewListed returns an empty list.
func NewListed() *Listed {
	return &Listed{urls: map[string]bool{}, names: map[string][]string{}, said: map[string]said{}}
}

// Add adds a device of an inventory.
func (l *Listed) Add(name, url string) {
	l.urls[url] = true
	l.names[name] = append(l.names[name], url)
}

// Describe says which tags the device at an address has, and which jobs work on it. It adds to what was said before.
func (l *Listed) Describe(url string, tags, jobs []string) {
	l.said[url] = said{tags: union(l.said[url].tags, tags), jobs: union(l.said[url].jobs, jobs)}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Mark says of each device whether it is listed. A device that its inventory has at a new address counts by its name
// until it was met there.
func (l *Listed) Mark(devices []Device) {
	met := map[string]bool{}
	for i := range devices {
		met[devices[i].URL] = true
	}
	for i := range devices {
		d := &devices[i]
		d.Placed = l != nil && l.urls[d.URL]
		d.Listed = l == nil || d.Placed || l.moves(d.Name, met)
		if d.Listed && l != nil {
			d.Tags, d.Jobs = l.describes(*d)
		}
	}
}

// moves reports whether a name is listed, and at addresses that are all still to be met.
func (l *Listed) moves(name string, met map[string]bool) bool {
	urls := l.names[name]
	return len(urls) > 0 && !slices.ContainsFunc(urls, func(url string) bool { return met[url] })
}

// Unmet returns the names of the listed devices that no run has met, sorted.
func (l *Listed) Unmet(devices []Device) []string {
	var names []string
	for _, device := range l.UnmetDevices(devices) {
		names = append(names, device.Name)
	}
	return names
}

// UnmetDevices returns the listed devices that no run has met, by name: nothing was read of them. One that counts by its
// name until it is met at its new address is met. devices are marked.
func (l *Listed) UnmetDevices(devices []Device) []Device {
	if l == nil {
		return nil
	}
	met, moving := map[string]bool{}, map[string]int{}
	for _, d := range devices {
		for _, address := range d.Addresses {
			met[address] = true
		}
		if d.Listed && !d.Placed {
			moving[d.Name]++
		}
	}
	var unmet []Device
	for _, name := range slices.Sorted(maps.Keys(l.names)) {
		for _, url := range l.names[name] {
			switch {
			case met[url]:
			case moving[name] > 0:
				moving[name]--
			default:
				unmet = append(unmet, l.unmet(name, url))
			}
			met[url] = true // two inventories may have it
		}
	}
	return unmet
}

func (l *Listed) unmet(name, url string) Device {
	d := Device{Name: name, URL: url, Addresses: []string{url}, Listed: true, Placed: true, Missing: -1}
	d.Tags, d.Jobs = l.describes(d)
	return d
}

// describes returns the tags and the jobs of a listed device.
func (l *Listed) describes(d Device) (tags, jobs []string) {
	if d.Placed {
		return l.said[d.URL].tags, l.said[d.URL].jobs
	}
	for _, url := range l.names[d.Name] {
		tags, jobs = union(tags, l.said[url].tags), union(jobs, l.said[url].jobs)
	}
	return tags, jobs
}

// Package metrics shows Prometheus what a store knows: devices by verdict, missing roots, last
// runs. A store that does not answer leaves acfix_store_up 0 and nothing else of it: old
// numbers never pass for fresh ones.
//
// Names of devices and jobs are foreign text. As labels they are valid UTF-8 without control
// characters, of bounded length, and there are at most DefaultDevices of them.
package metrics

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// What holds where Options leave a number out.
const (
	// DefaultDevices have two series each.
	DefaultDevices = 10_000
	// DefaultTimeout is less than the ten seconds that Prometheus waits for all.
	DefaultTimeout = 8 * time.Second
	// DefaultFresh keeps scrapes from being readings of the store.
	DefaultFresh = 5 * time.Second
)

// Options say what is shown.
type CollectorOptions struct {
	Store StoreReader
	Build Build
	// Jobs are shown even if they never ran, and however many other runs there are.
	Jobs []JobSeries
	// Queue counts the devices that wait for a worker; nil where there is no queue.
	Queue func(context.Context) (int, error)

	Devices int           // with more than this, no device has series of its own
	Timeout time.Duration // for all reading of one scrape
	Fresh   time.Duration // how long one reading serves; the failure of one too
	Now     func() time.Time
}

// Build says which acfix this is.
type Build struct{ Version, Commit, Go string }

// Registry gathers the metrics of a store.
func Registry(options CollectorOptions) *prometheus.Registry {
	options.Devices = cmp.Or(options.Devices, DefaultDevices)
	options.Timeout = cmp.Or(options.Timeout, DefaultTimeout)
	options.Fresh = cmp.Or(options.Fresh, DefaultFresh)
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{CollectorOptions: options})
	return registry
}

// scrapesAtOnce are more than any two Prometheus servers need.
const scrapesAtOnce = 4

// Handler serves what is gathered, and the metrics of the process beside it.
func Handler(from prometheus.Gatherer) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(prometheus.Gatherers{from, process}, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce})
}

// collector reads a store when it is scraped.
type collector struct {
	CollectorOptions

	reading sync.Mutex // one at a time; those who wait share what comes of it
	at      time.Time  // of the last reading
	last    []prometheus.Metric
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, family := range families {
		to <- family
	}
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	for _, metric := range c.current() {
		to <- metric
	}
}

func (c *collector) current() []prometheus.Metric {
	c.reading.Lock()
	defer c.reading.Unlock()
	now := c.Now()
	if age := now.Sub(c.at); c.last == nil || age < 0 || age >= c.Fresh {
		c.last = metricsOf(c.all(now))
		c.at = c.Now()
	}
	return c.last
}

// all is what one reading comes to; the build is known whatever the store says.
// docs/design/server.md: Metrics are what the store says now
func (c *collector) all(begun time.Time) []sample {
	all := []sample{{buildInfo, 1, []string{label(c.Build.Version), label(c.Build.Commit), label(c.Build.Go)}}}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	if c.Queue != nil {
		if depth, err := c.Queue(ctx); err == nil {
			all = append(all, sample{queueDepth, float64(depth), nil})
		}
	}
	read, err := read(ctx, c.Store, c.Jobs)
	if err != nil {
		return append(all, sample{storeUp, 0, nil})
	}
	took := c.Now().Sub(begun).Seconds()
	all = append(all, sample{storeUp, 1, nil}, sample{storeTook, took, nil})
	return append(all, samples(read, c.Jobs, c.Devices)...)
}

func metricsOf(all []sample) []prometheus.Metric {
	made := make([]prometheus.Metric, len(all))
	for i, sample := range all {
		made[i] = sample.metric()
	}
	return made
}

// Package metrics exports what a store knows to Prometheus: devices by verdict, missing roots, last runs. While the
// store does not answer, acfix_store_up is 0 and its other metrics are absent: old numbers never pass for fresh ones.
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

	"github.com/acfix/acfix/internal/records/known"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The defaults of CollectorOptions.
const (
	// DefaultDevices have three series each.
	DefaultDevices = 10_000
	// DefaultTimeout is below the ten seconds that Prometheus waits for a scrape.
	DefaultTimeout = 8 * time.Second
	// DefaultFresh keeps every scrape from reading the store.
	DefaultFresh = 5 * time.Second
)

// CollectorOptions say what is exported.
type CollectorOptions struct {
	Store StoreReader
	Build Build
	// Jobs have metrics even if they never ran, and despite any number of other runs.
	Jobs []JobSeries
	// Listed returns the devices of the jobs' inventories; nil, or returning nil, it lists all.
	Listed func() *known.Listed
	// Queue counts the devices that wait for a worker; nil where there is no queue.
	Queue func(context.Context) (int, error)
	// Lost counts, by receiver, the messages that could not be sent since the process began; nil where none are sent.
	Lost func() map[string]int

	Devices int           // with more than this, no device has series of its own
	Timeout time.Duration // for one reading of the store
	Fresh   time.Duration // how long a reading, or its failure, is reused
	Now     func() time.Time
}

// Build identifies this acfix.
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

// scrapesAtOnce is more than two Prometheus servers need.
const scrapesAtOnce = 4

// Handler serves the gathered metrics and those of the process.
func Handler(from prometheus.Gatherer) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(prometheus.Gatherers{from, process},
		promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce})
}

// collector reads a store when it is scraped.
type collector struct {
	CollectorOptions

	reading sync.Mutex // one reading at a time; waiting scrapes share its result
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

// all makes one reading; the build is known even without the store.
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
	if c.Lost != nil {
		for receiver, n := range c.Lost() {
			all = append(all, sample{messagesLost, float64(n), []string{label(receiver)}})
		}
	}
	read, err := read(ctx, c.Store, c.listed(), c.Jobs)
	if err != nil {
		return append(all, sample{storeUp, 0, nil})
	}
	took := c.Now().Sub(begun).Seconds()
	all = append(all, sample{storeUp, 1, nil}, sample{storeTook, took, nil})
	return append(all, samples(read, c.Jobs, c.Devices, begun)...)
}

func (c *collector) listed() *known.Listed {
	if c.Listed == nil {
		return nil
	}
	return c.Listed()
}

func metricsOf(all []sample) []prometheus.Metric {
	made := make([]prometheus.Metric, len(all))
	for i, sample := range all {
		made[i] = sample.metric()
	}
	return made
}

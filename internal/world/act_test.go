package world

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/remediate"
)

// played is one act and what came of it.
type played struct {
	Act    Act
	Nested bool
	Killed bool
	// First and Last are the numbers of its first and last request that reached the device; 0
	// where none did.
	First, Last int
	// Result is what acfix says; nil for a plan, for an act that could not begin, and for one
	// that was killed.
	Result *remediate.DeviceResult
	Steps  []remediate.Step // of its plan
	Err    error
	// Backups are those that were on disk at the start, Backup the files of its own when it was
	// first seen there; nil if it was not before the first write. HeldFrom is the number of the
	// request at which it was seen.
	Backups  []string
	Backup   map[string]File
	HeldFrom int

	player *player
	index  int
	id     string
	events []eventSeen
	book   *book
	plan   string // file
	wrote  bool
	frozen map[string]File
	mutex  sync.Mutex
	stop   chan struct{}
	ctx    context.Context
	abort  context.CancelFunc
}

type eventSeen struct {
	Event
	seen int
}

// patience is as the command has it where no flag says otherwise.
const (
	retryFor     = 2 * time.Minute
	settleFor    = 30 * time.Second
	lockTimeout  = 5 * time.Millisecond // in real time
	httpTimeout  = 20 * time.Second     // in real time: no world lets a request hang
	planAge      = 7 * 24 * time.Hour
	settlingTime = 10 * time.Minute
)

var planKey = bytes.Repeat([]byte("k"), 32)

func newPlayed(p *player, act Act, place int) *played {
	own := &played{Act: act, player: p, stop: make(chan struct{})}
	own.ctx, own.abort = context.WithCancel(background)
	own.id = fmt.Sprintf("run%d", len(p.chronicle.Acts))
	if before := own.before(); before != nil && (act.Do == Resume || act.Do == ApplyPlan) {
		own.decide(before)
	}
	for _, event := range p.world.Events {
		if place >= 0 && event.Act == place && !p.calm {
			own.events = append(own.events, eventSeen{Event: event})
		}
	}
	return own
}

// decide takes over what was decided when the plan was made, or when the run began.
func (p *played) decide(before *played) {
	own, was := &p.Act, before.Act
	own.AllRoots, own.SaveUnsaved, own.AllowShared, own.AllowDefault = was.AllRoots, was.SaveUnsaved, was.AllowShared,
		was.AllowDefault
	if own.Do == Resume {
		p.id, p.book = before.id, before.book
	}
}

// before is the act that this one goes by; nil where there is none.
func (p *played) before() *played {
	acts := 0
	for _, earlier := range p.player.chronicle.Acts {
		if earlier.Nested {
			continue
		}
		if acts == p.Act.Of {
			return earlier
		}
		acts++
	}
	return nil
}

func (p *played) dead() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.Killed
}

func (p *played) interrupt() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
}

// arrived keeps which requests of the act have reached the device, and the backup until the first write has.
func (p *played) arrived(number int, method string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.First == 0 {
		p.First = number
	}
	p.Last = max(p.Last, number)
	if p.Backup == nil && !p.wrote {
		p.lookForBackup(number)
	}
	p.wrote = p.wrote || method != http.MethodGet
}

// lookForBackup keeps the backup of the act as it is on disk now.
func (p *played) lookForBackup(number int) {
	for _, name := range p.player.backupNames() {
		if !slices.Contains(p.Backups, name) && runOf(name) == p.id {
			p.Backup, _ = readTree(filepath.Dir(name))
			p.HeldFrom = number
		}
	}
}

// finish undoes what a process that was killed wrote afterwards, and forgets what it said.
func (p *played) finish() {
	p.abort()
	if !p.dead() {
		return
	}
	p.Result, p.Err = nil, nil
	if err := writeTree(string(p.player.state), p.frozen); err != nil {
		panic(err)
	}
}

func (p *played) carryOut() {
	var err error
	switch p.Act.Do {
	case Apply, Resume:
		err = p.apply()
	case Plan:
		err = p.makePlan()
	case ApplyPlan:
		err = p.applyPlan()
	case Restore:
		err = p.restore()
	}
	p.Err = err
}

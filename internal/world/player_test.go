package world

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/mockdevice"
)

const (
	username = "Operator"
	password = "Wr0ng-horse-battery"
	// partner is the serial number of the other unit of the HA pair.
	partner = "9999999"
)

// player plays one World.
type player struct {
	world     World
	clock     *clock
	device    *mockdevice.Device
	wire      *wire
	urls      [2]string
	state     statedir.Directory
	chronicle *Chronicle
	startINI  []byte
	stack     []*played
	calm      bool // nothing happens any more: the runs at the end
	mutex     sync.Mutex
	now       string // serial number of the unit that is active
}

// Play plays a World below a directory of its own, and returns what came of it.
func Play(w World, directory string) (*Chronicle, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	model, err := w.model()
	if err != nil {
		return nil, err
	}
	p := &player{world: w, clock: &clock{now: midnight}, state: statedir.Directory(filepath.Join(directory, "acfix"))}
	model.Now = p.clock.Now
	p.now = model.Serial
	p.device = mockdevice.New(model)
	p.wire = &wire{player: p, device: p.device, connections: map[string]bool{}, units: map[string]string{}}
	p.device.OnRequest(p.wire.arrived)
	p.chronicle = &Chronicle{World: w, ActOf: map[int]int{}, legs: map[uintptr][]int{}, Firmware: model.Firmware}
	for place := range p.urls {
		url, closeIt, err := p.wire.listen()
		if err != nil {
			return nil, err
		}
		defer closeIt()
		p.urls[place] = url
	}
	p.begin()
	for i, act := range w.Acts {
		p.run(act, i)
	}
	return p.end(directory)
}

// begin brings the device to where the first act finds it.
func (p *player) begin() {
	for _, change := range p.world.Start {
		p.change(change)
	}
	p.device.Save()
	p.startINI = p.direct(http.MethodGet, "files/ini", nil).Body.Bytes()
	p.device.Record()
	for _, change := range p.world.Waiting {
		p.change(change)
	}
}

// undisturbed is how many runs follow on a World: what a first one finds may still be in motion.
const undisturbed = 3

// end has acfix run some more times, undisturbed.
func (p *player) end(directory string) (*Chronicle, error) {
	p.calm = true
	for range undisturbed {
		p.run(Act{Do: Apply, AllowShared: true, AllowDefault: true}, -1)
	}
	p.chronicle.History = p.device.History()
	p.chronicle.Answers = p.wire.answers
	var err error
	p.chronicle.Files, err = readTree(directory)
	return p.chronicle, err
}

func (p *player) current() *played {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.stack) == 0 {
		return nil
	}
	return p.stack[len(p.stack)-1]
}

func (p *player) unit() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.now
}

// run carries out an act; place is where it stands in the World, -1 for those that do not.
func (p *player) run(act Act, place int) *played {
	own := newPlayed(p, act, place)
	p.mutex.Lock()
	own.index = len(p.chronicle.Acts)
	own.Nested = len(p.stack) > 0
	p.chronicle.Acts = append(p.chronicle.Acts, own)
	p.stack = append(p.stack, own)
	p.mutex.Unlock()
	own.Backups = p.backupNames()
	own.carryOut()
	p.mutex.Lock()
	p.stack = p.stack[:len(p.stack)-1]
	p.mutex.Unlock()
	own.finish()
	if !own.Nested {
		p.device.ClearFaults()
		p.settle()
	}
	return own
}

// settle lets time go by, so that whatever is late happens before the next act.
func (p *player) settle() {
	for range 8 {
		p.clock.pass(settlingTime / 8)
		p.direct(http.MethodGet, "status", nil)
	}
}

// meanwhile starts another acfix in the middle of a request, and waits for its end.
func (p *player) meanwhile(act Act) { p.run(act, -1) }

// direct sends a request past the wire, as the player or another administrator does.
func (p *player) direct(method, resource string, body io.Reader) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, apiPrefix+resource, body)
	request.SetBasicAuth(username, password)
	return p.serve(request)
}

func (p *player) serve(request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	p.wire.served(answer, request)
	return answer
}

// change is what another administrator does. What is not there any more can't be changed.
func (p *player) change(c Change) {
	defer func() {
		if failure := recover(); failure != nil && !strings.HasPrefix(fmt.Sprint(failure), "mockdevice: no ") {
			panic(failure)
		}
	}()
	switch c.Op {
	case AddRoot:
		p.device.AddRoot(c.Context, rootNamed(c.Root))
	case RemoveRoot:
		p.device.RemoveRoot(c.Context, sha256Of(rootNamed(c.Root)))
	case SetCell:
		p.device.SetCell(c.Table, c.Row, c.Column, c.Value)
	case AddContext:
		p.device.AddRow(tlsContexts, c.Row, map[string]string{"Name": c.Value})
	case DeleteRow:
		p.device.DeleteRow(c.Table, c.Row)
	case SetParameter:
		p.device.SetParam(c.Parameter, c.Value)
	case Save:
		p.device.Save()
	case LoadStart:
		p.loadStart()
	}
}

// loadStart restores the configuration of the start, which restarts the device.
func (p *player) loadStart() {
	before := len(p.device.History())
	const boundary = "backup"
	var body bytes.Buffer
	const disposition = `Content-Disposition: form-data; name="file"; filename="b.ini"`
	fmt.Fprintf(&body, "--%s\r\n%s\r\n\r\n%s\r\n--%s--\r\n", boundary, disposition, p.startINI, boundary)
	request := httptest.NewRequest(http.MethodPut, apiPrefix+"files/ini", &body)
	request.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	request.SetBasicAuth(username, password)
	p.serve(request)
	p.chronicle.markOthers(before, len(p.device.History()))
}

// damage is a change that the device makes by itself, because of a request of an act.
func (p *player) damage(act *played, c Change) {
	before := len(p.device.History())
	p.change(c)
	p.chronicle.markDamage(act.index, before, len(p.device.History()))
}

func (p *player) switchOver() {
	p.device.SwitchOver(mockdevice.Unit{Serial: partner, MAC: "00908f999999", UpTime: 30 * 24 * time.Hour})
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.now = partner
}

// kill ends an act as SIGKILL does: what it writes to the state directory from now on is undone
// at its end, and nothing that it sends reaches the device.
func (p *player) kill(act *played) {
	frozen, err := readTree(string(p.state))
	if err != nil {
		panic(err)
	}
	act.mutex.Lock()
	defer act.mutex.Unlock()
	act.Killed, act.frozen = true, frozen
	act.abort()
}

func (p *player) backupNames() []string {
	found, _ := filepath.Glob(filepath.Join(p.state.Backups(), "*", "manifest.json"))
	return found
}

// runOf is the run that made the backup with this manifest.
func runOf(name string) string {
	var manifest struct{ Run string }
	text, err := os.ReadFile(name)
	if err != nil || json.Unmarshal(text, &manifest) != nil {
		return ""
	}
	return manifest.Run
}

func (p *player) getenv(name string) string {
	return map[string]string{"ACFIX_PASSWORD": password}[name]
}

func authorization() string {
	return base64.StdEncoding.EncodeToString([]byte(username + ":" + password))
}

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// rootNamed is one of the seven, or a CA that is made of the name.
func rootNamed(name string) []byte {
	for _, root := range certs.Required() {
		if root.Name == name {
			return root.PEM()
		}
	}
	return mockdevice.SelfMadeRoot(name)
}

var background = context.Background()

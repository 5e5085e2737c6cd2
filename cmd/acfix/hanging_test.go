package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hangingPort accepts connections and says nothing, as a device does that hangs in TLS, or a proxy.
func hangingPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var accepting sync.WaitGroup
	var held []net.Conn
	accepting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			held = append(held, connection)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
		for _, connection := range held {
			_ = connection.Close()
		}
	})
	return listener.Addr().String()
}

// logins counts, as the devices of a fleet see it, how many passwords are on their way before one
// has worked. It knows nothing of acfix.
type logins struct {
	mutex     sync.Mutex
	out, most int
	worked    bool
}

func (l *logins) comes() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.out++; !l.worked {
		l.most = max(l.most, l.out)
	}
}

func (l *logins) goes(worked bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.out--
	l.worked = l.worked || worked
}

// patienceOfATest is the --timeout of one request, in real time: only hanging devices use it up.
const patienceOfATest = time.Second

// counting puts a device behind a counter of logins; one that is mute never answers them.
func (l *logins) counting(t *testing.T, device *mockdevice.Device, slow time.Duration, mute bool) *httptest.Server {
	t.Helper()
	plain, err := mockdevice.StartPlain(device)
	require.NoError(t, err)
	t.Cleanup(plain.Close)
	behind, err := url.Parse(plain.URL())
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(behind)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.comes()
		if mute {
			time.Sleep(patienceOfATest * 8 / 10) // the client waits longer than that
			l.goes(false)
			<-r.Context().Done()
			return
		}
		time.Sleep(slow)
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		l.goes(answer.Code/100 == 2)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return server
}

// delayed hangs for a while in TLS and then goes on, as a device with much to do.
func delayed(t *testing.T, device string, pause time.Duration) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = here.Close() }()
				time.Sleep(pause)
				there, err := net.Dial("tcp", device)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
				_, _ = io.Copy(here, there)
			}()
		}
	}()
	return listener.Addr().String()
}

// hurried makes the pauses of an app a hundred times shorter than they are.
func hurried(a *app) {
	begin := time.Now()
	a.now = func() time.Time { return begin.Add(100 * time.Since(begin)) }
	a.sleep = func(ctx context.Context, d time.Duration) error { return retry.Sleep(ctx, d/100) }
	a.after = func(d time.Duration, call func()) { time.AfterFunc(d/100, call) }
}

// TestWhoeverHangsNoTwoUnprovenPasswordsAreOnTheirWay: random fleets of devices that
// hang before the password is sent (TLS, a proxy) or after it, that are slow, or that refuse. The devices count.
func TestWhoeverHangsNoTwoUnprovenPasswordsAreOnTheirWay(t *testing.T) {
	t.Parallel()
	hangs := hangingPort(t)
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 11))
			wrong := seed%3 == 0
			counted := &logins{}
			var devices []*mockdevice.Device
			lines := "defaults: {username: Admin}\ndevices:\n"
			for i := range 3 + random.IntN(6) {
				kind := random.IntN(6)
				name := fmt.Sprintf("sbc-%d", i)
				switch kind {
				case 0:
					lines += fmt.Sprintf("  - {name: %s, url: 'https://127.0.0.%d:%s'}\n", name, 1+i, port(hangs))
					continue
				case 1:
					lines += fmt.Sprintf("  - {name: %s, url: 'https://%s.invalid', proxy: 'socks5://%s'}\n", name, name, hangs)
					continue
				}
				model, err := mockdevice.Preset("7.6")
				require.NoError(t, err)
				model.Serial = fmt.Sprint(7000000 + i)
				if wrong || kind == 2 && i%2 == 0 {
					model.Password = "another"
				}
				device := mockdevice.New(model)
				devices = append(devices, device)
				server := counted.counting(t, device, time.Duration(random.IntN(20))*time.Millisecond, kind == 3)
				address := server.Listener.Addr().String()
				if kind >= 4 { // mostly longer than the moment after which a device is set aside
					address = delayed(t, address, time.Duration(random.IntN(150))*time.Millisecond)
				}
				lines += fmt.Sprintf("  - {name: %s, url: 'https://%s', pin: %x}\n", name, address, sha256.Sum256(server.Certificate().Raw))
			}
			d := newOperator(t, "")
			hurried(d.app)
			file := filepath.Join(t.TempDir(), "fleet.yaml")
			require.NoError(t, os.WriteFile(file, []byte(lines), 0o600))
			parallel := []string{"1", "2", "32"}[seed%3]
			d.app.run([]string{"plan", "-i", file, "--timeout", patienceOfATest.String(), "--retry-for", "0", "--parallel", parallel, "--max-unreachable", "100%"})
			assert.LessOrEqual(t, counted.most, 1, "%s\n%s", lines, d.stderr.String())
			failed := 0
			for _, device := range devices {
				failed += device.FailedLogins()
			}
			if !counted.worked {
				assert.LessOrEqual(t, failed, 2, "%s\n%s", lines, d.stderr.String())
			}
		})
	}
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// TestAFleetWhoseFirstDeviceHangsGoesOn: all others are read long before the first has timed out.
func TestAFleetWhoseFirstDeviceHangsGoesOn(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	hurried(d.app)
	hangs := hangingPort(t)
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	text := "devices:\n  - {name: first, url: 'https://" + hangs + "'}\n  - {name: second, url: 'https://far.invalid', proxy: 'http://" + hangs + "'}\n" +
		"  - {name: third, url: '" + d.target[0] + "', pin: " + d.target[2] + "}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var output safeBuffer
	d.app.stderr = &output
	ended := make(chan int, 1)
	go func() { ended <- d.app.run([]string{"plan", "-i", file, "--timeout", "10m", "--retry-for", "0"}) }()
	require.Eventually(t, func() bool { return strings.Contains(output.String(), "third: change") }, 20*time.Second, 5*time.Millisecond, "%s", &output)
	assert.Contains(t, output.String(), "first: no connection yet, and no password was sent; another device with the same login goes first")
	assert.NotContains(t, output.String(), "first: error")
	close(d.stop)
	<-ended
}

// safeBuffer is read while it is written.
type safeBuffer struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// TestAHangingDeviceIsToldOf, off a terminal and for each kind of hanging; -q says nothing.
func TestAHangingDeviceIsToldOf(t *testing.T) {
	t.Parallel()
	model, err := mockdevice.Preset("7.6")
	require.NoError(t, err)
	mute := new(logins).counting(t, mockdevice.New(model), 0, true)
	pinned := []string{"--pin", fmt.Sprintf("%x", sha256.Sum256(mute.Certificate().Raw))}
	for name, test := range map[string]struct {
		address, says string
		flags         []string
	}{
		"in TLS":             {"https://" + hangingPort(t), "; no connection yet, and no password was sent", nil},
		"after the password": {mute.URL, "; the password was sent, so acfix waits for the answer or the time-out", pinned},
		"quietly":            {mute.URL, "", append([]string{"-q"}, pinned...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newOperator(t, "")
			var ahead atomic.Int64
			var output safeBuffer
			var tick func()
			ticking := make(chan struct{})
			d.app.stderr, d.app.now = &output, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			d.app.ticking = func(each func()) func() { tick = each; close(ticking); return func() {} }
			ended := make(chan int, 1)
			go func() {
				ended <- d.app.run(append([]string{"plan", test.address, "--retry-for", "0"}, test.flags...))
			}()
			<-ticking
			isEnough := func(ticks int) bool {
				return ticks > 1000 || strings.Count(output.String(), "still waiting") == 2 || test.says == "" && ticks > 40
			}
			for ticks := 0; !isEnough(ticks); ticks++ { // the request begins in between
				time.Sleep(10 * time.Millisecond)
				ahead.Add(int64(time.Second))
				tick()
			}
			close(d.stop)
			<-ended
			if test.says == "" {
				assert.NotContains(t, output.String(), "still waiting")
				return
			}
			want := "still waiting for an answer from " + test.address
			assert.Contains(t, output.String(), want+", 15 s of 60 s"+test.says)
			assert.Contains(t, output.String(), want+", 30 s of 60 s"+test.says)
		})
	}
}

// TestASavedPlanIsCarriedOutWhereverTheFirstDeviceHangs: the login is not proven when the writing
// begins. A device that was set aside comes later, and none is lost, written to twice or left out.
func TestASavedPlanIsCarriedOutWhereverTheFirstDeviceHangs(t *testing.T) {
	t.Parallel()
	counted := &logins{}
	var devices []*mockdevice.Device
	lines := "devices:\n"
	for i := range 4 {
		model, err := mockdevice.Preset("7.4.500")
		require.NoError(t, err)
		model.Serial = fmt.Sprint(7100000 + i)
		device := mockdevice.New(model)
		devices = append(devices, device)
		server := counted.counting(t, device, 2*time.Millisecond, false)
		address := server.Listener.Addr().String()
		if i < 2 {
			address = delayed(t, address, 100*time.Millisecond)
		}
		lines += fmt.Sprintf("  - {name: sbc-%d, url: 'https://%s', pin: %x}\n", i, address, sha256.Sum256(server.Certificate().Raw))
	}
	d := newOperator(t, "")
	hurried(d.app)
	folder := t.TempDir()
	file, plan := filepath.Join(folder, "fleet.yaml"), filepath.Join(folder, "plan.json")
	require.NoError(t, os.WriteFile(file, []byte(lines), 0o600))
	require.Equal(t, exitDone, d.app.run([]string{"plan", "-i", file, "--out", plan}), "%s", d.stdout.String())
	counted.mutex.Lock()
	counted.worked = false // of this run nothing has
	counted.mutex.Unlock()
	d.stderr.Reset()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"apply", plan, "-i", file, "--yes", "--batch", "100%", "-o", "json"}), "%s%s", d.stdout.String(), d.stderr.String())
	assert.Equal(t, 4, strings.Count(d.stdout.String(), `"status": "applied"`))
	assert.Contains(t, d.stderr.String(), "another device with the same login goes first")
	assert.LessOrEqual(t, counted.most, 1)
	for _, device := range devices {
		assert.Zero(t, device.FailedLogins())
		assert.Equal(t, device.Running(), device.Flash())
		assert.Equal(t, 4, device.Writes(), "switch, two roots, save: once each")
	}
	requireFits(t, "acfix.result/v1", d.stdout.String())
}

//go:build unix

package remediate_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// serveVariable makes this test's own binary the device: in a process of its own, what it
// uses is not counted as ours.
const serveVariable = "ACFIX_TEST_SERVE_DEVICE"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		serveDevice()
		return
	}
	os.Exit(m.Run())
}

// serveDevice writes its address and fingerprint, and serves until its input ends.
func serveDevice() {
	server, err := mockdevice.Start(largeDevice())
	if err != nil {
		panic(err)
	}
	fmt.Println(server.URL(), server.Fingerprint())
	_, _ = io.Copy(io.Discard, os.Stdin)
	server.Close()
}

// largeDevice has a configuration of 60 KiB, most of it in tables that no plan reads, and a store of thirty roots, of
// which five are required ones.
func largeDevice() *mockdevice.Device {
	model, err := mockdevice.Preset("7.4.500")
	if err != nil {
		panic(err)
	}
	for n := range 23 {
		model.Contexts[1].Roots = append(model.Contexts[1].Roots, mockdevice.SelfMadeRoot(fmt.Sprintf("Root %d", n)))
	}
	for _, root := range certs.Required()[:5] {
		model.Contexts[1].Roots = append(model.Contexts[1].Roots, root.Certificate().Raw)
	}
	device := mockdevice.New(model)
	for n := 10; len(device.Running().Configuration) < 60<<10; n++ {
		device.AddRow("IP2IPRouting", n, map[string]string{"RouteName": fmt.Sprintf("route %d", n), "DestUsernamePrefix": "0370[081,082]"})
	}
	return device
}

func startDevice(b *testing.B) (address, pin string) {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), serveVariable+"=1")
	input, err := command.StdinPipe()
	require.NoError(b, err)
	output, err := command.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, command.Start())
	b.Cleanup(func() { _ = input.Close(); _ = command.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(b, err)
	fields := strings.Fields(line)
	return fields[0], fields[1]
}

// BenchmarkPlanOneDevice reads and decides, 32 at a time, each with a connection of its own, and then does the least
// possible: it sends the same requests and discards the answers. The ratios of CPU time and of wall time show what
// acfix adds.
func BenchmarkPlanOneDevice(b *testing.B) {
	address, pin := startDevice(b)
	sideBySide(64, func() { planOnce(b, address, pin); bareOnce(b, address) })
	b.ReportAllocs()
	b.ResetTimer()
	planCPU, planWall := measure(b, func() { planOnce(b, address, pin) })
	b.StopTimer()
	bareCPU, bareWall := measure(b, func() { bareOnce(b, address) })
	b.ReportMetric(float64(planCPU.Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(planCPU)/float64(bareCPU), "cpu/bare")
	b.ReportMetric(float64(planWall)/float64(bareWall), "wall/bare")
}

// measure calls a function b.N times.
func measure(b *testing.B, do func()) (cpu, wall time.Duration) {
	b.Helper()
	runtime.GC()
	cpu, start := cpuTime(b), time.Now()
	sideBySide(b.N, do)
	return cpuTime(b) - cpu, time.Since(start)
}

func sideBySide(times int, do func()) {
	var left atomic.Int64
	left.Store(int64(times))
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				do()
			}
		})
	}
	workers.Wait()
}

func planOnce(b *testing.B, address, pin string) {
	b.Helper()
	client := audiocodes.New(audiocodes.Options{
		URL: address, Username: "Admin", Password: "Admin", Trust: audiocodes.Trust{Pins: []string{pin}}, ReadOnly: true,
		Timeout: time.Minute, LongTimeout: time.Minute, Retry: retry.Policy{Clock: retry.Clock{Now: time.Now}}.Do, Now: time.Now,
	})
	defer client.Close()
	choice := remediate.Choice{SaveUnsaved: true} // what the device was made larger by
	state, err := remediate.Read(b.Context(), client, choice, time.Now)
	require.NoError(b, err)
	plan := remediate.Build(state, remediate.Terms{Policy: certs.TeamsPolicy(), Choice: choice})
	require.Equal(b, remediate.Change, plan.Verdict)
}

// bareOnce sends the requests of a plan with Go's own client, also on one connection.
func bareOnce(b *testing.B, address string) {
	b.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for _, path := range []string{"/status", "/files/ini", "/files/tls/1/trustedRoot"} {
		request, err := http.NewRequestWithContext(context.WithoutCancel(b.Context()), http.MethodGet, address+"/api/v1"+path, nil)
		require.NoError(b, err)
		request.SetBasicAuth("Admin", "Admin")
		response, err := client.Do(request)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, response.StatusCode)
		require.NoError(b, response.Body.Close())
	}
}

// cpuTime returns the CPU time that this process has used so far, including garbage collection.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

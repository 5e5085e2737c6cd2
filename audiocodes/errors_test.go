package audiocodes_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var kinds = []error{
	audiocodes.ErrUnreachable, audiocodes.ErrTimeout, audiocodes.ErrUntrusted, audiocodes.ErrUnauthorized, audiocodes.ErrForbidden,
	audiocodes.ErrUnsupported, audiocodes.ErrBusy, audiocodes.ErrRejected, audiocodes.ErrBadAnswer, audiocodes.ErrReadOnly,
}

// requireKind checks that an error is an *Error of one kind and no other.
func requireKind(t *testing.T, err, want error) *audiocodes.Error {
	t.Helper()
	var failure *audiocodes.Error
	require.ErrorAs(t, err, &failure)
	for _, kind := range kinds {
		assert.Equal(t, errors.Is(kind, want), errors.Is(err, kind), "is %q: %v", err, kind)
	}
	assert.NotEmpty(t, failure.Operation)
	assert.True(t, strings.HasPrefix(err.Error(), failure.Operation+": "))
	return failure
}

func TestEachStatusHasItsKind(t *testing.T) {
	t.Parallel()
	notBegun, putOff := []int{409, 423, 425, 429}, []int{408, 503}
	for _, test := range []struct {
		status int
		want   error
	}{
		{400, audiocodes.ErrRejected},
		{401, audiocodes.ErrUnauthorized},
		{403, audiocodes.ErrForbidden},
		{404, audiocodes.ErrUnsupported},
		{405, audiocodes.ErrUnsupported},
		{408, audiocodes.ErrBusy},
		{409, audiocodes.ErrBusy},
		{417, audiocodes.ErrRejected},
		{423, audiocodes.ErrBusy},
		{425, audiocodes.ErrBusy},
		{429, audiocodes.ErrBusy},
		{500, audiocodes.ErrBadAnswer},
		{501, audiocodes.ErrUnsupported},
		{502, audiocodes.ErrBadAnswer},
		{503, audiocodes.ErrBusy},
		{304, audiocodes.ErrBadAnswer},
	} {
		for _, operation := range []operation{readOperations[0], writeOperations[0], writeOperations[3]} {
			t.Run(http.StatusText(test.status)+" to "+operation.name, func(t *testing.T) {
				t.Parallel()
				device := newFixture(t, answers{operation.route(): sayJSON(test.status, "")})
				err := operation.run(t.Context(), connect(t, device.URL))
				failure := requireKind(t, err, test.want)
				assert.Equal(t, test.status, failure.Status)
				assert.Empty(t, failure.Description)
				assert.Equal(t, slices.Contains(notBegun, test.status), audiocodes.NotDone(err))
				assert.Equal(t, slices.Contains(putOff, test.status), audiocodes.PutOff(err))
				assert.ErrorContains(t, err, fmt.Sprintf("(status %d)", test.status))
			})
		}
	}
}

func TestTheDevicesWordsAreCleanedAndCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"plain", `{"description":"Invalid file"}`, "Invalid file"},
		{"more fields", `{"code":7,"description":"Invalid file"}`, "Invalid file"},
		{"control characters", `{"description":"a\u001b[31mb\r\nc\u0000d\u0085e\tf"}`, "a [31mb  c d e f"},
		{"space around", `{"description":"\n  Invalid file \u0007"}`, "Invalid file"},
		{"200 characters", `{"description":"` + strings.Repeat("ü", 200) + `"}`, strings.Repeat("ü", 200)},
		{"a novel", `{"description":"` + strings.Repeat("ü", 5000) + `"}`, strings.Repeat("ü", 200) + "…"},
		{"no JSON", "Invalid file", ""},
		{"a web page", loginPage, ""},
		{"another type", `{"description":["a"]}`, ""},
		{"nothing", "", ""},
		{"no end", strings.Repeat(" ", 1<<20), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"POST " + savePath: say(400, "", test.body)})
			err := connect(t, device.URL).Save(t.Context())
			assert.Equal(t, test.want, requireKind(t, err, audiocodes.ErrRejected).Description)
			assert.NotContains(t, err.Error(), "\x1b")
		})
	}
}

func TestAClosedPortIsUnreachableAndNothingWasSent(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http://", "https://"} {
		for _, operation := range allOperations() {
			err := operation.run(t.Context(), connect(t, scheme+closedPort(t)))
			requireKind(t, err, audiocodes.ErrUnreachable)
			assert.True(t, audiocodes.NotDone(err), operation.name)
		}
	}
}

func TestAnAddressThatIsNoURLIsUnreachableAndNothingWasSent(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://sbc.example.com:port", "https://%zz", "https://sbc example.com", "://"} {
		_, err := connect(t, address).Status(t.Context())
		requireKind(t, err, audiocodes.ErrUnreachable)
		assert.True(t, audiocodes.NotDone(err))
		assert.EqualError(t, err, "read the status: device unreachable: the address is not a URL")
	}
}

func TestALostAnswerMayHaveBeenAChange(t *testing.T) {
	t.Parallel()
	device := newFixture(t, everywhere(drop))
	for _, operation := range allOperations() {
		err := operation.run(t.Context(), connect(t, device.URL))
		requireKind(t, err, audiocodes.ErrUnreachable)
		assert.False(t, audiocodes.NotDone(err), operation.name)
	}
}

func TestNotDoneOfOtherErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("another"), context.Canceled, audiocodes.ErrBusy} {
		assert.False(t, audiocodes.NotDone(err))
	}
}

// startThenHang sends the head and a part of the body, and no more.
func startThenHang(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte("["))
	_ = http.NewResponseController(w).Flush()
	hang(w, r)
}

func TestADeviceThatHangsIsATimeout(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{"before the answer": hang, "within the answer": startThenHang} {
		for _, operation := range allOperations() {
			t.Run(operation.name+" "+name, func(t *testing.T) {
				t.Parallel()
				device := newFixture(t, everywhere(handle))
				err := operation.run(t.Context(), connect(t, device.URL, func(o *audiocodes.Options) {
					o.Timeout, o.LongTimeout = time.Second, time.Second
				}))
				requireKind(t, err, audiocodes.ErrTimeout)
				assert.False(t, audiocodes.NotDone(err))
			})
		}
	}
}

func TestLongOperationsHaveTheLongTimeout(t *testing.T) {
	t.Parallel()
	long := map[string]bool{"Configuration": true, "AddTrustedRoot": true, "ReplaceTrustedRoots": true, "LoadIncremental": true, "Save": true}
	for _, operation := range allOperations() {
		device := newFixture(t, documented())
		err := operation.run(t.Context(), connect(t, device.URL, func(o *audiocodes.Options) { o.Timeout = -1 }))
		if long[operation.name] {
			require.NoError(t, err, operation.name)
			continue
		}
		requireKind(t, err, audiocodes.ErrTimeout)
	}
}

func TestTheCallersContextEndsEverything(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{"before the answer": hang, "within the answer": startThenHang} {
		for _, operation := range allOperations() {
			t.Run(operation.name+" cancelled "+name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				device := newFixture(t, everywhere(func(w http.ResponseWriter, r *http.Request) {
					cancel()
					handle(w, r)
				}))
				err := operation.run(ctx, connect(t, device.URL))
				require.ErrorIs(t, err, context.Canceled)
				var failure *audiocodes.Error
				assert.NotErrorAs(t, err, &failure, "the caller stopped; the device did not fail")
				assert.False(t, audiocodes.NotDone(err))
			})
		}
	}
}

func TestAContextThatEndedSendsNothing(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	device := newFixture(t, documented())
	for _, operation := range allOperations() {
		require.ErrorIs(t, operation.run(ended, connect(t, device.URL)), context.DeadlineExceeded)
	}
	assert.Empty(t, device.requests())
}

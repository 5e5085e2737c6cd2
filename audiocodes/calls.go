package audiocodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// CallStatistic is one indicator of the calls of an IP Group.
type CallStatistic struct {
	ID, Name string
	Value    string // as the device writes it; "" where it gives none
}

const (
	callsLimit = 256 << 10
	callsMost  = 200 // indicators that are kept
)

// The answer to a read that nothing depends on may take so many times as long as the device's first answer, within
// these bounds: the caller has something more important to do.
const (
	timesAside    = 4
	leastForAside = 2 * time.Second
	mostForAside  = 10 * time.Second
)

var errNothingReadYet = errors.New("call statistics are never the first that a device is asked for")

// CallStatistics reads the call statistics of the IP Group in that row of the table IPGroup
// (GET /kpi/current/sbc/callStats/ipGroup/<row>, by public clients that run against devices). It asks once, over the
// first connection, for two to ten seconds, and only a device that has taken the password. No answer says anything of
// the password.
// docs/design/device.md: Statistics are asked for once, and aside
func (c *Client) CallStatistics(ctx context.Context, ipGroup int) ([]CallStatistic, error) {
	if !c.login.proven.Load() {
		return nil, errNothingReadYet
	}
	var list callList
	err := c.read(aside(ctx), call{
		operation: fmt.Sprintf("read the call statistics of IP Group %d", ipGroup), method: http.MethodGet,
		path:    fmt.Sprintf("/kpi/current/sbc/callStats/ipGroup/%d", ipGroup),
		timeout: c.timeoutAside(), limit: callsLimit, decode: list.decode,
	}, never)
	if err != nil {
		return nil, err
	}
	statistics := make([]CallStatistic, 0, min(len(list.Items), callsMost))
	for _, item := range list.Items[:min(len(list.Items), callsMost)] {
		statistics = append(statistics, CallStatistic{
			ID: c.secrets.text(text(item.ID)), Name: c.secrets.text(text(item.Name)), Value: c.secrets.text(text(item.Value)),
		})
	}
	return statistics, nil
}

func (c *Client) timeoutAside() time.Duration {
	usual := timesAside * c.options.Contact.pace.firstAnswer()
	return min(c.options.Timeout, mostForAside, max(leastForAside, usual))
}

type callList struct {
	Items []struct {
		ID    json.RawMessage `json:"id"`
		Name  json.RawMessage `json:"name"`
		Value json.RawMessage `json:"value"`
	} `json:"items"`
}

func (l *callList) decode(answer reply) error {
	*l = callList{}
	if err := json.Unmarshal([]byte(answer.body), l); err != nil || l.Items == nil {
		return errors.New("it is not a list of statistics")
	}
	return nil
}

// asideKey marks the context of a read that nothing depends on.
type asideKey struct{}

func aside(ctx context.Context) context.Context { return context.WithValue(ctx, asideKey{}, true) }

// judgesNoLogin reports whether a 401 in this context says nothing of the password: the read goes over the second
// connection, or nothing depends on it.
func judgesNoLogin(ctx context.Context) bool { return isBeside(ctx) || ctx.Value(asideKey{}) != nil }

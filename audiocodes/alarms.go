package audiocodes

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-resty/resty/v2"
)

// Alarm is one active alarm in the list (LTRT-41761, "Active Alarms").
type Alarm struct {
	ID          string
	Description string
}

const (
	alarmPage  = 20
	alarmPages = 50 // limit of the pages followed; a device holds a few hundred alarms
	alarmLimit = 1 << 20
)

// ActiveAlarms reads all active alarms, page by page (GET /alarms/active). Without any, the list is empty.
func (c *Client) ActiveAlarms(ctx context.Context) ([]Alarm, error) {
	alarms := []Alarm{}
	after := ""
	for range alarmPages {
		page, next, err := c.alarmPage(ctx, after)
		if err != nil {
			return nil, err
		}
		alarms = append(alarms, page...)
		if next == "" || next == "-1" || next == after {
			return alarms, nil
		}
		after = next
	}
	return alarms, nil
}

func (c *Client) alarmPage(ctx context.Context, after string) ([]Alarm, string, error) {
	query := func(request *resty.Request) {
		request.SetQueryParam("limit", strconv.Itoa(alarmPage))
		if after != "" {
			request.SetQueryParam("after", after)
		}
	}
	var list alarmList
	err := c.get(ctx, call{
		operation: "read the active alarms", path: "/alarms/active", timeout: c.options.Timeout, limit: alarmLimit,
		prepare: query, decode: list.decode,
	})
	if err != nil {
		return nil, "", err
	}
	page := make([]Alarm, 0, len(list.Alarms))
	for _, alarm := range list.Alarms {
		page = append(page, Alarm{ID: c.secrets.text(text(alarm.ID)), Description: c.secrets.text(alarm.Description)})
	}
	return page, text(list.Cursor.After), nil
}

type alarmList struct {
	Alarms []struct {
		ID          json.RawMessage `json:"id"`
		Description string          `json:"description"`
	} `json:"alarms"`
	Cursor struct {
		After json.RawMessage `json:"after"`
	} `json:"cursor"`
}

func (l *alarmList) decode(answer reply) error {
	*l = alarmList{}
	if answer.status == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal([]byte(answer.body), l); err != nil || l.Alarms == nil {
		return errors.New("it is not a list of alarms")
	}
	return nil
}

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
	// Source is what raised the alarm, "Board#1/ProxyConnection#1"; "" where the list does not say. In LTRT-41761 only
	// the answer about a single alarm has it.
	Source string
}

// Alarms are the active alarms of a device.
type Alarms struct {
	Active []Alarm
	// More: the device has, or may have, further alarms that are not in the list.
	More bool
}

const (
	alarmPage  = 20
	alarmPages = 50 // limit of the pages followed; a device holds a few hundred alarms
	alarmLimit = 1 << 20
)

// ActiveAlarms reads all active alarms, page by page (GET /alarms/active). Without any, the list is empty. A list whose
// pages don't end, or whose full page names no next one, has More.
func (c *Client) ActiveAlarms(ctx context.Context) (Alarms, error) {
	alarms := Alarms{Active: []Alarm{}}
	after := ""
	for range alarmPages {
		page, next, err := c.alarmPage(ctx, after)
		if err != nil {
			return Alarms{}, err
		}
		alarms.Active = append(alarms.Active, page...)
		switch next {
		case "-1":
			return alarms, nil
		case "":
			alarms.More = len(page) >= alarmPage
			return alarms, nil
		case after:
			alarms.More = len(page) > 0
			return alarms, nil
		}
		after = next
	}
	alarms.More = true
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
		page = append(page, Alarm{
			ID: c.secrets.text(text(alarm.ID)), Description: c.secrets.text(alarm.Description),
			Source: c.secrets.text(text(alarm.Source)),
		})
	}
	return page, text(list.Cursor.After), nil
}

type alarmList struct {
	Alarms []struct {
		ID          json.RawMessage `json:"id"`
		Description string          `json:"description"`
		Source      json.RawMessage `json:"source"`
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

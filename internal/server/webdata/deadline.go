package webdata

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// deadline is the sentence about the deadline of the policy that the newest run went by; "" without one.
func deadline(ctx context.Context, from *store.Store, now time.Time) (string, error) {
	newest, err := from.Runs(ctx, store.Filter{Limit: 1})
	if err != nil || len(newest) == 0 {
		return "", err
	}
	head, err := report.HeadOf(newest[0])
	return daysLeft(head.Policy, now), err
}

func daysLeft(policy remediate.PolicyReference, now time.Time) string {
	day, err := time.Parse(time.DateOnly, policy.Deadline)
	if err != nil {
		return ""
	}
	said := fmt.Sprintf("The policy %s asks for all devices by %s", policy.ID, day.Format("2 January 2006"))
	year, month, today := now.UTC().Date()
	switch left := int(day.Sub(time.Date(year, month, today, 0, 0, 0, 0, time.UTC)).Hours() / 24); {
	case left < -1:
		return fmt.Sprintf("%s: %d days ago.", said, -left)
	case left == -1:
		return said + ": yesterday."
	case left == 0:
		return said + ": today."
	case left == 1:
		return said + ": tomorrow."
	default:
		return fmt.Sprintf("%s: in %d days.", said, left)
	}
}

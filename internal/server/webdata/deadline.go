package webdata

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// deadline is the sentence about the deadline of the fleet's policy; "" without one.
func deadline(ctx context.Context, from *store.Store, now time.Time) (string, error) {
	policy, err := report.Ledger{Store: from}.FleetPolicy(ctx)
	return daysLeft(policy, now), err
}

func daysLeft(policy remediate.PolicyReference, now time.Time) string {
	day, err := time.Parse(time.DateOnly, policy.Deadline)
	if err != nil {
		return ""
	}
	said := fmt.Sprintf("The policy %s asks for all devices by %s", policy.ID, day.Format("2 January 2006"))
	switch left := report.DaysLeft(day, now); {
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

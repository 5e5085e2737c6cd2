package report

import (
	"io"
	"iter"
	"time"

	"github.com/acfix/acfix/remediate"
)

// RunJSON writes the document of a run: a plan for a plan run, otherwise a result.
func RunJSON(w io.Writer, head RunHead, devices RunDevices) error {
	if head.plans() {
		return PlanJSON(w, remediate.Plan{
			Schema: remediate.PlanSchema, ID: head.ID, Created: rfc3339(head.Created),
			Acfix: head.Acfix, Policy: head.Policy,
		}, documentsOf(devices, head.planOf))
	}
	return ResultJSON(w, remediate.Result{
		Schema: remediate.ResultSchema, Run: head.ID, DryRun: head.dry(),
	}, documentsOf(devices, head.resultOf))
}

func documentsOf[D any](devices RunDevices, document func(RunDevice) D) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		for device, err := range devices {
			if err != nil {
				var none D
				yield(none, err)
				return
			}
			if !yield(document(device), nil) {
				return
			}
		}
	}
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// HistorySchema stands in the first key of a history.
const HistorySchema = "acfix.history/v1"

// historyRun is a run in the documented JSON; an unknown value is null or empty.
type historyRun struct {
	ID       string           `json:"id"`
	Action   string           `json:"action"`
	Job      string           `json:"job"`
	State    string           `json:"state"`
	Created  *string          `json:"created"` // RFC 3339, as all times
	Ended    *string          `json:"ended"`
	Due      *string          `json:"due"`
	Acfix    string           `json:"acfix"`
	Host     string           `json:"host"`
	Exit     *int             `json:"exit"`
	Reason   string           `json:"reason"`
	PlanRun  string           `json:"plan_run"`
	Approval *historyApproval `json:"approval"`
	Person   string           `json:"person"`
	Flags    []string         `json:"flags"`

	Inventory       string `json:"inventory"`
	InventorySHA256 string `json:"inventory_sha256"`
	Pruned          int    `json:"pruned"`
}

type historyApproval struct {
	Name   string  `json:"name"`
	Change string  `json:"change"`
	Time   *string `json:"time"`
}

// HistoryJSON writes runs in the order given.
func HistoryJSON(w io.Writer, runs []RunHead) error {
	list := []historyRun{}
	for _, h := range runs {
		list = append(list, historyRun{
			ID: h.ID, Action: h.Action, Job: h.Job, State: h.State,
			Created: moments(h.Created), Ended: moments(h.Ended), Due: moments(h.Due),
			Acfix: h.Acfix, Host: h.Host, Exit: h.Exit, Reason: h.Reason, PlanRun: h.PlanRun, Approval: approvalOf(h),
			Person: h.Person, Flags: append([]string{}, h.Flags...), Pruned: h.Pruned,
			Inventory: h.Inventory, InventorySHA256: h.InventorySHA,
		})
	}
	return WriteDocument(w, struct {
		Schema string       `json:"schema"`
		Runs   []historyRun `json:"runs"`
	}{HistorySchema, list})
}

func approvalOf(h RunHead) *historyApproval {
	if h.Approval == nil {
		return nil
	}
	return &historyApproval{Name: h.Approval.Name, Change: h.Approval.Change, Time: moments(h.Approval.Time)}
}

func moments(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(rfc3339(t))
}

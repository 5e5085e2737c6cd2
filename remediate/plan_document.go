package remediate

import "github.com/acfix/acfix/certs"

// PlanSchema is the value of a plan's first key.
const PlanSchema = "acfix.plan/v1"

// Plan is the document of "acfix plan".
type Plan struct {
	Schema  string          `json:"schema"`
	ID      string          `json:"id"`
	Created string          `json:"created"` // RFC 3339
	Acfix   string          `json:"acfix"`   // version
	Policy  PolicyReference `json:"policy"`
	// Error is what stopped the reading and is no device's: a fault of this machine or of the store.
	Error   *Failure     `json:"error,omitempty"`
	Devices []DevicePlan `json:"devices"`
	// SwitchLoads are those of the devices, by their place; only in a saved plan, from which change packages are made.
	SwitchLoads map[int]string `json:"switch_loads,omitempty"`
	// NoSwitchLoads says, by the place of the device, why there is none; only in a saved plan.
	NoSwitchLoads map[int]string  `json:"no_switch_loads,omitempty"`
	Summary       map[Verdict]int `json:"summary"`
}

// KeepSwitchLoad puts the switch load of the device that is added next into the plan.
func (p *Plan) KeepSwitchLoad(load SwitchLoad) {
	p.SwitchLoads = with(p.SwitchLoads, len(p.Devices), load.Text)
	p.NoSwitchLoads = with(p.NoSwitchLoads, len(p.Devices), load.Missing)
}

func with(kept map[int]string, place int, text string) map[int]string {
	if text == "" {
		return kept
	}
	if kept == nil {
		kept = map[int]string{}
	}
	kept[place] = text
	return kept
}

// GiveSwitchLoads gives the devices of a saved plan their switch loads back.
func (p *Plan) GiveSwitchLoads() {
	for place := range p.Devices {
		p.Devices[place].SwitchLoad = SwitchLoad{Text: p.SwitchLoads[place], Missing: p.NoSwitchLoads[place]}
	}
}

// PolicyReference names the rule that a plan was made by.
type PolicyReference struct {
	ID      string `json:"id"`
	Date    string `json:"date"`
	Source  string `json:"source"`
	RootSet string `json:"root_set"` // date of the set of required roots, which is the policy's
	SHA256  string `json:"sha256"`   // of the policy's file; "" in a document of a version without such files
	// Deadline is the day by which every device should comply, YYYY-MM-DD; "" for none.
	Deadline string `json:"deadline,omitempty"`
	// Service is what the leg leads to; "" for Teams.
	Service string `json:"service,omitempty"`
}

// ReferenceTo names a policy in documents.
func ReferenceTo(policy certs.Policy) PolicyReference {
	service := policy.Service
	if service == teams {
		service = ""
	}
	return PolicyReference{
		ID: policy.ID, Date: policy.Date, Source: policy.Source, RootSet: policy.Date,
		SHA256: policy.SHA256, Deadline: policy.Deadline, Service: service,
	}
}

// IsBuiltIn reports whether acfix brings the policy. Documents of old versions name none, which was a built-in one.
func (p PolicyReference) IsBuiltIn() bool { return p.ID == "" || certs.Policy{ID: p.ID}.IsBuiltIn() }

// CurrentPolicy names the default policy of this acfix.
func CurrentPolicy() PolicyReference { return ReferenceTo(certs.TeamsPolicy()) }

// Summarize counts the verdicts; a verdict that no device has counts 0.
func (p *Plan) Summarize() {
	p.Summary = map[Verdict]int{}
	for _, verdict := range Verdicts() {
		p.Summary[verdict] = 0
	}
	for _, device := range p.Devices {
		p.Summary[device.Verdict]++
	}
}

// Verdicts returns all verdicts, from good to bad.
func Verdicts() []Verdict { return []Verdict{Compliant, Change, Blocked, NotApplicable, Errored} }

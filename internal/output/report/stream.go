package report

import (
	"io"
	"iter"

	"github.com/acfix/acfix/remediate"
)

// PlanDevices are the devices of a plan, one after another. An error ends the list and
// what is written of it.
type PlanDevices = iter.Seq2[remediate.DevicePlan, error]

// ResultDevices are what became of the devices of a run, one after another.
type ResultDevices = iter.Seq2[remediate.DeviceResult, error]

// PlanStream writes what Plan writes, holding one device at a time.
func PlanStream(w io.Writer, devices PlanDevices, style Style) error {
	return textOf(w, devices, style, (*printer).device, readOf, append(remediate.Verdicts(), notRead))
}

// ResultStream writes what Result writes, holding one device at a time.
func ResultStream(w io.Writer, devices ResultDevices, style Style) error {
	return textOf(w, devices, style, (*printer).result, statusOf, remediate.Statuses())
}

// PlanJSON writes the document of a plan, holding one device at a time. Devices and Summary
// of the head don't count.
func PlanJSON(w io.Writer, head remediate.Plan, devices PlanDevices) error {
	object := OpenDocument(w)
	object.Put("schema", head.Schema)
	object.Put("id", head.ID)
	object.Put("created", head.Created)
	object.Put("acfix", head.Acfix)
	object.Put("policy", head.Policy)
	return listAndSummary(object, devices, verdictOf, remediate.Verdicts())
}

// ResultJSON writes the document of a run, holding one device at a time. Devices and
// Summary of the head don't count.
func ResultJSON(w io.Writer, head remediate.Result, devices ResultDevices) error {
	object := OpenDocument(w)
	object.Put("schema", head.Schema)
	object.Put("run", head.Run)
	object.Put("dry_run", head.DryRun)
	return listAndSummary(object, devices, statusOf, remediate.Statuses())
}

func verdictOf(device remediate.DevicePlan) remediate.Verdict { return device.Verdict }

// notRead is what people are told instead of a verdict, of a device that was not looked at or not to the end.
const notRead remediate.Verdict = "not_read"

func readOf(device remediate.DevicePlan) remediate.Verdict {
	if device.Skipped {
		return notRead
	}
	return device.Verdict
}

func statusOf(device remediate.DeviceResult) remediate.Status { return device.Status }

func textOf[D any, K ~string](w io.Writer, devices iter.Seq2[D, error], style Style, show func(*printer, D), key func(D) K, order []K) error {
	p := newPrinter(w, style)
	counts := map[K]int{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		show(p, device)
		counts[key(device)]++
		if err := p.flush(); err != nil {
			return err
		}
	}
	summary(p, order, counts)
	return p.flush()
}

// listAndSummary ends a document. Every key of the order has a number, be it 0.
func listAndSummary[D any, K ~string](object *Document, devices iter.Seq2[D, error], key func(D) K, order []K) error {
	counts := map[K]int{}
	for _, k := range order {
		counts[k] = 0
	}
	add, end := object.List("devices")
	for device, err := range devices {
		if err != nil {
			return err
		}
		if err := add(device); err != nil {
			return err
		}
		counts[key(device)]++
	}
	end()
	object.Put("summary", counts)
	return object.Close()
}

// ResultsOf are the devices of a result that is in memory.
func ResultsOf(result remediate.Result) ResultDevices { return each(result.Devices) }

// each is a list that is in memory already.
func each[D any](list []D) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		for _, device := range list {
			if !yield(device, nil) {
				return
			}
		}
	}
}

package report

import (
	"io"
	"iter"

	"github.com/acfix/acfix/remediate"
)

// PlanDevices yields the devices of a plan one by one. An error ends the list and the output.
type PlanDevices = iter.Seq2[remediate.DevicePlan, error]

// ResultDevices yields the results of a run's devices one by one.
type ResultDevices = iter.Seq2[remediate.DeviceResult, error]

// PlanStream writes each device of a plan in full, one at a time, and a summary of several.
// A policy that is not the default one is named first.
func PlanStream(w io.Writer, policy remediate.PolicyReference, devices PlanDevices, style Style) error {
	p := newPrinter(w, style)
	p.policy = policy
	p.byPolicy()
	return textOf(p, devices, (*printer).device, readOf, append(remediate.Verdicts(), skippedVerdict))
}

// ResultStream writes the result of each device, one at a time, and a summary of several.
func ResultStream(w io.Writer, devices ResultDevices, style Style) error {
	return textOf(newPrinter(w, style), devices, (*printer).result, statusOf, remediate.Statuses())
}

// PlanJSON writes the document of a plan, one device at a time. It ignores Devices and Summary of the head.
func PlanJSON(w io.Writer, head remediate.Plan, devices PlanDevices) error {
	object := OpenDocument(w)
	object.Put("schema", head.Schema)
	object.Put("id", head.ID)
	object.Put("created", head.Created)
	object.Put("acfix", head.Acfix)
	object.Put("policy", head.Policy)
	putError(object, head.Error)
	return listAndSummary(object, devices, verdictOf, remediate.Verdicts())
}

// ResultJSON writes the document of a run, one device at a time. It ignores Devices and Summary of the head.
func ResultJSON(w io.Writer, head remediate.Result, devices ResultDevices) error {
	object := OpenDocument(w)
	object.Put("schema", head.Schema)
	object.Put("run", head.Run)
	object.Put("dry_run", head.DryRun)
	if head.Policy != (remediate.PolicyReference{}) {
		object.Put("policy", head.Policy)
	}
	putError(object, head.Error)
	return listAndSummary(object, devices, statusOf, remediate.Statuses())
}

// putError puts what stopped a run before its devices.
func putError(object *Document, failure *remediate.Failure) {
	if failure != nil {
		object.Put("error", failure)
	}
}

func verdictOf(device remediate.DevicePlan) remediate.Verdict { return device.Verdict }

// skippedVerdict stands in texts for the verdict of a device that was not read, or not completely, as in other views.
const skippedVerdict = remediate.Verdict(remediate.Skipped)

func readOf(device remediate.DevicePlan) remediate.Verdict {
	if device.Skipped {
		return skippedVerdict
	}
	return device.Verdict
}

func statusOf(device remediate.DeviceResult) remediate.Status { return device.Status }

func textOf[D any, K ~string](
	p *printer, devices iter.Seq2[D, error], show func(*printer, D), key func(D) K, order []K,
) error {
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

// listAndSummary completes a document. Every key of the order gets a number, even 0.
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

// ResultsOf yields the devices of a result in memory.
func ResultsOf(result remediate.Result) ResultDevices { return each(result.Devices) }

// each yields the elements of a list, without an error.
func each[D any](list []D) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		for _, device := range list {
			if !yield(device, nil) {
				return
			}
		}
	}
}

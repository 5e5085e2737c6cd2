package main

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// planFlags are the operator's choices, the same for plan and apply.
type planFlags struct {
	connection
	runFlags
	choice   remediate.Choice
	detailed bool
}

func (f *planFlags) register(flags *pflag.FlagSet) {
	f.connection.register(flags)
	f.registerInventory(flags)
	f.runFlags.register(flags)
	f.registerChoice(flags)
	flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when changes are pending")
}

// noCertCheck is kept with a run like a choice; what is decided does not depend on it.
const noCertCheck = "no-cert-check"

func (f *planFlags) registerChoice(flags *pflag.FlagSet) {
	flags.StringVar(&f.choice.ProxySet, "proxy-set", "", "the Teams Proxy Set, by name or index")
	flags.StringVar(&f.choice.SIPInterface, "sip-interface", "", "the Teams SIP Interface, by name or index")
	flags.StringVar(&f.choice.TLSContext, "tls-context", "", "the Teams TLS Context, by name or index")
	flags.BoolVar(&f.choice.AllRoots, "all-roots", false, "import all required roots whatever the firmware brings")
	flags.BoolVar(&f.choice.IncludeNonMTLS, "include-non-mtls", false, "plan although mutual TLS is off")
	flags.BoolVar(&f.choice.SaveUnsaved, "save-unsaved", false, "save although somebody else's changes wait unsaved")
	flags.BoolVar(&f.choice.AllowSharedContext, "allow-shared-context", false, "accept that others use the TLS Context too")
	flags.BoolVar(&f.choice.AllowDefaultContext, "allow-default-context", false, "import into TLS Context 0 too; its bundle switch is never touched")
	flags.Bool(noCertCheck, false, "do not read and judge the SBC's own certificate") // read by connection.skipsCertificate
}

// choiceFlag names a given flag that belongs to the choices of a plan; "" if there is none.
func choiceFlag(given *pflag.FlagSet) string {
	var choices planFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	choices.registerChoice(set)
	name := ""
	set.VisitAll(func(flag *pflag.Flag) {
		if given.Changed(flag.Name) {
			name = flag.Name
		}
	})
	return name
}

func (a *app) planCommand() *cobra.Command {
	job := planJob{app: a}
	command := &cobra.Command{
		Use:   "plan [TARGET...] [-i FILE]",
		Short: "Read devices, decide and show what is to be done; never writes",
		Example: `  acfix plan sbc.example.com --username acfix --pin 9c:ee:...
  acfix plan https://192.0.2.10 https://192.0.2.11 -o json
  acfix plan -i inventory.yaml --limit tag:canary,ams-*`,
		Annotations: map[string]string{moreFormats: formatLines},
		RunE: func(_ *cobra.Command, arguments []string) error {
			return job.run(arguments)
		},
	}
	job.flags.register(command.Flags())
	registerVerbose(command.Flags(), &a.flags.verbose)
	command.Flags().StringVar(&job.out, "out", "", "save the plan to this file, for \"acfix apply PLANFILE\"")
	registerPlanKey(command.Flags(), &job.keyFile)
	return command
}

// planJob is one "acfix plan".
type planJob struct {
	*app
	flags        planFlags
	out, keyFile string
}

func (j *planJob) run(arguments []string) error {
	head, begun, err := j.begin(arguments)
	if err != nil {
		return err
	}
	return begun.finish(j.carryOut(head, begun))
}

func (j *planJob) begin(arguments []string) (remediate.Plan, *fleetRun, error) {
	if j.flags.resume != "" {
		resumed, kept, err := j.resume(run.ActionPlan, arguments, &j.flags)
		return kept.Plan, resumed, err
	}
	head := j.planHead()
	if err := j.flags.checkRun(); err != nil {
		return head, nil, err
	}
	targets, dialer, err := j.prepare(arguments, j.flags.connection)
	if err != nil {
		return head, nil, err
	}
	begun, err := j.app.begin(newAssignment(run.ActionPlan, head, j.flags.connection), targets, dialer)
	return head, begun, err
}

func (j *planJob) carryOut(head remediate.Plan, fleet *fleetRun) error {
	settings, err := j.flags.reading(true)
	if err != nil {
		return err
	}
	if err := fleet.Read(settings); err != nil {
		return err
	}
	if j.out != "" {
		if err := j.save(head, fleet.Plans()); err != nil {
			return err
		}
	}
	codes := planCodes{detailed: j.flags.detailed, found: map[int]bool{}}
	if err := fleet.showPlan(head, codes.of(fleet.Plans())); err != nil {
		return err
	}
	return exitWith(codes.found)
}

// save puts the whole plan into one sealed file.
func (j *planJob) save(plan remediate.Plan, devices report.PlanDevices) error {
	plan.Devices = []remediate.DevicePlan{}
	for device, err := range devices {
		if err != nil {
			return err
		}
		plan.Devices = append(plan.Devices, device)
	}
	plan.Summarize()
	return j.savePlan(plan, j.out, j.keyFile)
}

// planHead is a plan without its devices.
func (a *app) planHead() remediate.Plan {
	return remediate.Plan{
		Schema: remediate.PlanSchema, ID: newID(), Created: a.now().UTC().Format(time.RFC3339), Acfix: version,
		Policy: run.PolicyReference(),
	}
}

func writeJSON(w io.Writer, content any) error { return report.WriteDocument(w, content) }

// newID names a plan or a run; it is chance and says nothing.
func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

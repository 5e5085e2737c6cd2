package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// misspellings are command lines by what their two lines on stderr must hold.
var misspellings = map[string][]string{
	// A misspelt command is blamed before any flag: of what is no command, no flag is known.
	"plna":                      {`no command "plna"`, `did you mean "acfix plan"?`},
	"plna -i x":                 {`no command "plna"`, `did you mean "acfix plan"?`},
	"-i x plna":                 {`no command "plna"`, `did you mean "acfix plan"?`},
	"--insecure aplpy h":        {`no command "aplpy"`, `did you mean "acfix apply"?`},
	"hstory --limit 3":          {`no command "hstory"`, `did you mean "acfix history"?`},
	"JOB list":                  {`did you mean "acfix job"?`},
	"job rnu nightly":           {`no command "job rnu"`, `did you mean "acfix job run"?`},
	"job --jobs f rnu x":        {`no command "job rnu"`, `did you mean "acfix job run"?`},
	"inventory chekc f":         {`did you mean "acfix inventory check"?`},
	"roots verfy f":             {`did you mean "acfix roots verify"?`},
	"cert chek f":               {`did you mean "acfix cert check"?`},
	"dns chek":                  {`did you mean "acfix dns check"?`},
	"token ad":                  {`did you mean "acfix token add"?`},
	"completion bahs":           {`did you mean "acfix completion bash"?`},
	"backup lsit":               {`did you mean "acfix backup list"?`, "https://"},
	"history prnue":             {`did you mean "acfix history prune"?`},
	"help plna":                 {`did you mean "acfix plan"?`},
	"help job rnu":              {`did you mean "acfix job run"?`},
	"import devices.csv":        {`did you mean "acfix inventory import"?`},
	"approve 3f2a":              {`did you mean "acfix job approve"?`},
	"sbc.example.com":           {`"acfix plan TARGET"`},
	"https://admin:hunter2@sbc": {`"acfix plan TARGET"`},
	"--version":                 {`did you mean "acfix version"?`},
	"--versoin":                 {`did you mean "acfix version"?`},
	// Flags.
	"plan h --limitt x":          {"unknown flag: --limitt", "did you mean --limit?"},
	"plan h --limt=x":            {"unknown flag: --limt\n", "did you mean --limit?"},
	"plan --passwrod-file x h":   {"did you mean --password-file?"},
	"plan h --no-colour":         {"did you mean --no-color?"},
	"plan h --user x":            {"did you mean --username?"},
	"apply h -y":                 {"did you mean --yes?"},
	"apply -dry-run h":           {"did you mean --dry-run?"},
	"plan -inventory x":          {"did you mean --inventory?"},
	"plan h –pin x":              {"did you mean --pin?"},
	"apply h —yes":               {"did you mean --yes?"},
	"job lsit --jobs x":          {`did you mean "acfix job list"?`},
	"history --soak 10m":         {"unknown flag: --soak", `--soak belongs to "acfix apply", "acfix package" and "acfix plan"`},
	"history --soka=10m":         {"did you mean --soak? It belongs to"},
	"history -i x":               {`-i belongs to "acfix apply"`},
	"plan h --dry-run":           {`--dry-run belongs to "acfix apply", "acfix backup prune" and "acfix restore"`},
	"--insecure plan h":          {`--insecure belongs to "acfix apply"`},
	"job run nightly --insecure": {`--insecure belongs to`},
	"job run nightly --job f":    {"did you mean --jobs?"},
	"plan h --qqqq":              {"unknown flag: --qqqq", `"acfix plan --help" lists the flags`},
	"plan h --soak":              {"--soak needs a value", "time to wait after a wave"},
	"plan -i":                    {"--inventory needs a value", "file with devices"},
	// Passwords are never taken, and what was typed as one is not repeated.
	"plan h --password hunter2":      {"--password-file", "ACFIX_PASSWORD", "password_command", "asks"},
	"plan h --password=hunter2":      {"--password-file"},
	"plan h --passwordhunter2":       {"--password-file"},
	"plan h --pass hunter2":          {"--password-file"},
	"plan h --passwd=hunter2":        {"--password-file"},
	"plan h --pasword hunter2":       {"--password-file"},
	"plan h -p hunter2":              {"--password-file"},
	"plan h -phunter2":               {"--password-file"},
	"plan h -p=hunter2":              {"--password-file"},
	"apply h --password hunter2":     {"--password-file"},
	"restore dir --password hunter2": {"--password-file"},
	"plna h --password hunter2":      {`did you mean "acfix plan"?`},
	// Values.
	"apply h --yes --soak 10":          {`--soak: "10"`, "give it a unit: 10s, 10m or 10h"},
	"apply h --yes --soak=1.5":         {"1.5s, 1.5m or 1.5h"},
	"apply h --yes --pause 90":         {"90s, 90m or 90h"},
	"plan h --timeout 30":              {"30s, 30m or 30h"},
	"plan h --retry-for 5":             {"5s, 5m or 5h"},
	"apply p --max-age 7d":             {"168h"},
	"apply p --lock-timeout 10min":     {"such as 90s, 10m or 2h"},
	"serve --lease 30":                 {"30s, 30m or 30h"},
	"plan h --parallel many":           {`--parallel: "many"`, "give a number such as 5"},
	"plan h --insecure=perhaps":        {`--insecure: "perhaps"`, "give --insecure alone"},
	"plan h -o jsno":                   {`did you mean "json"`, "text, json, jsonl"},
	"plan h --log-level wran":          {`did you mean "warn"?`},
	"history --state runing":           {`did you mean "running"?`},
	"history --action aply":            {`did you mean "apply"?`},
	"show p.json --verdict chagne":     {"can't be read"},
	"explain shraed_context":           {`did you mean "shared_context"?`},
	"cert check f --profile teems":     {`did you mean "teams"?`},
	"dns check --profile pexpi":        {`did you mean "pexip"?`},
	"probe --fqdn x --cloud comercial": {`did you mean "commercial"?`},
	"plan h --max-unreachable 5percent": {`"5percent" is neither a number of devices nor a percentage`,
		"give a number such as 5, or a percentage such as 10%"},
	"apply h --yes --max-failures 120%":           {`"120%" is more than all devices`},
	"apply h --yes --batch 10x":                   {`"10x" is neither`, "--batch tag:canary,25%,100%"},
	"apply h --yes --window Sat_22-04":            {"the time zone is missing", "Sat,Sun 22:00-04:00 Europe/Berlin"},
	"apply h --yes --window sat_22:00-04:00_UTC":  {`"sat" is no day`, "Sat,Sun 22:00-04:00 Europe/Berlin"},
	"apply h --yes --window 22:00-04:00_EST":      {`"EST" is no time zone`},
	"apply h --yes --window Sat_22:00-25:00_UTC":  {"is no beginning and end"},
	"apply h --yes --window 22:00-04:00_Eur/Brln": {`the time zone "Eur/Brln" is not known`},
}

// TestAMisspeltCommandLineSaysWhatWasMeant: one message and one hint, exit code 64, nothing sent and nothing
// left behind. A "_" of the table is a blank within an argument.
func TestAMisspeltCommandLineSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	for typed, wanted := range misspellings {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			d := newOperator(t, "")
			d.app.readSecret = func() ([]byte, error) { t.Error("asked for a password"); return nil, nil }
			arguments := strings.Fields(typed)
			for i, argument := range arguments {
				if i > 0 && strings.Contains(argument, "22") {
					arguments[i] = strings.ReplaceAll(argument, "_", " ")
				}
			}
			assert.Equal(t, exitUsage, d.app.run(arguments))
			said := d.stderr.String()
			assert.Empty(t, d.stdout.String())
			assert.Regexp(t, `\Aacfix: error: .*\nacfix: hint:  .*\n\z`, said, "one message and one hint")
			for _, text := range wanted {
				assert.Contains(t, said, text)
			}
			assert.NotContains(t, said, "hunter2")
			kept, err := os.ReadDir(d.app.getenv("XDG_STATE_HOME"))
			require.NoError(t, err)
			assert.Empty(t, kept, "a slip leaves nothing behind")
		})
	}
}

// TestWhatIsNotMisspeltIsTaken: values that look like flags, and letters that stand together.
func TestWhatIsNotMisspeltIsTaken(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{
		{"version", "-qo", "json"}, {"version", "-ojson"}, {"version", "--output=json"}, {"help"}, {"help", "plan"}, {"help", "job", "run"},
		{"--output", "json", "version"}, {"-q", "version"}, {"job"}, {"__complete", "plan", "–pin"}, {"plan", "--help"},
	} {
		d := newOperator(t, "")
		assert.Equal(t, exitDone, d.app.run(arguments), "%q: %s", arguments, &d.stderr)
	}
}

package remediate

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
)

var managedDevice = plainDevice + newTable("AdditionalManagementInterfaces", "TLSContextName", `AdditionalManagementInterfaces 0 = "Teams";`)

// TestWhatLetsClientCertificatesIn: unknown counts as yes, and no flag lifts it.
func TestWhatLetsClientCertificatesIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parameter, more string
		reason          string // "" is that none may log in
	}{
		"nothing":                            {},
		"the parameter is 0":                 {parameter: "HTTPSRequireClientCertificate = 0"},
		"the parameter is 1":                 {parameter: "HTTPSREQUIRECLIENTCERTIFICATE = 1", reason: "HTTPSRequireClientCertificate = 1"},
		"the parameter is something else":    {parameter: "HTTPSRequireClientCertificate = 2", reason: "not at its default"},
		"the parameter is hidden":            {parameter: ";HTTPSRequireClientCertificate is hidden but has non-default value", reason: "not at its default"},
		"hidden users":                       {more: newHiddenTable("WebUsers")},
		"hidden users, the parameter too":    {parameter: ";HTTPSRequireClientCertificate is hidden but has non-default value", more: newHiddenTable("WebUsers"), reason: "not at its default"},
		"users without such a column":        {more: newTable("WebUsers", "Username", `WebUsers 0 = "Admin";`)},
		"users whose column is empty":        {more: newTable("WebUsers", "Username, TLSSubjectName", `WebUsers 0 = "Admin", "";`, `WebUsers 1 = "User", $$;`)},
		"one user with a subject":            {more: newTable("WebUsers", "Username, TLSSubjectName", `WebUsers 0 = "Admin", "";`, `WebUsers 1 = "User", "sbc.example";`), reason: "WebUsers 1 has a TLSSubjectName"},
		"one user with a subject, prefixed":  {more: newTable("WebUsers", "WebUsers_Username, WebUsers_Subject", `WebUsers 1 = "User", "CN=x";`), reason: "WebUsers 1 has a Subject"},
		"a user in comment form":             {more: newTable("WebUsers", "Username, TLSSubjectName", `;WebUsers 1 = "User", "CN=x";`), reason: "WebUsers 1 has"},
		"a user in comment form that is cut": {more: newTable("WebUsers", "Username, TLSSubjectName", `;WebUsers 1 = "User";`), reason: "can't be read"},
		"users that can't be read":           {more: newTable("WebUsers", "Username, TLSSubjectName", `WebUsers 1 = "User";`), reason: "can't be read"},
	} {
		text := strings.Replace(managedDevice, "[SIP Params]", "[SIP Params]\n"+test.parameter, 1) + test.more
		plan := planned(t, text, Choice{AllowSharedContext: true})
		found := about(plan, ManagementClientCertificates)
		if test.reason == "" {
			assert.Equal(t, Change, plan.Verdict, "%s: %v", name, plan.Findings)
			continue
		}
		assert.Equal(t, Blocked, plan.Verdict, name)
		assert.Equal(t, Problem, found.Level, name)
		assert.Contains(t, found.Message, test.reason, name)
		assert.Contains(t, found.Message, "the management interface (AdditionalManagementInterfaces 0)", name)
		assert.Empty(t, about(plan, SharedContext), "%s: it has no other users", name)
		assert.NotEqual(t, Fingerprint(surveyed(t, managedDevice, Choice{})), Fingerprint(surveyed(t, text, Choice{})), name)

		everything := Choice{AllRoots: true, IncludeNonMTLS: true, SaveUnsaved: true, AllowSharedContext: true, AllowDefaultContext: true}
		assert.Equal(t, Blocked, planned(t, text, everything).Verdict, name)
	}
}

func TestAContextOfTheManagementInterfaceGetsRootsAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{managedDevice, strings.Replace(managedDevice, `"Teams", 4, 0, 0;`, `"Teams", 4, 0, 1;`, 1)} {
		plan := planned(t, text, Choice{AllowSharedContext: true})
		assert.Equal(t, 0, plan.pending(StepEnableBundle))
		assert.Equal(t, len(certs.Required()), plan.pending(StepImportRoot))
		for _, root := range plan.Contexts[0].Roots {
			assert.Equal(t, RootMissing, root.State)
		}
		assert.Contains(t, plan.Steps[1].Reason, "serves the management interface")
		assert.Empty(t, about(plan, BundleNotVerifiable))
		assert.Contains(t, about(plan, SharedContext).Message, "management")
	}
}

// TestOthersAreNamedBesideTheManagementInterface: other users of the context are a separate finding.
func TestOthersAreNamedBesideTheManagementInterface(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`"ITSP", "ITSP", "default"`, `"ITSP", "ITSP", "Teams"`,
		"[SIP Params]", "[SIP Params]\nHTTPSRequireClientCertificate = 1").Replace(managedDevice)
	plan := planned(t, text, Choice{})
	assert.NotEmpty(t, about(plan, ManagementClientCertificates))
	assert.Equal(t, "TLS Context 1 \"Teams\" is also used by IPGroup 0.", about(plan, SharedContext).Message)
}

func TestContext0ServesTheManagementInterfaceUnlessAnotherIsChosen(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`5061, "Teams", 1`, `5061, "", 1`,
		"[SIP Params]", "[SIP Params]\nHTTPSRequireClientCertificate = 1").Replace(plainDevice)
	allowed := planned(t, text, Choice{AllowDefaultContext: true})
	assert.Equal(t, Blocked, allowed.Verdict)
	assert.Equal(t, Problem, about(allowed, ManagementClientCertificates).Level)
	assert.Equal(t, Warning, about(allowed, IncomingDefaultContext).Level)
	assert.Equal(t, Change, planned(t, text, Choice{TLSContext: "Teams"}).Verdict)
}

package jobs_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mailTo is an entry of the kind email with all that it needs, as a list of keys.
const mailTo = "notify:\n  - name: boss\n    kind: email\n    server: smtp.example.com\n    from: acfix@example.com\n    to: boss@example.com\n"

func TestAReceiverOfEMail(t *testing.T) {
	t.Parallel()
	file, err := jobs.Parse([]byte(planJob+mailTo), "folder")
	require.NoError(t, err)
	assert.Equal(t, []jobs.Receiver{{
		Name: "boss", Form: notify.EMail, On: notify.Usual(),
		Mail: jobs.Mail{
			Server: "smtp.example.com", Encryption: notify.StartTLS, From: "acfix@example.com", To: []string{"boss@example.com"},
		},
	}}, file.Notify)

	file, err = jobs.Parse([]byte(planJob+`notify:
  - name: boss
    kind: email
    server: "[2001:db8::1]:465"
    encryption: implicit
    ca_file: mail-ca.pem
    username: acfix
    password_env: SMTP_PASSWORD
    from: acfix@example.com
    to: [boss@example.com, ops@example.com]
    subject: "[SBC]"
    base_url: https://acfix.example.com
    on: [always]
  - {name: relay, kind: email, server: "127.0.0.1:25", encryption: none, username: u, password_file: p, from: a@b.example, to: c@d.example}
  - {name: hook, kind: json, url_env: A, base_url: "https://acfix.example.com"}
`), "folder")
	require.NoError(t, err)
	assert.Equal(t, jobs.Receiver{
		Name: "boss", Form: notify.EMail, On: []notify.Occasion{notify.Always}, BaseURL: "https://acfix.example.com",
		Mail: jobs.Mail{
			Server: "[2001:db8::1]:465", Encryption: notify.ImplicitTLS, CAFile: "mail-ca.pem", Username: "acfix",
			PasswordEnv: "SMTP_PASSWORD", From: "acfix@example.com", To: []string{"boss@example.com", "ops@example.com"}, Subject: "[SBC]",
		},
	}, file.Notify[0])
	assert.Equal(t, notify.Unencrypted, file.Notify[1].Mail.Encryption)
	assert.Equal(t, "https://acfix.example.com", file.Notify[2].BaseURL)
}

func TestEveryMistakeOfEMailHasItsPlace(t *testing.T) {
	t.Parallel()
	entry := planJob + mailTo
	change := func(old, now string) string { return planJob + strings.Replace(mailTo, old, now, 1) }
	for text, want := range map[string]string{
		change("    server: smtp.example.com\n", ""):                            "6:5: the notify entry has no server",
		change("    from: acfix@example.com\n", ""):                             "6:5: the notify entry has no from",
		change("    to: boss@example.com\n", ""):                                "6:5: the notify entry has no to",
		change("smtp.example.com", "smtp://smtp.example.com"):                   "8:13: a server is a name or an address",
		change("smtp.example.com", "smtp.example.com:0"):                        `8:13: "0" is not a port`,
		change("acfix@example.com", "acfix"):                                    `9:11: "acfix" is not an e-mail address`,
		change("boss@example.com", "[]"):                                        "10:9: the list is empty",
		change("boss@example.com", "[a@b.example, a@b.example]"):                `10:23: "a@b.example" is given twice`,
		change("boss@example.com", "\"a@b.example\\r\\nBcc: c@d.example\""):     "10:9: there is a control character",
		change("boss@example.com", "Boss <boss@example.com>"):                   `10:9: "Boss <boss@example.com>" is not an e-mail address`,
		entry + "    encryption: ssl\n":                                         `11:17: "ssl" is not one of starttls, implicit, none`,
		entry + "    username: u\n":                                             "11:15: a username needs password_env or password_file",
		entry + "    password_env: P\n":                                         "6:5: the notify entry has a password and no username",
		entry + "    username: u\n    password_env: P\n    password_file: f\n":  "13:20: give one of password_env and password_file",
		entry + "    username: u\n    password: hunter2\n":                      `12:5: unknown key "password"; the password is a secret`,
		entry + "    username: u\n    password_env: hunter2!\n":                 "12:19: password_env is the name of an environment variable",
		entry + "    encryption: none\n    username: u\n    password_file: f\n": "11:17: a login needs encryption",
		entry + "    encryption: none\n    ca_file: f\n":                        "12:14: ca_file has no use",
		entry + "    url_env: A\n":                                              "11:5: url_env belongs to webhooks",
		entry + "    subject: \"a\\nb\"\n":                                      "11:14: there is a control character",
		entry + "    subject: " + strings.Repeat("x", 65) + "\n":                "11:14: a subject has one line",
		entry + "    base_url: http://acfix.example.com\n":                      "11:15: base_url is the address",
		entry + "    cc: a@b.example\n":                                         `11:5: unknown key "cc"`,
		planJob + hook + "    url_env: A\n    server: smtp.example.com\n":       "9:5: server belongs to kind: email",
		planJob + "notify:\n  - {name: a, kind: mail, server: b}\n":             `6:21: "mail" is not one of teams, slack, json, email`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := jobs.Parse([]byte(text), "folder")
			var all jobs.Errors
			require.ErrorAs(t, err, &all, text)
			found := false
			for _, one := range all {
				found = found || strings.HasPrefix(one.Error(), want)
				assert.NotContains(t, one.Message, "hunter2")
			}
			assert.True(t, found, "%v\n%s", []error{all}, text)
		})
	}
}

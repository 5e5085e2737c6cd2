package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

// mostDays bounds --expires-in-days: a century.
const mostDays = 36525

// expiry returns when a token that is made now stops working; the zero Time for never.
func expiry(now time.Time, days int) (time.Time, error) {
	switch {
	case days < 0 || days > mostDays:
		return time.Time{}, usage.Errorf("--expires-in-days is %d", days).
			Hint(fmt.Sprintf("give a number of days up to %d, or 0 for a token that works until it is removed", mostDays))
	case days == 0:
		return time.Time{}, nil
	default:
		return now.AddDate(0, 0, days), nil
	}
}

func (a *app) tokenListCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list --file FILE",
		Short: "List names, roles, and when each token was made, ends, and was last used",
		Long: `list shows for each token its name and role, when it was made, when it expires, and when it
was last used. "acfix serve" notes the last use in its state directory, once a minute: run this
command as the same user.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			tokens, err := a.readTokens(*file)
			if err != nil {
				return err
			}
			return a.showTokens(tokens)
		},
	}
}

// listedToken is a token without its hash.
type listedToken struct {
	Name    string          `json:"name"`
	Role    httpserver.Role `json:"role"`
	Created string          `json:"created"`
	// Expires is empty for never, LastUsed for a use that this user's state directory does not know.
	Expires  string `json:"expires,omitempty"`
	Expired  bool   `json:"expired"`
	LastUsed string `json:"last_used,omitempty"`
}

func (a *app) showTokens(tokens httpserver.Tokens) error {
	used, err := a.readUses()
	if err != nil {
		a.warn("when tokens were last used can't be read: " + err.Error())
	}
	list := []listedToken{}
	for _, token := range tokens.Tokens {
		one := listedToken{
			Name: token.Name, Role: token.Role, Created: token.Created,
			Expires: token.Expires, Expired: token.Expired(a.now()),
		}
		if at, known := used[httpserver.Proof(token.SHA256)]; known {
			one.LastUsed = at.UTC().Format(time.RFC3339)
		}
		list = append(list, one)
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, token := range list {
		ends := "never expires"
		if token.Expires != "" {
			ends = map[bool]string{false: "expires ", true: "expired "}[token.Expired] + moment.Restated(token.Expires)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\tlast used %s\n", token.Name, token.Role,
			foreign.Clean(moment.Restated(token.Created)), ends, cmp.Or(moment.Restated(token.LastUsed), "never"))
	}
	_ = table.Flush() // never fails: it writes to memory
	return a.show(map[string]any{"tokens": list}, text.String())
}

// readUses reads when tokens were last used, by proof; a missing file knows of none.
func (a *app) readUses() (map[httpserver.Proof]time.Time, error) {
	used := map[httpserver.Proof]time.Time{}
	state, err := a.stateDirectory()
	if err != nil {
		return used, err
	}
	text, err := os.ReadFile(state.TokenUses())
	if os.IsNotExist(err) {
		return used, nil
	}
	if err != nil {
		return used, err
	}
	return used, json.Unmarshal(text, &used)
}

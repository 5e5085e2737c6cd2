package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/cobra"
)

func (a *app) tokenCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "token",
		Short: "Manage access to \"acfix serve\": add, list and remove tokens",
		Long: `token keeps the file that "acfix serve" takes with --token-file. It holds the SHA-256 of
each token, never the token. A server that runs sees the change by itself.`,
		Args: noSuchCommand,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.PersistentFlags().StringVar(&file, "file", "", "the token file")
	command.AddCommand(a.tokenAddCommand(&file), a.tokenListCommand(&file), a.tokenRemoveCommand(&file))
	return command
}

func (a *app) tokenAddCommand(file *string) *cobra.Command {
	var name, role string
	var days int
	command := &cobra.Command{
		Use:     "add --file FILE --name NAME --role viewer|approver",
		Short:   "Make a token and print it, this once",
		Example: `  acfix token add --file tokens.json --name prometheus --role viewer`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.addToken(*file, name, httpserver.Role(role), days)
		},
	}
	command.Flags().StringVar(&name, "name", "", "whose token it is; stands in the journal of what is approved with it")
	command.Flags().StringVar(&role, "role", "", "viewer, or approver, which may also approve plans")
	command.Flags().IntVar(&days, "expires-in-days", 365, "days after which it stops working; 0 for never")
	return command
}

// issued is the document of "acfix token add -o json".
type issued struct {
	Name  string          `json:"name"`
	Role  httpserver.Role `json:"role"`
	Token string          `json:"token"`
	// Expires is empty for a token that works until it is removed.
	Expires string `json:"expires,omitempty"`
}

func (a *app) addToken(file, name string, role httpserver.Role, days int) error {
	made := issued{Name: name, Role: role}
	expires, err := expiry(a.now(), days)
	if err != nil {
		return err
	}
	err = a.editTokens(file, func(tokens httpserver.Tokens) (httpserver.Tokens, error) {
		more, secret, err := tokens.AddUntil(name, role, a.now(), expires, rand.Reader)
		made.Token = secret
		if !expires.IsZero() {
			made.Expires = expires.UTC().Format(time.RFC3339)
		}
		return more, err
	})
	if err != nil {
		return err
	}
	a.say("Keep it now: it is in no file and can't be shown again.")
	if err := a.show(made, made.Token+"\n"); err != nil {
		return fmt.Errorf("write the token, which is lost now; remove %s and add it again: %w", name, err)
	}
	if isGone(a.stdout) {
		return fmt.Errorf("the token is lost, for its reader has closed the pipe; remove %s and add it again", name)
	}
	return nil
}

func (a *app) tokenRemoveCommand(file *string) *cobra.Command {
	var name string
	command := &cobra.Command{
		Use:   "remove --file FILE --name NAME",
		Short: "Take a token out; a server that runs refuses it from then on",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			return a.editTokens(*file, func(tokens httpserver.Tokens) (httpserver.Tokens, error) {
				return tokens.Remove(name)
			})
		},
	}
	command.Flags().StringVar(&name, "name", "", "whose token it is")
	return command
}

// editTokens changes a token file, one process at a time; a missing file counts as empty.
func (a *app) editTokens(file string, edit func(httpserver.Tokens) (httpserver.Tokens, error)) error {
	held, err := a.holdTokens(file)
	if err != nil {
		return err
	}
	defer func() { _ = held.Remove() }()
	tokens, err := httpserver.ReadTokens(file, a.guard.Open)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unusableTokens(file, err)
	}
	if tokens, err = edit(tokens); err != nil {
		return tokenMisuse(err)
	}
	text, err := json.MarshalIndent(tokens, "", "  ")
	if err != nil {
		return fmt.Errorf("write the token file: %w", err)
	}
	return writePrivate(file, append(text, '\n'))
}

func (a *app) holdTokens(file string) (*statedir.Held, error) {
	if file == "" {
		return nil, noTokenFile()
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	state, err := a.stateDirectory()
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(a.abort, 10*time.Second)
	defer cancel()
	return state.Locks().Take(waiting, statedir.TokensName(path))
}

func noTokenFile() error { return usage.Errorf("no token file is named").Hint("give --file FILE") }

func (a *app) readTokens(file string) (httpserver.Tokens, error) {
	if file == "" {
		return httpserver.Tokens{}, noTokenFile()
	}
	tokens, err := httpserver.ReadTokens(file, a.guard.Open)
	if err != nil {
		return tokens, unusableTokens(file, err)
	}
	return tokens, nil
}

func unusableTokens(file string, err error) error {
	if errors.Is(err, httpserver.ErrMode) {
		return usage.Errorf("%s: %s", file, err).Hint("chmod 600 " + file)
	}
	return orRefused(file, err, usage.Errorf("the token file can't be used: %s: %s", file, usage.Reason(err)).
		Hint("\"acfix token add\" makes such a file"))
}

var tokenHints = map[error]string{
	httpserver.ErrName:    "give --name NAME",
	httpserver.ErrRole:    "give --role viewer or --role approver",
	httpserver.ErrExists:  "take another name, or remove that token first",
	httpserver.ErrNoToken: "\"acfix token list\" shows the names",
}

func tokenMisuse(err error) error {
	for kind, hint := range tokenHints {
		if errors.Is(err, kind) {
			return usage.Errorf("%s", err).Hint(hint)
		}
	}
	return err
}

package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// usesBeat is the time between two notes of when tokens were last used.
const usesBeat = time.Minute

// keepUses notes in the state directory when tokens were last used, until the context ends.
func (s *service) keepUses(ctx context.Context, access *httpserver.Authenticator) {
	noted := map[httpserver.Proof]time.Time{}
	for ended := false; !ended; {
		ended = s.app.sleep(ctx, usesBeat) != nil
		used := access.LastUsed()
		if maps.Equal(used, noted) {
			continue
		}
		if err := s.app.noteUses(used); err != nil {
			s.app.warn("note when tokens were last used: " + err.Error())
		}
		noted = used
	}
}

// noteUses adds to what the file knows: earlier processes, and others beside this one, have noted theirs.
func (a *app) noteUses(used map[httpserver.Proof]time.Time) error {
	kept, err := a.readUses()
	if err != nil {
		kept = map[httpserver.Proof]time.Time{}
	}
	for proof, at := range used {
		if at.After(kept[proof]) {
			kept[proof] = at
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	state, err := a.stateDirectory()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(state), 0o700); err != nil {
		return err
	}
	return writePrivate(state.TokenUses(), append(text, '\n'))
}

package world

import (
	"flag"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// TestMain sets how many worlds are drawn, and from which seed, where the command line does not say
// otherwise by -rapid.checks and -rapid.seed: the same ones every time.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": defaultWorlds, "rapid.seed": "1",
		"rapid.nofailfile": "true", "rapid.shrinktime": "60s"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	flag.Parse()
	os.Exit(m.Run())
}

// TestWorlds plays worlds drawn at random. One that breaks an invariant is made as small as possible
// and shown as JSON: saved in testdata, it is played by TestSavedWorlds from then on.
func TestWorlds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds().Draw(t, "world")
		directory, err := os.MkdirTemp(inMemory(), "world")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(directory) }()
		c, err := Play(w, directory)
		if err != nil {
			t.Fatalf("%s\n%v", w, err)
		}
		breaches := judge(c)
		for _, breach := range breaches {
			t.Log(breach)
		}
		if len(breaches) > 0 { // the same words for the same World: rapid compares them
			t.Fatalf("broken: %v\n%s", broken(breaches), w)
		}
	})
}

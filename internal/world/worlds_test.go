package world

import (
	"flag"
	"os"
	"slices"
	"strings"
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
		breaches := slices.DeleteFunc(judge(c), func(b Breach) bool { return isKnown(c, b) })
		for _, breach := range breaches {
			t.Log(breach)
		}
		if len(breaches) > 0 { // the same words for the same World: rapid compares them
			t.Fatalf("broken: %v\n%s", broken(breaches), w)
		}
	})
}

// knownFault is a kind of breach that does not fail TestWorlds.
type knownFault struct {
	fault     string // as the saved worlds are named
	invariant string
	text      string // in the breach
	act       string // "" is any
	when      func(World) bool
}

// known are the faults that acfix still has. A mend takes its row out, and the name of the invariant
// out of the saved worlds of that fault.
var known = []knownFault{}

func isKnown(c *Chronicle, b Breach) bool {
	return slices.ContainsFunc(known, func(k knownFault) bool {
		return k.invariant == b.Invariant && strings.Contains(b.Text, k.text) &&
			(k.act == "" || k.act == c.Acts[b.Act].Act.Do) && k.when(c.World)
	})
}

func always(World) bool { return true }

func has(part string) func(World) bool {
	return func(w World) bool {
		return slices.ContainsFunc(w.Variants, func(name string) bool { return strings.Contains(name, part) })
	}
}

func savesUnsaved(w World) bool {
	return slices.ContainsFunc(w.Acts, func(act Act) bool { return act.SaveUnsaved })
}

func switches(w World) bool {
	return slices.ContainsFunc(w.Events, func(event Event) bool { return event.Do == Switch })
}

func costsRoots(w World) bool {
	return has("costs-root")(w) || slices.ContainsFunc(w.Events, func(event Event) bool {
		return strings.Contains(event.Fault, "cost-root") || event.Do == Damage
	})
}

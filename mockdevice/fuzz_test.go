package mockdevice

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzIncrementalINI looks for files that panic, that change a device although
// they are refused, or that leave a configuration it can't read back.
func FuzzIncrementalINI(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.ini")
	if err != nil {
		f.Fatal(err)
	}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), false)
	}
	f.Add("[ TLSContexts ]\nFORMAT Index = Name;\nTLSContexts 1 = \"a;b,c=\\\";\n[ \\TLSContexts ]\n", true)
	f.Add("[SIP Params]\nGWDEBUGLEVEL = '1'\n", false)
	model, err := Preset("7.4.500")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, ignoreUnknown bool) {
		model := model
		model.Dialect.UnknownIgnored = ignoreUnknown
		device := New(model)
		before := device.ram.canonical()
		err := device.change(actor{author: ByClient}, func(s *state) error {
			_, err := s.load(text, model.Dialect)
			return err
		})
		after := device.ram.canonical()
		if err != nil && before != after {
			t.Fatal("refused, and yet changed")
		}
		written := string(renderINI(&device.model, device.ram, 1))
		if err := device.change(actor{author: ByClient}, func(s *state) error { _, err := s.load(written, model.Dialect); return err }); err != nil {
			t.Fatalf("can't read what it wrote: %v", err)
		}
		if again := device.ram.canonical(); again != after {
			t.Fatalf("reads otherwise than it wrote:\n%s\n%s", after, again)
		}
	})
}

package mockdevice_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/mockdevice"
)

// Under -race: requests, changes by others and looks at the device at once.
func TestConcurrentUse(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := s.tryPut(addPath, pemText(fmt.Sprint("Root ", i)))
			assert.NoError(t, err)
			s.device.AddFault(mockdevice.Fault{Path: "nope", Do: mockdevice.Drop})
			s.device.SetCell("TLSContexts", 0, "TLSVersion", fmt.Sprint(i))
			s.device.Running()
			s.device.Requests()
			_, err = s.try("GET", "files/ini", nil, nil)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Len(t, s.device.Running().Roots[1], 10)
	assert.Equal(t, 8, s.device.Writes())
	assert.Positive(t, s.server.PeakConnections())
}

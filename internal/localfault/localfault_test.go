package localfault_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/acfix/acfix/internal/localfault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFaultsOfThisMachineAreKnownByTheirNumber(t *testing.T) {
	t.Parallel()
	for _, number := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, syscall.EIO, syscall.ENOMEM,
		syscall.EFBIG, syscall.ENOBUFS, syscall.ESTALE,
	} {
		for _, err := range []error{
			&os.PathError{Op: "write", Path: "/state/journal", Err: number},
			&os.LinkError{Op: "rename", Old: "a", New: "b", Err: number},
			fmt.Errorf("read status: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", number)}),
			&net.DNSError{Err: "dial udp 192.0.2.1:53: socket: " + number.Error(), Name: "sbc.example.com"},
		} {
			assert.True(t, localfault.Is(err), "%v", err)
			assert.NotEmpty(t, localfault.Hint(err), "%v", err)
		}
	}
}

func TestFaultsOfADeviceAreNotThisMachines(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		nil, errors.New("no answer"), os.ErrNotExist, &net.DNSError{Err: "no such host", IsNotFound: true},
		&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EACCES)},
		&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)},
	} {
		assert.False(t, localfault.Is(err), "%v", err)
		assert.Empty(t, localfault.Hint(err), "%v", err)
	}
}

func TestARefusalConcernsTheFolderWhereTheFileDoesNotExist(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), "there")
	require.NoError(t, os.WriteFile(there, nil, 0o600))
	refusal := func(path string) error {
		return fmt.Errorf("open the journal: %w", &os.PathError{Op: "open", Path: path, Err: syscall.EACCES})
	}
	assert.True(t, localfault.Is(localfault.OfFolder(refusal(there+"-not"))))
	assert.False(t, localfault.Is(localfault.OfFolder(refusal(there))))
	assert.ErrorIs(t, localfault.OfFolder(refusal(there+"-not")), os.ErrPermission)
	assert.NoError(t, localfault.OfFolder(nil))
}

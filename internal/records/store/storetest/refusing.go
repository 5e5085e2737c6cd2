package storetest

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Refusing starts a server that speaks just enough of PostgreSQL's protocol to refuse every connection: it has no
// TLS, and answers with this SQLSTATE. It returns the server's address, for postgres://USER@ADDRESS/DATABASE.
func Refusing(t testing.TB, sqlstate string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go refuse(connection, sqlstate)
		}
	}()
	return listener.Addr().String()
}

// sslRequest asks whether the server has TLS (PostgreSQL, "Message Formats").
const sslRequest = 80877103

func refuse(connection net.Conn, sqlstate string) {
	defer func() { _ = connection.Close() }()
	for {
		var head [4]byte
		if _, err := io.ReadFull(connection, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[:])-4)
		if _, err := io.ReadFull(connection, body); err != nil {
			return
		}
		if len(body) == 4 && binary.BigEndian.Uint32(body) == sslRequest {
			_, _ = connection.Write([]byte("N"))
			continue
		}
		fields := strings.Join([]string{"SFATAL", "VFATAL", "C" + sqlstate, "Mas the test says", "", ""}, "\x00")
		answer := binary.BigEndian.AppendUint32([]byte("E"), uint32(len(fields)+4))
		_, _ = connection.Write(append(answer, fields...))
		return
	}
}

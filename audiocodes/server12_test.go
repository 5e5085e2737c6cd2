package audiocodes_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
)

// server12 is as much of a TLS 1.2 server as it takes to negotiate anew, which that of crypto/tls
// never does: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 over X25519 alone.
type server12 struct {
	net.Conn
	own tls.Certificate

	in, out                    *half
	pending                    []byte // of handshake messages
	transcript                 []byte
	clientRandom, serverRandom []byte
	verified                   []byte // verify data of both sides, as RFC 5746 wants it
}

// half is one direction's keys.
type half struct {
	cipher.AEAD
	iv  []byte
	seq uint64
}

var errServer12 = errors.New("not as this server wants it")

func newHalf(key, iv []byte) *half {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &half{AEAD: sealer, iv: iv}
}

// next is the nonce and the additional data of the next record.
func (h *half) next(explicit []byte, kind byte, length int) (nonce, additional []byte) {
	additional = binary.BigEndian.AppendUint64(nil, h.seq)
	h.seq++
	return slices.Concat(h.iv, explicit), append(additional, kind, 3, 3, byte(length>>8), byte(length))
}

func (s *server12) send(kind byte, plain []byte) {
	if s.out != nil {
		explicit := binary.BigEndian.AppendUint64(nil, s.out.seq)
		nonce, additional := s.out.next(explicit, kind, len(plain))
		plain = s.out.Seal(explicit, nonce, plain, additional)
	}
	_, _ = s.Write(append([]byte{kind, 3, 3, byte(len(plain) >> 8), byte(len(plain))}, plain...))
}

func (s *server12) record() (kind byte, plain []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(s.Conn, head); err != nil {
		return 0, nil, err
	}
	plain = make([]byte, binary.BigEndian.Uint16(head[3:]))
	if _, err := io.ReadFull(s.Conn, plain); err != nil || s.in == nil {
		return head[0], plain, err
	}
	nonce, additional := s.in.next(plain[:8], head[0], len(plain)-8-s.in.Overhead())
	plain, err = s.in.Open(nil, nonce, plain[8:], additional)
	return head[0], plain, err
}

// tell sends a handshake message.
func (s *server12) tell(kind byte, body ...[]byte) {
	whole := slices.Concat(body...)
	message := slices.Concat([]byte{kind, 0}, u16(len(whole)), whole)
	s.transcript = append(s.transcript, message...)
	s.send(22, message)
}

// hear reads the handshake message that must come next.
func (s *server12) hear(kind byte) ([]byte, error) {
	for len(s.pending) < 4 || len(s.pending) < 4+int(binary.BigEndian.Uint32(s.pending)&0xffffff) {
		record, plain, err := s.record()
		if err != nil || record != 22 {
			return nil, errors.Join(errServer12, err)
		}
		s.pending = append(s.pending, plain...)
	}
	length := 4 + int(binary.BigEndian.Uint32(s.pending)&0xffffff)
	message := s.pending[:length]
	s.pending = s.pending[length:]
	if message[0] != kind {
		return nil, errServer12
	}
	s.transcript = append(s.transcript, message...)
	return message[4:], nil
}

// shake negotiates; certificates is the size of those that the client showed, when it was asked.
func (s *server12) shake(ask bool) (certificates int, err error) {
	s.transcript = nil
	greeting, err := s.hear(1)
	if err != nil {
		return 0, err
	}
	s.clientRandom, s.serverRandom = greeting[2:34], make([]byte, 32)
	_, _ = rand.Read(s.serverRandom)
	secret, err := s.offer(ask)
	if err != nil {
		return 0, err
	}
	if ask {
		shown, err := s.hear(11)
		if err != nil {
			return 0, err
		}
		certificates = max(len(shown)-6, 0)
	}
	return certificates, s.agree(secret, certificates > 0)
}

// offer sends the server's first flight.
func (s *server12) offer(ask bool) (*ecdh.PrivateKey, error) {
	renegotiation := slices.Concat([]byte{0xff, 1}, u16(1+len(s.verified)), []byte{byte(len(s.verified))}, s.verified)
	s.tell(2, []byte{3, 3}, s.serverRandom, []byte{0, 0xc0, 0x2b, 0}, u16(len(renegotiation)), renegotiation)
	der := s.own.Certificate[0]
	s.tell(11, u24(3+len(der)), u24(len(der)), der)
	secret, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	parameters := append([]byte{3, 0, 29, 32}, secret.PublicKey().Bytes()...)
	digest := sha256.Sum256(slices.Concat(s.clientRandom, s.serverRandom, parameters))
	signature, err := s.own.PrivateKey.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	s.tell(12, parameters, []byte{4, 3}, u16(len(signature)), signature)
	if ask {
		s.tell(13, []byte{1, 64, 0, 2, 4, 3, 0, 0})
	}
	s.tell(14)
	return secret, nil
}

// agree hears the client's keys and ends the negotiation.
func (s *server12) agree(secret *ecdh.PrivateKey, signed bool) error {
	theirs, err := s.hear(16)
	if err != nil {
		return err
	}
	public, err := ecdh.X25519().NewPublicKey(theirs[1:])
	if err != nil {
		return err
	}
	shared, err := secret.ECDH(public)
	if err != nil {
		return err
	}
	if signed {
		if _, err := s.hear(15); err != nil {
			return err
		}
	}
	master := prf(shared, "master secret", slices.Concat(s.clientRandom, s.serverRandom), 48)
	keys := prf(master, "key expansion", slices.Concat(s.serverRandom, s.clientRandom), 40)
	if kind, _, err := s.record(); err != nil || kind != 20 {
		return errors.Join(errServer12, err)
	}
	s.in = newHalf(keys[:16], keys[32:36])
	wanted := finished(master, "client finished", s.transcript)
	if said, err := s.hear(20); err != nil || !hmac.Equal(said, wanted) {
		return errors.Join(errServer12, err)
	}
	s.send(20, []byte{1})
	s.out = newHalf(keys[16:32], keys[36:])
	own := finished(master, "server finished", s.transcript)
	s.tell(20, own)
	s.verified = slices.Concat(wanted, own)
	return nil
}

func finished(master []byte, label string, transcript []byte) []byte {
	digest := sha256.Sum256(transcript)
	return prf(master, label, digest[:], 12)
}

// prf is the pseudorandom function of RFC 5246, 5.
func prf(secret []byte, label string, seed []byte, length int) []byte {
	sum := func(parts ...[]byte) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write(slices.Concat(parts...))
		return mac.Sum(nil)
	}
	labelled := slices.Concat([]byte(label), seed)
	var result []byte
	for a := sum(labelled); len(result) < length; a = sum(a) {
		result = append(result, sum(a, labelled)...)
	}
	return result[:length]
}

func u16(n int) []byte { return []byte{byte(n >> 8), byte(n)} }

func u24(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }

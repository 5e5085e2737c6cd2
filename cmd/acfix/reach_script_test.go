package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// pair is a certificate of the stories' far ends, with its key.
type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

type farCAsKey struct{}

// farCAs sign the far ends of one story, and the certificates of SBCs.
type farCAs struct {
	once          sync.Once
	root, clients pair
}

// startSIP starts a far end for the probe. Into the story's folder it writes ca.pem, which all
// far ends are below, and sbc.pem with sbc.key, which those with mutual TLS accept.
func startSIP(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) == 0 {
		ts.Fatalf("usage: sip NAME [mutual] [status=N] [silent]")
	}
	cas := ts.Value(farCAsKey{}).(*farCAs)
	cas.once.Do(func() { cas.root, cas.clients = newPair(ts, "Test Root", nil), newPair(ts, "Test Client Root", nil) })
	server, sbc := newPair(ts, "sip.example.com", &cas.root), newPair(ts, "sbc1.example.com", &cas.clients)
	writePEM(ts, "ca.pem", "CERTIFICATE", cas.root.certificate.Raw)
	writePEM(ts, "sbc.pem", "CERTIFICATE", sbc.certificate.Raw)
	key, err := x509.MarshalPKCS8PrivateKey(sbc.key)
	ts.Check(err)
	writePEM(ts, "sbc.key", "PRIVATE KEY", key)

	config, status := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{server.certificate.Raw}, PrivateKey: server.key}}}, "200"
	for _, setting := range arguments[1:] {
		switch name, value, _ := strings.Cut(setting, "="); name {
		case "mutual":
			config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
			config.ClientCAs.AddCert(cas.clients.certificate)
		case "status":
			status = value
		case "silent":
			status = ""
		default:
			ts.Fatalf("no setting %q", setting)
		}
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	go serveSIP(listener, status)
	ts.Setenv(arguments[0], listener.Addr().String())
}

func newPair(ts *testscript.TestScript, name string, issuer *pair) pair {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: issuer == nil,
	}
	if issuer != nil {
		template.DNSNames, template.IPAddresses = []string{name}, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	ts.Check(err)
	certificate, err := x509.ParseCertificate(der)
	ts.Check(err)
	return pair{certificate, key}
}

func writePEM(ts *testscript.TestScript, name, kind string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600))
}

func serveSIP(listener net.Listener, status string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			lines := bufio.NewScanner(connection)
			answer := ""
			for lines.Scan() {
				switch name, _, _ := strings.Cut(lines.Text(), ":"); name {
				case "Via", "From", "To", "Call-ID", "CSeq":
					answer += lines.Text() + "\r\n"
				case "":
					if status != "" {
						fmt.Fprintf(connection, "SIP/2.0 %s Said \x1b[31mso\r\n%sno colon here\r\nReason: Q.850;cause=63;text=\"not\x07 allowed\"\r\nWarning: 399 a \"no trunk\"\r\nContent-Length: 0\r\n\r\n", status, answer)
					}
					answer = ""
				}
			}
		}()
	}
}

// startDNS starts a server with authority for the records of a zone file.
func startDNS(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 2 {
		ts.Fatalf("usage: dns NAME ZONEFILE")
	}
	var records []dns.RR
	parser := dns.NewZoneParser(strings.NewReader(ts.ReadFile(arguments[1])), ".", filepath.Base(arguments[1]))
	for record, ok := parser.Next(); ok; record, ok = parser.Next() {
		records = append(records, record)
	}
	ts.Check(parser.Err())
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = packets.Close() })
	go func() {
		_ = dns.ActivateAndServe(nil, packets, dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
			_ = w.WriteMsg(lookUp(records, request))
		}))
	}()
	ts.Setenv(arguments[0], packets.LocalAddr().String())
}

func lookUp(records []dns.RR, request *dns.Msg) *dns.Msg {
	reply := new(dns.Msg).SetReply(request)
	asked := request.Question[0]
	reply.Rcode = dns.RcodeNameError
	for _, record := range records {
		if !strings.EqualFold(record.Header().Name, asked.Name) {
			continue
		}
		reply.Rcode = dns.RcodeSuccess
		if record.Header().Rrtype == asked.Qtype {
			reply.Answer = append(reply.Answer, record)
		}
	}
	return reply
}

func fitsSchema(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 1 {
		ts.Fatalf("usage: fits SCHEMA")
	}
	compiled, err := schemas()
	ts.Check(err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	schema := compiled[arguments[0]]
	if schema == nil {
		ts.Fatalf("no schema %s", arguments[0])
	}
	ts.Check(schema.Validate(document))
}

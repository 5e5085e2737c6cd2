package remediate

import (
	"context"

	"github.com/acfix/acfix/audiocodes"
)

// Reader is what planning needs of a device. audiocodes.Client is a Reader; so is a client that can't write.
type Reader interface {
	Status(ctx context.Context) (audiocodes.Status, error)
	Configuration(ctx context.Context) (audiocodes.Configuration, error)
	TrustedRoots(ctx context.Context, tlsContext int) (audiocodes.TrustedRoots, error)
	Certificate(ctx context.Context, tlsContext int) ([]byte, error)
	// PinnedCertificate returns the SHA-256 of the management certificate that the device presented, if certificates
	// are pinned, else "".
	PinnedCertificate() string
}

// AlarmReader is what checking a device after a run needs.
type AlarmReader interface {
	Reader
	ActiveAlarms(ctx context.Context) (audiocodes.Alarms, error)
	// CallStatistics asks once, without patience: nothing depends on it.
	CallStatistics(ctx context.Context, ipGroup int) ([]audiocodes.CallStatistic, error)
}

// Device is what carrying out a plan needs: three writes, none of which removes anything. It can neither reset a
// device nor replace a store.
type Device interface {
	AlarmReader
	LoadIncremental(ctx context.Context, partial []byte) error
	AddTrustedRoot(ctx context.Context, tlsContext int, certificate []byte) error
	Save(ctx context.Context) error
}

// Names of tables, columns and parameters of the configuration, as every firmware with TLS Contexts has them (User's
// Manual 7.4, the tables of the same names).
const (
	tableTLSContexts  = "TLSContexts"
	tableSIPInterface = "SIPInterface"
	tableProxySet     = "ProxySet"
	tableProxyIP      = "ProxyIp"
	tableIPGroup      = "IPGroup"
	tableManagement   = "AdditionalManagementInterfaces"
	tableWebUsers     = "WebUsers"

	columnBundle = "UseDefaultCABundle"

	parameterClientCertificate      = "SIPSRequireClientCertificate"
	parameterVerifyServer           = "VerifyServerCertificate"
	parameterTransport              = "SIPTRANSPORTTYPE"
	parameterDNSQuery               = "ProxyDNSQueryType"
	parameterPeerNames              = "PeerHostNameVerificationMode"
	parameterHTTPSClientCertificate = "HTTPSRequireClientCertificate"
)

// decidingParameters are the parameters on which a plan depends, besides those with Context in their names.
var decidingParameters = []string{
	parameterClientCertificate, parameterVerifyServer, parameterTransport, parameterDNSQuery, parameterPeerNames,
	parameterHTTPSClientCertificate,
}

// legTables are the tables by which the Teams leg is found.
var legTables = []string{tableTLSContexts, tableSIPInterface, tableProxySet, tableProxyIP}

const (
	// defaultContext is TLS Context 0 "default", which can't be deleted and serves the management interface.
	defaultContext = 0
	// unknownContext stands for the TLS Context of a wrong reference.
	unknownContext = -1
	// lastBundleContext is the highest TLS Context that may use the default CA bundle (User's Manual 7.4, "Use
	// default CA Bundle": contexts 0 to 4).
	lastBundleContext = 4
)

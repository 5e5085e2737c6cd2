package doctor

import "strings"

// knownColumns are the columns after "Index =" by table and firmware line, in the order of public INI files. If a
// firmware line has several lists, any of them fits.
var knownColumns = map[string]map[string][]string{
	"TLSContexts": {
		"7.0": {`Name TLSVersion ServerCipherString ClientCipherString OcspEnable OcspServerPrimary
		OcspServerSecondary OcspServerPort OcspDefaultResponse`},
		"7.2": {tlsContexts72},
		"7.4": {tlsContexts74Early, tlsContexts74},
		"7.6": {tlsContexts74},
	},
	"SIPInterface": {
		"7.0": {`InterfaceName NetworkInterface ApplicationType UDPPort TCPPort TLSPort SRDName MessagePolicyName
		TLSContext TLSMutualAuthentication TCPKeepaliveEnable ClassificationFailureResponseType
		PreClassificationManSet EncapsulatingProtocol MediaRealm SBCDirectMedia BlockUnRegUsers
		MaxNumOfRegUsers EnableUnAuthenticatedRegistrations UsedByRoutingServer`},
		"7.2": {sipInterface72},
		"7.4": {sipInterface72},
		"7.6": {sipInterface72},
	},
	"ProxySet": {
		"7.0": {`ProxyName EnableProxyKeepAlive ProxyKeepAliveTime ProxyLoadBalancingMethod IsProxyHotSwap SRDName
		ClassificationInput TLSContextName ProxyRedundancyMode DNSResolveMethod KeepAliveFailureResp
		GWIPv4SIPInterfaceName SBCIPv4SIPInterfaceName SASIPv4SIPInterfaceName GWIPv6SIPInterfaceName
		SBCIPv6SIPInterfaceName SASIPv6SIPInterfaceName`},
		"7.2": {proxySet72},
		"7.4": {proxySet72 + " AcceptDHCPProxyList"},
		"7.6": {proxySet72 + " AcceptDHCPProxyList"},
	},
	"ProxyIp": {
		"7.0": {"ProxySetId ProxyIpIndex IpAddress TransportType", "IpAddress TransportType ProxySetId"},
		"7.2": {proxyIP72},
		"7.4": {proxyIP72},
		"7.6": {proxyIP72},
	},
}

const (
	tlsContexts72 = `Name TLSVersion DTLSVersion ServerCipherString ClientCipherString RequireStrictCert
		TlsRenegotiation OcspEnable OcspServerPrimary OcspServerSecondary OcspServerPort OcspDefaultResponse DHKeySize`
	tlsContexts74Early = `Name TLSVersion DTLSVersion ServerCipherString ClientCipherString ServerCipherTLS13String
		ClientCipherTLS13String KeyExchangeGroups RequireStrictCert TlsRenegotiation MiddleboxCompatMode
		OcspEnable OcspServerPrimary OcspServerSecondary OcspServerPort OcspDefaultResponse DHKeySize`
	tlsContexts74 = `Name TLSVersion DTLSVersion ServerCipherString ClientCipherString ServerCipherTLS13String
		ClientCipherTLS13String KeyExchangeGroups RequireStrictCert TlsRenegotiation MiddleboxCompatMode
		OcspEnable OcspInterface OcspServerPrimary OcspServerSecondary OcspServerPort OcspDefaultResponse
		UseDefaultCABundle DHKeySize`
	sipInterface72 = `InterfaceName NetworkInterface SCTPSecondaryNetworkInterface ApplicationType UDPPort TCPPort
		TLSPort SCTPPort AdditionalUDPPorts AdditionalUDPPortsMode SRDName MessagePolicyName TLSContext
		TLSMutualAuthentication TCPKeepaliveEnable ClassificationFailureResponseType PreClassificationManSet
		EncapsulatingProtocol MediaRealm SBCDirectMedia BlockUnRegUsers MaxNumOfRegUsers
		EnableUnAuthenticatedRegistrations UsedByRoutingServer TopologyLocation PreParsingManSetName
		AdmissionProfile CallSetupRulesSetId`
	proxySet72 = `ProxyName EnableProxyKeepAlive ProxyKeepAliveTime ProxyLoadBalancingMethod IsProxyHotSwap SRDName
		ClassificationInput TLSContextName ProxyRedundancyMode DNSResolveMethod KeepAliveFailureResp
		GWIPv4SIPInterfaceName SBCIPv4SIPInterfaceName GWIPv6SIPInterfaceName SBCIPv6SIPInterfaceName
		MinActiveServersLB SuccessDetectionRetries SuccessDetectionInterval FailureDetectionRetransmissions`
	proxyIP72 = "ProxySetId ProxyIpIndex IpAddress TransportType Priority Weight"
)

// legTables are the tables on which acfix's decisions depend, in the order of reports.
var legTables = []string{"TLSContexts", "SIPInterface", "ProxySet", "ProxyIp"}

// stringColumns are columns of those tables that hold text in every firmware seen.
var stringColumns = map[string]bool{
	"networkinterface": true, "srdname": true, "messagepolicyname": true, "mediarealm": true, "tlscontextname": true,
	"keepalivefailureresp": true, "gwipv4sipinterfacename": true, "sbcipv4sipinterfacename": true,
	"gwipv6sipinterfacename": true, "sbcipv6sipinterfacename": true, "ocspinterface": true,
}

// hiddenSeen are the parameters that devices hide in public files.
var hiddenSeen = strings.Fields(`AUPDNETWORKSOURCE GWAPPCONFIGURATIONVERSION HTTPSCertFileName HTTPSPkeyFileName
	HTTPSRootFileName ISPRACKREQUIRED LDAPSERVERMAXRESPONDTIME LDAPSERVERPORT LastConfigChangeTime NTPServerIP_abs
	OampServerApplicationNetworkSource PM_gwINVITEDialogs PM_gwSBCMediaLegs PM_gwSBCTranscodingSessions
	VpFileLastUpdateTime WanMgmtSnmpPort`)

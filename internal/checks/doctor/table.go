package doctor

// check is one row of the table: an assumption and its check.
type check struct {
	number        int // in mockdevice/ASSUMPTIONS.md
	title, source string
	look          func(*exam) outcome
}

// Checks that can't be made by reading, by reason.
var (
	needsWrite     = cannot("needs a write")
	needsPasswords = cannot("needs wrong passwords, which acfix never tries")
	needsExpect    = cannot("needs a header that acfix never sends")
	needsOutage    = cannot("needs a restart or a switch-over")
	needsError     = cannot("needs an error that can't be provoked")
	needsAccounts  = cannot("needs accounts of several privilege levels")
	neverAsked     = cannot("needs a request that acfix never sends")
)

func cannot(why string) func(*exam) outcome {
	return func(*exam) outcome { return unknown("%s", why) }
}

// table has a row for every assumption, in their order; a test compares it with the file.
var table = []check{
	{1, "Reading an empty trust store",
		"device-side behaviour not documented; 400 is documented for the GET of a resource without " +
			"content (LTRT-41761, status codes).", (*exam).emptyStore},
	{2, "Text of a trust store",
		"LTRT-41761, TLS files (PEM); line ends and comments are not described.", (*exam).storeText},
	{3, "Order of a trust store", "inferred.", needsWrite},
	{4, "Import of a root that is already there", "not documented.", needsWrite},
	{5, "Several blocks in one incremental upload", `LTRT-41761 says "adds one certificate".`, needsWrite},
	{6, "A full trust store",
		"capacity: user's manual 7.4 (about 150) and 7.0 (20); the answer is not documented.", needsWrite},
	{7, "Capacity of 7.2", "no document at hand.", needsWrite},
	{8, "saveNeeded and resetNeeded",
		`documented as "true"/"false" (LTRT-41761), captured as booleans.`, (*exam).statusFlags},
	{9, "Fields of /status",
		"LTRT-41761; captures of 7.4 show osType and acceleratedNetworking.", (*exam).statusFields},
	{10, "serialNumber", "LTRT-41761.", (*exam).serialNumber},
	{11, "What sets saveNeeded", `inferred from "changes are in RAM until saved".`, needsWrite},
	{12, "What an incremental INI load leaves alone",
		"in use by public tools; the manual describes the rule for columns only.", needsWrite},
	{13, "Connections after an incremental load", "inferred: no reset happens.", needsWrite},
	{14, "Answer to an incremental load", "LTRT-41761 names a description, its text is not given.", needsWrite},
	{15, "Unknown tables, columns and parameters in a load", "guess.", needsWrite},
	{16, "Malformed loads", "user's manual 7.4, INI file tables.", needsWrite},
	{17, "UseDefaultCABundle = 1 above TLS Context 4",
		"user's manual 7.4: only contexts 0 to 4 may use the bundle; the answer is not documented.", needsWrite},
	{18, "Prefixes of column names", "public INI files of both kinds; one file may mix them.", (*exam).prefixes},
	{19, "Order of columns", "differs between public INI files of different firmware.", (*exam).columnOrder},
	{20, "Order of rows", "all public INI files.", (*exam).rowOrder},
	{21, "Line ends of the INI file", "public INI files.", (*exam).lineEnds},
	{22, "Capitals in names", "public INI files mix cases.", (*exam).capitals},
	{23, "Obscured secrets", "users of other tools report secrets that differ.", (*exam).secretsStay},
	{24, "UseDefaultCABundle in the INI", "public INI rows of January 2023.", (*exam).bundleForm},
	{25, "Cells at their default", "public INI files; `$$` is seen in some.", (*exam).defaultsWritten},
	{26, "Empty strings", "public INI files show both.", (*exam).emptyStrings},
	{27, "Addresses in tables", "public INI files show all three.", (*exam).addressForm},
	{28, "Hidden parameters", "public INI files.", (*exam).hiddenParameters},
	{29, "Tables without rows", "public INI files.", (*exam).emptyTables},
	{30, "Shape of GET /files/tls", "read so by public code; other clients take the other shapes.", (*exam).tlsList},
	{31, "Line separator in the output of a CLI script", "not documented.", needsWrite},
	{32, "Checksum of CLI scripts", "release notes of 7.40A.604 mention a checksum.", needsWrite},
	{33, "Authentication", "more than ten public clients; one saw Digest.", (*exam).authentication},
	{34, "Digest nonces", "RFC 7616; the device's life time is not known.", (*exam).nonces},
	{35, "Lock-out",
		"user's manual 7.4: three attempts, 60 s by default; whether user or address is blocked depends " +
			"on the configuration.", needsPasswords},
	{36, "Answer during a lock-out", "not documented.", needsPasswords},
	{37, "Expect: 100-continue", "a public client had to leave it out; the answer is a guess.", needsExpect},
	{38, "Bodies of errors", "LTRT-41761; that a body is always there is not promised.", (*exam).errorBodies},
	{39, "No active alarm", "LTRT-41761.", (*exam).noAlarms},
	{40, "Framing of answers", "inferred.", (*exam).framing},
	{41, "Connections between answers", "inferred.", (*exam).keepAlive},
	{42, "Plain HTTP",
		"user's manual 7.4: HTTP is on unless HTTPS Only; whether it redirects then is not known.", (*exam).plainHTTP},
	{43, "Newest TLS version",
		"inferred from the TLS 1.3 columns of 7.4; older firmware offers 1.2 or less in public reports.",
		(*exam).tlsVersion},
	{44, "Answer to a save", "LTRT-41761.", needsWrite},
	{45, "When a save is done", "inferred; writing flash takes time.", needsWrite},
	{46, "409 of an HA device", "LTRT-41761: 409 when the state forbids it.", needsWrite},
	{47, "Form of uploads", "LTRT-41761.", needsWrite},
	{48, "Body of a save",
		"LTRT-41761 shows the empty body, a public client (sieteunoseis/audiocodes-cli) sends `{}`; the " +
			"answer to others is a guess.", needsWrite},
	{49, "A TLS Context without a device certificate",
		"400 is documented for a GET without content; the key's answer is a guess.", (*exam).noCertificate},
	{50, "Large uploads", "guess.", needsWrite},
	{51, "resetNeeded", "adding roots and the bundle need no restart (vendor's procedure).", (*exam).resetNeeded},
	{52, "Replacing a whole store", "LTRT-41761 says that the store is replaced; atomicity is inferred.", needsWrite},
	{53, "`$$` and empty cells in a load",
		"`$$` stands for a default in public INI files; the rest is inferred.", needsWrite},
	{54, "Defaults of columns", "fresh rows of public INI files, the defaults of the manual where known.", needsWrite},
	{55, "Secrets that come back", "inferred: a device must be able to load its own file.", needsWrite},
	{56, "CLI scripts", "LTRT-41761 for the form; that 200 proves nothing was seen.", needsWrite},
	{57, "Full INI, full CLI script, reset", "LTRT-41761 for INI and reset; the script is inferred.", needsWrite},
	{58, "Management certificate", "user's manual 7.4.", (*exam).managementCertificate},
	{59, "Pages of alarms", "LTRT-41761; the form of the cursor is opaque there.", (*exam).alarmPages},
	{60, "Deleting TLS Context 0", "user's manual 7.4 says it can't be deleted.", needsWrite},
	{61, "Parameters outside a section", "inferred from public partial files.", needsWrite},
	{62, "Privilege levels", "LTRT-41761; those of the TLS files are not given.", needsAccounts},
	{63, "References between tables", "guess.", needsWrite},
	{64, "Which firmware has UseDefaultCABundle",
		"a public INI row of January 2023 has the column; which build brought it, and the columns of " +
			"7.60A, are not known.", (*exam).bundleByFirmware},
	{65, "Device certificates", "chosen here.", (*exam).deviceCertificates},
	{66, "Header of the INI file", "public INI files; that they agree with /status is inferred.", (*exam).header},
	{67, "Form of versionID",
		"captures of 7.2 and 7.4, headers of public INI files from 6.60A on.", (*exam).versionForm},
	{68, "What saveNeeded shows",
		`inferred from "changes are in RAM until saved"; that the flag is never late is not promised.`, needsWrite},
	{69, "A save that is not carried out",
		"409 and 403 are documented (LTRT-41761); the others are what a proxy or a full flash may make of" +
			" it.", needsError},
	{70, "A restart during a save", "inferred: a device may restart at any moment.", needsOutage},
	{71, "Readings after a write", "inferred; whether readings are cached is not known.", needsWrite},
	{72, "What a refused import changes", "inferred.", needsWrite},
	{73, "When an accepted import shows", "inferred; 40 s are chosen here.", needsWrite},
	{74, "HA switch-over",
		"LTRT-41761: the serial number is that of the active unit; what a unit holds that takes over is " +
			"inferred.", needsOutage},
	{75, "What changes by itself",
		"inferred from values such as LastConfigChangeTime, which public INI files hide.", (*exam).staysPut},
	{76, "Errors that repeat the request", "inferred; a proxy or a debugging build may do so.", needsError},
	{77, "Statuses that are not documented",
		"RFC 9110; such answers come from proxies and load balancers.", needsError},
	{78, "Management with client certificates",
		`user's manual 7.4 for login by "TLS Subject Name", HTTPSRequireClientCertificate and the table; ` +
			`the names of the columns are not known.`, (*exam).certificateLogins},
	{79, "Quotes within a cell",
		"no document; quoted text within message manipulations and names may bring them.", (*exam).quotesInCells},
	{80, "The index of the REST interface",
		"a public client (sieteunoseis/audiocodes-cli) asks for it as a test of the connection and looks " +
			"at the status alone; the body is a guess.", neverAsked},
	{81, "Past alarms", "LTRT-41761 and public clients name the resource; the order is a guess.", neverAsked},
	{82, "Indicators of calls",
		"public clients that run against devices (mneirynck/audiocodes-exporter, " +
			"AVISPL/dal-infrastructure-gateway-audiocodes-mediant, sieteunoseis/audiocodes-cli); which " +
			"indicators there are differs by firmware.", (*exam).callStatistics},
	{83, "Rows in comment form",
		"public INI files hide elements in comments; what a row in comment form does on the device is not" +
			" documented.", (*exam).commentedRows},
	{84, "Text of a Proxy Set's alarm",
		"texts in public code that reads alarms of AudioCodes devices, with and without the name; SNMP alarm " +
			"guides name the alarm and its reasons.", (*exam).proxySetAlarms},
	{85, "Source of an alarm in the list",
		"LTRT-41761 shows the list without it; a newer firmware may show more.", (*exam).alarmSources},
	{86, "Numbers of IP Groups among the indicators",
		"inferred; public clients take the ID from the list and the name for a label.", (*exam).callGroups},
}

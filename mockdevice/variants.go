package mockdevice

import "slices"

// Variant is one deviation from the likeliest device. Number is the assumption in ASSUMPTIONS.md.
// Variants with the same Group exclude each other; an empty Group excludes none.
type Variant struct {
	Number  int
	Name    string
	Group   string
	Summary string
	Set     func(*Dialect)
}

// Variants lists the deviations with which a client must complete everything, except for those of
// LoadDrops, in the order of their numbers. [Quirks] lists the others.
func Variants() []Variant { return slices.Clone(variants) }

// FindVariant returns the variant or quirk with this name.
func FindVariant(name string) (Variant, bool) {
	for _, v := range slices.Concat(variants, quirks) {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

var variants = []Variant{
	{1, "empty-store-400", "empty-store", "reading an empty trust store answers 400",
		func(d *Dialect) { d.EmptyStore = EmptyStoreBadRequest }},
	{1, "empty-store-404", "empty-store", "reading an empty trust store answers 404",
		func(d *Dialect) { d.EmptyStore = EmptyStoreNotFound }},
	{2, "store-crlf", "store-text", "trust stores have CRLF line ends", func(d *Dialect) { d.StoreText = StoreCRLF }},
	{2, "store-comments", "store-text", "blank lines and subject=… between the PEM blocks",
		func(d *Dialect) { d.StoreText = StoreCommented }},
	{2, "store-trailing-garbage", "store-text", "bytes that are not PEM after the last block",
		func(d *Dialect) { d.StoreText = StoreTrailingGarbage }},
	{2, "store-broken-block", "store-text", "a PEM block that does not decode in the middle",
		func(d *Dialect) { d.StoreText = StoreBrokenBlock }},
	{3, "store-shuffled", "", "roots are listed in an order of the device's own",
		func(d *Dialect) { d.StoreShuffled = true }},
	{4, "known-root-twice", "known-root", "importing a root that is there stores it twice",
		func(d *Dialect) { d.KnownRoot = KnownRootTwice }},
	{4, "known-root-400", "known-root", "importing a root that is there answers 400",
		func(d *Dialect) { d.KnownRoot = KnownRootRefused }},
	{5, "several-roots-all", "several-roots", "an incremental upload of several blocks adds all",
		func(d *Dialect) { d.SeveralRoots = SeveralAll }},
	{5, "several-roots-400", "several-roots", "an incremental upload of several blocks answers 400",
		func(d *Dialect) { d.SeveralRoots = SeveralRefused }},
	{8, "status-string-flags", "", `saveNeeded and resetNeeded are "true" or "false"`,
		func(d *Dialect) { d.FlagsAsStrings = true }},
	{9, "status-extra-fields", "status-fields", "/status has fields that are not documented",
		func(d *Dialect) { d.StatusFields = StatusExtra }},
	{9, "status-few-fields", "status-fields", "/status has versionID, serialNumber and saveNeeded only",
		func(d *Dialect) { d.StatusFields = StatusBare }},
	{9, "status-no-serial", "status-fields", "/status has all but serialNumber",
		func(d *Dialect) { d.StatusFields = StatusNoSerial }},
	{10, "serial-number", "", "serialNumber is a JSON number", func(d *Dialect) { d.SerialAsNumber = true }},
	{12, "load-drops-rows", "load-drops", "an incremental load drops the rows of its tables that it does not give",
		func(d *Dialect) { d.LoadDrops = DropsRows }},
	{12, "load-drops-rows-and-files", "load-drops", "the same, and the files of a dropped TLS Context go too",
		func(d *Dialect) { d.LoadDrops = DropsRowsAndFiles }},
	{12, "load-drops-tables", "load-drops", "an incremental load also empties the tables that it does not name",
		func(d *Dialect) { d.LoadDrops = DropsTables }},
	{13, "load-resets-connections", "", "an incremental load ends the HTTP connections",
		func(d *Dialect) { d.LoadResetsConnections = true }},
	{14, "load-empty-answer", "", "an incremental load answers 200 without a body",
		func(d *Dialect) { d.LoadAnswersEmpty = true }},
	{15, "load-ignores-unknown", "", "unknown tables, columns and parameters of a load are skipped",
		func(d *Dialect) { d.UnknownIgnored = true }},
	{17, "bundle-above-four-ignored", "", "UseDefaultCABundle = 1 above context 4 is taken and stays 0",
		func(d *Dialect) { d.HighBundleIgnored = true }},
	{18, "columns-plain", "prefixes", "column names have no prefix", func(d *Dialect) { d.Prefixes = PrefixesNever }},
	{18, "columns-prefixed", "prefixes", "column names have the table as prefix",
		func(d *Dialect) { d.Prefixes = PrefixesAlways }},
	{18, "columns-mixed", "prefixes", "every other table has prefixed column names",
		func(d *Dialect) { d.Prefixes = PrefixesMixed }},
	{19, "columns-shuffled", "", "columns have another order", func(d *Dialect) { d.ColumnsShuffled = true }},
	{20, "rows-shuffled", "", "rows are not sorted by index", func(d *Dialect) { d.RowsShuffled = true }},
	{20, "rows-rotate", "", "every download begins its tables at another row",
		func(d *Dialect) { d.RowsRotate = true }},
	{21, "ini-lf", "", "the INI file has LF line ends", func(d *Dialect) { d.LineFeeds = true }},
	{22, "upper-case-names", "", "table and column names are in capitals", func(d *Dialect) { d.UpperCase = true }},
	{23, "secrets-rotate", "", "obscured secrets differ in every download",
		func(d *Dialect) { d.SecretsRotate = true }},
	{24, "bundle-quoted", "", `UseDefaultCABundle is written as "0" or "1"`,
		func(d *Dialect) { d.BundleQuoted = true }},
	{25, "defaults-as-dollars", "", "cells at their default are written as $$",
		func(d *Dialect) { d.DefaultsAsDollars = true }},
	{26, "empty-cells-bare", "", `empty strings are written as nothing instead of ""`,
		func(d *Dialect) { d.EmptyCellsBare = true }},
	{27, "addresses-bare", "addresses", "addresses in tables have no quotes",
		func(d *Dialect) { d.Addresses = AddressesBare }},
	{27, "addresses-quoted", "addresses", "addresses in tables are in quotes",
		func(d *Dialect) { d.Addresses = AddressesQuoted }},
	{28, "hidden-parameters", "", "every group shows a hidden parameter as a comment",
		func(d *Dialect) { d.HiddenParameters = true }},
	{29, "empty-tables", "", "tables without rows are present", func(d *Dialect) { d.EmptyTables = true }},
	{30, "tls-list-files", "tls-list", `GET /files/tls answers {"files":[…]}`,
		func(d *Dialect) { d.TLSList = TLSListFiles }},
	{30, "tls-list-array", "tls-list", "GET /files/tls answers a bare array",
		func(d *Dialect) { d.TLSList = TLSListArray }},
	{31, "cli-crlf", "", "lines in the output of a CLI script end with CRLF",
		func(d *Dialect) { d.CLILineEnd = CLICRLF }},
	{32, "cli-checksum", "", "a CLI script without a checksum answers 400", func(d *Dialect) { d.CLIChecksum = true }},
	{33, "auth-digest", "auth", "Digest only", func(d *Dialect) { d.Auth = AuthDigest }},
	{33, "auth-either", "auth", "Digest and Basic are both offered", func(d *Dialect) { d.Auth = AuthEither }},
	{34, "auth-digest-stale", "auth", "Digest only, and a nonce is stale after two uses",
		func(d *Dialect) { d.Auth, d.NonceUses = AuthDigest, 2 }},
	{36, "blocked-403", "", "a lock-out answers 403 instead of 401", func(d *Dialect) { d.BlockedForbidden = true }},
	{37, "expect-400", "", "Expect: 100-continue answers 400 instead of 417",
		func(d *Dialect) { d.ExpectBadRequest = true }},
	{38, "errors-without-body", "", "errors have no body", func(d *Dialect) { d.ErrorsWithoutBody = true }},
	{39, "no-alarms-200", "", "no alarms is 200 with an empty list instead of 204",
		func(d *Dialect) { d.NoAlarmsOK = true }},
	{40, "chunked", "framing", "answers are chunked", func(d *Dialect) { d.Framing = FramingChunked }},
	{40, "close-delimited", "framing", "answers have no length and end with the connection",
		func(d *Dialect) { d.Framing = FramingClose }},
	{41, "connection-close", "", "every answer ends its connection", func(d *Dialect) { d.CloseEach = true }},
	{42, "http-redirect", "", "plain HTTP is redirected to HTTPS", func(d *Dialect) { d.HTTPRedirect = true }},
	{43, "tls12-only", "", "TLS 1.2 is the newest offered", func(d *Dialect) { d.TLS12Only = true }},
	{44, "save-json", "", "a save answers with a JSON description", func(d *Dialect) { d.SaveAnswersJSON = true }},
	{45, "save-slow", "", "a save takes effect after two more reads of /status", func(d *Dialect) { d.SaveReads = 2 }},
	{46, "ha-busy", "", "the first two writes answer 409", func(d *Dialect) { d.BusyWrites = 2 }},
	{48, "save-empty-only", "", "a save with {} as its body answers 400", func(d *Dialect) { d.SaveEmptyOnly = true }},
	{66, "header-no-serial", "", "the header of the INI file has no serial number",
		func(d *Dialect) { d.HeaderWithoutSerial = true }},
	{75, "parameter-churns", "churn", "a parameter differs in every download",
		func(d *Dialect) { d.Churn = Churn{Parameter: "NTPServerUTCOffset"} }},
	{75, "column-churns", "churn", "a column of a table differs in every download",
		func(d *Dialect) { d.Churn = Churn{Table: "MessageManipulations", Column: "ActionValue", Row: -1} }},
	{82, "calls-absent", "calls", "there are no call indicators: their resources answer 404",
		func(d *Dialect) { d.CallsAbsent = true }},
	{82, "calls-as-text", "calls", "the values of call indicators are strings",
		func(d *Dialect) { d.CallsAsText = true }},
	{84, "alarm-set-unnamed", "", "an alarm names its Proxy Set by the index alone",
		func(d *Dialect) { d.AlarmSetUnnamed = true }},
	{85, "alarm-list-full", "", "the list of alarms shows severity, source and date",
		func(d *Dialect) { d.AlarmListFull = true }},
	{86, "calls-own-ids", "calls", "the IP Groups of call indicators are numbered from 100, not by their rows",
		func(d *Dialect) { d.CallsOwnIDs = true }},
}

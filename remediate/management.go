package remediate

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/audiocodes/ini"
)

// management says how a TLS Context serves, or may serve, the management interface: it is context 0, or a row of
// AdditionalManagementInterfaces names it (User's Manual 7.4, "Additional Management Interfaces").
func (t tables) management(context int) []string {
	if context == defaultContext {
		return []string{"the management interface"}
	}
	table := t.file.Table(tableManagement)
	rows, err := table.Rows()
	if err != nil || t.file.Hidden(tableManagement) {
		return []string{"perhaps the management interface (" + tableManagement + " can't be read)"}
	}
	commented, unread := table.Commented()
	if unread > 0 {
		return []string{"perhaps the management interface (" + tableManagement + " can't be read in full)"}
	}
	var serves []string
	for _, row := range slices.Concat(rows, commented) {
		if t.rowNames(table, row, t.naming[table], context) {
			serves = append(serves, fmt.Sprintf("the management interface (%s %d)", tableManagement, row.Index))
		}
	}
	return serves
}

func (t tables) servesManagement(context int) bool { return len(t.management(context)) > 0 }

// clientCertificates are the reasons why administrators may log in to the management interface by client certificate:
// the trusted roots of its TLS Contexts then decide who gets in (User's Manual 7.4, "Requiring Client Certificates
// for HTTPS"). Unknown counts as yes. acfix assumes that a user's "TLS Subject Name" is a column of WebUsers with
// Subject in its name.
func (t tables) clientCertificates() []string {
	var reasons []string
	switch t.parameter(parameterHTTPSClientCertificate) {
	case parameterOn:
		reasons = append(reasons, parameterHTTPSClientCertificate+" = 1")
	case parameterUnknown:
		reasons = append(reasons, parameterHTTPSClientCertificate+" is not at its default")
	}
	return append(reasons, t.subjects()...)
}

// subjects are the rows of WebUsers with a certificate's subject. A hidden table proves nothing, for the device hides
// it from many accounts: then the parameter alone decides.
func (t tables) subjects() []string {
	table := t.file.Table(tableWebUsers)
	columns := subjectColumns(table)
	if table.Hidden || len(columns) == 0 {
		return nil
	}
	rows, err := table.Rows()
	commented, unread := table.Commented()
	if err != nil || unread > 0 {
		return []string{"table " + tableWebUsers + " can't be read"}
	}
	var reasons []string
	for _, row := range slices.Concat(rows, commented) {
		for _, column := range columns {
			if row.Text(column) != "" {
				reasons = append(reasons, fmt.Sprintf("%s %d has a %s", tableWebUsers, row.Index, column))
			}
		}
	}
	return reasons
}

func subjectColumns(table *ini.Table) []string {
	var columns []string
	for _, column := range table.Columns() {
		if containsFold(column, "Subject") {
			columns = append(columns, column)
		}
	}
	return columns
}

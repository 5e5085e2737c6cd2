package web

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryColumnOfTheFleetIsWhole: a column has a title, an order and a cell.
func TestEveryColumnOfTheFleetIsWhole(t *testing.T) {
	t.Parallel()
	for _, column := range columns {
		assert.NotNil(t, orders[column.Name], "%s: its link sorts by nothing: add it to orders", column.Title)
	}
	page, err := os.ReadFile("pages/fleet.html")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(page), `{{define "table"}}`)
	_, row, _ := strings.Cut(table, "{{range .Rows}}")
	row, _, _ = strings.Cut(row, "</tr>")
	cells := strings.Count(row, "<th") + strings.Count(row, "<td")
	assert.Equal(t, len(columns), cells, "a row of pages/fleet.html has one cell for each column")
}

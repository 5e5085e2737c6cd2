package columns_test

import (
	"testing"

	"github.com/acfix/acfix/internal/output/columns"
	"github.com/stretchr/testify/assert"
)

func TestCellsAreCountedAndNotLetters(t *testing.T) {
	t.Parallel()
	for text, width := range map[string]int{
		"": 0, "sbc-1": 5, "東京-1": 6, "München": 7, "Mu\u0308nchen": 7, "서울": 4, "ｓｂｃ": 6,
	} {
		assert.Equal(t, width, columns.Width(text), text)
		assert.Equal(t, 8, columns.Width(columns.Pad(text, 8)), text)
	}
	assert.Equal(t, "東京-1", columns.Pad("東京-1", 3), "nothing is cut off")
}

func TestATextIsCutBetweenLetters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{{"sbc-1", 3, "sbc"}, {"sbc-1", 9, "sbc-1"}, {"東京", 3, "東"}, {"東京", 4, "東京"}, {"sbc", 0, ""}, {"sbc", -1, ""}} {
		assert.Equal(t, test.want, columns.Cut(test.text, test.width))
	}
}

func TestALineIsNoWiderThanItMayBe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 6, []string{"one", "two", "three"}},
		{"unbreakable-word it is", 5, []string{"unbreakable-word", "it is"}},
		{"東京 大阪 京都", 9, []string{"東京 大阪", "京都"}},
		{" blanks   at  places ", 80, []string{"blanks at places"}},
		{"continue with --resume 3f2a now", 22, []string{"continue with", "--resume 3f2a now"}},
		{"give --pin, or --ca-file", 10, []string{"give", "--pin, or", "--ca-file"}},
		{"a b", 0, []string{"a", "b"}},
	} {
		assert.Equal(t, test.want, columns.Fold(test.text, test.width), test.text)
	}
}

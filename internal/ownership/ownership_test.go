package ownership

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	user, private = 1000, 1000
	other, shared = 1001, 100
	named         = 2000 // by --trust-owner
	sticky        = fs.ModeSticky
)

// judge is what Check decides, from facts alone.
func judge(t trust, file, folder facts) error {
	if err := t.refuseFile("file", file); err != nil {
		return err
	}
	return t.refuseFolder("folder", folder)
}

func seen(owner, group int, mode fs.FileMode) facts {
	return facts{Owner: owner, Group: group, Mode: mode}
}

// TestWhoMayDecide: the first column says what is refused, "" that nothing is.
func TestWhoMayDecide(t *testing.T) {
	t.Parallel()
	mine := trust{Owners: []int{user}, Groups: []int{private}}
	trusting := trust{Owners: []int{user, named}, Groups: []int{private, named}}
	asRoot := trust{Owners: []int{0}}
	home := seen(user, private, 0o755)
	file := seen(user, private, 0o600)
	for _, row := range []struct {
		name, refused string
		trust         trust
		file, folder  facts
	}{
		{"all mine", "", mine, file, home},
		{"readable by all", "", mine, seen(user, shared, 0o644), home},
		{"root's", "", mine, seen(0, 0, 0o644), seen(0, 0, 0o755)},
		{"root's in my folder", "", mine, seen(0, 0, 0o640), home},
		{"somebody else's", "belongs to the user with number 1001", mine, seen(other, 0, 0o600), home},
		{
			"somebody else's, for root", "belongs to the user with number 1001",
			asRoot, seen(other, 0, 0o600), seen(0, 0, 0o755),
		},
		{"root's, for root", "", asRoot, seen(0, 0, 0o600), seen(0, 0, 0o755)},
		{"nobody is trusted", "belongs to the user with number 1000", trust{}, file, home},

		{"writable by all", "any user can write to it (mode 0666)", mine, seen(user, private, 0o666), home},
		{"writable by others alone", "any user can write to it (mode 0602)", mine, seen(user, private, 0o602), home},
		{"root's, writable by all", "any user can write to it", mine, seen(0, 0, 0o646), home},
		{"writable by my private group", "", mine, seen(user, private, 0o664), home},
		{
			"writable by a shared group", "the group with number 100 can write to it (mode 0664)",
			mine, seen(user, shared, 0o664), home,
		},
		{"root's, writable by root's group", "the group with number 0 can write to it", mine, seen(0, 0, 0o660), home},
		{"root's, writable by my private group", "", mine, seen(0, private, 0o660), home},
		{
			"writable by a group, no private one", "the group with number 1000 can write to it",
			trust{Owners: []int{user}}, seen(user, private, 0o660), home,
		},

		{
			"in somebody else's folder", "its folder folder belongs to the user with number 1001",
			mine, file, seen(other, 0, 0o755),
		},
		{
			"in somebody else's sticky folder", "its folder folder belongs to the user with number 1001",
			mine, file, seen(other, 0, 0o777|sticky),
		},
		{
			"in a folder for all", "any user can write to its folder folder (mode 0777)",
			mine, file, seen(user, private, 0o777),
		},
		{"in root's folder for all", "any user can write to its folder", mine, file, seen(0, 0, 0o777)},
		{"in /tmp", "", mine, file, seen(0, 0, 0o777|sticky)},
		{"in a folder of my private group", "", mine, file, seen(user, private, 0o775)},
		{
			"in a folder of a shared group", "the group with number 100 can write to its folder folder (mode 0775)",
			mine, file, seen(user, shared, 0o775),
		},
		{"in a sticky folder of a shared group", "", mine, file, seen(user, shared, 0o775|sticky)},
		{"in a read-only folder for all", "", mine, file, facts{Mode: 0o777, ReadOnly: true}},
		{
			"in somebody else's read-only folder", "belongs to the user with number 1001",
			mine, file, facts{Owner: other, Mode: 0o777, ReadOnly: true},
		},

		{"a trusted owner's checkout", "", trusting, seen(named, named, 0o644), seen(named, named, 0o755)},
		{"with the private group of that owner", "", trusting, seen(named, named, 0o664), seen(named, named, 0o775)},
		{
			"writable by a shared group all the same", "the group with number 100 can write to it",
			trusting, seen(named, shared, 0o664), home,
		},
		{"writable by all all the same", "any user can write to it", trusting, seen(named, 0, 0o666), home},
		{"a third one's", "belongs to the user with number 1001", trusting, seen(other, 0, 0o644), home},
		{"my own, trusting another", "", trusting, file, home},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := judge(row.trust, row.file, row.folder)
			if row.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrRefused)
			assert.ErrorContains(t, err, row.refused)
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Regexp(t, `^(chmod go-w (file|folder)|chown \w+ (file|folder); or, .* --trust-owner \d+ )`, refusal.Fix)
		})
	}
}

func TestAPrivateGroupHasOneMember(t *testing.T) {
	t.Parallel()
	const passwd = "root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\nlee:x:1001:100::/home/lee:/bin/sh\n" +
		"ann:x:1002:2002::/:/bin/sh\nbob:x:1003:1003::/:/bin/sh\nbad:x:1004:x::/:\n"
	const group = "root:x:0:\nkim:x:1000:kim\nusers:x:100:lee\nann:x:2002:\nbob:x:1003:bob,kim\nodd\n"
	for name, row := range map[string]struct {
		user          int
		passwd, group string
		want          int
		private       bool
	}{
		"of the same name and number":          {1000, passwd, group, 1000, true},
		"root's":                               {0, passwd, group, 0, true},
		"of the same name":                     {1002, passwd, group, 2002, true},
		"users":                                {1001, passwd, group, 0, false},
		"with another member":                  {1003, passwd, group, 0, false},
		"somebody else's first group too":      {1000, passwd + "max:x:1009:1000::/:\n", group, 0, false},
		"of another name, by number":           {1000, passwd, "staff:x:1000:\n", 1000, true},
		"that is not listed, by number":        {1000, passwd, "", 1000, true},
		"that is not listed, by another":       {1002, passwd, "", 0, false},
		"a number that can't be read":          {1004, passwd, group, 0, false},
		"of a user who is not listed":          {65532, passwd, group, 65532, true},
		"of one, and with a member":            {65532, passwd, group + "x:x:65532:kim\n", 0, false},
		"of one, and somebody's first group":   {1005, passwd + "max:x:1009:1005::/:\n", group, 0, false},
		"root's, which other accounts share":   {0, passwd + "halt:x:7:0::/:\n", group, 0, false},
		"files that hold nothing":              {1000, "", "", 1000, true},
		"a group of many by the same number":   {100, passwd, group, 0, false},
		"a line that is cut":                   {1000, "kim:x:1000\n", "kim:x:1000\n", 1000, true},
		"members with blank names are none":    {1000, passwd, "kim:x:1000:,\n", 1000, true},
		"the user named twice as a member":     {1000, passwd, "kim:x:1000:kim,kim\n", 1000, true},
		"windows line ends are taken for none": {1000, passwd, "kim:x:1000:\r\n", 1000, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, private := privateGroup(row.user, row.passwd, row.group)
			assert.Equal(t, row.private, private)
			if private {
				assert.Equal(t, row.want, got)
			}
		})
	}
}

package explain

// keptElsewhere is what no store has.
const keptElsewhere = "Read and wrote nothing in it, and sent nothing to a device. Journals and backups are in other files."

// storeTroubles are the codes of stores of runs that can't be worked with.
var storeTroubles = map[string]page{
	"store_address": {
		summary: "--store names no store.",
		cause:   "The value begins neither with sqlite: nor with postgres://, or PostgreSQL's driver does not understand it. A password with characters such as @, / or % must be percent-encoded.",
		acfix:   "Opened nothing.",
		next:    []string{"Give --store sqlite:PATH or --store postgres://USER@HOST/DATABASE, the password in PGPASSWORD or PGPASSFILE."},
	},
	"store_missing": {
		summary: "There is no store at that path, or in that database.",
		cause:   "Path or address is misspelt, the database does not exist, or no run was kept there yet.",
		acfix:   "Made neither file nor directory nor table: commands that only read never do.",
		next: []string{
			"Compare --store with that of the command that kept the runs; without --store acfix has a file of its own.",
			"Where it is to be a new store: the first plan, apply or serve with it makes it. A database must exist: CREATE DATABASE.",
		},
	},
	"store_foreign": {
		summary: "What is there is no store of acfix.",
		cause:   "The path is that of a directory, of a device, of another program's database or of another file, such as an inventory. A store whose first bytes are damaged looks like this too.",
		acfix:   "Changed nothing of it, not even its mode.",
		next: []string{
			"Check the path of --store.",
			"Where it was a store once: put the file aside, and restore it from your own copies.",
		},
	},
	"store_newer": {
		summary: "A newer acfix has changed the store.",
		cause:   "Its tables have a version that this acfix does not know.",
		acfix:   keptElsewhere,
		next:    []string{"Take the acfix that is as new as the store.", "Or give another store with --store."},
	},
	"store_damaged": {
		summary: "The store can't be read in full.",
		cause:   "The file was cut or overwritten, by a full or failing disk, or by a copy that was made while acfix wrote.",
		acfix:   "Stopped there. Journals and backups are in other files.",
		next: []string{
			"Put the file aside, and restore it from your own copies.",
			"Or begin a new one with --store; what was done to devices stays in the journals.",
		},
	},
	"store_down": {
		summary: "The database does not answer.",
		cause:   "The server is down or starts, a firewall stands between, or its name does not resolve. Of a file: another process has been writing to it for long.",
		acfix:   "Gave up at once where a command begins; a run that goes on waits for some minutes.",
		next:    []string{"Look whether the server runs and can be reached from this machine.", "Then run the same command again, or go on with --resume RUN."},
	},
	"store_refused": {
		summary: "The store may not be used by this user.",
		cause:   "PostgreSQL refused user or password, or lets that user not in from here, or not at these tables. Of a file: owner or mode keep this user out.",
		acfix:   keptElsewhere,
		next: []string{
			"PostgreSQL: try the same user and password with psql. The password comes from the address, where it must be percent-encoded, or from PGPASSWORD or PGPASSFILE.",
			"A file: look whose it is; acfix makes it for its owner alone.",
		},
	},
	"store_untrusted": {
		summary: "The database server answers, but not by TLS that can be trusted.",
		cause:   "Its certificate is signed by no CA that is known here or is for another name, or the server has no TLS. Away from this machine acfix demands a verified server unless the address has an sslmode.",
		acfix:   "Sent no password, and did not wait: a later try would end the same.",
		next: []string{
			"Name the CA in the address: ?sslrootcert=FILE, and the server as its certificate does.",
			"Switch TLS on at the server; sslmode=disable only where the whole way there is trusted.",
		},
	},
	"store_full": {
		summary: "There is no space left for the store.",
		cause:   "The disk, or a quota, is full.",
		acfix:   "Wrote nothing further; what was written before is whole.",
		next:    []string{"Make space: acfix history prune --older-than-days N, and old backups.", "Then run the same command again, or go on with --resume RUN."},
	},
	"store_read_only": {
		summary: "The store's file or directory can't be written to.",
		cause:   "The file system is read-only, or the directory belongs to another user. SQLite makes files beside the store also to read it.",
		acfix:   keptElsewhere,
		next:    []string{"Make file and directory writable for the user of acfix.", "Or copy the store to where they are, and give that with --store."},
	},
}

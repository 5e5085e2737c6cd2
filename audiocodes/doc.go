// Package audiocodes talks to one AudioCodes Mediant device over its REST interface ("REST API for
// Mediant Devices", LTRT-41761). It knows HTTP, TLS and the INI dialect (package ini), but nothing
// of Teams, of required roots, or of what to do.
//
// It has only the requests that acfix needs. The documented requests that reset a device or load a full configuration
// are omitted on purpose, and the one that replaces a whole trusted-root store has its own guard.
package audiocodes

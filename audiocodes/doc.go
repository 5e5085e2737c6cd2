// Package audiocodes talks to one AudioCodes Mediant device over its REST interface
// ("REST API for Mediant Devices", LTRT-41761). It knows HTTP, TLS and the INI dialect
// (package ini); it knows nothing of Teams, of which roots are needed, or of what to do.
//
// Only the requests that acfix needs exist here. The documented requests that reset a
// device or load a full configuration are left out on purpose, and the one that replaces
// a whole trusted-root store has a guard of its own.
package audiocodes

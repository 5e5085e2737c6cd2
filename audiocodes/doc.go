// Package audiocodes talks to one AudioCodes Mediant device over its REST interface ("REST API for
// Mediant Devices", LTRT-41761). It knows HTTP, TLS and the INI dialect (package ini), but neither Teams nor required
// roots, and it decides nothing.
//
// It offers only the requests that acfix needs. It deliberately omits the documented requests that reset a device or
// load a full configuration, and it guards the one that replaces a whole trusted-root store.
package audiocodes

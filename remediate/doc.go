// Package remediate gives the Teams TLS Context of an SBC what Microsoft Direct Routing requires: it switches "Use
// default CA Bundle" on and imports the trusted roots that are missing.
//
// It keeps three things apart:
//
//   - Read reads a device and returns a State.
//   - Build thinks. It is pure: from a State and the operator's choices it makes a
//     DevicePlan with a verdict, steps and findings.
//   - Executor.Apply writes. Every change it makes to a device is a step of a plan, and
//     is proved by reading the device again; the device's answer to a write proves
//     nothing.
//
// The package knows nothing of HTTP, of files or of terminals.
package remediate

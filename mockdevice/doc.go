// Package mockdevice simulates the management interface of an AudioCodes Mediant SBC: the part of its REST API
// through which TLS Contexts, their trusted roots and the INI configuration are read and changed.
//
// A [Model] is plain data and says what a device is before it starts. [New] makes a [Device] of it, which is an
// http.Handler with a memory: a running configuration, a saved one, trust stores, a log of every request. [Start]
// puts it on a loopback port with TLS.
//
//	model, err := mockdevice.Preset("7.4.500")
//	device := mockdevice.New(model)
//	server, err := mockdevice.Start(device)
//	defer server.Close()
//
// [Device.Record] keeps a [History]: who changed, saved or restarted what, and
// at which request. A test judges a client by it, not by what the client says.
//
// A [Fleet] is many devices in one process, which [StartFleet] serves on all loopback addresses.
//
// The simulator is written from what is documented or publicly seen of the device ("REST API for
// Mediant Devices", LTRT-41761, the user's manuals, public INI files), not from any client, and
// shares no code with one: otherwise a misreading would be on both sides and go unnoticed. Whatever
// the documents leave open is a numbered assumption in ASSUMPTIONS.md; most have a switch in
// [Dialect], and [Variants] lists the switches so that a client can be tested against each.
//
// The keys of certificates made here derive from their names, so everyone knows them: use them only on loopback.
package mockdevice

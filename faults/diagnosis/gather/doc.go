// Package gather packs what support asks for about one failed call into one zip: the playbook's must-gather list, for
// the private and for the public cloud form.
//
// The life of an archive:
//
//  1. Run checks that it may write where it was told to, before anything takes time
//  2. the gateway is asked over its management API: about itself, then about the call, by its message id (call.go)
//  3. the lines of the message id are taken from system.log, with what stands around them (lines.go)
//  4. if neither knows the id, and no capture has it in its name, that is the end: ErrNowhere
//  5. everything else is added as far as it is there: packets (capture.go, packets.go), configuration (settings.go),
//     the probe's result now, versions and the gateway's state (state.go)
//  6. the page that tells the story is made of all this (page.go), then the manifest; the zip is written to a
//     temporary file beside its place and gets its name when it is complete (archive.go)
//
// What cannot be had is no error: the archive says what is missing and why, and so does the Result.
//
// # Secrets
//
// The archive leaves the house, so every text passes a cleaner of its kind on its way in (clean.go), which masks what
// package secrets knows as a secret's name; the gateway itself masks the call once more. Words that the caller knows to
// be secret, such as the password of the management API, are taken out wherever they stand. Of packets only TLS records
// stay as they were: what was sent in the clear is overwritten, and the keys that would open the TLS records are left
// out.
package gather

package lab

import "time"

// tlsBlackhole accepts TCP and then loses every payload, FIN and RST below TCP, by a socket filter in the kernel: the
// ClientHello is never acknowledged and sent again and again, the picture of the playbook's firewall. As the filter hides
// the end of a connection too, each one is held for a fixed time and then reset. Until then nobody can connect from the
// same port again: the reset that clears the way for such a SYN is hidden as well.
type tlsBlackhole struct {
	Hold time.Duration `knob:"hold"` // must be longer than the gateway's handshake timeout
}

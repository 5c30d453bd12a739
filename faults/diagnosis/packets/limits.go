package packets

// What one report may cost. A capture comes from anywhere and may be larger than memory.
const (
	maxBlock       = 1 << 20   // bytes of one packet or block that is looked into; captures have at most 256 KiB
	maxConnections = 10_000    // that are followed; the packets of others are counted
	maxPackets     = 1_000     // of one connection that are listed; of a longer one the first are, and the remarkable ones
	maxRemarkable  = 2_000     // packets of one connection that are listed, all told
	maxEvents      = 400       // of one connection; later ones are dropped, but for its end
	maxListed      = 400_000   // packets and events of all connections together
	maxEarly       = 256 << 10 // bytes of one direction that wait for a missing segment
	maxAllEarly    = 64 << 20  // the same, all connections together
	maxMessage     = 64 << 10  // bytes of a handshake message that is looked into
	maxHead        = 32 << 10  // bytes of an HTTP head that is looked into
	maxHole        = 1 << 30   // a sequence number further ahead is no hole but nonsense
)

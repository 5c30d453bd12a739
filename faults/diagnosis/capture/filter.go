package capture

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/net/bpf"
)

// maxInstructions is how long a filter the kernel takes (BPF_MAXINSNS).
const maxInstructions = 4096

// Of Linux: what identifies a packet that loopback shows on its way out, before showing it again on its way in.
const (
	hardwareLoopback = 772 // ARPHRD_LOOPBACK
	packetOutgoing   = 4   // PACKET_OUTGOING
)

// EtherTypes.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

const (
	refuseAll = 0
	acceptAll = 0xffffffff // bytes; the snapshot length is applied when the packet is read
)

// Scratch memory of the filter.
const (
	sourcePort = iota
	destinationPort
)

// compile makes the program with which the kernel picks packets: those from or to one of the endpoints, of which port 0
// stands for every port and every protocol, any other port for TCP and UDP. Offsets count from the IP header, which is
// where a SOCK_DGRAM packet socket's data begins. A filter that would be too long for the kernel is an error.
func compile(endpoints []netip.AddrPort) ([]bpf.RawInstruction, error) {
	program := append(onceOnLoopback(), picked(endpoints)...)
	if len(program) > maxInstructions {
		return nil, fmt.Errorf("%d addresses and ports are more than the kernel's packet filter holds", len(endpoints))
	}
	return bpf.Assemble(program)
}

// onceOnLoopback refuses what loopback sends, which it is about to receive, and whatever is not IP.
func onceOnLoopback() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtLinkLayerType},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: hardwareLoopback, SkipTrue: 3},
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: packetOutgoing, SkipTrue: 1},
		bpf.RetConstant{Val: refuseAll},
		bpf.LoadExtension{Num: bpf.ExtProto},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: etherIPv4, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: etherIPv6, SkipTrue: 1},
		bpf.RetConstant{Val: refuseAll},
	}
}

// picked is the part of the filter that knows the endpoints.
func picked(endpoints []netip.AddrPort) []bpf.Instruction {
	var four, six []bpf.Instruction
	ports, order := byAddress(endpoints)
	for _, address := range order {
		source, destination := uint32(12), uint32(16)
		if address.Is6() {
			source, destination = 8, 24
		}
		block := append(matching(address, source, sourcePort, ports[address]),
			matching(address, destination, destinationPort, ports[address])...)
		if address.Is4() {
			four = append(four, block...)
		} else {
			six = append(six, block...)
		}
	}
	four = append(append(portsOfIPv4(), four...), bpf.RetConstant{Val: refuseAll})
	six = append(append(portsOfIPv6(), six...), bpf.RetConstant{Val: refuseAll})
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 4, SkipTrue: 1},
		bpf.Jump{Skip: uint32(len(four))},
	}
	return append(append(program, four...), six...)
}

// byAddress gathers the ports of each address, nil for all of them, and keeps the order of the addresses.
func byAddress(endpoints []netip.AddrPort) (map[netip.Addr][]uint16, []netip.Addr) {
	ports, order := map[netip.Addr][]uint16{}, []netip.Addr(nil)
	for _, e := range endpoints {
		address := e.Addr().Unmap().WithZone("")
		known, seen := ports[address]
		switch {
		case !seen:
			order = append(order, address)
			fallthrough
		case known != nil:
			if ports[address] = append(known, e.Port()); e.Port() == 0 {
				ports[address] = nil
			}
		}
	}
	return ports, order
}

// portsOfIPv4 notes the ports of a TCP or UDP packet. Later fragments have none: there it notes 0, which no endpoint's
// list holds.
func portsOfIPv4() []bpf.Instruction {
	return append(noPorts(),
		bpf.LoadAbsolute{Off: 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protocolTCP, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protocolUDP, SkipTrue: 7},
		bpf.LoadAbsolute{Off: 6, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 5},
		bpf.LoadMemShift{Off: 0},
		bpf.LoadIndirect{Off: 0, Size: 2},
		bpf.StoreScratch{Src: bpf.RegA, N: sourcePort},
		bpf.LoadIndirect{Off: 2, Size: 2},
		bpf.StoreScratch{Src: bpf.RegA, N: destinationPort},
	)
}

func portsOfIPv6() []bpf.Instruction {
	return append(noPorts(),
		bpf.LoadAbsolute{Off: 6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protocolTCP, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protocolUDP, SkipTrue: 4},
		bpf.LoadAbsolute{Off: headerIPv6, Size: 2},
		bpf.StoreScratch{Src: bpf.RegA, N: sourcePort},
		bpf.LoadAbsolute{Off: headerIPv6 + 2, Size: 2},
		bpf.StoreScratch{Src: bpf.RegA, N: destinationPort},
	)
}

// noPorts fills the scratch memory: the kernel refuses a program that might read what it has not written.
func noPorts() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadConstant{Dst: bpf.RegA, Val: 0},
		bpf.StoreScratch{Src: bpf.RegA, N: sourcePort},
		bpf.StoreScratch{Src: bpf.RegA, N: destinationPort},
	}
}

// matching accepts a packet that has an address at an offset and one of the ports in a place of the scratch memory, and
// goes on behind itself with any other. A conditional jump reaches 255 instructions, a plain one as far as is needed.
func matching(address netip.Addr, offset uint32, port int, ports []uint16) []bpf.Instruction {
	accept := []bpf.Instruction{bpf.RetConstant{Val: acceptAll}}
	if ports != nil {
		accept = []bpf.Instruction{bpf.LoadScratch{Dst: bpf.RegA, N: port}}
		for _, p := range ports {
			accept = append(accept,
				bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(p), SkipTrue: 1},
				bpf.RetConstant{Val: acceptAll})
		}
	}
	bytes := address.AsSlice()
	var compare []bpf.Instruction
	for i := 0; i < len(bytes); i += 4 {
		rest := (len(bytes)-i-4)/4*3 + len(accept)
		compare = append(compare,
			bpf.LoadAbsolute{Off: offset + uint32(i), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: binary.BigEndian.Uint32(bytes[i:]), SkipTrue: 1},
			bpf.Jump{Skip: uint32(rest)})
	}
	return append(compare, accept...)
}

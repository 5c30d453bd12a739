package gather

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxSockets bounds the list.
const maxSockets = 5000

// tcpStates are the kernel's (include/net/tcp_states.h), from 1.
var tcpStates = [...]string{"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
	"LAST_ACK", "LISTEN", "CLOSING"}

// addSockets adds this machine's connections to the target's port, where the playbook wants the output of netstat. The
// other connections are nobody's business.
func (g *gathering) addSockets() {
	_, port, err := net.SplitHostPort(g.call.Target)
	wanted, _ := strconv.ParseUint(port, 10, 16)
	if err != nil || wanted == 0 {
		return
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-12s %-46s %-46s %8s %8s\n", "State", "Local", "Remote", "Send-Q", "Recv-Q")
	found := 0
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		sockets, err := readSockets(path)
		if err != nil {
			g.lacks("state/sockets.txt", "this machine does not tell: %v", err)
			return
		}
		for _, s := range sockets {
			if found < maxSockets && (s.remote.Port() == uint16(wanted) || s.local.Port() == uint16(wanted)) {
				fmt.Fprintf(&out, "%-12s %-46s %-46s %8d %8d\n", s.state, s.local, s.remote, s.sendQueue, s.receiveQueue)
				found++
			}
		}
	}
	g.archive.add("state/sockets.txt", "this machine's connections with the target's port, as netstat shows them", []byte(out.String()))
}

// socket is a line of /proc/net/tcp.
type socket struct {
	local, remote           netip.AddrPort
	state                   string
	sendQueue, receiveQueue uint64
}

func readSockets(path string) ([]socket, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var list []socket
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if s, ok := parseSocket(lines.Text()); ok {
			list = append(list, s)
		}
	}
	return list, lines.Err()
}

// parseSocket reads "sl local remote st tx:rx ...", all in hexadecimal.
func parseSocket(line string) (s socket, ok bool) {
	words := strings.Fields(line)
	if len(words) < 5 {
		return socket{}, false
	}
	var first, second bool
	s.local, first = parseEnd(words[1])
	s.remote, second = parseEnd(words[2])
	state, err := strconv.ParseUint(words[3], 16, 8)
	if !first || !second || err != nil || state == 0 || int(state) > len(tcpStates) {
		return socket{}, false
	}
	s.state = tcpStates[state-1]
	send, receive, _ := strings.Cut(words[4], ":")
	s.sendQueue, _ = strconv.ParseUint(send, 16, 32)
	s.receiveQueue, _ = strconv.ParseUint(receive, 16, 32)
	return s, true
}

// parseEnd reads an address, words of 32 bits in the machine's byte order (little endian wherever this runs), and a port.
func parseEnd(text string) (netip.AddrPort, bool) {
	words, digits, _ := strings.Cut(text, ":")
	address, err := hex.DecodeString(words)
	port, portErr := strconv.ParseUint(digits, 16, 16)
	if err != nil || portErr != nil || len(address)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(address); i += 4 {
		slices.Reverse(address[i : i+4])
	}
	ip, ok := netip.AddrFromSlice(address)
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), ok
}

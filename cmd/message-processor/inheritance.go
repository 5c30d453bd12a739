package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Names of the listeners a process can inherit, as FileDescriptorName= of a
// systemd socket has them.
const (
	trafficListener    = "traffic"
	managementListener = "management"
)

// firstInherited is the descriptor of the first inherited listener
// (SD_LISTEN_FDS_START of sd_listen_fds(3)).
const firstInherited = 3

// handoverVariable is set by a predecessor: the descriptor on which it waits to
// be told that its successor is ready.
const handoverVariable = "MESSAGE_PROCESSOR_HANDOVER"

// inheritance is what another process has opened for this one: systemd's socket
// activation, or a predecessor that hands over.
type inheritance struct {
	listeners   map[string]net.Listener
	predecessor *os.File // closed after it has been written to; nil: there is none
}

// inherit takes what the environment says is there, once: children of this
// process inherit nothing of it by accident.
func inherit() (inheritance, error) {
	var in inheritance
	count, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	handover, err := strconv.Atoi(os.Getenv(handoverVariable))
	meant := err == nil || os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	for _, name := range []string{"LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", handoverVariable} {
		os.Unsetenv(name)
	}
	if !meant || count < 1 {
		return in, nil
	}
	if err == nil {
		syscall.CloseOnExec(handover)
		in.predecessor = os.NewFile(uintptr(handover), "predecessor")
	}
	in.listeners = map[string]net.Listener{}
	for i := range count {
		name := inheritedName(names, i)
		l, err := inheritedListener(firstInherited + i)
		if err != nil {
			return in, fmt.Errorf("inherited listener %q: %w", name, err)
		}
		in.listeners[name] = l
	}
	return in, nil
}

// inheritedName is the name of the i-th listener. Where systemd was told none,
// traffic comes first.
func inheritedName(names []string, i int) string {
	if i < len(names) && (names[i] == trafficListener || names[i] == managementListener) {
		return names[i]
	}
	return [...]string{trafficListener, managementListener}[min(i, 1)]
}

func inheritedListener(descriptor int) (net.Listener, error) {
	file := os.NewFile(uintptr(descriptor), "listener")
	defer file.Close() // the listener has a descriptor of its own
	l, err := net.FileListener(file)
	if err != nil {
		return nil, err
	}
	if _, ok := l.(*net.TCPListener); !ok {
		l.Close()
		return nil, errors.New("is no TCP socket")
	}
	return l, nil
}

// listen opens a port, unless it is inherited. A taken one is told with the flag
// that changes it.
func (in inheritance) listen(name, flag, address string) (net.Listener, error) {
	if l := in.listeners[name]; l != nil {
		return l, nil
	}
	return listen(flag, address)
}

// ready tells a predecessor that it may go, and systemd that the service is up.
func (in inheritance) ready() error {
	if in.predecessor != nil {
		fmt.Fprintln(in.predecessor, "ready")
		in.predecessor.Close()
	}
	return tellSystemd("READY=1\nMAINPID=" + strconv.Itoa(os.Getpid()))
}

// tellSystemd sends a state to the service manager, if one is waiting for it
// (sd_notify(3)).
func tellSystemd(state string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// listen opens a port. A taken one is told with the flag that changes it.
func listen(flag, address string) (net.Listener, error) {
	// Keep-alive probes are left to the gateway's own idle timers.
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another process; choose another address with %s (port 0 takes a free one)", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (%s): %w", address, flag, errors.Unwrap(err))
	}
	return l, nil
}

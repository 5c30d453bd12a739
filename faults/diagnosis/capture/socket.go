package capture

import "errors"

// ErrNotPermitted says that the process lacks CAP_NET_RAW in its network namespace.
var ErrNotPermitted = errors.New("capturing packets needs the privilege CAP_NET_RAW")

// ErrUnsupported says that this system has no packet sockets.
var ErrUnsupported = errors.New("capturing packets works on Linux only")

// errInterrupted ends a read that was waiting.
var errInterrupted = errors.New("the capture was interrupted")

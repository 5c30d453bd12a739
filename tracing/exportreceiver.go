package tracing

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// The protocols of OTLP as OTEL_EXPORTER_OTLP_PROTOCOL names them.
const (
	ProtocolGRPC = "grpc"
	ProtocolHTTP = "http/protobuf"
	protocolJSON = "http/json"
)

// traces is the signal of this package as the variables name it.
const traces = "TRACES"

// Receiver is where the environment sends a signal. The official OTLP clients read endpoint, headers, timeout,
// compression and certificates themselves; this is what they have to be told beside that.
type Receiver struct {
	Protocol string
	Address  string // host:port of an endpoint without a scheme; empty: the client finds the endpoint itself
	Insecure bool   // no TLS
}

// ReadReceiver reads OTEL_EXPORTER_OTLP_* and their form for one signal (TRACES, METRICS), of which the latter wins. A
// value that can only be a mistake is an error that says what to write instead; what is only likely to be one is told
// to warn, and so is what the OpenTelemetry libraries complain about from then on.
func ReadReceiver(env func(string) string, signal string, warn func(string), protocols ...string) (Receiver, error) {
	name, protocol := signalVariable(env, signal, "PROTOCOL")
	if protocol == "" {
		protocol = ProtocolHTTP
	}
	if !slices.Contains(protocols, protocol) {
		return Receiver{}, fmt.Errorf("%s is %q; allowed: %s", name, protocol, strings.Join(protocols, ", "))
	}
	address, insecure, err := checkEndpoint(env, signal, protocol)
	if err == nil {
		err = checkFiles(env, signal)
	}
	if err != nil {
		return Receiver{}, err
	}
	logTo(warn)
	hintAtPort(env, signal, protocol, warn)
	return Receiver{protocol, address, insecure}, nil
}

// signalVariable reads an OTLP variable in its form for a signal, else in its general form. It returns the name of the
// one that is set.
func signalVariable(env func(string) string, signal, suffix string) (name, value string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_" + suffix, "OTEL_EXPORTER_OTLP_" + suffix} {
		if value := strings.TrimSpace(env(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// checkEndpoint judges the endpoint before the official clients do: they take a bare host:port for one with TLS and
// hang, or for nothing at all and use localhost. It returns what they have to be told beside the environment: the
// address if it is bare, and that there is no TLS. No endpoint at all is the receiver beside us, without TLS.
func checkEndpoint(env func(string) string, signal, protocol string) (address string, insecure bool, err error) {
	name, endpoint := signalVariable(env, signal, "ENDPOINT")
	_, plain := signalVariable(env, signal, "INSECURE")
	if endpoint == "" {
		_, authority := signalVariable(env, signal, "CERTIFICATE")
		return "", plain == "" && authority == "" || strings.EqualFold(plain, "true"), nil
	}
	scheme, _, hasScheme := strings.Cut(endpoint, "://")
	switch {
	case strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"):
		if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Hostname() == "" {
			return "", false, fmt.Errorf("%s is not a URL with a host; allowed: one like http://localhost:4318", name)
		}
		return "", false, nil
	case protocol == ProtocolGRPC && (hasScheme || strings.HasPrefix(endpoint, "unix:")):
		return "", false, nil // a name for gRPC's own resolvers
	case !hasScheme && strings.EqualFold(plain, "true"):
		return endpoint, true, nil
	}
	bare := endpoint[strings.LastIndexAny(endpoint, "/@")+1:]
	return "", false, fmt.Errorf("%s begins with neither http:// nor https://; write http://%s, or https://%[2]s if the receiver speaks TLS",
		name, bare)
}

// hintAtPort tells of the mistake everybody makes once: the receiver's two ports mixed up.
func hintAtPort(env func(string) string, signal, protocol string, warn func(string)) {
	name, endpoint := signalVariable(env, signal, "ENDPOINT")
	u, err := url.Parse(endpoint)
	if err != nil {
		return
	}
	if isGRPC := protocol == ProtocolGRPC; isGRPC && u.Port() == "4318" || !isGRPC && u.Port() == "4317" {
		warn(fmt.Sprintf("%s has port %s, but the protocol is %s; usually 4317 is for grpc and 4318 for http/protobuf "+
			"(OTEL_EXPORTER_OTLP_PROTOCOL)", name, u.Port(), protocol))
	}
}

// checkFiles makes sure that the certificates can be read: the clients would go without them and only mumble.
func checkFiles(env func(string) string, signal string) error {
	for _, suffix := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
		if name, path := signalVariable(env, signal, suffix); path != "" {
			if _, err := os.ReadFile(path); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

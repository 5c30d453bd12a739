package tracing

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
)

// The kinds of exporter and protocol as the environment names them.
const (
	exportOTLP    = "otlp"
	exportConsole = "console"
	exportNone    = "none"

	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf"
	protocolJSON = "http/json"
)

// exporterKind reads OTEL_TRACES_EXPORTER. Unset, an endpoint asks for otlp.
func exporterKind(env func(string) string) (string, error) {
	if strings.EqualFold(strings.TrimSpace(env("OTEL_SDK_DISABLED")), "true") {
		return exportNone, nil
	}
	kind := strings.TrimSpace(env("OTEL_TRACES_EXPORTER"))
	switch kind {
	case exportOTLP, exportConsole, exportNone:
		return kind, nil
	case "":
		if _, endpoint := signalVariable(env, "ENDPOINT"); endpoint != "" {
			return exportOTLP, nil
		}
		return exportNone, nil
	}
	return "", fmt.Errorf("OTEL_TRACES_EXPORTER is %q; allowed: otlp, console, none", kind)
}

// signalVariable reads an OTLP variable in its form for traces, else in its general form. It returns the name of the
// one that is set.
func signalVariable(env func(string) string, suffix string) (name, value string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + suffix, "OTEL_EXPORTER_OTLP_" + suffix} {
		if value := strings.TrimSpace(env(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// newClient makes the client of a kind, not started. decoded: it wants the spans as structures.
func newClient(kind string, env func(string) string, o ExportOptions) (client otlptrace.Client, decoded bool, err error) {
	if kind == exportConsole {
		return newConsole(o.Console), true, nil
	}
	name, protocol := signalVariable(env, "PROTOCOL")
	if protocol == "" {
		protocol = protocolHTTP
	}
	if protocol != protocolGRPC && protocol != protocolHTTP && protocol != protocolJSON {
		return nil, false, fmt.Errorf("%s is %q; allowed: grpc, http/protobuf, http/json", name, protocol)
	}
	address, insecure, err := checkEndpoint(env, protocol)
	if err == nil {
		err = checkFiles(env)
	}
	if err != nil {
		return nil, false, err
	}
	logTo(o.Warn)
	hintAtPort(env, protocol, o.Warn)
	if protocol == protocolGRPC {
		return grpcClient(address, insecure), false, nil
	}
	return httpClient(address, insecure), protocol == protocolJSON, nil
}

func grpcClient(address string, insecure bool) otlptrace.Client {
	var options []otlptracegrpc.Option
	if address != "" {
		options = append(options, otlptracegrpc.WithEndpoint(address))
	}
	if insecure {
		options = append(options, otlptracegrpc.WithInsecure())
	}
	return otlptracegrpc.NewClient(options...)
}

func httpClient(address string, insecure bool) otlptrace.Client {
	var options []otlptracehttp.Option
	if address != "" {
		options = append(options, otlptracehttp.WithEndpoint(address), otlptracehttp.WithURLPath("/v1/traces"))
	}
	if insecure {
		options = append(options, otlptracehttp.WithInsecure())
	}
	return otlptracehttp.NewClient(options...)
}

// checkEndpoint judges the endpoint before the official clients do: they take a bare host:port for one with TLS and
// hang, or for nothing at all and use localhost. It returns what they have to be told beside the environment: the
// address if it is bare, and that there is no TLS. No endpoint at all is the receiver beside us, without TLS.
func checkEndpoint(env func(string) string, protocol string) (address string, insecure bool, err error) {
	name, endpoint := signalVariable(env, "ENDPOINT")
	_, plain := signalVariable(env, "INSECURE")
	if endpoint == "" {
		_, authority := signalVariable(env, "CERTIFICATE")
		return "", plain == "" && authority == "" || strings.EqualFold(plain, "true"), nil
	}
	scheme, _, hasScheme := strings.Cut(endpoint, "://")
	switch {
	case strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"):
		if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Hostname() == "" {
			return "", false, fmt.Errorf("%s is not a URL with a host; allowed: one like http://localhost:4318", name)
		}
		return "", false, nil
	case protocol == protocolGRPC && (hasScheme || strings.HasPrefix(endpoint, "unix:")):
		return "", false, nil // a name for gRPC's own resolvers
	case !hasScheme && strings.EqualFold(plain, "true"):
		return endpoint, true, nil
	}
	bare := endpoint[strings.LastIndexAny(endpoint, "/@")+1:]
	return "", false, fmt.Errorf("%s begins with neither http:// nor https://; write http://%s, or https://%[2]s if the receiver speaks TLS",
		name, bare)
}

// hintAtPort tells of the mistake everybody makes once: the receiver's two ports mixed up.
func hintAtPort(env func(string) string, protocol string, warn func(string)) {
	name, endpoint := signalVariable(env, "ENDPOINT")
	u, err := url.Parse(endpoint)
	if err != nil {
		return
	}
	if isGRPC := protocol == protocolGRPC; isGRPC && u.Port() == "4318" || !isGRPC && u.Port() == "4317" {
		warn(fmt.Sprintf("%s has port %s, but the protocol is %s; usually 4317 is for grpc and 4318 for http/protobuf "+
			"(OTEL_EXPORTER_OTLP_PROTOCOL)", name, u.Port(), protocol))
	}
}

// checkFiles makes sure that the certificates can be read: the clients would go without them and only mumble.
func checkFiles(env func(string) string) error {
	for _, suffix := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
		if name, path := signalVariable(env, suffix); path != "" {
			if _, err := os.ReadFile(path); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// rejected is how many of count spans an upload lost. A receiver that takes a part tells the number in the text of the
// error only, see otlptrace's PartialSuccess; one that takes all and has a remark rejects none.
func rejected(err error, count int) uint64 {
	if err == nil {
		return 0
	}
	const partial = "OTLP partial success: "
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		text := cause.Error()
		if !strings.HasPrefix(text, partial) {
			continue
		}
		open := strings.LastIndex(text, " (")
		number, _, _ := strings.Cut(text[open+len(" ("):], " ")
		if n, err := strconv.ParseUint(number, 10, 64); err == nil && open > 0 {
			return min(n, uint64(count))
		}
	}
	return uint64(count)
}

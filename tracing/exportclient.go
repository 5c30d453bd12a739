package tracing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
)

// The kinds of exporter as the environment names them.
const (
	exportOTLP    = "otlp"
	exportConsole = "console"
	exportNone    = "none"
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
		if _, endpoint := signalVariable(env, traces, "ENDPOINT"); endpoint != "" {
			return exportOTLP, nil
		}
		return exportNone, nil
	}
	return "", fmt.Errorf("OTEL_TRACES_EXPORTER is %q; allowed: otlp, console, none", kind)
}

// newClient makes the client of a kind, not started. decoded: it wants the spans as structures.
func newClient(kind string, env func(string) string, o ExportOptions) (client otlptrace.Client, decoded bool, err error) {
	if kind == exportConsole {
		return newConsole(o.Console), true, nil
	}
	receiver, err := ReadReceiver(env, traces, o.Warn, ProtocolGRPC, ProtocolHTTP, protocolJSON)
	if err != nil {
		return nil, false, err
	}
	if receiver.Protocol == ProtocolGRPC {
		return grpcClient(receiver), false, nil
	}
	return httpClient(receiver), receiver.Protocol == protocolJSON, nil
}

func grpcClient(r Receiver) otlptrace.Client {
	var options []otlptracegrpc.Option
	if r.Address != "" {
		options = append(options, otlptracegrpc.WithEndpoint(r.Address))
	}
	if r.Insecure {
		options = append(options, otlptracegrpc.WithInsecure())
	}
	return otlptracegrpc.NewClient(options...)
}

func httpClient(r Receiver) otlptrace.Client {
	var options []otlptracehttp.Option
	if r.Address != "" {
		options = append(options, otlptracehttp.WithEndpoint(r.Address), otlptracehttp.WithURLPath("/v1/traces"))
	}
	if r.Insecure {
		options = append(options, otlptracehttp.WithInsecure())
	}
	return otlptracehttp.NewClient(options...)
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

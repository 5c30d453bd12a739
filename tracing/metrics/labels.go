package metrics

import (
	"net"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"message-processor/faults"
	"message-processor/tracing"
)

// labels are the attributes of a cell's data points, made once.
type labels struct {
	server, client, fault attribute.Set
	clientIO, targetIO    directions
}

// directions are the attributes of bytes received and sent.
type directions struct{ in, out attribute.Set }

func labelsOf(k key) labels {
	l := labels{server: serverLabels(k), client: clientLabels(k),
		clientIO: bothDirections(k), targetIO: bothDirections(k, attribute.String("apigee.target", k.target))}
	if k.fault != "" || k.overflow {
		l.fault = faultLabels(k)
	}
	return l
}

const (
	statusName = "http.response.status_code"
	errorName  = "error.type"
)

// overflow marks the data points of what there was no room for, as the OpenTelemetry SDK does.
var overflow = attribute.Bool("otel.metric.overflow", true)

// set leaves out status and error where there is none, as the semantic conventions want it.
func set(k key, list ...attribute.KeyValue) attribute.Set {
	list = slices.DeleteFunc(list, func(kv attribute.KeyValue) bool {
		return (kv.Key == statusName || kv.Key == errorName) && kv.Value.Emit() == ""
	})
	if k.overflow {
		list = append(list, overflow)
	}
	return attribute.NewSet(list...)
}

// proxyAttributes say which API proxy served. A request that none was found for has an empty name, so that every series
// of a metric has the same labels.
func proxyAttributes(k key) []attribute.KeyValue {
	revision := ""
	if k.api != "" {
		revision = strconv.Itoa(k.revision)
	}
	return apiAttributes(k.environment, k.api, revision)
}

func apiAttributes(environment, api, revision string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("apigee.environment", environment),
		attribute.String("apigee.api", api),
		attribute.String("apigee.revision", revision),
	}
}

func bothDirections(k key, list ...attribute.KeyValue) directions {
	list = append(list, proxyAttributes(k)...)
	const name = "network.io.direction"
	return directions{
		in:  set(k, append(list, attribute.String(name, "receive"))...),
		out: set(k, append(list, attribute.String(name, "transmit"))...),
	}
}

// serverLabels are those of http.server.request.duration. error.type is the fault's code, or the status of a target's own
// 5xx: by the HTTP semantic conventions a 4xx is the caller's mistake and no error of a server.
func serverLabels(k key) attribute.Set {
	failure := ""
	switch {
	case k.fault == faults.ErrorResponseCode:
		if k.status >= 500 {
			failure = statusText(k.status)
		}
	case k.fault != "":
		failure, _ = codeAndSource(k.fault)
	}
	return set(k, append(proxyAttributes(k),
		attribute.String("http.request.method", k.method.String()),
		attribute.String("http.route", k.basePath),
		attribute.String("url.scheme", "http"),
		statusAttribute(k.status),
		attribute.String(errorName, failure),
	)...)
}

// clientLabels are those of http.client.request.duration. The status is the target's, if it answered.
func clientLabels(k key) attribute.Set {
	failure, source := "", ""
	if k.fault != "" && k.fault != faults.ErrorResponseCode {
		failure, source = codeAndSource(k.fault)
	}
	switch {
	case failure != "" && (source == "target" || k.answered == 0):
	case k.answered >= 400:
		failure = statusText(k.answered)
	case k.answered == 0 && k.status == tracing.StatusClientClosed:
		failure = "canceled"
	default:
		failure = ""
	}
	host, port, err := net.SplitHostPort(k.target)
	if err != nil {
		host = k.target
	}
	return set(k, append(proxyAttributes(k),
		attribute.String("http.request.method", k.method.String()),
		attribute.String("server.address", host),
		attribute.String("server.port", port),
		statusAttribute(k.answered),
		attribute.String(errorName, failure),
	)...)
}

// faultLabels are those of apigee.faults (contract section 9).
func faultLabels(k key) attribute.Set {
	code, source := codeAndSource(k.fault)
	return set(k, append(proxyAttributes(k),
		attribute.String("apigee.fault.code", code),
		attribute.String("apigee.fault.source", source),
		attribute.String("apigee.target", k.target),
		statusAttribute(k.status),
	)...)
}

// codeAndSource are what the fields X-Apigee-fault-code and -source tell of a fault.
func codeAndSource(id faults.ID) (code, source string) {
	f, _ := faults.Find(id)
	if f.TraceCode == "" {
		return string(id), f.Source
	}
	return f.TraceCode, f.Source
}

// statusAttribute is a status, or nothing where there was no answer.
func statusAttribute(status int16) attribute.KeyValue {
	if status == 0 {
		return attribute.String(statusName, "")
	}
	return attribute.Int(statusName, int(status))
}

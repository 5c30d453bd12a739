package tracing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"message-processor/faults"
)

func TestTheRequestsAttributes(t *testing.T) {
	want := `apigee.api=orders
apigee.environment=test
apigee.message_id=mp1-12575-7-1
apigee.organization=acme
apigee.revision=3
client.address=192.0.2.10
client.port=51000
http.request.method=GET
http.response.body.size=2
http.response.status_code=200
http.route=/v1/orders
network.peer.address=192.0.2.10
network.peer.port=51000
network.protocol.version=1.1
server.address=api.example.com
server.port=9001
url.path=/v1/orders/42
url.query=page=2&api_key=REDACTED
url.scheme=http
user_agent.original=curl/8.0`
	if diff := cmp.Diff(want, listed(spansOf(t, sampleRecord()).named(t, "GET /v1/orders").Attributes)); diff != "" {
		t.Error(diff)
	}
}

func TestTheTargetExchangesAttributes(t *testing.T) {
	want := `apigee.channel.id=739028
apigee.channel.use_count=1
apigee.message_id=mp1-12575-7-1
http.request.method=GET
http.response.status_code=200
network.peer.address=203.0.113.7
network.peer.port=443
network.protocol.version=1.1
server.address=orders.example.com
server.port=443
url.full=https://orders.example.com:443/api/42?page=2&api_key=REDACTED`
	if diff := cmp.Diff(want, listed(spansOf(t, sampleRecord()).named(t, "GET").Attributes)); diff != "" {
		t.Error(diff)
	}
}

func TestTheHandshakesAttributes(t *testing.T) {
	want := `apigee.message_id=mp1-12575-7-1
server.address=orders.example.com
tls.cipher=TLS_AES_128_GCM_SHA256
tls.curve=X25519
tls.established=true
tls.next_protocol=http/1.1
tls.protocol.name=tls
tls.protocol.version=1.3
tls.resumed=false`
	if diff := cmp.Diff(want, listed(spansOf(t, sampleRecord()).named(t, "tls handshake").Attributes)); diff != "" {
		t.Error(diff)
	}
}

func TestAStalledHandshakeCarriesTheKernelsEvidence(t *testing.T) {
	want := `apigee.diagnosis=firewall-drops-data
apigee.message_id=mp1-12575-7-1
apigee.tcp.bytes_acked=1
apigee.tcp.retransmits=9
apigee.tcp.unacked=1
error.type=messaging.adaptors.http.BadGateway
server.address=orders.example.com
tls.established=false`
	spans := spansOf(t, stalledRecord())
	if diff := cmp.Diff(want, listed(spans.named(t, "tls handshake").Attributes)); diff != "" {
		t.Error(diff)
	}
	server := attributesOf(spans.named(t, "GET /v1/orders").Attributes)
	for key, want := range map[string]string{
		"apigee.fault.code": "messaging.adaptors.http.BadGateway", "apigee.fault.source": "target",
		"apigee.diagnosis": "firewall-drops-data", "http.response.status_code": "502",
		"error.type": "messaging.adaptors.http.BadGateway",
	} {
		if server[key] != want {
			t.Errorf("the request's %s is %q, want %q", key, server[key], want)
		}
	}
}

func TestWhereTheKernelTellsNothingTheVerdictIsInconclusive(t *testing.T) {
	r := stalledRecord()
	r.Channel.TCP = nil
	handshake := attributesOf(spansOf(t, r).named(t, "tls handshake").Attributes)
	if _, told := handshake["apigee.tcp.unacked"]; told || handshake["apigee.diagnosis"] != "inconclusive" {
		t.Errorf("attributes %v", handshake)
	}
}

func TestAPassedOnFaultHasTheCodeOfItsAnswersFields(t *testing.T) {
	server := attributesOf(spansOf(t, passedRecord(404)).named(t, "GET /v1/orders").Attributes)
	passed, _ := faults.Find(faults.ErrorResponseCode)
	if server["apigee.fault.code"] != passed.TraceCode || server["apigee.fault.source"] != passed.Source {
		t.Errorf("fault %s of %s", server["apigee.fault.code"], server["apigee.fault.source"])
	}
	if server["error.type"] != "" {
		t.Error("a 4xx is an error of the server span")
	}
}

func TestStatusesAsText(t *testing.T) {
	for _, status := range []int{400, 404, 429, 430, 499, 500, 503, 511, 512, 599, 999} {
		if got := attributesOf(spansOf(t, passedRecord(status)).named(t, "GET").Attributes)["error.type"]; got != string(
			passedRecord(status).Messages.ResponseHead[9:12]) {
			t.Errorf("status %d: error.type %s", status, got)
		}
	}
}

func TestAClientThatLeftWhileTheTargetWorkedCanceledTheExchange(t *testing.T) {
	r := reusedRecord()
	r.Status, r.Passed, r.Messages.ResponseHead = StatusClientClosed, false, nil
	spans := spansOf(t, r)
	if got := attributesOf(spans.named(t, "GET").Attributes)["error.type"]; got != "canceled" {
		t.Errorf("the exchange's error.type is %q", got)
	}
	if got := attributesOf(spans.named(t, "GET /v1/orders").Attributes); got["http.response.status_code"] != "499" || got["error.type"] != "" {
		t.Errorf("the request's attributes are %v", got)
	}
}

func TestAMethodNobodyKnowsMakesNoNames(t *testing.T) {
	for _, method := range []string{"BREW", "get", "GET\xff"} {
		r := sampleRecord()
		r.Method = []byte(method)
		spans := spansOf(t, r)
		for _, name := range []string{"HTTP /v1/orders", "HTTP"} {
			got := attributesOf(spans.named(t, name).Attributes)
			if got["http.request.method"] != "_OTHER" || got["http.request.method_original"] != strings.ToValidUTF8(method, "\uFFFD") {
				t.Errorf("%s: method %s, original %s", method, got["http.request.method"], got["http.request.method_original"])
			}
		}
	}
}

func TestTheTargetsURLIsKnownBeforeTheRequestIsSent(t *testing.T) {
	for _, c := range []struct{ target, base, path, want string }{
		{"https://orders.example.com:443/api", "/v1/orders", "/v1/orders/42?page=2", "https://orders.example.com:443/api/42?page=2"},
		{"https://user:xxxxx@orders.example.com/api/?token=hush", "/v1/orders", "/v1/orders/42", "https://orders.example.com/api/42"},
		{"http://[2001:db8::1]:8080", "/", "/x", "http://[2001:db8::1]:8080/x"},
		{"", "/", "/x", ""},
	} {
		r := stalledRecord()
		r.API.TargetURL, r.API.BasePath, r.Path = c.target, c.base, []byte(c.path)
		if got := attributesOf(spansOf(t, r).named(t, "GET").Attributes)["url.full"]; got != c.want {
			t.Errorf("%s at %s to %s is %s, want %s", c.path, c.base, c.target, got, c.want)
		}
	}
}

func TestTheURLSentToAForwardProxyIsTheWholeOne(t *testing.T) {
	r := sampleRecord()
	r.API.TargetURL = "http://orders.example.com/api"
	r.Messages.SentHead = []byte("GET http://orders.example.com/api/42?token=hush HTTP/1.1\r\n\r\n")
	const want = "http://orders.example.com/api/42?token=REDACTED"
	if got := attributesOf(spansOf(t, r).named(t, "GET").Attributes)["url.full"]; got != want {
		t.Errorf("url.full is %s, want %s", got, want)
	}
}

func TestHostsAreCutIntoAddressAndPort(t *testing.T) {
	for host, want := range map[string][2]string{
		"api.example.com": {"api.example.com", ""}, "api.example.com:80": {"api.example.com", "80"},
		"[2001:db8::1]:9001": {"2001:db8::1", "9001"}, "[2001:db8::1]": {"2001:db8::1", ""},
		"x:99999999999999999999": {"x", ""}, "x:8a": {"x", ""}, "": {"", ""},
	} {
		r := sampleRecord()
		r.Messages.RequestHead = []byte("GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n")
		got := attributesOf(spansOf(t, r).named(t, "GET /v1/orders").Attributes)
		if got["server.address"] != want[0] || got["server.port"] != want[1] {
			t.Errorf("%q is %q, %q", host, got["server.address"], got["server.port"])
		}
	}
}

func TestWhatTheNetworkSaysCannotBreakASpan(t *testing.T) {
	r := stalledRecord()
	hostile := strings.Repeat("\xff\xfe\x00\x1b[31m</script>", 5000)
	r.Method, r.Path = []byte(hostile), []byte("/v1/orders"+hostile+"?"+hostile)
	r.Messages.RequestHead = []byte("GET " + hostile + "\r\nHost: " + hostile + "\r\nUser-Agent: " + hostile + "\r\nTracestate: \xff\r\n")
	r.Messages.ResponseHead, r.Messages.SentHead = []byte(hostile), []byte(hostile)
	r.API.Name, r.TLS.ServerName = hostile, hostile
	for _, span := range spansOf(t, r) {
		for key, value := range attributesOf(span.Attributes) {
			if len(value) > 3*maxText {
				t.Errorf("%s of %s has %d bytes", key, span.Name, len(value))
			}
		}
	}
}

func TestAttributesOutsideOurOwnPrefixAreConventional(t *testing.T) {
	known := map[attribute.Key]bool{}
	for _, key := range []attribute.Key{
		semconv.ClientAddressKey, semconv.ClientPortKey, semconv.ErrorTypeKey, semconv.ExceptionMessageKey,
		semconv.ExceptionStacktraceKey, semconv.HTTPRequestMethodKey, semconv.HTTPRequestMethodOriginalKey,
		semconv.HTTPRequestBodySizeKey, semconv.HTTPResponseBodySizeKey, semconv.HTTPResponseStatusCodeKey,
		semconv.HTTPRouteKey, semconv.NetworkPeerAddressKey, semconv.NetworkPeerPortKey, semconv.NetworkProtocolVersionKey,
		semconv.ServerAddressKey, semconv.ServerPortKey, semconv.TLSCipherKey,
		semconv.TLSCurveKey, semconv.TLSEstablishedKey, semconv.TLSNextProtocolKey, semconv.TLSProtocolNameKey,
		semconv.TLSProtocolVersionKey, semconv.TLSResumedKey, semconv.TLSServerSubjectKey, semconv.TLSServerIssuerKey,
		semconv.TLSServerNotBeforeKey, semconv.TLSServerNotAfterKey, semconv.URLFullKey, semconv.URLPathKey,
		semconv.URLQueryKey, semconv.URLSchemeKey, semconv.UserAgentOriginalKey,
	} {
		known[key] = true
	}
	if semconv.SchemaURL != schemaURL {
		t.Errorf("schema %s, the names are of %s", schemaURL, semconv.SchemaURL)
	}
	odd := sampleRecord()
	odd.Method, odd.BytesIn = []byte("BREW"), 5
	for _, r := range []*Record{sampleRecord(), stalledRecord(), passedRecord(503), odd} {
		for _, span := range spansOf(t, r) {
			for key := range attributesOf(span.Attributes) {
				if !strings.HasPrefix(key, "apigee.") && !known[attribute.Key(key)] {
					t.Errorf("%s of %s is not in the conventions", key, span.Name)
				}
			}
		}
	}
}

package packets

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"message-processor/faults/verdict"
)

const ms = time.Millisecond

// asked is a connection whose ClientHello has been acknowledged.
func asked(t testing.TB) *script {
	return play(t).connect().send(Client, hello("backend.example.com")).after(20 * ms).ack(Server)
}

// ready is a connection after the handshake of TLS 1.3.
func ready(t testing.TB) *script {
	s := asked(t).send(Server, serverHello(tls.VersionTLS13)).send(Server, tlsRecord(recordChange, []byte{1}))
	s.send(Server, sealedRecord(1200)).after(20 * ms)
	return s.send(Client, append(tlsRecord(recordChange, []byte{1}), sealedRecord(36)...))
}

func request(s *script) *script {
	return s.send(Client, sealedRecord(300)).after(20 * ms).ack(Server)
}

func answer(s *script) *script {
	return s.after(80*ms).send(Server, sealedRecord(900)).after(ms).ack(Client)
}

func TestTheVerdictOfATLSConnection(t *testing.T) {
	for _, c := range []struct {
		name, want string
		play       func(testing.TB) *script
		says       string
	}{
		{"the backend closes on the ClientHello", verdict.ClosedInHandshake,
			func(t testing.TB) *script { return asked(t).after(ms).fin(Server).fin(Client) }, "The backend ended the connection first, with FIN in packet 6"},
		{"the backend resets on the ClientHello", verdict.ResetInHandshake,
			func(t testing.TB) *script { return asked(t).after(ms).reset(Server) }, "RST in packet 6"},
		{"an alert handshake_failure", verdict.TLSCipherMismatch,
			func(t testing.TB) *script { return asked(t).send(Server, alertRecord(2, 40)).fin(Server) }, "alert handshake_failure in packet 6"},
		{"an alert protocol_version", verdict.TLSVersionMismatch,
			func(t testing.TB) *script { return asked(t).send(Server, alertRecord(2, 70)).fin(Server) }, "alert protocol_version"},
		{"plain HTTP", verdict.NotTLS,
			func(t testing.TB) *script {
				return asked(t).send(Server, []byte("HTTP/1.1 400 Bad Request\r\n\r\n")).fin(Server)
			}, `packet 6 is no TLS: "HTTP/1.1 400 Bad Request"`},
		{"a ServerHello and no more", verdict.BackendSlow,
			func(t testing.TB) *script {
				return asked(t).send(Server, serverHello(tls.VersionTLS13)).after(55 * time.Second).fin(Client)
			}, "ServerHello in packet 6: TLS 1.3, TLS_AES_128_GCM_SHA256"},
		{"a slow handshake", verdict.BackendSlow, func(t testing.TB) *script {
			s := asked(t).after(5*time.Second).send(Server, append(serverHello(tls.VersionTLS13), sealedRecord(1200)...)).after(ms)
			return answer(request(s.send(Client, sealedRecord(36)))).fin(Client)
		}, "The TLS handshake took 5"},
		{"the client refuses in secret", verdict.Inconclusive, func(t testing.TB) *script {
			s := asked(t).send(Server, append(serverHello(tls.VersionTLS13), sealedRecord(1200)...)).after(ms)
			return s.send(Client, append(tlsRecord(recordChange, []byte{1}), sealedRecord(2)...)).fin(Client)
		}, "The client sent an encrypted alert in packet 7"},
		{"no client certificate", verdict.ClientCertificateRequired, func(t testing.TB) *script {
			s := asked(t).send(Server, append(serverHello(tls.VersionTLS13), sealedRecord(1200)...)).after(ms)
			s.send(Client, append(sealedRecord(8), sealedRecord(36)...))
			return request(s).send(Server, sealedRecord(2)).fin(Server)
		}, "the client has none"},
		{"a client certificate and Finished in one record, refused", verdict.ClientCertificateRequired, func(t testing.TB) *script {
			s := asked(t).send(Server, append(serverHello(tls.VersionTLS13), sealedRecord(1200)...)).after(ms)
			return s.send(Client, sealedRecord(1500)).after(20*ms).send(Server, sealedRecord(2)).fin(Server)
		}, "the backend had asked for a client certificate"},
		{"a client certificate and Finished in one record, accepted", verdict.Healthy, func(t testing.TB) *script {
			s := asked(t).send(Server, append(serverHello(tls.VersionTLS13), sealedRecord(1200)...)).after(ms)
			return answer(answer(request(s.send(Client, sealedRecord(1500))))).fin(Client)
		}, ""},
		{"a healthy exchange", verdict.Healthy, func(t testing.TB) *script { return answer(request(ready(t))).fin(Client).fin(Server) }, ""},
		{"a healthy kept connection", verdict.Healthy, func(t testing.TB) *script {
			return answer(request(answer(request(ready(t))).after(time.Second))).after(60 * time.Second).fin(Server)
		}, "Request number 2"},
		{"no answer", verdict.ResponseSilent, func(t testing.TB) *script { return request(ready(t)).after(55 * time.Second).fin(Client) }, "No answer to it"},
		{"session tickets and no answer", verdict.ResponseSilent, func(t testing.TB) *script {
			s := request(ready(t)).send(Server, sealedRecord(230)).send(Server, sealedRecord(230))
			return s.after(55 * time.Second).fin(Client)
		}, "session tickets"},
		{"a small answer that looks like a ticket", verdict.Healthy, func(t testing.TB) *script {
			return request(ready(t)).send(Server, sealedRecord(230)).after(ms).fin(Client)
		}, ""},
		{"a small answer before a second request", verdict.StaleConnection, func(t testing.TB) *script {
			s := request(ready(t)).send(Server, sealedRecord(230)).after(time.Second)
			return request(s).fin(Server)
		}, "Request number 2"},
		{"closed instead of an answer", verdict.ClosedBeforeResponse, func(t testing.TB) *script { return request(ready(t)).fin(Server) }, ""},
		{"reset instead of an answer", verdict.ClosedBeforeResponse, func(t testing.TB) *script { return request(ready(t)).reset(Server) }, ""},
		{"closed instead of the second answer", verdict.StaleConnection, func(t testing.TB) *script {
			return request(answer(request(ready(t))).after(time.Minute)).fin(Server)
		}, "Request number 2"},
		{"an answer cut without close_notify", verdict.ClosedInResponse, func(t testing.TB) *script { return answer(request(ready(t))).fin(Server) }, "whether it was complete cannot be seen"},
		{"an answer that ends TLS in order", verdict.Healthy, func(t testing.TB) *script {
			return answer(request(ready(t))).send(Server, sealedRecord(2)).fin(Server)
		}, ""},
		{"a request that is never acknowledged", verdict.FirewallDropsData, func(t testing.TB) *script {
			s := ready(t).after(20*ms).ack(Server).send(Client, sealedRecord(300))
			for range 3 {
				s.after(300*ms).again(Client, sealedRecord(300))
			}
			return s.after(55 * time.Second).fin(Client)
		}, "It was sent again in packets 12, 13 and 14"},
		{"a slow answer", verdict.BackendSlow, func(t testing.TB) *script { return answer(request(ready(t)).after(12 * time.Second)).fin(Client) }, ""},
		{"a capture that ends too soon", verdict.Inconclusive, asked, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.play(t).mustBe(c.want)
			if c.says != "" {
				mustSay(t, got, c.says)
			}
		})
	}
}

func TestTheVerdictOfAConnectionAttempt(t *testing.T) {
	syn := func(t testing.TB) *script {
		s := play(t)
		return s.packet(Client, "S", s.sent[0], nil)
	}
	refused := syn(t)
	refused.sent[0]++
	refused.after(ms).packet(Server, "RA", 0, nil).mustBe(verdict.ConnectionRefused)

	filtered := syn(t)
	for _, pause := range []time.Duration{time.Second, 2 * time.Second} {
		filtered.after(pause).packet(Client, "S", filtered.sent[0], nil)
	}
	c := filtered.mustBe(verdict.ConnectionFiltered)
	mustSay(t, c, "The SYN is in packets 1, 2 and 3")

	syn(t).mustBe(verdict.Inconclusive)
	play(t).connect().after(ms).fin(Client).fin(Server).mustBe(verdict.Healthy)
	play(t).connect().after(ms).fin(Server).mustBe(verdict.Inconclusive)
}

const getIt = "GET /v1/orders HTTP/1.1\r\nHost: backend.example.com\r\n\r\n"

func TestTheVerdictOfAPlainConnection(t *testing.T) {
	ask := func(t *testing.T, request string) *script {
		return between(t, "10.0.0.5:42828", "203.0.113.7:80").connect().send(Client, []byte(request)).after(20 * ms).ack(Server)
	}
	for _, c := range []struct {
		name, want, request string
		rest                func(*script) *script
	}{
		{"a whole answer", verdict.Healthy, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).fin(Server)
		}},
		{"a whole answer in chunks", verdict.Healthy, getIt, func(s *script) *script {
			s.send(Server, []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")).after(ms)
			return s.send(Server, []byte("llo\r\n0\r\n")).send(Server, []byte("A: b\r\n\r\n")).fin(Server)
		}},
		{"an answer up to the end", verdict.Healthy, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.0 200 OK\r\n\r\nhello")).fin(Server)
		}},
		{"an answer without a body", verdict.Healthy, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")).fin(Server)
		}},
		{"a cut body", verdict.ClosedInResponse, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")).fin(Server)
		}},
		{"a cut chunk", verdict.ClosedInResponse, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")).reset(Server)
		}},
		{"a cut head", verdict.ClosedInResponse, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-")).fin(Server)
		}},
		{"an answer that stalls", verdict.BackendSlow, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")).after(55 * time.Second).fin(Client)
		}},
		{"an answer broken off by the client", verdict.Inconclusive, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")).after(ms).reset(Client)
		}},
		{"no HTTP", verdict.Inconclusive, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")).fin(Client)
		}},
		{"no answer", verdict.ResponseSilent, getIt, func(s *script) *script { return s.after(55 * time.Second).fin(Client) }},
		{"a close instead", verdict.ClosedBeforeResponse, getIt, func(s *script) *script { return s.fin(Server) }},
		{"an error of the backend's own", verdict.Healthy, getIt, func(s *script) *script {
			return s.send(Server, []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")).fin(Server)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.rest(ask(t, c.request)).mustBe(c.want)
			line, _, _ := strings.Cut(c.request, "\r\n")
			mustSay(t, got, line)
		})
	}
}

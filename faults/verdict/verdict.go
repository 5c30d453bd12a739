package verdict

// ID names a verdict. The values are part of the public interface.
type ID = string

// The verdicts, in the order in which an exchange can meet them.
const (
	Healthy                   ID = "healthy"
	NameNotResolved           ID = "name-not-resolved"
	NoRoute                   ID = "no-route"
	ConnectionRefused         ID = "connection-refused"
	ConnectionFiltered        ID = "connection-filtered" // no answer to the SYN
	FirewallDropsData         ID = "firewall-drops-data" // TCP is up, but what we send is never acknowledged
	BackendSilent             ID = "backend-silent"      // acknowledged the ClientHello, answered nothing
	BackendSlow               ID = "backend-slow"        // answers, but not in time
	NotTLS                    ID = "not-tls"
	TLSVersionMismatch        ID = "tls-version-mismatch"
	TLSCipherMismatch         ID = "tls-cipher-mismatch"
	CertificateUntrusted      ID = "certificate-untrusted"
	CertificateExpired        ID = "certificate-expired"
	CertificateWrongName      ID = "certificate-wrong-name"
	ClientCertificateRequired ID = "client-certificate-required"
	ClosedInHandshake         ID = "closed-in-handshake"
	ResetInHandshake          ID = "reset-in-handshake"
	StaleConnection           ID = "stale-connection" // a kept connection the backend had already given up
	ResponseSilent            ID = "response-silent"  // took the request, answered nothing
	ClosedBeforeResponse      ID = "closed-before-response"
	ClosedInResponse          ID = "closed-in-response"
	Inconclusive              ID = "inconclusive"
)

// IDs returns every id. The slice is the caller's own.
func IDs() []ID {
	return []ID{Healthy, NameNotResolved, NoRoute, ConnectionRefused, ConnectionFiltered, FirewallDropsData,
		BackendSilent, BackendSlow, NotTLS, TLSVersionMismatch, TLSCipherMismatch, CertificateUntrusted,
		CertificateExpired, CertificateWrongName, ClientCertificateRequired, ClosedInHandshake, ResetInHandshake,
		StaleConnection, ResponseSilent, ClosedBeforeResponse, ClosedInResponse, Inconclusive}
}

// Verdict is a judgement with its reasons. All of it is text for people, except ID. Parts of it may come from the
// network: whoever shows it escapes it.
type Verdict struct {
	ID       ID       `json:"id"`
	Summary  string   `json:"summary"`   // one sentence
	Evidence []string `json:"evidence"`  // the observations behind it, never nil
	NextStep string   `json:"next_step"` // what to do, or whom to ask for what; "" if there is nothing to do
}

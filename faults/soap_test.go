package faults

import (
	"encoding/xml"
	"testing"
)

func TestSOAPBodyHasTheMembersOfTheCapture(t *testing.T) {
	fault, _ := Find(RequestBodyTooBig)
	want := `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
		`<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>Body buffer overflow</faultstring><faultactor/>` +
		`<detail><source><errorcode>protocol.http.TooBigBody</errorcode></source></detail></soap:Fault></soap:Body></soap:Envelope>`
	if got := string(fault.SOAPBody(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSOAPBodyIsWellFormedWhateverTheValues(t *testing.T) {
	fault, _ := Find(ApplicationNotFound)
	vars := Vars{"vhost": "default", "path": "/<a>&\x00\x1b]]>\"\xff\ufffe"}
	var doc struct {
		String string `xml:"Body>Fault>faultstring"`
	}
	if err := xml.Unmarshal(fault.SOAPBody(vars), &doc); err != nil {
		t.Fatal(err)
	}
	if want := "Unable to identify proxy for host: default and url: /<a>&\ufffd\ufffd]]>\"\ufffd\ufffd"; doc.String != want {
		t.Errorf("faultstring %q, want %q", doc.String, want)
	}
}

func TestFaultWithoutTextHasNoSOAPBody(t *testing.T) {
	fault, _ := Find(ErrorResponseCode)
	if fault.SOAPBody(nil) != nil {
		t.Error("it has one")
	}
}

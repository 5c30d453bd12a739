package secret_test

import (
	"strings"
	"testing"

	"message-processor/tracing/secret"
)

func TestNamesOfSecretsAreFoundHoweverTheyAreWritten(t *testing.T) {
	for _, name := range strings.Fields(`Authorization Proxy-Authorization cookie Set-Cookie2 X-Api-Key api_key API.KEY
		client%5Fsecret %70assword access_token X-Amz-Security-Token Ocp-Apim-Subscription-Key jwt PWD JSESSIONID token Passw X-XSRF`) {
		switch {
		case name == "X-XSRF": // a part of a longer name is no whole name
			if secret.IsName([]byte(name)) {
				t.Errorf("%s is a secret's", name)
			}
		case !secret.IsName([]byte(name)) || !secret.IsParameter([]byte(name)):
			t.Errorf("%s is no secret's", name)
		}
	}
}

func TestShortNamesAreSecretsOnlyAsParameters(t *testing.T) {
	for _, name := range []string{"key", "Sig"} {
		if !secret.IsParameter([]byte(name)) || secret.IsName([]byte(name)) {
			t.Errorf("%s: parameter %t, name %t", name, secret.IsParameter([]byte(name)), secret.IsName([]byte(name)))
		}
	}
}

func TestInnocentNamesStay(t *testing.T) {
	for _, name := range strings.Fields("Content-Type Accept q page orderId keyboard signed token_type Access-Control-Allow-Credentials %zz %7") {
		if secret.IsParameter([]byte(name)) {
			t.Errorf("%s is taken for a secret's", name)
		}
	}
	if secret.IsParameter(nil) {
		t.Error("no name is taken for a secret's")
	}
}

func TestALongNameIsLookedAtInItsFirstPart(t *testing.T) {
	if secret.IsName([]byte(strings.Repeat("x", 1<<20) + "password")) {
		t.Error("what stands a megabyte away was looked at")
	}
}

func BenchmarkIsParameter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		secret.IsParameter([]byte("Accept-Encoding"))
	}
}

package session_test

import (
	"fmt"
	"strings"
	"testing"

	"message-processor/tracing/session"
)

// planted stands where a secret was put; no form of a transaction may show it.
const planted = "pl4nted"

// shown is everything a transaction can be made to tell.
func shown(tx *session.Transaction) string {
	text := string(tx.AppendXML(nil)) + string(tx.AppendJSON(nil)) + string(tx.AppendFile(nil))
	return text + fmt.Sprintf("%+v%+v", tx.Summary(), tx.Received())
}

var secretFields = []string{"Authorization", "authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "apikey",
	"X-Auth-Token", "X-Amz-Security-Token", "X-Csrf-Token", "Ocp-Apim-Subscription-Key", "X-Client-Secret", "Api_Key",
	"X-Functions-Key", "X-Forwarded-Authorization", "X-Session-Id", "X-Vault-Token", "Password", "X-Signature"}

func TestSecretsInHeadersAreMasked(t *testing.T) {
	for _, name := range secretFields {
		c := newCall("GET", "/v1/orders", name+": "+planted, "X-Plain: visible")
		c.connect().secure().send()
		c.Messages.SentHead = head("GET /api HTTP/1.1", name+": "+planted)
		c.pass("200 OK", "", "Set-Cookie: id="+planted, "Set-Cookie2: "+planted, "X-Access-Token: "+planted)
		text := shown(record(t, c))
		if strings.Contains(text, planted) || !strings.Contains(text, `<Header name="`+name+`">*****</Header>`) {
			t.Errorf("%s is shown", name)
		}
		if !strings.Contains(text, ">visible<") {
			t.Error("what is no secret is masked")
		}
	}
}

var secretPaths = []string{"/v1/orders?apikey=%s", "/v1/orders?a=1&access_token=%s&b=2", "/v1/orders?client_secret=%s",
	"/v1/orders?password=%s", "/v1/orders?PASSWORD=%s", "/v1/orders?client%%5Fsecret=%s", "/v1/orders?api-key=%s#x",
	"/v1/orders?refresh_token=%s", "/v1/orders?id_token=%s", "/v1/orders?key=%s", "/v1/orders?sig=%s&se=1",
	"/v1/orders?X-Amz-Signature=%s", "/v1/orders?X-Amz-Credential=%s", "/v1/orders?user[password]=%s", "/v1/orders?pwd=x,;y/%s",
	"/v1/orders;jsessionid=%s", "/v1/orders?code_verifier=%s", `/v1/orders?password="a"%s`, `/v1/orders?token="%s`,
	"/v1/orders?x=eyJhbGciOiJIUzI1NiJ9.%s.c2lnbmF0dXJl", "/v1/orders?jwt=%s", "/v1/orders?client_assertion=%s"}

func TestSecretsInTheQueryAreMasked(t *testing.T) {
	for _, pattern := range secretPaths {
		path := fmt.Sprintf(pattern, planted)
		c := newCall("GET", path, "Referer: https://app.example.com"+path, "X-Link: <https://app.example.com"+path+">; rel=next")
		c.connect().secure().send()
		c.Messages.SentHead = head("GET /api"+path+" HTTP/1.1", "Host: x")
		c.API.TargetURL = "https://orders.example.com" + path
		c.pass("302 Found", "", "Location: https://app.example.com"+path)
		if text := shown(record(t, c)); strings.Contains(text, planted) || !strings.Contains(text, "*****") {
			at := max(strings.Index(text, planted), 0)
			t.Errorf("%s shows %q", path, text[max(0, at-60):at])
		}
	}
}

var secretBodies = []string{`grant_type=password&username=joe&password=%s`, `client_secret=%s&x=1`,
	`{"username":"joe","password":"%s"}`, `{"access_token" : "%s", "token_type":"Bearer"}`, `{"password":"a\"%s"}`,
	`{"a":{"clientSecret":"%s"}}`, `{"pin":%s}`, `{"tokens":["x","%s"]}`, `{"password":"%s`, `password: %s`,
	`<wsse:Password Type="text">%s</wsse:Password>`, `<password>%s</password>`, `<login user="joe" password="%s"/>`,
	`<Password>%s`, `token='%s'`, `See https://joe:%s@host/x`, `Bearer abcdefghijklmnop%s`, `Authorization: Basic %s`,
	"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n%s\r\n--b--\r\n",
	"--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\nContent-Type: text/plain\r\n\r\nx\r\n%s\r\n--b--\r\n"}

func TestSecretsInBodiesAreMasked(t *testing.T) {
	for _, pattern := range secretBodies {
		body := fmt.Sprintf(pattern, planted)
		c := newCall("POST", "/v1/orders")
		c.Messages.RequestBody, c.BytesIn = []byte(body), int64(len(body))
		c.connect().secure().send().pass("401 Unauthorized", body)
		if text := shown(record(t, c)); strings.Contains(text, planted) || !strings.Contains(text, "*****") {
			t.Errorf("%s is shown", body)
		}
		if string(c.Messages.RequestBody) != body {
			t.Error("the record's own memory was changed")
		}
	}
}

func TestWhatOnlyLooksLikeASecretStays(t *testing.T) {
	const body = `{"fault":{"code":"TokenExpired","key":"customer","message":"invalid token"},"token_type":"Bearer"}`
	fields := []string{"WWW-Authenticate: Bearer realm=\"orders\", error=\"invalid_token\"", "Access-Control-Allow-Credentials: true",
		"Access-Control-Allow-Headers: Authorization, X-Api-Key", "X-Compass: north", "ETag: \"passing\""}
	c := newCall("GET", "/v1/orders/tokens?page=2&monkey=1").connect().secure().send().pass("401 Unauthorized", body, fields...)
	tx := record(t, c)
	if text := shown(tx); strings.Contains(text, "*****") {
		at := strings.Index(text, "*****")
		t.Errorf("masked: %s", text[max(0, at-80):at+20])
	}
}

func TestMaskedJSONIsStillJSON(t *testing.T) {
	const body = `{"user":"joe","password":"pl4nted","next":"x"}`
	c := newCall("POST", "/v1/orders")
	c.Messages.RequestBody, c.BytesIn = []byte(body), int64(len(body))
	got := record(t, c.connect().secure().send().pass("200 OK", "")).Received().Content
	if want := `{"user":"joe","password":"*****","next":"x"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestKeepSecretsKeepsThem(t *testing.T) {
	o := options()
	o.KeepSecrets = true
	c := newCall("GET", "/v1/orders?apikey="+planted+"q", "Authorization: Basic "+planted+"h").connect().secure().send().pass("200 OK", "")
	text := shown(recordWith(t, c, o))
	if !strings.Contains(text, planted+"q") || !strings.Contains(text, planted+"h") || strings.Contains(text, "*****") {
		t.Error("masked although it was switched off")
	}
}

func TestASessionsInfoDoesNotTellTheSecretItFiltersFor(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default", session.Filter{Name: "Authorization", Value: planted}, session.Filter{Name: "X-Dbg", Value: "1"})
	info, _ := s.Find(orders, "default")
	if info.Filters[0].Value != "*****" || info.Filters[1].Value != "1" {
		t.Errorf("%+v", info.Filters)
	}
}

func TestAFoldedSecretIsMaskedWhole(t *testing.T) {
	c := newCall("GET", "/v1/orders")
	c.Messages.RequestHead = []byte("GET / HTTP/1.1\r\nAuthorization: Digest a,\r\n b: " + planted + "\r\n\tc\r\nHost: x\r\n\r\n")
	c.API.Name = ""
	if text := shown(record(t, c.fail("malformed_request", 0, nil))); strings.Contains(text, planted) || !strings.Contains(text, "{Name:Host Value:x}") {
		t.Error("a folded value is shown")
	}
}

// Who keeps secrets can still give a transaction away without them.
func TestAMaskedCopyHasNoSecretsAndTheOriginalKeepsThem(t *testing.T) {
	o := options()
	o.KeepSecrets = true
	const body = `{"password":"` + planted + `"}`
	c := newCall("POST", "/v1/orders?apikey="+planted, "Authorization: Basic "+planted)
	c.Messages.RequestBody, c.BytesIn = []byte(body), int64(len(body))
	c.API.TargetURL = "https://orders.example.com/?sig=" + planted
	c.connect().secure().send()
	c.Messages.SentHead = head("GET /api?apikey="+planted+" HTTP/1.1", "Cookie: "+planted)
	tx := recordWith(t, c.pass("401 Unauthorized", body, "Set-Cookie: "+planted), o)
	if text := shown(tx.Masked()); strings.Contains(text, planted) || !strings.Contains(text, "*****") {
		t.Errorf("shown: %s", text)
	}
	if text := shown(tx); strings.Count(text, planted) < 6 || strings.Contains(text, "*****") {
		t.Error("the original was changed")
	}
}

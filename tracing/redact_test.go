package tracing

import (
	"strings"
	"testing"
)

func TestSecretsAreTakenOutOfURLs(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig"
	for target, want := range map[string]string{
		"":                                   "",
		"/v1/orders/42":                      "/v1/orders/42",
		"page=2&sort=asc":                    "page=2&sort=asc",
		"/a?api_key=k&page=2":                "/a?api_key=REDACTED&page=2",
		"apikey=k":                           "apikey=REDACTED",
		"API-Key=k":                          "API-Key=REDACTED",
		"a=1&client_secret=s;b=2":            "a=1&client_secret=REDACTED;b=2",
		"access_token=a/b?c=d&e=f":           "access_token=REDACTED&e=f",
		"X-Amz-Signature=0af":                "X-Amz-Signature=REDACTED",
		"X-Amz-Credential=AK%2F2026":         "X-Amz-Credential=REDACTED",
		"sig=x&sv=2020":                      "sig=REDACTED&sv=2020",
		"user%5Bpassword%5D=x":               "user%5Bpassword%5D=REDACTED",
		"%70assword=x":                       "%70assword=REDACTED",
		"password=":                          "password=",
		"monkey=x&design=y&spin=z":           "monkey=x&design=y&spin=z",
		"/shop;jsessionid=0A1B/cart;v=1?x=1": "/shop;jsessionid=REDACTED;v=1?x=1",
		"/jwt/" + jwt + "/x":                 "/jwt/REDACTED/x",
		"q=" + jwt + "&n=1":                  "q=REDACTED&n=1",
		"eyJ=short":                          "eyJ=short",
		"a==b&&;&token=%":                    "a==b&&;&token=REDACTED",
		strings.Repeat("a", 100) + "token=x": strings.Repeat("a", 100) + "token=x", // too long for a name
		"http://h/p?key=" + strings.Repeat("k", 3000): "http://h/p?key=REDACTED",
	} {
		if got := string(AppendRedacted(nil, []byte(target))); got != want {
			t.Errorf("%s becomes %s, want %s", target, got, want)
		}
	}
}

func FuzzRedactionKeepsWhatIsNoParameter(f *testing.F) {
	f.Add("/a/b?c=d;e=f#g")
	f.Add("token=%zz&eyJaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, target string) {
		got := string(AppendRedacted([]byte("before"), []byte(target)))
		if !strings.HasPrefix(got, "before") {
			t.Errorf("%q", got)
		}
		if !strings.Contains(target, "=") && !strings.Contains(target, "eyJ") && got != "before"+target {
			t.Errorf("%q becomes %q", target, got)
		}
	})
}

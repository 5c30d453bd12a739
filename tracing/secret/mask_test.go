package secret

import (
	"bytes"
	"testing"
)

// Masking neither panics nor loses what stands around secrets, and finds nothing more the second time.
func FuzzText(f *testing.F) {
	for _, seed := range []string{`a=1&password=x`, `{"token":"x"}`, `<a:pin>1</a:pin>`, `"secret"`, `token`, `token=`, `token="`, `token:[`,
		`<password`, `<password/>`, `name="pwd"` + "\r\n\r\n", `http://a:b@`, `basic abcdefghijklmnopq`, `eyJabcdefghijklmnop`, `pin]=1`, `%`, `<token a="b">c`,
		`pin=''x 00000`, `pin="a"b,c d`, `pin='a'`, `pin='a`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once := Mask(bytes.Clone(text))
		twice := Mask(bytes.Clone(once))
		if !bytes.Equal(once, twice) {
			t.Errorf("%q, masked %q, masked again %q", text, once, twice)
		}
		if !bytes.Contains(once, []byte(Stars)) && !bytes.Equal(once, text) {
			t.Errorf("%q was changed to %q without being masked", text, once)
		}
	})
}

// The quotes stay where they are a string's, and go where the value goes on after them: none is left open to swallow more.
func TestMaskingAParameterInQuotes(t *testing.T) {
	for text, want := range map[string]string{
		`password="x y"; a=1`:   `password="*****"; a=1`,
		`password='x'&a=1`:      `password='*****'&a=1`,
		`<a password="x"/>`:     `<a password="*****"/>`,
		`password=''x 1`:        `password=***** 1`,
		`password="x"y,z&a=1`:   `password=*****&a=1`,
		`password="x" "y"`:      `password="*****" "y"`,
		`password='x' it's all`: `password='*****' it's all`,
		`password="x`:           `password="*****`,
	} {
		if got := string(Mask([]byte(text))); got != want {
			t.Errorf("%s is masked as %s, want %s", text, got, want)
		}
	}
}

func TestMaskingWipesTheOriginal(t *testing.T) {
	text := []byte("a=1&password=secret")
	if got := string(Mask(text)); got != "a=1&password=*****" || bytes.Contains(text, []byte("secret")) {
		t.Errorf("%s, and %q is left", got, text)
	}
}

func TestMaskingWithoutSecretsAllocatesNothing(t *testing.T) {
	text := []byte(`{"id":17,"state":"open","items":[{"name":"a"},{"name":"b"}],"href":"https://x/y?z=1"}`)
	if n := testing.AllocsPerRun(100, func() { Mask(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

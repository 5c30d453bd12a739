package session_test

import (
	"testing"

	"message-processor/tracing/session"
)

func TestFiltersSelectRequests(t *testing.T) {
	const path = "/v1/orders?user=john%20doe&empty=&flag&plus=a+b&user=second&%75ser2=x&bad=%zz"
	fields := []string{"X-Dbg: 1", "x-lower:two", "X-Twice: a", "X-Twice: b", "Accept-Language:  de  "}
	tests := []struct {
		key, value string
		want       bool
	}{
		{"header_X-Dbg", "1", true}, {"header_x-dbg", "1", true}, {"header_X-DBG", "2", false}, {"header_X-Db", "1", false},
		{"header_X-Lower", "two", true}, {"header_X-Twice", "a", true}, {"header_X-Twice", "b", true},
		{"header_Accept-Language", "de", true}, {"header_X-None", "", false}, {"header_GET /v1/orders?user=john%20doe", "", false},
		{"qparam_user", "john doe", true}, {"qparam_user", "second", true}, {"qparam_user", "john%20doe", false},
		{"qparam_User", "john doe", false}, {"qparam_empty", "", true}, {"qparam_flag", "", true}, {"qparam_plus", "a b", true},
		{"qparam_user2", "x", true}, {"qparam_bad", "%zz", true}, {"qparam_none", "", false}, {"qparam_use", "r", false},
	}
	for _, test := range tests {
		filter, ok := session.ParseFilter(test.key, test.value)
		if !ok {
			t.Fatalf("%s is no filter", test.key)
		}
		if got := selects(t, path, fields, filter); got != test.want {
			t.Errorf("%s=%s selects: %v", test.key, test.value, got)
		}
	}
}

func TestAllFiltersMustMatch(t *testing.T) {
	dbg, _ := session.ParseFilter("header_X-Dbg", "1")
	user, _ := session.ParseFilter("qparam_user", "joe")
	for path, want := range map[string]bool{"/v1/orders?user=joe": true, "/v1/orders?user=ann": false, "/v1/orders": false} {
		if got := selects(t, path, []string{"X-Dbg: 1"}, dbg, user); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestOtherParametersAreNoFilters(t *testing.T) {
	for _, key := range []string{"session", "timeout", "header_", "qparam_", "Header_X", "header", ""} {
		if f, ok := session.ParseFilter(key, "x"); ok {
			t.Errorf("%s is %+v", key, f)
		}
	}
}

func selects(t *testing.T, path string, fields []string, filters ...session.Filter) bool {
	t.Helper()
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default", filters...)
	s.Observe(newCall("GET", path, fields...).connect().secure().send().pass("200 OK", "").Record)
	return len(transactions(t, s, "default")) == 1
}

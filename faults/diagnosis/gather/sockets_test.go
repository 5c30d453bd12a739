package gather

import "testing"

func TestALineOfProcIsRead(t *testing.T) {
	for line, want := range map[string]string{
		"   0: 0100007F:2329 076433CB:01BB 02 0000002A:00000001 00:00000000 00000000  0  0 1":                       "127.0.0.1:9001 203.51.100.7:443 SYN_SENT 42 1",
		"   1: B80D01200000000067452301EFCDAB89:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00": "[2001:db8::123:4567:89ab:cdef]:80 [::]:0 LISTEN 0 0",
		"   2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:1F92 01 00000000:00000000 00": "127.0.0.1:80 127.0.0.1:8082 ESTABLISHED 0 0",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt":                               "",
		"   0: 0100007F:2329 076433CB:01BB FF 0:0":                                                                  "", "": "", "0: zz:1 0100007F:1 01 0:0": "", "0: 01:1 01:1 01 0:0": "",
	} {
		s, ok := parseSocket(line)
		if got := socketText(s, ok); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"message-processor/faults/verdict"
)

// probed runs the command and returns its verdict.
func probed(t *testing.T, exit int, args ...string) verdict.Verdict {
	t.Helper()
	command := exec.Command("message-processor", append([]string{"probe", "--json"}, args...)...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if command.ProcessState == nil || command.ProcessState.ExitCode() != exit {
		t.Errorf("%s: %v, want exit code %d\n%s", command, err, exit, &stderr)
	}
	var document struct{ Verdict verdict.Verdict }
	if err := json.Unmarshal(out, &document); err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	return document.Verdict
}

func TestProbeJudgesTargetsOfOpenSSL(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	good, client := ca.good(), ca.issue("client", time.Hour)
	demanding := []string{"-Verify", "1", "-CAfile", ca.caFile, "-verify_return_error"}
	for _, test := range []struct {
		name    string
		address string
		args    []string
		want    verdict.ID
	}{
		{"good", sslServer(t, good), nil, verdict.Healthy},
		{"old-version", sslServer(t, good, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), nil, verdict.TLSVersionMismatch},
		{"no-common-cipher", sslServer(t, good, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM"), nil, verdict.TLSCipherMismatch},
		{"no-common-group", sslServer(t, good, "-tls1_3", "-groups", "ffdhe2048"), nil, verdict.TLSCipherMismatch},
		{"expired", sslServer(t, ca.issue("expired", -time.Hour, "127.0.0.1")), nil, verdict.CertificateExpired},
		{"wrong-address", sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test")), nil, verdict.CertificateWrongName},
		{"other-name", sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test")), []string{"--server-name", "elsewhere.test"}, verdict.Healthy},
		{"self-signed", sslServer(t, ca.selfSigned()), nil, verdict.CertificateUntrusted},
		{"unknown-ca", sslServer(t, newAuthority(t).good()), nil, verdict.CertificateUntrusted},
		{"unverified", sslServer(t, newAuthority(t).good()), []string{"--tls-verify", "none"}, verdict.Healthy},
		{"client-certificate-1.3", sslServer(t, good, append(demanding, "-tls1_3")...), nil, verdict.ClientCertificateRequired},
		{"client-certificate-1.2", sslServer(t, good, append(demanding, "-tls1_2")...), nil, verdict.ClientCertificateRequired},
		{"client-certificate-given", sslServer(t, good, append(demanding, "-tls1_2")...),
			[]string{"--certificate", client.certificate, "--key", client.key}, verdict.Healthy},
		{"silent", silentListener(t), []string{"--handshake-timeout", "500ms"}, verdict.BackendSilent},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			exit := 1
			if test.want == verdict.Healthy {
				exit = 0
			}
			v := probed(t, exit, append([]string{"https://" + test.address + "/", "--tls-ca", ca.caFile}, test.args...)...)
			if v.ID != test.want {
				t.Errorf("%s, want %s: %+v", v.ID, test.want, v)
			}
		})
	}
}

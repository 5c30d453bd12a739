package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"message-processor/config"
)

// The fields that sign what a webhook receives.
const (
	TimestampField = "X-Apigee-Timestamp" // Unix seconds of the attempt
	SignatureField = "X-Apigee-Signature" // see Sign
)

// Sign is the signature of a body sent at a time: "sha256=" and the HMAC-SHA256, in hexadecimal digits, of the
// timestamp field's text, a full stop and the body. With the time in it, an old message cannot be sent again unnoticed.
// The original signs nothing; this is our own.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// request is one attempt to deliver a notice.
func (c *courier) request(ctx context.Context, n *notice) (*http.Request, error) {
	to, body := c.to.Destination, []byte(nil)
	if c.to.Channel == config.ChannelAlertmanager {
		to, body = strings.TrimRight(to, "/")+"/api/v2/alerts", n.alertmanager(c.options)
	} else {
		body = n.webhook(c.options)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, refusedError{"nothing, its URL cannot be used"} // config has let no such URL through
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "message-processor")
	if len(c.to.Secret) > 0 {
		timestamp := strconv.FormatInt(time.Now().Unix(), 10)
		r.Header.Set(TimestampField, timestamp)
		r.Header.Set(SignatureField, Sign(c.to.Secret, timestamp, body))
	}
	return r, nil
}

// newClient has a connection for each message and follows no redirect: the destination is the one configured.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 16 << 10,
			TLSHandshakeTimeout:    attemptTime,
		}
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// managementClient speaks to the management listener of a running gateway.
type managementClient struct {
	base, username, passwordFile string
	password                     string
	http                         http.Client
}

const (
	managementTimeout = 10 * time.Second
	maxManagementBody = 64 << 20 // bytes of one answer
)

func (c *managementClient) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.base, "management", "http://127.0.0.1:8082", "`URL` of the gateway's management listener")
	flags.StringVar(&c.username, "username", "", "`NAME` for HTTP Basic")
	flags.StringVar(&c.passwordFile, "password-file", "", "`FILE` with the password, one line")
}

// open checks the flags and reads the password.
func (c *managementClient) open() error {
	if !strings.Contains(c.base, "://") {
		c.base = "http://" + c.base
	}
	u, err := url.Parse(c.base)
	if err != nil || u.Host == "" {
		return usageError{fmt.Errorf("--management %q is no URL; for instance http://127.0.0.1:8082", c.base)}
	}
	c.base = strings.TrimSuffix(u.String(), "/")
	c.http.Timeout = managementTimeout
	if c.passwordFile == "" {
		return nil
	}
	password, err := os.ReadFile(c.passwordFile)
	if err != nil {
		return fmt.Errorf("--password-file: %w", err)
	}
	c.password = strings.TrimRight(string(password), "\r\n")
	return nil
}

// call sends one request and returns the body of an answer below 300. Any other
// answer is an error in the words of the gateway.
func (c *managementClient) call(ctx context.Context, method, path, accept string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	if c.username != "" {
		request.SetBasicAuth(c.username, c.password)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxManagementBody))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", c.base, err)
	case response.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("%s asks for a login; give --username and --password-file", c.base)
	case response.StatusCode >= 300:
		return nil, refusalOf(response.Status, body)
	}
	return body, nil
}

// unreachable says what to do about a gateway that does not answer.
func (c *managementClient) unreachable(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("no gateway answers at %s (%w); is it running, and is that its --management address?", c.base, op.Err)
	}
	return fmt.Errorf("%s: %w", c.base, err)
}

// managementError is an answer that refuses, in the API's own form.
type managementError struct {
	status, code, message string
}

func (e *managementError) Error() string {
	if e.message == "" {
		return "the gateway answered " + e.status
	}
	return e.message
}

// isNotFound tells whether the gateway does not have what was asked for.
func (e *managementError) isNotFound() bool { return strings.HasPrefix(e.status, "404 ") }

func refusalOf(status string, body []byte) error {
	var told struct{ Code, Message string }
	json.Unmarshal(body, &told) // an answer in another form is told by its status alone
	return &managementError{status: status, code: told.Code, message: told.Message}
}

// get reads a JSON document.
func (c *managementClient) get(ctx context.Context, path string, into any) error {
	body, err := c.call(ctx, http.MethodGet, path, "application/json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s%s: not the JSON expected: %w", c.base, path, err)
	}
	return nil
}

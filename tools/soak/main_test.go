package main

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

func TestTheCommandLineIsChecked(t *testing.T) {
	talk := os.Stderr
	os.Stderr, _ = os.Open(os.DevNull) // the usage is not for the test's reader
	defer func() { os.Stderr = talk }()
	for _, args := range [][]string{{"-duration", "10s"}, {"-stuck", "0"}, {"-rate", "0"}, {"word"}, {"-no-such-flag"}} {
		if err := command(context.Background(), args, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
	o, err := parseOptions(nil)
	if err != nil || o.duration != 30*time.Minute || o.stuck != 20_000 || o.seed == 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if err := command(context.Background(), []string{"-gateway", "/dev/null"}, io.Discard); err == nil || errors.Is(err, errUsage) {
		t.Errorf("a program that is none: %v", err)
	}
}

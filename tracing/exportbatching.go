package tracing

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// batching is how spans are gathered before they are uploaded.
type batching struct {
	queueSpans int           // OTEL_BSP_MAX_QUEUE_SIZE
	batchSpans int           // OTEL_BSP_MAX_EXPORT_BATCH_SIZE
	delay      time.Duration // OTEL_BSP_SCHEDULE_DELAY: how long a span waits at most
	timeout    time.Duration // OTEL_BSP_EXPORT_TIMEOUT: of one upload, retries included
}

// readBatching reads OTEL_BSP_*. The defaults are larger than the specification's 2048 and 512 spans, and the delay is
// shorter than its 5 s: a transaction has five to eight spans and a gateway has thousands of transactions a second, while
// somebody who follows the playbook looks for a trace right after the call. As the specification wants it, a value that
// is none is told and its default used.
func readBatching(env func(string) string, warn func(string)) batching {
	b := batching{
		queueSpans: positive(env, "OTEL_BSP_MAX_QUEUE_SIZE", 32768, warn),
		batchSpans: positive(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 4096, warn),
		delay:      time.Duration(positive(env, "OTEL_BSP_SCHEDULE_DELAY", 1000, warn)) * time.Millisecond,
		timeout:    time.Duration(positive(env, "OTEL_BSP_EXPORT_TIMEOUT", 30_000, warn)) * time.Millisecond,
	}
	b.batchSpans = min(b.batchSpans, b.queueSpans)
	return b
}

// positive reads a whole number above 0.
func positive(env func(string) string, name string, otherwise int, warn func(string)) int {
	text := strings.TrimSpace(env(name))
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1e9 {
		warn(fmt.Sprintf("%s is %q; allowed: a whole number from 1 to 1000000000; %d is used", name, text, otherwise))
		return otherwise
	}
	return n
}

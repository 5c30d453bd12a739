package config

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// AlertCondition compares a metric of some transactions, over the last DurationSeconds, with a threshold.
type AlertCondition struct {
	Description string          `json:"description"`
	Dimensions  AlertDimensions `json:"dimensions"`
	Metric      string          `json:"metric"` // one of the Metric constants
	// Percentile, 1 to 99, is for the two latency metrics. The key is inferred from the query of the metrics API.
	Percentile      int     `json:"percentile,omitempty"`
	Threshold       float64 `json:"threshold"`
	DurationSeconds int     `json:"durationSeconds"` // of the sliding window, 1 to 86,400
	Comparator      string  `json:"comparator"`      // > >= < <=
	// Line is where the first dimension about fault codes was given, for the problem of one that selects none; 0: there
	// is none.
	Line int `json:"-"`
}

// Metrics of a condition. The original documents tps; count, totalLatency and targetLatency are what its metrics API
// selects; the name of the rate is inferred from its description. errorRate is taken as the same.
const (
	MetricCount         = "count"         // transactions in the window
	MetricTPS           = "tps"           // the same for each second
	MetricRate          = "rate"          // share, 0 to 1, of the transactions that the other dimensions select
	MetricErrorRate     = "errorRate"     // MetricRate
	MetricTotalLatency  = "totalLatency"  // milliseconds, a percentile
	MetricTargetLatency = "targetLatency" // milliseconds from the connection to the end of the answer, a percentile
)

// Any is the wildcard of dimensions. One that is not given means the same.
const Any = "ANY"

// AlertDimensions say which transactions a condition is about. "" and Any stand for all.
type AlertDimensions struct {
	Org    string `json:"org,omitempty"`
	Env    string `json:"env,omitempty"`
	Proxy  string `json:"proxy,omitempty"`
	Target string `json:"target,omitempty"` // host, host:port, or a server of a load balancer
	Region string `json:"region,omitempty"` // only Any: a gateway of its own has no region
	// StatusCode of the answer is three digits or a class such as 5xx.
	StatusCode string `json:"statusCode,omitempty"`
	// FaultCode is the code that traces show. The original's own keys are likely to be the three below, which choose
	// fault codes by where API Monitoring files them; a name may be the code itself, too.
	FaultCode            string `json:"faultCode,omitempty"`
	FaultCodeCategory    string `json:"faultCodeCategory,omitempty"`
	FaultCodeSubCategory string `json:"faultCodeSubCategory,omitempty"`
	FaultCodeName        string `json:"faultCodeName,omitempty"`
	FaultSource          string `json:"faultSource,omitempty"` // target, proxy, apigee, router; our own
}

const longestWindow = 86_400 // seconds

func (d alertDecoder) condition(v value) AlertCondition {
	var c AlertCondition
	v.mapping([]field{
		{"description", text(&c.Description, alertTextRule)},
		{"dimensions", func(v value) { d.dimensions(v, &c) }},
		{"metric", text(&c.Metric, metricRule())},
		{"percentile", c.percentile},
		{"threshold", c.threshold},
		{"durationSeconds", integer(&c.DurationSeconds, 1, longestWindow)},
		{"comparator", text(&c.Comparator, oneOf(">", ">=", "<", "<="))},
	})
	v.require("metric", metricRule().allowed)
	v.require("threshold", "a number")
	v.require("durationSeconds", "a whole number from 1 to 86400")
	v.require("comparator", ">, >=, <, <=")
	if c.isLatency() && c.Percentile == 0 {
		c.Percentile = 95
	}
	return c
}

func metricRule() rule {
	return oneOf(MetricCount, MetricTPS, MetricRate, MetricErrorRate, MetricTotalLatency, MetricTargetLatency)
}

func (c *AlertCondition) isLatency() bool {
	return c.Metric == MetricTotalLatency || c.Metric == MetricTargetLatency
}

// IsRate tells whether the metric is a share rather than a number.
func (c *AlertCondition) IsRate() bool { return c.Metric == MetricRate || c.Metric == MetricErrorRate }

func (c *AlertCondition) percentile(v value) {
	if c.Metric != "" && !c.isLatency() {
		v.refuse("leave it out", "is only for "+MetricTotalLatency+" and "+MetricTargetLatency)
		return
	}
	integer(&c.Percentile, 1, 99)(v)
}

func (c *AlertCondition) threshold(v value) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(v.node.Value, "_", ""), 64)
	number := v.node.Kind == yaml.ScalarNode && (v.node.Tag == "!!int" || v.node.Tag == "!!float")
	switch {
	case !number || err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0:
		v.refuse(v.unquoted("a number, 0 or more"), "is %s", v.describe())
	case c.IsRate() && f > 1:
		v.refuse("a share from 0 to 1, such as 0.05 for five of a hundred", "is %s", v.describe())
	default:
		c.Threshold = f
	}
}

func (d alertDecoder) dimensions(v value, c *AlertCondition) {
	to := &c.Dimensions
	v.mapping([]field{
		{"org", d.own(&to.Org, d.organization, "organization")},
		{"env", d.own(&to.Env, d.environment, "environment")},
		{"proxy", text(&to.Proxy, nameRule)},
		{"target", text(&to.Target, dimensionRule)},
		{"region", text(&to.Region, regionRule)},
		{"statusCode", text(&to.StatusCode, statusCodeRule)},
		{"faultCode", c.located(&to.FaultCode, dimensionRule)},
		{"faultCodeCategory", c.located(&to.FaultCodeCategory, faultNameRule)},
		{"faultCodeSubCategory", c.located(&to.FaultCodeSubCategory, faultNameRule)},
		{"faultCodeName", c.located(&to.FaultCodeName, faultNameRule)},
		{"faultSource", text(&to.FaultSource, oneOf(Any, "target", "proxy", "apigee", "router"))},
	})
}

// located reads a dimension about fault codes and remembers where the first stands.
func (c *AlertCondition) located(to *string, r rule) func(value) {
	return func(v value) {
		if text(to, r)(v); c.Line == 0 {
			c.Line = v.line
		}
	}
}

// faultNameRule allows for the blanks in the names of API Monitoring.
var faultNameRule = rule{"up to 128 characters that print, or " + Any, func(s string) string {
	if s == "" || len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "is " + quote(s)
	}
	return ""
}}

var dimensionRule = rule{"up to 128 characters without blanks, or " + Any, func(s string) string {
	if s == "" || len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "is " + quote(s)
	}
	return ""
}}

var regionRule = rule{Any, func(s string) string {
	if s != Any {
		return "is " + quote(s) + ", but a gateway of its own has no region"
	}
	return ""
}}

var statusCodeForm = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)

var statusCodeRule = rule{"a status such as 502, a class such as 5xx, or " + Any + ", in quotes", func(s string) string {
	if s != Any && !statusCodeForm.MatchString(s) {
		return "is " + quote(s)
	}
	return ""
}}

package config

import (
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// mostAlerts is the original's bound for an organization.
const mostAlerts = 20

// alerts reads alerts in the shape of API Monitoring's alert JSON. This version checks and keeps them, and warns that
// nothing evaluates them yet.
func (d *draft) alerts(v value) {
	items := v.items()
	if len(items) > mostAlerts {
		v.refuse("up to 20", "holds %d alerts", len(items))
	}
	for _, item := range items {
		checkAlert(item)
		if alert, ok := plain(item.node).(map[string]any); ok {
			d.Alerts = append(d.Alerts, alert)
		}
	}
	if len(items) > 0 {
		v.warn("has no effect in this version")
	}
}

func checkAlert(v value) {
	word, flag := text(new(string), anyRule), boolean(new(bool))
	seconds := integer(new(int), 0, math.MaxInt32)
	v.mapping([]field{
		{"organization", word},
		{"name", text(new(string), filledRule)},
		{"description", word},
		{"environment", word},
		{"enabled", flag},
		{"conditions", each(checkCondition)},
		{"notifications", each(func(v value) {
			v.mapping([]field{{"channel", word}, {"destination", word}})
		})},
		{"playbook", word},
		{"throttleIntervalSeconds", seconds},
		{"reportEnabled", flag},
	})
	v.require("name", filledRule.allowed)
	v.require("conditions", "a list of conditions")
}

func checkCondition(v value) {
	v.mapping([]field{
		{"description", text(new(string), anyRule)},
		{"dimensions", func(v value) {
			for _, m := range v.members() {
				text(new(string), anyRule)(m.value)
			}
		}},
		{"metric", text(new(string), filledRule)},
		{"threshold", checkNumber},
		{"durationSeconds", integer(new(int), 0, math.MaxInt32)},
		{"comparator", text(new(string), filledRule)},
	})
}

func checkNumber(v value) {
	if _, err := strconv.ParseFloat(v.node.Value, 64); err != nil || v.node.Tag == "!!str" {
		v.refuse("a number", "is %s", v.describe())
	}
}

func each(check func(value)) func(value) {
	return func(v value) {
		for _, item := range v.items() {
			check(item)
		}
	}
}

// plain turns a node into maps, slices, strings, bools and float64s, as encoding/json would.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		items := make([]any, len(n.Content))
		for i, item := range n.Content {
			items[i] = plain(item)
		}
		return items
	}
	return plainScalar(n)
}

func plainScalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}

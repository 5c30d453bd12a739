package lab

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Knob is one setting of a behaviour. Durations are written like 250ms, numbers as plain digits.
type Knob struct{ Name, Value string }

// maxKnob bounds every number a knob can hold: none of them is worth more memory or traffic than this.
const maxKnob = 1 << 30

// knobs reads the fields of b that have a knob tag.
func knobs(b behaviour) []Knob {
	v := reflect.ValueOf(b)
	var list []Knob
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("knob"); name != "" {
			list = append(list, Knob{Name: name, Value: fmt.Sprint(v.Field(i).Interface())})
		}
	}
	return list
}

// setKnobs is a copy of the rows with "NAME.KNOB" settings applied.
func setKnobs(rows []row, set map[string]string) ([]row, error) {
	rows = slices.Clone(rows)
	for _, key := range slices.Sorted(maps.Keys(set)) {
		name, knob, _ := strings.Cut(key, ".")
		i := slices.IndexFunc(rows, func(r row) bool { return r.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("setting %q: there is no behaviour of that name", key)
		}
		how, err := withKnob(rows[i].how, knob, set[key])
		if err != nil {
			return nil, fmt.Errorf("setting %q: %w", key, err)
		}
		rows[i].how = how
	}
	return rows, nil
}

// withKnob is a copy of b with one knob changed.
func withKnob(b behaviour, knob, value string) (behaviour, error) {
	v := reflect.New(reflect.TypeOf(b)).Elem()
	v.Set(reflect.ValueOf(b))
	var names []string
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("knob")
		if name == knob && name != "" {
			n, err := parseKnob(v.Field(i).Type(), value)
			v.Field(i).SetInt(n)
			return v.Interface().(behaviour), err
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return nil, fmt.Errorf("there is no such knob; there are: [%s]", strings.Join(names, ", "))
}

func parseKnob(t reflect.Type, value string) (int64, error) {
	if t == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is not a duration like 250ms", value)
		}
		return int64(d), nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > maxKnob {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", value, maxKnob)
	}
	return n, nil
}

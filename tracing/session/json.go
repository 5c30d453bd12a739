package session

import (
	"encoding/json"
	"strconv"
)

// The JSON form of one transaction. The names are the original's, odd capitals included.
type (
	jsonTransaction struct {
		Completed bool        `json:"completed"`
		Point     []jsonPoint `json:"point"`
	}
	jsonPoint struct {
		ID      string `json:"id"`
		Results []any  `json:"results"`
	}
	jsonDebugInfo struct {
		ActionResult string         `json:"ActionResult"`
		Properties   jsonProperties `json:"properties"`
		Timestamp    string         `json:"timestamp"`
	}
	jsonProperties struct {
		Property []jsonProperty `json:"property"`
	}
	jsonProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	jsonMessage struct {
		ActionResult string         `json:"ActionResult"`
		Content      string         `json:"content,omitempty"`
		Headers      []jsonProperty `json:"headers"`
		URI          *string        `json:"uRI,omitempty"`
		Verb         *string        `json:"verb,omitempty"`
		Reason       *string        `json:"reasonPhrase,omitempty"`
		Status       string         `json:"statusCode,omitempty"`
	}
	jsonAccesses struct {
		ActionResult string       `json:"ActionResult"`
		AccessList   []jsonAccess `json:"accessList"`
	}
	jsonAccess struct {
		Get jsonGet `json:"Get"`
	}
	jsonGet struct {
		Name  string  `json:"name"`
		Value *string `json:"value,omitempty"`
	}
)

// AppendJSON appends the transaction as one JSON object: completed, then the points.
func (t *Transaction) AppendJSON(dst []byte) []byte {
	points := t.Points()
	document := jsonTransaction{Completed: true, Point: make([]jsonPoint, 0, len(points))}
	for i := range points {
		document.Point = append(document.Point, jsonPoint{points[i].ID, results(&points[i])})
	}
	text, err := json.Marshal(document)
	if err != nil { // strings, a bool and slices of them cannot fail
		panic(err)
	}
	return append(dst, text...)
}

func results(p *Point) []any {
	list := []any{}
	if p.ID == Paused || p.ID == Resumed {
		return list
	}
	list = append(list, jsonDebugInfo{"DebugInfo", jsonProperties{jsonList(p.Properties)}, string(appendStamp(nil, p))})
	if p.Message != nil {
		list = append(list, messageResult(p.Message))
	}
	if p.Access != nil {
		list = append(list, accessResult(p.Access))
	}
	return list
}

func messageResult(m *Message) jsonMessage {
	result := jsonMessage{ActionResult: m.Kind, Content: m.Content, Headers: jsonList(m.Headers)}
	if m.Kind == RequestMessage {
		result.URI, result.Verb = &m.URI, &m.Verb
	} else if m.Status != 0 {
		result.Reason, result.Status = &m.Reason, strconv.Itoa(m.Status)
	}
	return result
}

func accessResult(read []Access) jsonAccesses {
	list := make([]jsonAccess, 0, len(read))
	for i := range read {
		get := jsonGet{Name: read[i].Name}
		if read[i].HasValue {
			get.Value = &read[i].Value
		}
		list = append(list, jsonAccess{get})
	}
	return jsonAccesses{"VariableAccess", list}
}

func jsonList(properties []Property) []jsonProperty {
	list := make([]jsonProperty, 0, len(properties))
	for _, p := range properties {
		list = append(list, jsonProperty(p))
	}
	return list
}

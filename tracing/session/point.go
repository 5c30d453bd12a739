package session

import "time"

// The ids of points.
const (
	StateChange = "StateChange"
	FlowInfo    = "FlowInfo"
	Condition   = "Condition"
	Execution   = "Execution"
	Error       = "Error"
	DebugMask   = "DebugMask"
	Paused      = "Paused"
	Resumed     = "Resumed"
)

// Point is one step of a trace. Text in it may come from the network: whoever shows it escapes it.
type Point struct {
	ID         string
	Time       time.Time // UTC; zero for Paused and Resumed
	Properties []Property
	Message    *Message // nil where there is none
	Access     []Access // to variables; nil where there is no such element, empty where it is empty
}

// Property is a name and a value: of a point, or a header.
type Property struct{ Name, Value string }

// The kinds of messages.
const (
	RequestMessage  = "RequestMessage"
	ResponseMessage = "ResponseMessage"
	ErrorMessage    = "ErrorMessage"
)

// Message is a message as a point shows it.
type Message struct {
	Kind      string // RequestMessage, ResponseMessage or ErrorMessage
	Headers   []Property
	Content   string // its first 500 characters and "....." when there are more
	Truncated bool   // Content is not all of it
	URI, Verb string // of a request
	Reason    string // of an answer
	Status    int    // of an answer; 0: there is none yet
}

// Access is a variable that was read. Value is meaningless if it had none.
type Access struct {
	Name, Value string
	HasValue    bool
}

func get(name, value string) Access { return Access{Name: name, Value: value, HasValue: true} }

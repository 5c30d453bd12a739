package faults

// Confidence says how well a fact about the original is founded.
type Confidence string

// The degrees of Confidence, best first.
const (
	Documented Confidence = "documented" // a page of the vendor says so
	Observed   Confidence = "observed"   // seen in a public capture
	Recalled   Confidence = "recalled"   // known from a page that was not read again
	Inferred   Confidence = "inferred"   // follows from the neighbours
	Ours       Confidence = "ours"       // no fact known: this product's own choice
)

// Fault is one row of the catalogue: how one kind of failure looks to the client, in a trace and in system.log.
// String, Log.Text and Log.Exception are templates, see Vars.
type Fault struct {
	ID         ID
	Status     int    // 0: the answer is not the gateway's, or nothing is known of it
	Reason     string // reason phrase of the status line
	String     string // faultstring; "" where there is no JSON body
	Code       string // errorcode in the body
	TraceCode  string // the code in trace and monitoring: not always Code
	Source     string // fault source: target, proxy, apigee or router
	ReasonCode string // member "reason" that newer versions of the original add; "" where none is known
	Log        Log
	Cause      string     // what went wrong
	Trigger    string     // what makes it happen
	GovernedBy string     // the setting of the original that decides it
	Confidence Confidence // of Status and String
	Produced   bool       // by this gateway
}

// Log is the one line a fault writes to system.log. The zero Log writes none.
type Log struct {
	Logger, Level string
	Text          string   // what stands after " - "
	Exception     []string // lines that follow, for the faults whose original shows a stack
	Confidence    Confidence
}

// Find returns the row of id.
func Find(id ID) (Fault, bool) {
	for _, group := range catalogue {
		for i := range group {
			if group[i].ID == id {
				return group[i], true
			}
		}
	}
	return Fault{}, false
}

// All returns every row, in the catalogue's order. The slice is the caller's own.
func All() []Fault {
	var all []Fault
	for _, group := range catalogue {
		all = append(all, group...)
	}
	return all
}

// Package faults is the catalogue of what can go wrong with a request: for each fault its status, the JSON body byte
// for byte, the codes that trace and monitoring show, and its line in system.log.
//
// The catalogue is a literal table (catalogue*.go). Its values are facts about Apigee Edge's Message Processor; a test
// holds every row against the table of facts in testdata/faults.json. A row is found by its ID and rendered with the
// values of the moment:
//
//	f, _ := faults.Find(faults.TargetHeadersTooBig)
//	f.Body(faults.Vars{"limit": faults.Limit(25600)}, false)
//
// Three things surprise and are meant: "/" is escaped in bodies; the code in a trace may differ from the one in the
// body (Code, TraceCode); and rows that this gateway never produces are kept, because logs, captures and people name
// them (Produced tells).
package faults

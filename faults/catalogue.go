package faults

// The catalogue stands in four files, one for each place where a request can fail. A row holds facts only; which
// failure leads to which row is decided in package proxy.
//
// Log lines follow one rule that the original does not know: every produced fault writes exactly one line, at level
// ERROR, and describes the channel in its newer form. Where the original's line is known its words are kept, else
// the line has the shape of its neighbours and says Inferred or Ours.
var catalogue = [...][]Fault{connecting, answering, requests, known}

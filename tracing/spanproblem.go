package tracing

import "message-processor/faults/verdict"

// problem is what went wrong with a request, as its spans tell it. The zero value is a good end.
type problem struct {
	code, source   string // of the fault, as in the X-Apigee-fault-code and -source fields
	server, client string // error.type of the two spans; empty where the span's own part is no error
	message        string // of the status
	verdict        string // id of what is behind a fault of this gateway
}

// problemOf names the errors. For a passed-on answer the HTTP semantic conventions decide: 4xx is the caller's mistake,
// so it is an error of the CLIENT span only; error.type is then the status.
func problemOf(r *Record) problem {
	switch {
	case r.Failure != nil:
		return failed(r)
	case r.passedStatus() >= 400:
		p := problem{code: passedCode, source: passedSource, client: statusText(r.passedStatus())}
		if r.passedStatus() >= 500 {
			p.server = p.client
		}
		return p
	case r.Status == StatusClientClosed && r.Messages.ResponseHead == nil:
		return problem{client: "canceled"}
	}
	return problem{}
}

func failed(r *Record) problem {
	f := r.Failure
	p := problem{message: clean(string(AppendRedacted(nil, []byte(f.Fault.Message(f.Vars))))),
		verdict: verdict.Judge(Evidence(r)).ID}
	p.code, p.source = r.Fault()
	p.server = p.code
	if f.Step >= DNS && f.Step <= Receive || f.Fault.Source == passedSource {
		p.client = p.code
	}
	return p
}

// statusText is the number as text, without making a new one for the usual statuses.
func statusText(status int) string {
	const digits = "400401402403404405406407408409410411412413414415416417418419420421422423424425426427428429" +
		"500501502503504505506507508509510511"
	switch {
	case status >= 400 && status < 430:
		return digits[3*(status-400):][:3]
	case status >= 500 && status < 512:
		return digits[3*(30+status-500):][:3]
	}
	return string([]byte{'0' + byte(status/100%10), '0' + byte(status/10%10), '0' + byte(status%10)})
}

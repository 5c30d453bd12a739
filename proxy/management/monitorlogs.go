package management

import (
	"net/http"
	"strconv"
	"time"

	"message-processor/tracing/monitor"
)

// logRecord is one fault in the form of API Monitoring's raw log. Names and types are observed; that they are those of
// the router's access log is inferred, and with it that response_time is in seconds.
type logRecord struct {
	FaultCode        string  `json:"fault_code"`
	FaultFlow        string  `json:"fault_flow"`
	FaultPolicy      string  `json:"fault_policy"`
	FaultProxy       string  `json:"fault_proxy"`
	FaultSource      string  `json:"fault_source"`
	Request          string  `json:"request"`
	RequestLength    int64   `json:"request_length"` // bytes, head and body
	RequestMessageID string  `json:"request_message_id"`
	ResponseSize     int64   `json:"response_size"` // bytes of the body
	ResponseStatus   string  `json:"response_status"`
	ResponseTime     float64 `json:"response_time"` // seconds
	Timestamp        string  `json:"timestamp"`
	VirtualHost      string  `json:"virtual_host"`
}

// logs answers with the last faults, newest first. Besides from, to and the dimensions, limit says how many.
func (a apiMonitoring) logs(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	from, to, err := readSpan(values, time.Now().Add(time.Second), 25*time.Hour)
	if err != nil {
		refuse(w, http.StatusBadRequest, invalidParameter, err.Error())
		return
	}
	limit := 0
	if text := values.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			refuse(w, http.StatusBadRequest, invalidParameter, "limit: "+strconv.Quote(text)+" is not a number above 0")
			return
		}
	}
	list := []logRecord{}
	for _, c := range a.o.Monitor.Calls(monitor.Selection{From: from, To: to, Where: conditions(values), FaultsOnly: true, Limit: limit}) {
		list = append(list, a.record(c))
	}
	answer(w, http.StatusOK, struct {
		Logs []logRecord `json:"logs"`
	}{list})
}

// record tells of one call. No policy or flow causes a fault here, which is "null" as in the X-Apigee-fault-policy field.
func (a apiMonitoring) record(c monitor.Call) logRecord {
	return logRecord{FaultCode: c.FaultCode, FaultFlow: "null", FaultPolicy: "null/null", FaultProxy: c.Value(monitor.Proxy),
		FaultSource: c.FaultSource, Request: c.Method + " " + c.Path, RequestLength: c.BytesIn, RequestMessageID: c.MessageID,
		ResponseSize: c.BytesOut, ResponseStatus: strconv.Itoa(c.Status), ResponseTime: c.Took.Seconds(),
		Timestamp: c.Ended.Format("2006-01-02T15:04:05.000Z07:00"), VirtualHost: a.o.VirtualHost()}
}

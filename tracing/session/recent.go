package session

// recent is the flight recorder: the last faulty transactions, oldest first, because nobody has a session open when
// the fault happens.
type recent struct {
	list  []*Transaction
	bytes int64
}

func (r *recent) push(t *Transaction, o *Options) {
	r.list = append(r.list, t)
	r.bytes += t.size
	r.trim(o)
}

// trim drops the oldest until the bounds hold.
func (r *recent) trim(o *Options) {
	drop := 0
	for drop < len(r.list) && (len(r.list)-drop > o.KeepFaults || r.bytes > o.MaxBytes) {
		r.bytes -= r.list[drop].size
		r.list[drop] = nil
		drop++
	}
	r.list = r.list[drop:]
}

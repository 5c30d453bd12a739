package packets

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"message-processor/faults/verdict"
)

// Read reads a capture to its end, or to where it is damaged, which is no error but in the report. An error means that the
// input is no capture at all, cannot be read, or that ctx has ended.
func Read(ctx context.Context, r io.Reader) (*Report, error) {
	src, err := open(r)
	if err != nil {
		return nil, err
	}
	report, flows := &Report{Connections: []Connection{}}, newTable()
	var d decoder
	for {
		if report.Packets%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		packet, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			report.Damage = &Damage{Offset: src.offset(), Packet: report.Packets, Reason: err.Error()}
			break
		}
		report.add(packet, &d, flows)
	}
	report.Comment, report.Secrets = src.about()
	report.close(flows)
	return report, nil
}

// add takes one packet.
func (r *Report) add(packet raw, d *decoder, flows *table) {
	r.Packets++
	if packet.time.After(r.end) {
		r.end = packet.time
	}
	s, ok := d.decode(packet)
	if !ok {
		r.Skipped++
		return
	}
	s.moment = moment{r.Packets, packet.time}
	flows.take(&s)
}

// close judges every connection and puts the suspicious ones first.
func (r *Report) close(flows *table) {
	r.Dropped = flows.dropped
	for _, f := range flows.flows {
		f.finish()
		f.Verdict = f.judge(r.end)
		f.Exchanges = f.app.complete()
		r.Connections = append(r.Connections, f.Connection)
	}
	slices.SortStableFunc(r.Connections, func(a, b Connection) int {
		return cmp.Compare(suspicion(a.Verdict.ID), suspicion(b.Verdict.ID))
	})
}

// suspicion orders verdicts: a cause, then what cannot be told, then what is healthy.
func suspicion(id verdict.ID) int {
	switch id {
	case verdict.Healthy:
		return 2
	case verdict.Inconclusive:
		return 1
	}
	return 0
}

// String is where the damage is and what it is.
func (d *Damage) String() string {
	return fmt.Sprintf("damaged at byte %d, after packet %d: %s", d.Offset, d.Packet, d.Reason)
}

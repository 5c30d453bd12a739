package systemlog

import (
	"io"
	"testing"

	"github.com/rs/zerolog"
)

const benchEvent = `{"level":"error","org":"acme","env":"test","api":"orders","rev":"3","timestamp":1795338942330,` +
	`"logger":"HTTP.CLIENT","thread":"NIOThread@1","messageid":"mp1-12575-7-1","useCount":1,"bytesRead":0,"bytesWritten":0,` +
	`"age":55221,"lastIO":55221,"isOpen":true,"message":"` + handshakeMessage + `"}` + "\n"

func BenchmarkRender(b *testing.B) {
	for name, render := range map[string]func(*record, []byte) []byte{"text": (*record).appendText, "json": (*record).appendJSON} {
		b.Run(name, func(b *testing.B) {
			var r record
			event := []byte(benchEvent)
			b.ReportAllocs()
			for b.Loop() {
				r.decode(event)
				r.line = render(&r, r.line)
			}
		})
	}
}

// BenchmarkLog is what a caller pays for the line, zerolog included.
func BenchmarkLog(b *testing.B) {
	w, err := Open(Options{Stdout: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	log := zerolog.New(w).With().Str(FieldOrg, "acme").Str(FieldEnv, "test").Str(FieldAPI, "orders").Int(FieldRevision, 3).Logger()
	b.ReportAllocs()
	for b.Loop() {
		log.Error().Int64(FieldTimestamp, 1795338942330).Str(FieldLogger, "HTTP.CLIENT").Str(FieldThread, "NIOThread@1").
			Str(FieldMessageID, "mp1-12575-7-1").Msg(handshakeMessage)
	}
}

func TestRenderingDoesNotAllocate(t *testing.T) {
	var r record
	event := []byte(benchEvent)
	for name, render := range map[string]func(*record, []byte) []byte{"text": (*record).appendText, "json": (*record).appendJSON} {
		if n := testing.AllocsPerRun(100, func() {
			r.decode(event)
			r.line = render(&r, r.line)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

package main

import (
	"os"
	"time"
)

// startup is how the gateway begins.
type startup struct {
	ready   float64 // ms from the start of the process to the line that says it serves; median
	slowest float64 // ms
	binary  float64 // MB
}

const starts = 20

func startUp(g *ground) (startup, error) {
	var took []float64
	for range starts {
		began := time.Now()
		p, err := startGateway(g, secure(g))
		if err != nil {
			return startup{}, err
		}
		took = append(took, float64(time.Since(began))/1e6)
		p.stop()
	}
	file, err := os.Stat(g.binary)
	if err != nil {
		return startup{}, err
	}
	return startup{median(took), percentile(took, 100), float64(file.Size()) / 1e6}, nil
}

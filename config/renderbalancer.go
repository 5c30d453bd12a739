package config

// renderedServer and the types below are a load balancer in the words of the file.
type renderedServer struct {
	Name     string       `yaml:"name"`
	Host     string       `yaml:"host"`
	Port     int          `yaml:"port"`
	Weight   int          `yaml:"weight"`
	Fallback bool         `yaml:"fallback"`
	Enabled  bool         `yaml:"enabled"`
	TLS      *renderedTLS `yaml:"tls,omitempty"`
}

type renderedBalancer struct {
	Algorithm      string           `yaml:"algorithm"`
	MaxFailures    int              `yaml:"max_failures"`
	Retry          bool             `yaml:"retry"`
	UnhealthyCodes []int            `yaml:"unhealthy_codes"`
	MaxInFlight    int              `yaml:"max_in_flight,omitempty"`
	Monitor        *renderedMonitor `yaml:"health_monitor,omitempty"`
}

type renderedMonitor struct {
	Interval       string        `yaml:"interval"`
	ConnectTimeout string        `yaml:"connect_timeout"`
	Port           int           `yaml:"port,omitempty"`
	TCP            bool          `yaml:"tcp,omitempty"`
	HTTP           *renderedHTTP `yaml:"http,omitempty"`
}

type renderedHTTP struct {
	ReadTimeout  string `yaml:"read_timeout"`
	Method       string `yaml:"method"`
	Path         string `yaml:"path"`
	SuccessCodes []int  `yaml:"success_codes"`
}

func (s *Server) rendered(secure bool) renderedServer {
	return renderedServer{s.Name, s.Host, s.Port, s.Weight, s.Fallback, s.Enabled, s.TLS.rendered(secure)}
}

func (b *LoadBalancer) rendered() *renderedBalancer {
	return &renderedBalancer{b.Algorithm, b.MaxFailures, b.Retry, append([]int{}, b.UnhealthyCodes...), b.MaxInFlight, b.Monitor.rendered()}
}

func (m *HealthMonitor) rendered() *renderedMonitor {
	if m == nil {
		return nil
	}
	r := &renderedMonitor{Interval: m.Interval.String(), ConnectTimeout: m.ConnectTimeout.String(), Port: m.Port, TCP: m.HTTP == nil}
	if h := m.HTTP; h != nil {
		r.HTTP = &renderedHTTP{h.ReadTimeout.String(), h.Method, h.Path, h.SuccessCodes}
	}
	return r
}

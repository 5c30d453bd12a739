package config

// SystemLog says where the log goes and how it looks.
type SystemLog struct {
	Path   string // "-" is standard output; the file need not exist
	Format string // text, json
	Level  string // debug, info, warn, error
	// MaxSizeMB is the size, in MiB, at which the file is rotated; MaxFiles is how many rotated files are kept.
	MaxSizeMB, MaxFiles int
}

func formatRule() rule { return oneOf("text", "json") }
func levelRule() rule  { return oneOf("debug", "info", "warn", "error") }

func (s *SystemLog) decode(v value) {
	v.mapping([]field{
		{"path", func(v value) {
			text(&s.Path, filledRule)(v)
			if s.Path != "-" {
				s.Path = v.loading.path(s.Path)
			}
		}},
		{"format", text(&s.Format, formatRule())},
		{"level", text(&s.Level, levelRule())},
		{"max_size_mb", integer(&s.MaxSizeMB, 1, 100_000)},
		{"max_files", integer(&s.MaxFiles, 1, 10_000)},
	})
}

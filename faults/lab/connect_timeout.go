package lab

// connectTimeout listens with a queue for one connection, which it fills itself and never accepts from: the kernel (Linux)
// drops every further SYN, so the gateway's stays unanswered until its connect timer expires.
type connectTimeout struct{}

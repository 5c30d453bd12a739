package packets

import "message-processor/faults/verdict"

const maxText = 200 // bytes of text from the network that is repeated

func clean(s string) string { return verdict.Brief(s, maxText) }

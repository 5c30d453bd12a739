module message-processor/tools/bench

go 1.26.0

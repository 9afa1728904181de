#!/bin/sh
# Several addresses for one embedder: they share the work, and when one is out
# the others do it all.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 9

corpus 3000 >corpus.jsonl
requests() { # of the server at a port
    curl -s "http://127.0.0.1:$1/control/stats" >stats
    field stats embed_requests
}
# Each takes its time, so that neither has done it all before the other is asked.
start_api --dim 16 --embed ms=5
first=$port
start_api --dim 16 --embed ms=5
second=$port
t "two addresses: status 0" run corpus.jsonl --embed openai:m --dim 16 \
    --embed-url "http://127.0.0.1:$first/v1" \
    --embed-url "http://127.0.0.1:$second/v1" \
    --embed-workers 4 --embed-batch 10 --store jsonl:both.jsonl
t "every document is stored" is "$(wc -l <both.jsonl)" 3000
t "the first has its share" [ "$(requests "$first")" -gt 50 ]
t "the second has its share" [ "$(requests "$second")" -gt 50 ]
start_api --dim 16 --outage-ms 1:3600000
third=$port
t "EM-02 one address is out: status 0" run corpus.jsonl --job out \
    --embed openai:m --dim 16 \
    --embed-url "http://127.0.0.1:$first/v1" \
    --embed-url "http://127.0.0.1:$third/v1" \
    --embed-workers 4 --embed-batch 10 --store jsonl:out.jsonl
t "EM-02 every document is stored all the same" is "$(wc -l <out.jsonl)" 3000
t "EM-02 nothing failed" is "$("$BATCHTOP" failures out | wc -l)" 0
t "EM-02 the first address is out from the start: status 0" run corpus.jsonl \
    --job begin --embed openai:m --dim 16 --retries 0 --embed-workers 1 \
    --embed-url "http://127.0.0.1:$third/v1" \
    --embed-url "http://127.0.0.1:$first/v1" --store jsonl:begin.jsonl
stop_api
start_api --dim 16 --outage-at 3:3600000
t "EM-02 one worker, and its address goes out: status 0" run corpus.jsonl \
    --job one --embed openai:m --dim 16 --embed-workers 1 --embed-batch 10 \
    --embed-url "http://127.0.0.1:$port/v1" \
    --embed-url "http://127.0.0.1:$first/v1" --store jsonl:one.jsonl

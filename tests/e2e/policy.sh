#!/bin/sh
# Refusals through the real binary: what fails for its size, or for one text in
# it, whatever the service says, and what fails for everybody.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 20

export OPENAI_API_KEY=canary-77 QDRANT_API_KEY=canary-77
corpus 400 >c.jsonl
summary() { field sum.json "$1"; }
stat_of() { # name
    curl -s --noproxy '*' "http://127.0.0.1:$port/control/stats" >stats.json
    field stats.json "$1"
}
# job ID, ARGS: against the fakeapi that runs; status, sum.json
job() {
    id=$1
    shift
    timeout 120 "$BATCHTOP" c.jsonl --job "$id" --checkpoint-dir "$id" \
        --embed openai:m --embed-url "http://127.0.0.1:$port/v1" \
        --plain --json "$@" >sum.json 2>log
    status=$?
}
to_file() { job "$1" --store "jsonl:$1.jsonl" --retries "$2"; }
to_store() {
    job "$1" --store "qdrant+http://127.0.0.1:$port/docs" --create
}

# One text in twenty makes the server fail at the whole request.
start_api --poison "the %20" --poison-status 500
to_file poison 2
t "EM-23 a text that makes a request fail with 500 fails alone" is \
    "$status $(summary stored) $(summary failed)" "1 380 20"
t "EM-23 requests for it are bounded" [ "$(stat_of embed_requests)" -lt 500 ]
stop_api

start_api --poison "the %20" --poison-status 500
to_file once 0
t "EM-23 nobody fails beside it, at --retries 0 neither" is \
    "$status $(summary stored) $(summary failed)" "1 380 20"
stop_api

# A gateway, a server and a firewall that do not take large bodies.
for answer in 504 500 400 1; do
    start_api --limit-bytes 4000 --large-status $answer
    to_file "embed-$answer" 5
    t "EM-23 $answer for a large request makes it smaller" is \
        "$status $(summary stored) $(summary failed)" "0 400 0"
    t "EM-23 $answer: the size is learned" \
        [ "$(stat_of embed_requests)" -lt 80 ]
    stop_api
done

for answer in 504 500 1; do
    start_api --dim 8 --limit-bytes 9000 --large-status $answer
    to_store "upsert-$answer"
    t "EM-23 $answer for a large upsert makes it smaller" is \
        "$status $(summary stored) $(summary failed)" "0 400 0"
    t "EM-23 $answer: the upsert's size is learned" \
        [ "$(stat_of upsert_requests)" -lt 80 ]
    stop_api
done

# The service is away near the end of the corpus.
start_api --outage-at 5:2500
head -n 40 c.jsonl >d.jsonl && mv d.jsonl c.jsonl
job tail --store jsonl:tail.jsonl --retries 0 --embed-batch 10
t "EM-26 an outage at the tail fails nothing, at --retries 0 neither" is \
    "$status $(summary stored) $(summary failed)" "0 40 0"
t "EM-26 the service is found soon after" awk -v s="$(summary elapsed_s)" \
    'BEGIN { exit !(s < 8) }'
stop_api

# Not one text of the corpus is served, but the known word is.
start_api --poison "the " --poison-status 400
corpus 300 >c.jsonl
job none --store jsonl:none.jsonl --hold-limit 0
t "EM-50 where a known word is served, the texts are to blame" is \
    "$status $(summary stored) $(summary failed)" "1 0 300"
stop_api

#!/bin/sh
# Elasticsearch and OpenSearch from the command line, as fakeapi speaks them.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 19

corpus 2000 >corpus.jsonl
long=$(printf '%600s' '' | tr ' ' x)
printf '{"id":"%s","text":"too long a name"}\n' "$long" >>corpus.jsonl
export ELASTIC_API_KEY=sesame-0817 OPENSEARCH_API_KEY=admin:sesame-0817

# through SERVICE PREFIX HEADER: a whole job, its questions, its key
through() {
    start_api --dim 32 --key "$3"
    url=http://127.0.0.1:$port
    "$BATCHTOP" corpus.jsonl --job "$1" --store "$1+$url/$2/docs" \
        --embed openai:m --embed-url "$url/v1" --create --json >sum 2>log
    t "$1: all but the document with a name too long are stored" is \
        "$? $(field sum stored) $(field sum failed)" "1 2000 1"
    curl -s "$url/control/dump" >dump
    t "$1 mixes up no vectors" is \
        "$(grep -c ' ok$' dump) $(grep -c ' bad$' dump)" "2000 0"
    "$BATCHTOP" failures "$1" >failures.txt
    t "$1: the failure says why" says failures.txt "the id has 600 bytes"
    "$BATCHTOP" verify "$1" --sample 0 >log 2>&1
    t "ST-11 $1: verify finds every id" says log \
        "asked for 2,000 ids, 0 missing"
    "$BATCHTOP" search "$1" "any topic" -k 3 >found 2>log
    t "$1: search reads hits" is "$(wc -l <found)" 3
    t "$1: the key is in no file" sh -c \
        '! grep -rq sesame-0817 checkpoints log sum'
}
export OPENAI_API_KEY=sesame-0817
through elasticsearch es 'sesame-0817'
export OPENAI_API_KEY='YWRtaW46c2VzYW1lLTA4MTc='
through opensearch os 'YWRtaW46c2VzYW1lLTA4MTc='
start_api
"$BATCHTOP" corpus.jsonl --job none --plain \
    --store "elasticsearch+http://127.0.0.1:$port/os/docs" >log 2>&1
status=$?
t "ST-05 the other product is known before it costs: status 2" is $status 2
t "and what to write instead" says log "is OpenSearch: write opensearch+"

# A queue that takes ten documents a second of all that come.
corpus 100 >slow.jsonl
kill "$api"
start_api --dim 32 --docs-per-s 10
url=http://127.0.0.1:$port
"$BATCHTOP" slow.jsonl --store "elasticsearch+$url/es/docs" --create \
    --embed openai:m --embed-url "$url/v1" --json >sum 2>log
t "ST-30 429 of single documents: all are stored" is \
    "$? $(field sum stored) $(field sum failed)" "0 100 0"
curl -s "$url/control/stats" >stats
t "ST-30 the gate waits between: few requests" \
    test "$(field stats requests)" -lt 150
t "ST-30 and the log says so" says log "rejected execution"
start_api --dim 32 --busy-first 8 --pace ms --pace-ms 50
url=http://127.0.0.1:$port
"$BATCHTOP" slow.jsonl --job busy --store "elasticsearch+$url/es/docs" \
    --create --retries 2 --json >sum 2>log
t "ST-37 a store that is busy at the first request is waited for" is \
    "$? $(field sum stored)" "0 100"
t "ST-37 and the log says so" says log "; again in"

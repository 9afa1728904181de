#!/bin/sh
# The real Milvus 2.3.5, behind a facade for the routes of version 2 that it
# lacks, beside the real binary.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
need pgrep
real_milvus
port=$(free_port)
start_milvus || {
    tail -n 3 milvus.log facade.log
    echo "Bail out! Milvus does not start"
    exit 1
}
plan 14

store() { # collection
    echo "milvus+http://127.0.0.1:$port/$1"
}
corpus 2000 >corpus.jsonl
"$BATCHTOP" corpus.jsonl --job old --plain >log 2>&1 \
    --store "milvus+http://127.0.0.1:$milvus_port/docs"
status=$?
t "ST-24 a Milvus without version 2 of its interface: status 2" is $status 2
t "with what is needed" says log "Milvus 2.4 or newer is needed"
# One of Milvus' inner ports: it takes others where those are not free.
grpc=
for k in 2 3 4 5 6 7 8 9; do
    curl -s -m 2 "http://127.0.0.1:$((milvus_port + k))/" >/dev/null
    [ $? -eq 1 ] && grpc=$((milvus_port + k)) # curl: HTTP/0.9
done
"$BATCHTOP" corpus.jsonl --job grpc --plain >log 2>&1 \
    --store "milvus+http://127.0.0.1:${grpc:-1}/docs"
t "a port for gRPC is named" says log "is it a port for gRPC?"

"$BATCHTOP" corpus.jsonl --store "$(store docs)" --plain >log 2>&1
status=$?
t "a collection that is missing: status 2" is $status 2
t "--create makes it and every document is stored" \
    run corpus.jsonl --store "$(store docs)" --create
found() { # every id, once Milvus shows what was written
    "$BATCHTOP" verify corpus --sample 0 >log 2>&1 &&
        says log "asked for 2,000 ids, 0 missing"
}
t "ST-11 verify finds every id" wait_for found
"$BATCHTOP" search corpus "the 77 th document speaks of topic" -k 3 >hits 2>log
t "search finds what was meant" says hits doc-0000077
t "sent again, it is replaced" run corpus.jsonl --store "$(store docs)" \
    --new-job
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(store docs)"

{ corpus 100; awk 'BEGIN { printf "{\"id\":\"long\",\"text\":\""
    for (i = 0; i < 14000; i++) printf "word "
    print "\"}" }'; printf '%s\n' \
    '{"id":"inner","text":"x","metadata":{"o":{"n":9007199254740993}}}' \
    '{"id":"whole","text":"kept","metadata":{"n":9223372036854775807,"o":[1]}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$(store odd)" --create --json >sum 2>log
t "ST-20 what Milvus cannot hold fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "101 2"
"$BATCHTOP" failures odd --json >failed
t "before it is embedded" is "$(grep -c '"code":0' failed)" 2
t "a text is told with its length" says failed "70000 bytes"
record() {
    curl -s "http://127.0.0.1:$port/v2/vectordb/entities/query" -d '{
        "collectionName":"odd","filter":"id == \"whole\"",
        "outputFields":["text","n","o"]}' >record
    says record 9223372036854775807
}
t "metadata are dynamic fields, integers whole" wait_for record
t "lists, too" says record '[1]'

#!/bin/sh
# The real Chroma server, from PyPI, beside the real binary.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
real_chroma
take_ports || skip_all "no block of ports is free"
start_chroma || {
    tail -n 3 chroma.log
    echo "Bail out! Chroma does not start"
    exit 1
}
plan 24

base=http://127.0.0.1:$port/api/v2/tenants/default_tenant/databases/default_database/collections
uuid() { # collection
    curl -s "$base/$1" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p'
}
count() { # collection
    curl -s "$base/$(uuid "$1")/count"
}
holds() { [ "$(count "$1")" -ge "$2" ]; } # collection, records at least
reaches() { wait_for holds "$@"; }
store() { # collection
    echo "chroma+http://127.0.0.1:$port/$1"
}

corpus 3000 >corpus.jsonl
t "a collection that is missing stops the run before it embeds" sh -c '
    "$1" corpus.jsonl --store "$2" --plain >log 2>&1; [ $? -eq 2 ]' sh \
    "$BATCHTOP" "$(store docs)"
t "and --create is named as the remedy" says log "--create makes it"
t "--create makes it and every document is stored" \
    run corpus.jsonl --store "$(store docs)" --create
t "Chroma counts them" is "$(count docs)" 3000
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "ST-11 verify finds every id" says log "asked for 3,000 ids, 0 missing"
"$BATCHTOP" search corpus "$text_77" -k 3 >found \
    2>log
t "search finds as many as were asked for" is "$(wc -l <found)" 3
t "the nearest is the one that was meant" says found "doc-0000077"
curl -s -X POST -H 'Content-Type: application/json' "$base/$(uuid docs)/get" \
    -d '{"ids":["doc-0000042"],"include":["documents","metadatas"]}' >record
"$BATCHTOP" search --store "$(store docs)" --embed openai:x \
    --checkpoint-dir none "a query" >log 2>&1
t "EM-43 how they were made is kept with the collection" says log \
    'were made with "local"'
"$BATCHTOP" search --store "$(store docs)" --checkpoint-dir none -k 1 \
    "$text_77" >found 2>log
t "EM-43 so a search needs no checkpoint" says found doc-0000077
t "the text is the document" says record "the 42 th document speaks"
t "metadata has its members" says record '{"n":42}'
run corpus.jsonl --store "$(store docs)" --new-job
t "sent again, nothing is there twice" is "$(count docs)" 3000
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(store docs)"
t "with both dimensions named" says log \
    "holds vectors of 384 dimensions, the embedder gives 256"

{ corpus 500; printf '%s\n' \
    '{"id":"odd","text":"odd","metadata":{"deep":{"a":1}}}' \
    '{"id":"gr\u00fc\u00df \"x\"\n","text":"an odd id","metadata":{}}' \
    '{"id":"void","text":"x","metadata":{"kept":1,"lost":[]}}' \
    '{"id":"round","text":"x","metadata":{"n":9223372036854775808}}' \
    '{"id":"own","text":"the document","metadata":{"text":"a member"}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$(store odd)" --create --json >sum 2>log
t "ST-20 metadata that Chroma cannot hold fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "502 3"
curl -s -X POST -H 'Content-Type: application/json' "$base/$(uuid odd)/get" \
    -d '{"ids":["own"],"include":["documents","metadatas"]}' >record
t "a member \"text\" stands beside the document" sh -c \
    'grep -q "the document" record && grep -q "a member" record'
curl -s -X POST -H 'Content-Type: application/json' "$base/$(uuid odd)/upsert" \
    -d "{\"ids\":[\"v\"],\"documents\":[\"\"],\"metadatas\":[{\"l\":[]}],
    \"embeddings\":[[$(seq -s , 384)]]}" >answer
curl -s -X POST -H 'Content-Type: application/json' "$base/$(uuid odd)/get" \
    -d '{"ids":["v"],"include":["metadatas"]}' >record
t "an empty list is still stored as nothing by Chroma" says record \
    '"metadatas":[null]'
t "metadata=json in the URL stores it" run odd.jsonl --new-job \
    --store "$(store odd)?metadata=json"

corpus 9000 >big.jsonl
"$BATCHTOP" big.jsonl --store "$(store big)" --create --store-batch 200 \
    --store-workers 1 --plain >log 2>&1 &
run=$!
pids="$pids $run"
t "a run is under way" reaches big 1000
kill -9 "$run"
wait "$run" 2>/dev/null
t "after a kill the same line goes on" \
    run big.jsonl --store "$(store big)" --store-batch 200
t "nothing is lost and nothing is there twice" is "$(count big)" 9000

corpus 9000 >hour.jsonl
"$BATCHTOP" hour.jsonl --store "$(store hour)" --create --store-batch 200 \
    --store-workers 1 --json >sum 2>log &
run=$!
pids="$pids $run"
reaches hour 1000
kill -9 "$chroma"
wait "$chroma" 2>/dev/null
sleep 1
start_chroma
t "a server that dies and comes back ends no run" wait "$run"
t "every document is stored" is "$(field sum stored) $(count hour)" "9000 9000"
"$BATCHTOP" verify hour --sample 0 >log 2>&1
t "and verify finds every id" says log "asked for 9,000 ids, 0 missing"

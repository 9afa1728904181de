#!/bin/sh
# Milvus from the command line, as fakeapi speaks it: refusals, rate limits and
# troubles with status 200.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 12

corpus 2000 >corpus.jsonl
export MILVUS_TOKEN=root:sesame-0816
start_api --key 'Bearer root:sesame-0816'
store=milvus+http://127.0.0.1:$port/docs

"$BATCHTOP" corpus.jsonl --store "$store" --plain >log 2>&1
status=$?
t "a collection that is missing stops the run before it embeds" is $status 2
t "and --create is named as the remedy" says log "--create makes it"
run corpus.jsonl --store "$store" --create
curl -s -H "Authorization: Bearer $MILVUS_TOKEN" \
    "http://127.0.0.1:$port/control/dump" >dump
t "--create makes it and every document is there" is \
    "$(sort -u dump | wc -l)" 2000
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "ST-11 verify finds every id" says log "asked for 2,000 ids, 0 missing"
"$BATCHTOP" search corpus "any topic" -k 3 >found 2>log
t "search reads hits" is "$(wc -l <found)" 3
"$BATCHTOP" corpus.jsonl --job other --store "$store" --dim 256 --plain \
    >log 2>&1
status=$?
t "ST-05 another dimension is refused before it costs: status 2" is $status 2
t "with both dimensions named" says log \
    "holds vectors of 384 dimensions, the embedder gives 256"

{ corpus 10; printf '%s\n' \
    '{"id":"odd","text":"odd","metadata":{"vector":1}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$store" --json >sum 2>log
t "metadata that hides the vector fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "10 1"
t "and the failure names the member" sh -c '
    "$1" failures odd | grep -q "which is the collection.s vector"' sh \
    "$BATCHTOP"
t "the key is in no file" sh -c '! grep -rq sesame-0816 checkpoints log sum'

# Also the questions before the run may meet a trouble: they are asked again.
start_api --key 'Bearer root:sesame-0816' --rate-429 10 --fail-500 5 \
    --pace-ms 20
hour() {
    "$BATCHTOP" corpus.jsonl --job hour --create --store-batch 50 \
        --store-workers 4 --store "milvus+http://127.0.0.1:$port/docs" \
        --json >sum 2>log
}
t "ST-02 limits and troubles inside answers 200 end no run" wait_for hour
t "and lose nothing" is "$(field sum stored) $(field sum failed)" "2000 0"

#!/bin/sh
# What the store would refuse is known before the embedder is paid.
# shellcheck source=tests/support/lib.sh
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 20

start_api --dim 16
url=http://127.0.0.1:$port
export PINECONE_API_KEY=k OPENAI_API_KEY=k
embed="--embed openai:m --embed-url $url/v1"
paid() { # texts that were embedded, the first vector's included
    curl -s "$url/control/stats" >stats
    field stats texts
}
records() { # COUNT METADATA PREFIX
    awk -v n="$1" -v m="$2" -v p="$3" 'BEGIN {
        for (i = 1; i <= n; i++)
            printf "{\"id\":\"%s%d\",\"text\":\"text %d of %s\"," \
                "\"metadata\":%s}\n", p, i, i, p, m }'
}

records 300 '{"author":{"name":"A"}}' nested >nested.jsonl
place=pinecone+$url/ns
"$BATCHTOP" plan nested.jsonl $embed --store "$place" --json >plan.json
t "ST-20 the plan counts what the store refuses" is \
    "$(field plan.json store_refuses) $(field plan.json tokens)" "300 0"
"$BATCHTOP" plan nested.jsonl $embed --store "$place" >log
t "and names the first with its reason" says log \
    "nested1: the metadata's member \"author\" is an object"
"$BATCHTOP" nested.jsonl $embed --store "$place" --json >sum 2>log
t "ST-20 300 records that Pinecone would refuse fail alone" is \
    "$? $(field sum failed)" "1 300"
t "and nothing is paid for them but the first vector" \
    sh -c '[ "$1" -le 1 ]' sh "$(paid)"
"$BATCHTOP" failures nested --json >failures.json
t "they are failures of the upsert stage" is \
    "$(grep -c '"stage":"upsert"' failures.json)" 300
t "the remedy that the sentence names is taken by retry" \
    run retry nested --store "$place?metadata=json"
paid >/dev/null
t "and all are stored" is "$(field stats distinct)" 300
t "a finished job is the same in another form" run nested.jsonl $embed \
    --store "$place?text=body"
t "and says so" says log "every document is in"
"$BATCHTOP" nested.jsonl $embed --store "pinecone+$url/other" --plain >log 2>&1
t "another place is not finished" sh -c '! grep -q "every document is" log'

{
    records 40 '{"n":1}' good
    records 20 '{"n":1,"N":2}' twin
} >twins.jsonl
before=$(paid)
"$BATCHTOP" twins.jsonl $embed --store "weaviate+$url/Docs" --create \
    --json >sum 2>log
t "ST-21 names that Weaviate would lower into one fail alone" is \
    "$? $(field sum stored) $(field sum failed)" "1 40 20"
t "unpaid" sh -c '[ "$1" -le 41 ]' sh "$(($(paid) - before))"

{
    records 10 '{}' good
    printf '{"id":"%s","text":"long"}\n' "$(printf '%0600d' 1)"
    printf '{"id":"gr\\u00fc","text":"no ASCII"}\n'
} >ids.jsonl
before=$(paid)
"$BATCHTOP" ids.jsonl $embed --store "pinecone+$url/ids" --json >sum 2>log
t "ids that Pinecone would refuse fail alone" is \
    "$(field sum stored) $(field sum failed)" "10 2"
t "unpaid" sh -c '[ "$1" -le 11 ]' sh "$(($(paid) - before))"

printf '%s\n' '{"id":"a b","text":"x"}' '{"id":"c d","text":"y"}' \
    '{"id":"e","text":"z"}' >blanks.jsonl
run blanks.jsonl $embed --store "pinecone+$url/blanks"
t "ST-23 verify skips what the store cannot be asked for" sh -c \
    '"$1" verify blanks --sample 0 >log 2>&1' sh "$BATCHTOP"
t "counts it" says log "asked for 1 ids, 0 missing, 2 not asked for"
t "and names the first" says log '"a b" and any like it'

start_api --dim 16 # another: a collection is of one kind there
url=http://127.0.0.1:$port
embed="--embed openai:m --embed-url $url/v1"
awk 'BEGIN { printf "{\"id\":\"long\",\"text\":\""
    for (i = 0; i < 14000; i++) printf "word "
    print "\"}\n{\"id\":\"short\",\"text\":\"word\"}" }' >long.jsonl
before=$(paid)
"$BATCHTOP" long.jsonl $embed --store "milvus+$url/docs" --create --json \
    >sum 2>log
t "a text longer than the collection's field fails alone" is \
    "$(field sum stored) $(field sum failed)" "1 1"
t "unpaid: the worker knows what the preflight learned" \
    sh -c '[ "$1" -le 2 ]' sh "$(($(paid) - before))"
t "with both lengths in the reason" sh -c '
    "$1" failures long >log 2>&1; grep -q "70000 bytes, the collection" log' \
    sh "$BATCHTOP"

#!/bin/sh
# What the dry run says before money is spent.
. "${srcdir:-.}/tests/support/lib.sh"
plan 42

corpus 1000 >corpus.jsonl
unset OPENAI_API_KEY QDRANT_API_KEY
openai="--embed openai:text-embedding-3-small"
qdrant="--store qdrant+http://127.0.0.1:1/docs"
said() { # options: the plan, in log
    "$BATCHTOP" plan "$@" >log 2>&1
}
has() { # words separated by any blanks are in log
    tr -s ' ' <log >squeezed
    says squeezed "$1"
}

t "a plan needs no key" said corpus.jsonl $openai $qdrant
t "it counts the documents" has "documents 1,000"
t "it has the price's date" has "the price of August 2026"
t "it says that nothing was sent" says log "nothing was sent"
t "it says what becomes of ids" has "any other becomes one (version 5)"
t "and what of texts too long" says log "such are refused"
t "and makes no file" is "$(ls)" "corpus.jsonl
log
squeezed"

"$BATCHTOP" plan corpus.jsonl $openai --json >one.json
tokens=$(field one.json tokens)
t "the JSON has the exact cost" is "$(field one.json cost_usd)" \
    "$(awk -v n="$tokens" 'BEGIN { printf "%.8f", n * 0.02 / 1e6 }')"
t "1000 texts by 100 are 10 requests" is "$(field one.json requests)" 10
{ echo '{"id":"bad"}'; cat corpus.jsonl; } >twice.jsonl
"$BATCHTOP" plan twice.jsonl corpus.jsonl $openai --limit 250 --json >few.json
t "--limit plans as many, those that cannot be used aside" is \
    "$(field few.json documents) $(field few.json rejected)" "250 1"
t "of whose requests the last is not full" is "$(field few.json requests)" 3
"$BATCHTOP" plan corpus.jsonl --embed cohere:embed-v4.0 $qdrant --dim 1536 \
    --json >full.json
t "where a service takes 96, they are 11" is "$(field full.json requests)" 11
t "of 96 texts" is "$(field full.json embed_batch)" 96
full=$(field full.json upsert_batch)
t "the store's requests are full" is "$(field full.json upsert_requests)" \
    $(((1000 + full - 1) / full))

t "LD-29 the disk room of the spool is told" [ \
    "$(field one.json spool_bytes)" -gt 1000000 ]
said corpus.jsonl $openai
t "and in words" has "of disk beside the checkpoint at most: --spool"
"$BATCHTOP" plan corpus.jsonl --json >local.json
t "the local embedder needs none" is "$(field local.json spool_bytes)" 0

"$BATCHTOP" plan corpus.jsonl $openai --json --price 3 >priced.json
t "--price comes before the table" is "$(field priced.json cost_usd)" \
    "$(awk -v n="$tokens" 'BEGIN { printf "%.8f", n * 3 / 1e6 }')"
t "without a price the cost is not known" said corpus.jsonl \
    --embed openai:some-model --embed-url http://127.0.0.1:1/v1
t "and it says how to tell it" has "cost not known --price"

"$BATCHTOP" plan corpus.jsonl $openai --json --rpm 2 >one.json
"$BATCHTOP" plan corpus.jsonl $openai --json --rpm 2 \
    --embed-url http://127.0.0.1:1/v1 \
    --embed-url http://127.0.0.1:2/v1 >two.json
t "--rpm makes 10 requests last 5 minutes" is \
    "$(field one.json minutes_at_limits)" 5.000
t "and half as long on two endpoints" is \
    "$(field two.json minutes_at_limits)" 2.500
"$BATCHTOP" plan corpus.jsonl --embed cohere:embed-v4.0 --rpm 50 --json \
    >texts.json
t "where the service counts texts, --rpm does" is \
    "$(field texts.json minutes_at_limits)" 20.000
t "and a request has no more of them than a minute" is \
    "$(field texts.json embed_batch)" 50

said corpus.jsonl $openai --tpm 2000
t "--tpm that cuts requests is named" has "a quarter of --tpm"
said corpus.jsonl $openai --embed-batch 7
t "--embed-batch that cuts them, too" has "embed batch 7 texts at most, by --em"
said corpus.jsonl $openai $qdrant --dim 256
t "one that nobody gave is not named" has \
    "embed batch 100 texts to begin with; up to 512 where that is faster"
t "all bytes to the store are told" has "MiB to the store in all"
t "and the wire, also when it is JSON" has "vectors text as JSON: no port"
said corpus.jsonl --embed openai:m $qdrant
t "or what tells the bytes" has "upsert bytes not known --dim tells them"
said corpus.jsonl $openai $qdrant --dim 1536 --max-request-mb 0.5
t "an upsert is cut by its bytes" has "records, by bytes"
said corpus.jsonl $openai --dim 1536 --store qdrant+grpc://127.0.0.1:1/docs
t "that vectors are binary is said" has "vectors float32 over gRPC"
said corpus.jsonl $openai --dim 1536 --store qdrant+http://127.0.0.1:6333/docs
t "or that they may be" \
    has "vectors float32, text over gRPC if port 6334 answers, else as JSON"
said corpus.jsonl $openai --dim 1536 --store weaviate+http://127.0.0.1:8080/D
t "by every store that has gRPC" has "over gRPC if port 50051 answers"
said corpus.jsonl $openai $qdrant --store-batch 5
t "or by --store-batch" has "upsert batch 5 records, by --store-batch"

{
    cat corpus.jsonl
    head -n 3 corpus.jsonl
    echo '{"id":"bad","text":'
    awk 'BEGIN { printf "{\"id\":\"long\",\"text\":\""
        for (i = 0; i < 9000; i++) printf "word word "
        print "\"}" }'
} >mixed.jsonl
"$BATCHTOP" plan mixed.jsonl $openai --json >mixed.json
t "ids that come twice are counted" is "$(field mixed.json duplicate_ids)" 3
t "lines that are no JSON, too" is "$(field mixed.json rejected)" 1
t "and texts that are too long" is "$(field mixed.json oversized)" 1
said mixed.jsonl $openai
t "a bad line is named with its number" says log "line 1,004"
TMPDIR=$folder/nowhere "$BATCHTOP" plan corpus.jsonl >log 2>&1
t "without a place for the ids it says where to look" says log "TMPDIR"

{
    echo '{"id":"6BA7B810-9DAD-11D1-80B4-00C04FD430C8","text":"one"}'
    echo '{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","text":"two"}'
} >spelt.jsonl
"$BATCHTOP" plan spelt.jsonl $qdrant --json >folds.json
t "IN-17 two spellings of a UUID are one id where the store has it so" is \
    "$(field folds.json duplicate_ids)" 1
"$BATCHTOP" plan spelt.jsonl --json >keeps.json
t "where it keeps ids as they are they are two" is \
    "$(field keeps.json duplicate_ids)" 0

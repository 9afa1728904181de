#!/bin/sh
# Hosted embedding services from the command line, as fakeapi speaks them.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 22

corpus 300 >corpus.jsonl
# A server each: fakeapi has one collection, whatever its name, and that keeps
# which model its vectors are of.
api=
serve() {
    stop_api
    start_api --dim 64 --key sesame-0815 --poison 'search result'
    url=http://127.0.0.1:$port
}

export QDRANT_API_KEY=sesame-0815

ingest() { # NAME VARIABLE MODEL PATH
    env "$2=sesame-0815" "$BATCHTOP" corpus.jsonl --job "$1" \
        --embed "$1:$3" --embed-url "$url$4" --embed-workers 2 ${5-} ${6-} \
        --store "qdrant+$url/docs-of-$1" --create --plain --json \
        >out.json 2>log
}
# A run by the provider, and every vector in its place
provider() {
    serve
    t "$1 fills a store" ingest "$@"
    curl -s "$url/control/dump" >dump
    t "$1 mixes up no vectors" is \
        "$(grep -c ' ok$' dump) $(grep -c ' bad$' dump)" "300 0"
}
provider azure AZURE_OPENAI_API_KEY text-embedding-3-small ""
provider cohere CO_API_KEY embed-v4.0 /v2
provider gemini GOOGLE_API_KEY gemini-embedding-001 /v1beta
t "tokens that nobody counts are estimated" sh -c \
    '[ "$1" -gt 1000 ]' sh "$(field out.json tokens)"
provider jina JINA_API_KEY jina-embeddings-v3 /jina/v1
provider mistral MISTRAL_API_KEY mistral-embed /mistral/v1
provider ollama KEY_OF_MINE bge-m3 "" --embed-key-env KEY_OF_MINE
provider tei TEI_API_KEY BAAI/bge-small-en-v1.5 ""
provider voyage VOYAGE_API_KEY voyage-4 /voyage/v1

# Documents and queries: the poison is in what stands before a query.
export GEMINI_API_KEY=sesame-0815
two="--job two --embed gemini:gemini-embedding-2 --embed-url $url/v1beta"
t "documents are embedded as documents" run corpus.jsonl $two
"$BATCHTOP" search two "any topic" >out 2>log
t "and a query as a query" says log "a text was refused"

"$BATCHTOP" corpus.jsonl --job dear --embed jina:jina-embeddings-v3 \
    --embed-url "$url/jina/v1" --budget 1 --plain >log 2>&1
status=$?
t "a budget without a price: status 2" is $status 2
t "and why" says log "no price is known for jina:jina-embeddings-v3"
export JINA_API_KEY=sesame-0815
t "a price of one's own will do" run corpus.jsonl --job cheap \
    --embed jina:jina-embeddings-v3 --embed-url "$url/jina/v1" \
    --price 0.02 --budget 1 --store jsonl:cheap.jsonl

# What a document costs: CPU of the program alone, bytes on the wire, memory,
# with default options and a server that answers at once.

# ingest DIM SCHEME CORPUS DOCS: sets cpu_million, bytes, rss
ingest() {
    fresh
    start_api --dim "$1"
    # shellcheck disable=SC2046 # a list of words
    measured 0 "$BATCHTOP" "$3" $(against "$1" "$2")
    stop_api
    if [ "$status" != 0 ] || [ "$(field stats distinct)" != "$4" ]; then
        cpu_million=-
        bytes=-
        return 1
    fi
    cpu_million=$(number "$cpu * 1000000 / $4" 1)
    bytes=$(number "$(field stats store_bytes) / $4" 0)
}

# cost DIM SCHEME CORPUS DOCS: the best CPU of several turns
cost() {
    least=
    for _ in $(seq "$turns"); do
        ingest "$@" || return 1
        keep_least least "$cpu_million"
    done
    cpu_million=$least
}

cost_rows() { # ORDER DIM CPU_JSON CPU_GRPC BYTES
    docs=$(corpus wordnet "$cost_docs")
    what="a million documents, $2 dimensions, to Qdrant"
    cost "$2" qdrant+http "$docs" "$cost_docs" || :
    row "$1-a-json" "CPU of $what, JSON" "$cpu_million s" "$3"
    row "$1-b-json" "bytes a document of that" "$bytes" "-"
    [ "$2" != 1536 ] || row 50-memory \
        "resident memory, default options, 1536 dimensions" "$rss MiB" \
        "48 MiB"
    cost "$2" qdrant+grpc "$docs" "$cost_docs" || {
        grep reason out >&2
        cpu_million=no
    }
    row "$1-c-grpc" "CPU of $what, gRPC" "$cpu_million s" "$4"
    row "$1-d-grpc" "bytes a document of that" "$bytes" "$5"
}

row_cost() {
    cost_rows 30 1536 "62 s" "30 s" "6,700"
    cost_rows 31 384 - "15 s" "2,100"
}

# The store is the bottleneck and takes 2 MB: how full are the requests?
row_full() {
    fresh
    docs=$(corpus wordnet "$full_docs")
    start_api --dim 1536 --store ms=50,servers=2,bytes=2000000
    # shellcheck disable=SC2046 # a list of words
    measured 0 "$BATCHTOP" "$docs" $(against 1536 qdrant+http)
    stop_api
    # What the program sends at most with --max-request-mb 2, its default.
    row 20-full "mean upsert request over its limit (1.8 MB)" \
        "$(number "$(field stats store_mean) / 1800000" 3)" "0.95"
}

row_memory() {
    docs=$(corpus plain "$memory_docs")
    ingest 1536 qdrant+http "$docs" "$memory_docs" || cat out >&2
    row 51-memory-long "the same with $memory_docs documents" "$rss MiB" "48 MiB"
}

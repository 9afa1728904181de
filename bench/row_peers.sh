# Against the official clients of npm: the same corpus, the same server, by CPU
# a document of the client alone, the least of several turns on both sides.
# `make bench-peers` installs them.

# theirs SCRIPT DOCS DIM: sets cpu, of the best turn
theirs() {
    best=
    for _ in $(seq "$turns"); do
        fresh
        start_api --dim "$3"
        measured 0 node "$PEERS/$1" "$2" "$port" "$3"
        stop_api
        [ "$status" = 0 ] && [ "$(field stats distinct)" = "$peer_docs" ] ||
            return 1
        keep_least best "$cpu"
    done
    cpu=$best
}

# peer NAME SCRIPT SCHEME DIM GOAL
peer() {
    docs=$(corpus wordnet "$peer_docs")
    theirs "$2" "$docs" "$4" || {
        cat out >&2
        row "40-$1" "CPU a document over that of $1" "failed" "$5"
        return
    }
    peer_cpu=$cpu
    ours=
    for scheme in $3; do
        cost "$4" "$scheme" "$docs" "$peer_docs" || continue
        keep_least ours "$cpu_million"
    done
    peer_cpu=$(number "$peer_cpu * 1000000 / $peer_docs" 1)
    row "40-$1" "CPU a document over that of $1" \
        "1/$(number "$peer_cpu / $ours" 1) ($ours of $peer_cpu us)" "$5"
}

row_peers() {
    [ -d "$PEERS/node_modules" ] || {
        echo "bench: make bench-peers installs the clients to compare with"
        return
    }
    peer openai-qdrant-384 qdrant.mjs "qdrant+http qdrant+grpc" 384 1/18
    peer openai-qdrant-1536 qdrant.mjs "qdrant+http qdrant+grpc" 1536 1/20
    peer openai-pinecone-1536 pinecone.mjs "pinecone+http pinecone+grpc" 1536 -
}

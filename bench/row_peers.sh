# Against the official clients of npm: the same corpus, the same server, by CPU
# a document of the client alone. `make bench-peers` installs them.

# peer NAME SCRIPT SCHEME DIM GOAL
peer() {
    docs=$(corpus wordnet "$peer_docs")
    fresh
    start_api --dim "$4"
    measured 0 node "$PEERS/$2" "$docs" "$port" "$4"
    theirs=$cpu
    stop_api
    if [ "$status" != 0 ] || [ "$(field stats distinct)" != "$peer_docs" ]; then
        cat out >&2
        row "40-$1" "CPU a document over that of $1" "failed" "$5"
        return
    fi
    ours=
    for scheme in $3; do
        cost "$4" "$scheme" "$docs" "$peer_docs" || continue
        [ -n "$ours" ] && at_most "$ours" "$cpu_million" || ours=$cpu_million
    done
    theirs=$(number "$theirs * 1000000 / $peer_docs" 1)
    row "40-$1" "CPU a document over that of $1" \
        "1/$(number "$theirs / $ours" 1) ($ours of $theirs us)" "$5"
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

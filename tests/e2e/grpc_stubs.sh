#!/bin/sh
# Weaviate, Pinecone and Milvus over gRPC, as the stubs of their official
# clients read it, in front of fakeapi with its faults.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
need python3
real_grpc_stubs
plan 22

export OPENAI_API_KEY=sesame-0816 WEAVIATE_API_KEY=sesame-0816
export MILVUS_TOKEN=sesame-0816 PINECONE_API_KEY=sesame-0816
corpus 2000 >corpus.jsonl
# Members of every type that the store takes.
typed() { # store
    inner=',"o":{"a":[1,2.5],"b":{"c":"\u00e4"},"d":[{"e":true}]},"f":[-1]'
    [ "$1" = pinecone ] && inner=
    awk -v inner="$inner" 'BEGIN { for (i = 1; i <= 300; i++)
        printf "{\"id\":\"t%d\",\"text\":\"text %d \\\"\\ud83d\\ude00\\\"\",\
\"metadata\":{\"n\":-%d,\"s\":\"\\n\",\"y\":true,\"no\":null,\"t\":[\"a\"]%s}}\n", \
            i, i, i, inner }'
}
place() { # store
    case $1 in
    weaviate) echo "weaviate+http://127.0.0.1:$port/Docs?grpc=$grpc" ;;
    pinecone) echo "pinecone+http://127.0.0.1:$port/ns?grpc=$grpc" ;;
    milvus) echo "milvus+grpc://127.0.0.1:$grpc/docs" ;;
    esac
}
begin() { # store, options of fakeapi
    word=$1
    shift
    start_api --dim 384 "$@"
    start_grpc_facade "$word" "http://127.0.0.1:$port"
}
stored() { # store, corpus, job, options
    at=$(place "$1")
    file=$2
    job=$3
    shift 3
    "$BATCHTOP" "$file" --job "$job" --new-job --store "$at" --create \
        --embed openai:text-embedding-3-small --dim 384 \
        --embed-url "http://127.0.0.1:$port/v1" --json "$@" >sum 2>log
}
kept() {
    curl -s "http://127.0.0.1:$port/control/stats" >stats
    echo "$(field stats distinct) $(field stats bad)"
}

for word in weaviate pinecone milvus; do
    begin $word
    t "$word: every record is stored" stored $word corpus.jsonl $word
    t "$word: with its own vector, bit by bit" is "$(kept)" "2000 0"
    "$BATCHTOP" verify $word --sample 0 >log 2>&1
    t "ST-11 $word: verify finds every id" says log \
        "asked for 2,000 ids, 0 missing"
    typed $word >typed.jsonl
    t "$word: members of every type are read" stored $word typed.jsonl typed
    begin $word --rate-429 10 --fail-500 10 --pace-ms 20
    stored $word corpus.jsonl hour --store-batch 50 --store-workers 4
    t "ST-02 GR-01 $word: limits and troubles lose nothing" is \
        "$(field sum stored) $(field sum failed) $(kept)" "2000 0 2000 0"
    begin $word --limit-bytes 300000
    stored $word corpus.jsonl large
    t "GR-02 $word: a request that is too large shrinks" is \
        "$(field sum stored) $(field sum failed) $(kept)" "2000 0 2000 0"
done

for word in weaviate milvus; do
    begin $word --key "Bearer sesame-0816"
    t "$word: the key is metadata" stored $word corpus.jsonl key
    WEAVIATE_API_KEY=x MILVUS_TOKEN=x stored $word corpus.jsonl wrong
    t "$word: another one ends the run" is $? 2
done

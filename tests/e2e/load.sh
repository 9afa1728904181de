#!/bin/sh
# Services under load and with faults of their own, one kind a run: what is
# stored at the end is each document once, with its own vector.
. "${srcdir:-.}/tests/support/lib.sh"
plan 13

corpus 600 >c.jsonl

# exact NAME OPTIONS...: a run of four upserters against such a server
scheme=qdrant+http
exact() {
    job=$1
    shift
    start_api --dim 8 "$@"
    OPENAI_API_KEY=none run c.jsonl --job "$job" --embed openai:m --dim 8 \
        --embed-url "http://127.0.0.1:$port/v1" --embed-batch 10 --create \
        --store "$scheme://127.0.0.1:$port/c" --embed-workers 4 \
        --store-workers 4 || cat log
    curl -s "http://127.0.0.1:$port/control/stats" >stats
    stop_api
    is "$(field stats distinct) $(field stats bad)" "600 0"
}
above() { # two numbers
    [ "$1" -gt "$2" ] || {
        echo "# $1 is not above $2"
        return 1
    }
}

need curl
t "no more than two at once" exact once --embed at_once=2,ms=2
t "more of them were refused" above "$(field stats embed_limited)" 0
t "no more than two were in hand" is "$(field stats embed_most)" 2
t "twenty requests a second" exact rate --store rpm=1200
t "answers of 500" exact fail --embed fail=80 --store fail=80
t "connections that close behind the work" exact drop --store drop=60
t "answers of noise" exact garble --embed garble=60 --store garble=60
t "resets" exact reset --embed reset=60 --store reset=60

scheme=qdrant+grpc
grpc() { # a test: its name, then what exact() takes
    if "$FAKEAPI" --help | grep -q gRPC; then
        t "$@"
    else
        n=$((n + 1))
        echo "ok $n - $1 # SKIP without libnghttp2"
    fi
}
grpc "gRPC: no more than two at once" exact g_once --store at_once=2,ms=2
grpc "gRPC: statuses of a broken server" exact g_fail --store fail=80
grpc "gRPC: connections that close behind the work" exact g_drop \
    --store drop=60
grpc "gRPC: answers of noise" exact g_garble --store garble=60
grpc "gRPC: streams that are reset" exact g_reset --store reset=60

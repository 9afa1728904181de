#!/bin/sh
# How many requests are in flight without being told: services that take their
# time, counted by the services themselves.
. "${srcdir:-.}/tests/support/lib.sh"
plan 25

corpus 2000 >c.jsonl
export OPENAI_API_KEY=none

# go JOB OPTIONS...: a run of ten documents a request against the server
go() {
    job=$1
    shift
    run c.jsonl --job "$job" --embed openai:m --dim 8 --embed-batch 10 \
        --store-batch 10 --embed-url "http://127.0.0.1:$port/v1" --create \
        --store "qdrant+http://127.0.0.1:$port/c" "$@"
}
stats() {
    curl -s "http://127.0.0.1:$port/control/stats" >stats
}
whole() { is "$(field stats distinct) $(field stats bad)" "${1:-2000} 0"; }
least() { # number, at least so many
    [ "$1" -ge "$2" ] || {
        echo "# $1 is below $2"
        return 1
    }
}
most() { # number, at most so many
    [ "$1" -le "$2" ] || {
        echo "# $1 is above $2"
        return 1
    }
}
knee() { # of the job's stage: what the ledger keeps
    [ -s "checkpoints/$1.ledger" ] && sqlite3 -readonly "checkpoints/$1.ledger" \
        "SELECT value FROM job WHERE key = 'knee.$2'" 2>/dev/null |
        sed 's/ .*//'
}

need curl
need sqlite3

# --- 50 ms on either side, nothing told
start_api --dim 8 --embed ms=50 --store ms=50
go default
t "a default run ends" is $? 0
stats
t "many requests for vectors are in flight" least "$(field stats embed_most)" 8
t "and many upserts" least "$(field stats store_most)" 6
t "each document is stored once, with its vector" whole
"$BATCHTOP" status default >said
t "status says which wire records took" \
    grep -q "^learned     upsert: .*as JSON$" said
if "$FAKEAPI" --help | grep -q gRPC; then
    run c.jsonl --job binary --embed openai:m --dim 8 --create \
        --embed-url "http://127.0.0.1:$port/v1" \
        --store "qdrant+grpc://127.0.0.1:$port/b"
    "$BATCHTOP" status binary >said
    t "and when it is the other" \
        grep -q "^learned     upsert: .*over gRPC$" said
    "$BATCHTOP" status binary --json >said
    t "in JSON, too" grep -q '"upsert":{.*"wire":"gRPC"}' said
else
    skip 2 "the other wire" "fakeapi was built without libnghttp2"
fi
stop_api

# --- a user's number is a bound
start_api --dim 8 --embed ms=20 --store ms=20
go bound --embed-workers 4 --store-workers 3
t "a bounded run ends" is $? 0
stats
t "no more requests for vectors than --embed-workers" \
    most "$(field stats embed_most)" 4
t "no more upserts than --store-workers" most "$(field stats store_most)" 3
t "each of them, too" whole
stop_api

start_api --dim 8 --embed ms=20 --store ms=20
go concurrent --max-concurrent 3
stats
t "no more requests for vectors than --max-concurrent" \
    most "$(field stats embed_most)" 3
t "which bounds no upserts" least "$(field stats store_most)" 2
stop_api

# --- a service that takes eight at once, and says no word about it
start_api --dim 8 --embed ms=50,at_once=8 --store ms=20
go limit
t "a run at a service with a limit ends" is $? 0
stats
t "it comes to what the service takes" least "$(field stats embed_most)" 5
t "few requests are refused" most "$(field stats embed_limited)" 20
t "each document is stored nevertheless" whole
stop_api

# --- pause, kill, and the next run
corpus 8000 >long.jsonl
start_api --dim 8 --embed ms=50,servers=6 --store ms=20
"$BATCHTOP" long.jsonl --job killed --embed openai:m --dim 8 --embed-batch 5 \
    --store-batch 5 --embed-url "http://127.0.0.1:$port/v1" --create \
    --checkpoint-every 1 --store "qdrant+http://127.0.0.1:$port/c" --plain \
    >>log 2>&1 &
pid=$!
pids="$pids $pid"
has_knee() { [ -n "$(knee killed embed)" ] || gone $pid; }
wait_for has_knee
"$BATCHTOP" ctl killed pause >said
t "it pauses with many in flight" says said paused
"$BATCHTOP" ctl killed resume >said
t "and goes on" says said resumed
kill -9 $pid
wait $pid 2>/dev/null
found=$(knee killed embed)
t "what was found is in the ledger" least "${found:-0}" 2
"$BATCHTOP" status killed >said
t "and status says it" grep -q "^learned     embed: knee $found in flight" said
"$BATCHTOP" status killed --json >said
t "in JSON, too" grep -q "\"learned\":{\"embed\":{\"knee\":$found[,}]" said
begins_with() { # number: of a run's progress, the first width of embedders
    width=$(sed -n 's/.*"embed":{"width":\([0-9]*\),"bound".*/\1/p' progress |
        sed -n '/^1$/d;p' | head -n 1)
    least "${width:-0}" "$1"
}
"$BATCHTOP" long.jsonl --job killed --progress json --plain >progress 2>&1
t "the next run begins with it" begins_with "$((found / 2))"
stats
t "after a kill each document is stored once, with its vector" whole 8000
go other --progress json
mv log progress
t "another job at the same service does, too" begins_with "$((found / 2))"

#!/bin/sh
# Through the real binary against services that have a bad hour, and against
# ones that need a hand.
. "${srcdir:-.}/tests/support/lib.sh"
need curl
plan 41

canary=canary-5f1c
export OPENAI_API_KEY=$canary QDRANT_API_KEY=$canary

control() { # path, more: asks fakeapi
    curl -s --noproxy '*' "http://127.0.0.1:$port/control/$1" ${2+-d "$2"}
}
stat_of() { # name
    control stats >stats.json
    field stats.json "$1"
}
more_than() { [ "$(stat_of "$1")" -gt "$2" ]; } # name, number
remembers() { "$BATCHTOP" export "$1" 2>&1 | grep -q '"doc-'; } # job
said() { grep -qF -- "$1" log; }
# start_job ID ARGS: in the background; sets pid, the summary goes to ID.json
start_job() {
    id=$1
    shift
    "$BATCHTOP" --job "$id" "$@" --plain --json >"$id.json" 2>log &
    pid=$!
    pids="$pids $pid"
}
end_job() { # sets status
    wait "$pid" 2>/dev/null
    status=$?
}
job() { # the same, to its end
    start_job "$@"
    end_job
    return $status
}
at_api() { # of the last start_api
    set -- --embed openai:m --embed-url "http://127.0.0.1:$port/v1" \
        --store "qdrant+http://127.0.0.1:$port/docs" --create
    echo "$@"
}
dump_is_ok() { # number of documents: that many, each with its own vector
    control dump >dump.txt
    is "$(grep -c ' ok$' dump.txt)" "$1" && is "$(grep -c ' bad$' dump.txt)" 0
}
failed_are() { # job, numbers: exactly these documents
    failed=$1
    shift
    "$BATCHTOP" failures "$failed" >failures.txt
    is "$(sed 's/.*"doc-0*\([0-9]*\)".*/\1/' failures.txt | sort -n |
        tr '\n' ' ')" "$* "
}

# --- a bad hour ------------------------------------------------------------------
# 240 requests, and those that are tried again: enough for each of the faults.
corpus 6000 >bad.jsonl
start_api --dim 32 --key $canary --poison 'the %2000' --rate-429 3 \
    --pace-ms 50 --fail-500 5 --reset 5 --limit-bytes 2000000 --outage-at 40:2500
job bad bad.jsonl $(at_api) --retries 20 --embed-batch 50 --store-batch 50
t "a bad hour ends with status 1" is $? 1
t "every healthy document is stored with its own vector" dump_is_ok 5997
t "the poisoned ones are named, and no others" failed_are bad 2000 4000 6000
t "a line that is not known is not said" is \
    "$(grep -c '"line"' failures.txt)" 0
t "the summary adds up" is \
    "$(field bad.json stored) $(field bad.json failed)" "5997 3"
t "the faults were real" [ "$(stat_of refused)" -gt 5 ]
t "and were tried again" [ "$(field bad.json retries)" -gt 0 ]

# --- all of it at once, and half a minute without the service ---------------------
if [ "${BATCHTOP_LONG_TESTS-}" ]; then
    corpus 20000 >long.jsonl
    start_api --dim 32 --key $canary --poison 'the %2000' --rate-429 5 \
        --pace all --pace-ms 20 --fail-500 5 --reset 5 \
        --limit-bytes 2000000 --outage-at 30:30000
    job long long.jsonl $(at_api) --retries 20 --embed-batch 100 \
        --store-batch 100
    t "EM-05 429 in every form, 500, resets and 30 s without a service" is $? 1
    t "every healthy document is stored with its own vector" dump_is_ok 19990
    t "the poisoned ones are named, and no others" failed_are long \
        $(seq 2000 2000 20000)
else
    for i in 1 2 3; do
        n=$((n + 1))
        echo "ok $n - half a minute without a service # SKIP without" \
            "BATCHTOP_LONG_TESTS"
    done
fi

# --- the same, killed in the middle ----------------------------------------------
# A server and a size that bound how fast a run can be: six seconds and more,
# however fast the machine is and however many requests are in flight.
corpus 12000 >killed.jsonl
lasting='--embed-batch 50'
start_api --dim 32 --key $canary --poison 'the %4000' --rate-429 3 \
    --pace seconds --fail-500 5 --reset 5 --limit-bytes 2000000 \
    --embed ms=100,servers=4
start_job killed killed.jsonl $(at_api) --retries 20 $lasting
wait_for more_than distinct 3000
kill -9 "$pid"
end_job
t "LD-01 it was killed in the middle" is "$status" 137
job killed killed.jsonl $(at_api) --retries 20
t "LD-01 resumed, it ends with status 1" is $? 1
t "LD-01 and says that it resumed" says killed.json '"resumed":true'
t "LD-01 every healthy document is stored with its own vector" \
    dump_is_ok 11997
t "LD-01 the poisoned ones are named, and no others" \
    failed_are killed 4000 8000 12000

# --- 413 ---------------------------------------------------------------------------
corpus 2000 >large.jsonl
start_api --dim 512 --key $canary --limit-bytes 300000
job large large.jsonl $(at_api) --embed-batch 1000 --max-request-mb 9
t "EM-07 ST-07 requests that are too large are halved: status 0" is $? 0
t "EM-07 ST-07 and every document is stored" dump_is_ok 2000
t "ST-07 some were refused" [ "$(stat_of refused)" -gt 0 ]
refused=$(stat_of refused)
"$BATCHTOP" status large >status.txt
t "ST-07 what the store takes is learned" \
    grep -q 'learned .*upsert: at most [1-9]' status.txt
corpus 3000 | tail -n 1000 >>large.jsonl
job large large.jsonl
t "ST-07 the corpus has grown: status 0" is $? 0
t "ST-07 the next run knows it: nothing more is refused" is \
    "$(stat_of refused) $(stat_of distinct)" "$refused 3000"

# --- another model, another dimension ----------------------------------------------
start_api --dim 48 --key $canary --embed ms=100,servers=2
start_job model killed.jsonl $(at_api) $lasting
wait_for remembers model
kill -9 "$pid"
end_job
job model killed.jsonl $(at_api) --embed openai:another
t "EM-21 another model: status 6" is $? 6
t "EM-21 and both names" says log "another"
job model killed.jsonl $(at_api) --dim 32
t "EM-14 another dimension asked for: status 6" is $? 6
port48=$port
start_api --dim 40 --key $canary --embed ms=100,servers=2
"$BATCHTOP" --job model killed.jsonl --embed openai:m --plain \
    --embed-url "http://127.0.0.1:$port48/v1" \
    --store "qdrant+http://127.0.0.1:$port/docs" --create >log 2>&1
t "LD-15 another store: status 6" is $? 6
start_job shrunk killed.jsonl --embed openai:m \
    --embed-url "http://127.0.0.1:$port/v1" --store jsonl:shrunk.out $lasting
wait_for remembers shrunk
kill -9 "$pid"
end_job
kill "$api"
wait "$api" 2>/dev/null
start_api --dim 24 --key $canary --port "$port"
job shrunk killed.jsonl --embed openai:m \
    --embed-url "http://127.0.0.1:$port/v1" --store jsonl:shrunk.out
t "EM-14 a server whose model gives another dimension: status 6" is $? 6
t "EM-14 and both dimensions" says log "dimension 40, now it is 24"

# --- the key stops working -----------------------------------------------------------
# However many requests are in flight, the run outlasts the key.
start_api --dim 32 --key $canary --embed ms=50,servers=2
start_job key killed.jsonl --embed openai:m --store sqlite:key.sqlite \
    --embed-url "http://127.0.0.1:$port/v1" $lasting
wait_for more_than texts 1000
control key changed
wait_for said "HTTP 401: the key was not accepted"
t "EM-04 the operator is asked for the key" says log "HTTP 401"
t "EM-04 nothing more is sent" still stat_of requests
t "EM-04 nothing has failed" is "$(grep -c 'new failure' log)" 0
control key $canary
kill -USR1 "$pid"
end_job
t "EM-04 with the key in order a resume ends well" is "$status" 0
t "EM-04 every document is stored" is "$(field key.json stored)" 12000

# --- another key in the file ------------------------------------------------------------
keys=$PWD.keys # outside: no file that is left may have a key
mkdir "$keys"
printf '%s\n' $canary >"$keys/key"
chmod 600 "$keys/key"
start_api --dim 32 --key $canary --embed ms=50,servers=2
start_job rekey killed.jsonl --embed openai:m --store sqlite:rekey.sqlite \
    --embed-url "http://127.0.0.1:$port/v1" --embed-key-file "$keys/key" $lasting
wait_for more_than texts 1000
control key "$canary-new"
wait_for said "HTTP 401: the key was not accepted"
printf '%s\n' "$canary-new" >"$keys/key"
kill -USR1 "$pid"
end_job
rm -r "$keys"
t "EM-04 a new key in the file and SIGUSR1: status 0" is "$status" 0
t "EM-04 nothing failed, every document is stored" is \
    "$(field rekey.json failed) $(field rekey.json stored)" "0 12000"

# --- the store's key, and the queue in front of it -------------------------------------
start_api --dim 32 --key $canary
embed=$port
start_api --dim 32 --key $canary --store ms=100,servers=2
start_job store killed.jsonl --embed openai:m --store-workers 2 \
    --embed-url "http://127.0.0.1:$embed/v1" --queue 2 $lasting \
    --store-batch 100 --embed-workers 8 \
    --store "qdrant+http://127.0.0.1:$port/docs" --create
wait_for more_than distinct 200
control key changed
wait_for said "HTTP 401: the key was not accepted"
store=$port
port=$embed
wait_for still stat_of texts # the embedders have stopped
texts=$(stat_of texts)
t "ST-06 the embedders stop when the queue is full" [ "$texts" -lt 12000 ]
port=$store
t "ST-06 nothing has failed" is "$(grep -c 'new failure' log)" 0
control key $canary
kill -USR1 "$pid"
end_job
t "ST-06 with the store in order a resume ends well" is "$status" 0
t "ST-06 every document is stored with its own vector" dump_is_ok 12000

# --- what was written down ----------------------------------------------------------------
t "SE-03 no file that was made has the key" is \
    "$(grep -rlF $canary . | wc -l)" 0
t "SE-03 nor does what the failures say" is \
    "$(grep -c $canary failures.txt)" 0
t "SE-03 nor an export" is "$("$BATCHTOP" export bad | grep -c $canary)" 0

#!/bin/sh
# How a run ends where nobody is there to end it, and what it says of that.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 32

OPENAI_API_KEY=the-key
export OPENAI_API_KEY
corpus 300 >c.jsonl
# 15 requests of 20 documents, and one that asks for the size of a vector. The
# first to fail has others in flight beside it, however fast the machine is.
start_api --dim 8 --key the-key --auth-after 6 --embed ms=20

# One run without a terminal: status, object and lines are in rc, sum and log.
bare() { # port, options
    at=$1
    shift
    "$BATCHTOP" c.jsonl --embed openai:m --embed-url "http://127.0.0.1:$at/v1" \
        --dim 8 --embed-batch 20 --json "$@" </dev/null >sum 2>log
    rc=$?
}
why() { # the words that "error" should have
    grep -q "\"error\":\"[^\"]*$1" sum || {
        sed 's/^/# /' sum
        return 1
    }
}

bare "$port" --hold-limit 1s
t "OS-11 a hold that lasts longer than --hold-limit: status 3" is $rc 3
t "the object says why it held" why "the key was not accepted"
t "and how long that was waited for" why "held for 1 s: --hold-limit"
t "what came before it is stored" is "$(field sum stored)" \
    "$(rows c.vectors.sqlite)"
t "the lines say that it will end, and what then" says log \
    "(--hold-limit); then: export OPENAI_API_KEY and run the same line)"
t "and that it does" says log "ends: held for 1 s, as long as --hold-limit"
t "the reason is there twice: when it held and at the end" is \
    "$(grep -c 'HTTP 401' log)" 2
start_api --dim 8 --key the-key --auth-after 6
bare "$port" --on-error stop --job stops --store sqlite:stops.db
t "OS-11 of --on-error stop a hold is the end at once" is $rc 3
t "it says so" why "held for .*: --hold-limit"

start_api --dim 8 --key the-key
bare "$port"
t "OS-11 the same line resumes" is $rc 0
t "and stores all of it" is "$(rows c.vectors.sqlite)" 300

start_api --dim 8 --key the-key --outage-at 6:3600000 --embed ms=20
bare "$port" --outage-limit 1s --job out --store sqlite:out.db
t "OS-12 an outage that lasts longer than --outage-limit: status 3" is $rc 3
t "the object says whose it was" why "embedder: "
t "and how long that was waited for" why "waited for .*: --outage-limit"
t "nothing failed of it" is "$(field sum failed)" 0

start_api --dim 8 --key the-key --rate-429 100 --pace-ms 20
bare "$port" --outage-limit 1s --job early --store sqlite:early.db
t "OS-12 a service that only sends away ends a start, too" is $rc 3
t "with the option in the reason" why "--outage-limit"

corpus 6000 | sed '7s/the/poison/' >c.jsonl
start_api --dim 8 --key the-key --poison poison
bare "$port" --on-error stop --job first --store sqlite:first.db \
    --embed-workers 1
t "the first failure ends a run of --on-error stop" is $rc 3
t "the object says which it was" why "stops at the first failure: "

# --- one object, however it ends ---

object() { # status, outcome, words of error or note; options
    status=$1 outcome=$2 words=$3
    shift 3
    "$BATCHTOP" "$@" --json </dev/null >sum 2>log
    is $? "$status" && is "$(wc -l <sum)" 1 &&
        grep -q "^{\"job\":.*\"status\":$status,\"outcome\":\"$outcome\"" sum &&
        grep -q "\"\(error\|note\)\":\"[^\"]*$words.*}\$" sum && return
    sed 's/^/# /' sum
    return 1
}
corpus 30 >small.jsonl
"$BATCHTOP" small.jsonl --json >sum 2>log
t "OS-13 a run has its object" is "$(field sum stored)" 30
t "OS-13 so has one that was finished before" object 0 done "is finished" \
    small.jsonl
t "with the counts of then" is "$(field sum stored)" 30
printf '{"id":"1","text":"fine"}\n{"id":"2","text":""}\n' >bad.jsonl
"$BATCHTOP" bad.jsonl >log 2>&1
t "OS-13 status 6: another job's checkpoint" object 6 failed "checkpoint" \
    bad.jsonl --store sqlite:other.db
t "OS-13 status 2: no such corpus" object 2 failed "No such file" none.jsonl
t "no corpus at all" object 2 failed "no corpus"
t "a wrong option in front of it" object 2 failed "no option --bad" \
    small.jsonl --bad
t "a job that is not there" object 2 failed "there is no job" resume nothing
t "plan of what cannot be read" object 2 failed "No such file" plan none.jsonl
t "a run that does not come to be left behind" object 2 failed "/none/x" \
    small.jsonl --job away --detach --store sqlite:/none/x
printf 'x' >file
t "no place for the checkpoint" object 2 failed "file" \
    small.jsonl --job no --checkpoint-dir file/there
start_api --dim 8 --key the-key --delay-ms 300
"$BATCHTOP" c.jsonl --job lock --store sqlite:lock.db --embed openai:m --dim 8 \
    --embed-url "http://127.0.0.1:$port/v1" --embed-batch 1 --json \
    </dev/null >other 2>log &
running=$!
pids="$pids $running"
wait_for test -S checkpoints/.run/lock.sock
t "OS-13 status 5: another process has the job" object 5 failed "lock" \
    c.jsonl --job lock --store sqlite:lock.db --embed openai:m --dim 8 \
    --embed-url "http://127.0.0.1:$port/v1"
kill -TERM "$running"
wait "$running"
t "a signal ends it with its object, too" is "$(field other status)" 3

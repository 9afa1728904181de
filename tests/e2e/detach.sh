#!/bin/sh
# A run that is left behind by its screen, and screens that come to it.
. "${srcdir:-.}/tests/support/terminal.sh"
need sqlite3
plan 63
corpus 200000 >corpus.jsonl
# 4,000 requests, four at a time: five minutes, however fast the machine is.
start_api --dim 8 --embed ms=300,servers=4
options='--embed-batch 50'

# Whatever is still running at the end, ends.
finish() {
    for sock in checkpoints/.run/*.sock; do
        job=${sock##*/}
        "$BATCHTOP" ctl "${job%.sock}" stop >/dev/null 2>&1
    done
    leave
}
trap finish EXIT

attach() { # steps -- options
    "$PTYRUN" -r raw "$@" >out 2>&1
}
runs() { "$BATCHTOP" ctl "$1" status >status 2>&1; }
ended() { ! runs "$1"; }
state_is() { runs "$1" && grep -q "\"state\":\"$2\"" status; }
stored() { cat "$1.jsonl" 2>/dev/null | wc -l; }
grows() { # more is stored than now
    before=$(stored "$1")
    wait_for more "$1" "$before"
}
more() { [ "$(stored "$1")" -gt "$2" ]; }
process() { sed -n 's/^process \([0-9]*\).*/\1/p' "checkpoints/$1.lock"; }

# --- d, and back again
job_under left 'wait:RUNNING' 'type:d'
t "d gives the terminal back, with status 0" whole 'exit 0'
t "and says how to come back" says raw 'batchtop attach left'
t "the run goes on" grows left
t "the log of it is private" is "$(stat -c %a checkpoints/left.log)" 600
t "and tells of the run" wait_for grep -q 'run left: corpus.jsonl to jsonl' \
    checkpoints/left.log
"$BATCHTOP" corpus.jsonl --job left --plain --embed openai:m --dim 8 \
    --embed-url "http://127.0.0.1:$port/v1" --store jsonl:left.jsonl $options \
    >said 2>&1
t "a second run of the job is refused: status 5" is $? 5

attach 'wait:RUNNING' 'type:p' 'wait:PAUSED' 'type:d' -- "$BATCHTOP" attach
t "attach finds the one that runs, and d leaves again" whole 'exit 0'
t "what was done there was done to the run" state_is left PAUSED
attach 'wait:PAUSED' 'type:p' 'wait:RUNNING' 'type:q' 'wait:Leave this run' \
    "type:$(printf '\r')" -- "$BATCHTOP" attach left
t "q asks a guest, and its first answer is to detach" whole 'exit 0'
t "the run goes on" grows left
attach 'wait:Pipeline' "type:$(printf '\003')" 'wait:Leave this run' \
    "type:$(printf '\033')" 'sleep:100' signal:TERM -- "$BATCHTOP" attach left
t "TERM ends a guest, not the run" whole 'exit 0'
attach 'wait:Pipeline' 'type:p' 'sleep:300' 'type:q' -- \
    "$BATCHTOP" attach left --read-only
t "a guest that only looks leaves at once" whole 'exit 0'
t "and has changed nothing" state_is left RUNNING

# --- several, and one that hangs
"$PTYRUN" -r raw1 'wait:RUNNING' deaf 'stall:60000' -- \
    "$BATCHTOP" attach left >out1 2>&1 &
hanging=$!
"$PTYRUN" -r raw2 'wait:RUNNING' 'wait:PAUSED' 'type:p' 'wait:RUNNING' \
    'type:d' -- "$BATCHTOP" attach left >out2 2>&1 &
second=$!
wait_for grep -q RUNNING raw2
attach 'wait:RUNNING' 'type:p' 'wait:PAUSED' 'wait:RUNNING' \
    'type:d' -- "$BATCHTOP" attach left
t "what one viewer does another sees" whole 'exit 0'
wait $second
t "and the other way round" says out2 'exit 0'
t "a viewer that hangs costs the run nothing" grows left
kill -9 $hanging 2>/dev/null
wait $hanging 2>/dev/null

"$BATCHTOP" attach left --plain >lines 2>&1 &
lines=$!
wait_for grep -q 'run left: corpus.jsonl' lines
t "without a terminal attach tells lines" says lines 'run left: corpus.jsonl'

# --- one log, whoever looks
"$PTYRUN" -r raw1 'wait:RUNNING' 'wait:ctl: requests/min none' 'type:E' \
    'wait:requests/min none' 'type:q' 'type:d' -- \
    "$BATCHTOP" attach left >out1 2>&1 &
first=$!
"$PTYRUN" -r raw2 'wait:RUNNING' 'wait:ctl: requests/min none' 'type:E' \
    'wait:requests/min none' 'type:q' 'type:d' -- \
    "$BATCHTOP" attach left >out2 2>&1 &
second=$!
wait_for grep -q RUNNING raw1
wait_for grep -q RUNNING raw2
"$BATCHTOP" ctl left set rpm=7000 >said 2>&1
wait $first
t "what ctl sets one viewer is told, and has in its log" says out1 'exit 0'
wait $second
t "and so has the other" says out2 'exit 0'
t "and the lines of a third" wait_for grep -q 'requests/min none .* (ctl)' lines
attach 'wait:RUNNING' 'sleep:1000' 'type:E' 'wait:requests/min none' \
    'type:q' 'type:d' -- "$BATCHTOP" attach left
t "who comes late has it in the log" whole 'exit 0'
t "and is not told it as news" is "$(grep -c 'ctl: requests/min' raw)" 0
"$BATCHTOP" ctl left events >said 2>&1
t "viewers that come and go are in it, by name" \
    grep -qE 'viewer [0-9]+ *left' said

# --- the end, seen by those who look
rm raw2
"$PTYRUN" -r raw2 'wait:RUNNING' -- "$BATCHTOP" attach left >out2 2>&1 &
second=$!
wait_for test -s raw2
wait_for grep -q RUNNING raw2
attach 'wait:RUNNING' 'type:q' 'wait:Leave this run' 'type:s' -- \
    "$BATCHTOP" attach left
t "a guest may stop the run, and has its status" whole 'exit 3'
t "and its summary" says raw 'batchtop resume left'
wait $second
t "so has another" says out2 'exit 3'
t "and the summary" says raw2 'batchtop: stopped in'
wait $lines
t "and one that tells lines" is $? 3
t "with the summary" says lines 'batchtop: stopped in'
t "the log has it, too" says checkpoints/left.log 'batchtop: stopped in'
t "SE-02 no secret is in the log" is \
    "$(grep -c sk-secret checkpoints/left.log)" 0
t "the socket is gone" test ! -e checkpoints/.run/left.sock
"$BATCHTOP" attach >said 2>&1
t "to attach to nothing is refused: status 2" is $? 2
t "with a sentence" says said 'no job of checkpoints is running'
"$BATCHTOP" attach left >said 2>&1
t "so is one that does not run: status 3" is $? 3
t "with what to do" says said 'batchtop resume left'

# --- --detach
run_detached() { # job, options
    job=$1
    shift
    "$BATCHTOP" corpus.jsonl --job "$job" --detach --embed openai:m --dim 8 \
        --embed-url "http://127.0.0.1:$port/v1" --store "jsonl:$job.jsonl" \
        --embed-batch 50 "$@" >said 2>&1
}
run_detached a
t "--detach is back once the run has begun" is $? 0
t "and says how to come to it" says said 'batchtop attach a'
run_detached b
"$BATCHTOP" attach >said 2>&1
t "of several one must be named: status 2" is $? 2
t "and they are listed" says said 'a, b'
"$BATCHTOP" none.jsonl --detach >said 2>&1
t "a run that cannot begin says so: status 2" is $? 2
t "on standard error" says said 'none.jsonl'
run_detached a
t "a job that runs already: status 5" is $? 5
run_detached c --embed-url http://127.0.0.1:1/v1 --retries 0
t "a run in a bad hour waits behind the scenes" is $? 0
t "and ends when it is told to" "$BATCHTOP" ctl c stop

# --- the run's process dies under its console
rm raw
"$PTYRUN" -r raw 'wait:RUNNING' -- "$BATCHTOP" attach a >out 2>&1 &
viewer=$!
wait_for grep -q RUNNING raw
kill -9 "$(process a)"
wait $viewer
t "a guest of a run that dies has its terminal back" whole 'exit 4'
t "and is told" says raw 'the connection to a is lost (the run went away)'
rm raw
job_under k 'wait:RUNNING' &
viewer=$!
wait_for grep -q RUNNING raw
kill -9 "$(process k)"
wait $viewer
t "so has who began it" whole 'exit 4'
t "and is told what ended it, and that nothing is lost" says raw \
    'ended by signal 9; its checkpoint is whole'
t "another run is not concerned" grows b
"$BATCHTOP" ctl b drain >/dev/null
t "a drain from outside ends it" wait_for ended b

# --- failures are owed: a run that is done stays for who looks
printf '{"id":"no text"}\n' >one.jsonl
"$PTYRUN" -r raw 'wait:DONE' 'type:d' -- "$BATCHTOP" one.jsonl >out 2>&1
t "a run that is done and left behind ends by itself" wait_for ended one
t "its failures are owed" is \
    "$("$BATCHTOP" failures one | wc -l)" 1

# --- OS-02: the terminal, or what shows it, is lost
job_under h1 'wait:RUNNING' 'signal:HUP'
t "OS-02 HUP drains, and the status is the run's" whole 'exit 3'
options='--embed-batch 50 --on-hangup continue'
job_under h2 'wait:RUNNING' 'signal:HUP'
t "OS-02 with --on-hangup=continue it goes on" grows h2
t "OS-02 and its log begins" wait_for grep -q 'run h2' checkpoints/h2.log
"$BATCHTOP" ctl h2 stop >/dev/null
options='--embed-batch 50 --on-hangup stop'
job_under h3 'wait:RUNNING' 'signal:HUP'
t "OS-02 with --on-hangup=stop it stops" whole 'exit 3'
options='--embed-batch 50'
job_under h4 'wait:RUNNING' 'signal:KILL'
t "OS-02 a screen that is killed drains the run" wait_for ended h4
options='--embed-batch 50 --on-hangup continue'
job_under h5 'wait:RUNNING' 'signal:KILL'
t "OS-02 or leaves it going, if that is wanted" grows h5
"$BATCHTOP" ctl h5 stop >/dev/null
"$BATCHTOP" corpus.jsonl --job h6 --plain --on-hangup continue \
    --embed openai:m --embed-url "http://127.0.0.1:$port/v1" --dim 8 \
    --store jsonl:h6.jsonl --embed-batch 50 >said 2>&1 &
plain=$!
wait_for state_is h6 RUNNING
kill -HUP $plain
t "OS-02 lines go to the log, too, when their terminal is lost" \
    wait_for test -s checkpoints/h6.log
t "OS-02 and the run goes on" grows h6
"$BATCHTOP" ctl h6 stop >/dev/null

# --- a log that cannot be
mkdir checkpoints/h7.log
"$BATCHTOP" corpus.jsonl --job h7 --detach --embed openai:m --dim 8 \
    --embed-url "http://127.0.0.1:$port/v1" --store jsonl:h7.jsonl \
    --embed-batch 50 >said 2>&1
t "a run without a log says so, and why" says said \
    'without a log (checkpoints/h7.log: Is a directory)'
t "and goes on all the same" grows h7
"$BATCHTOP" ctl h7 stop >/dev/null

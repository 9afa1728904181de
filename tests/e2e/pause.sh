#!/bin/sh
# Signals: pause, resume, drain, stop.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 8

corpus 200000 >corpus.jsonl
# 2,000 requests: twenty seconds at that pace, on any machine
"$BATCHTOP" corpus.jsonl --plain --embed-batch 100 --rpm 6000 >log 2>&1 &
pid=$!
wait_for has_rows corpus.vectors.sqlite 1
kill -USR1 $pid
wait_for grep -q 'paused by' log
wait_for still rows corpus.vectors.sqlite
second=$(rows corpus.vectors.sqlite)
t "USR1 pauses: nothing is stored any more" [ "$second" -lt 200000 ]
t "and says so" says log "paused by SIGUSR1"
kill -USR1 $pid
t "a second one resumes" wait_for has_rows corpus.vectors.sqlite \
    $((second + 1))
kill -TERM $pid
wait $pid
t "OS-01 TERM drains: status 3, resumable" is $? 3
t "it is not called done" is "$(grep -c ' done$' log)" 0
t "what it says it stored is stored" is "$(rows corpus.vectors.sqlite)" \
    "$(sed -n 's/^  stored *\([0-9,]*\).*/\1/p' log | tr -d ,)"
t "a resume ends with status 0" run resume corpus --rpm 0
t "and all are stored" is "$(rows corpus.vectors.sqlite)" 200000

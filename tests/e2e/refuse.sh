#!/bin/sh
# What must be refused, each with its exit status and one clear sentence.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 23

corpus 100000 >corpus.jsonl
status() {
    "$BATCHTOP" "$@" --plain >log 2>&1
    echo $?
}
# 1,000 requests: ten seconds at that pace, on any machine
"$BATCHTOP" corpus.jsonl --plain --embed-batch 100 --rpm 6000 >first.log 2>&1 &
pid=$!
pids="$pids $pid"
wait_for has_rows corpus.vectors.sqlite 1
kill -USR1 $pid
wait_for grep -q paused first.log
knows_dimension() { # it is in the ledger
    "$BATCHTOP" status corpus.jsonl | grep -q 'dimension [1-9]'
}
t "the first process writes its dimension down" wait_for knows_dimension
t "LD-08 a second process gets status 5" is "$(status corpus.jsonl)" 5
t "LD-08 and the pid of the first" says log "$pid"
kill -9 $pid
wait $pid 2>/dev/null
t "LD-15 another store: status 6" is \
    "$(status corpus.jsonl --store sqlite:other.sqlite)" 6
t "LD-15 and the field by name" says log "store"
t "LD-15 another embedder: status 6" is \
    "$(status corpus.jsonl --embed static:words.vec)" 6
t "LD-15 another dimension: status 6" is \
    "$(status corpus.jsonl --dim 128)" 6
sed -i '1s/document/DOCUMENT/' corpus.jsonl
t "IN-20 an edited corpus: status 6" is "$(status corpus.jsonl)" 6
t "IN-20 and the way on" says log "--accept-changed"
t "IN-20 with --accept-changed it ends" is \
    "$(status corpus.jsonl --accept-changed --rpm 0)" 0
t "IN-22 a missing corpus: status 2" is "$(status nothing.jsonl)" 2
t "IN-22 and its name" says log "nothing.jsonl"
t "IN-22 a directory: status 2" is "$(status checkpoints)" 2
printf '\377\376{\0' >wide.jsonl
t "IN-05 UTF-16: status 2" is "$(status wide.jsonl)" 2
t "IN-05 and the encoding" says log "UTF-16LE"
t "an unknown option: status 2" is "$(status corpus.jsonl --colour red)" 2
t "and its name" says log "--colour"
t "a number out of range: status 2" is \
    "$(status corpus.jsonl --embed-workers 1000)" 2
t "SE-11 a job name that leads away: status 2" is \
    "$(status corpus.jsonl --job ../../x)" 2
t "an unknown embedder: status 2" is "$(status corpus.jsonl --embed magic)" 2
t "an unknown store: status 2" is "$(status corpus.jsonl --store ftp://x)" 2
t "a key file others can read: status 2" sh -c '
    echo secret-canary >key; chmod 644 key
    "$1" corpus.jsonl --new-job --embed openai:m --embed-key-file key \
        --plain >log 2>&1
    [ $? -eq 2 ] && grep -q "key" log && ! grep -q canary log' sh "$BATCHTOP"
t "a config file with a wrong name: status 2" sh -c '
    printf "{ // note\n \"embed-bach\": 3 }" >c.json
    "$1" corpus.jsonl --new-job --config c.json --plain >log 2>&1
    [ $? -eq 2 ] && grep -q "embed-bach" log' sh "$BATCHTOP"

#!/bin/sh
# LD-01: SIGKILL at ten random moments, then to the end: nothing lost, nothing
# twice, and no more sent again than was under way.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 4

count=60000
corpus $count >corpus.jsonl
seed=$(date +%N | sed 's/^0*//')
killed=0
# 600 requests, of which a run has 200 at once and then 200 a second: on any
# machine two that are killed leave something for a third.
pace='--embed-batch 100 --rpm 12000'
for i in 1 2 3 4 5 6 7 8 9 10; do
    ms=$(awk -v s="$seed$i" 'BEGIN { srand(s % 2147483647);
        printf "0.%03d", 20 + int(rand() * 200) }')
    "$BATCHTOP" corpus.jsonl --plain --embed-workers 2 $pace >>log 2>&1 &
    pid=$!
    sleep "$ms"
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null
    ls checkpoints/completed/corpus_* >/dev/null 2>&1 && break
done
t "it was killed at least twice before it was done" [ $killed -ge 2 ]
t "LD-01 then it ends with status 0" run corpus.jsonl --rpm 0
t "LD-01 every document is stored once" is "$(rows corpus.vectors.sqlite)" \
    $count
"$BATCHTOP" export corpus >export.json
t "LD-01 the ledger has every id" is \
    "$(grep -o '"doc-[0-9]*"' export.json | sort -u | wc -l)" $count

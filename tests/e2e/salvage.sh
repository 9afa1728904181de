#!/bin/sh
# LD-21: a damaged ledger is made whole from what can be read of it: what it
# has stays done, what it lost is done again, what was owed is not forgotten.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 25

count=3000 bad=30
corpus $count | awk -v bad=$bad '{ print }
    NR % 100 == 0 { printf "{\"id\":\"bad-%d\",\"text\":\"\"}\n", NR }' \
    >c.jsonl
# Some of it done, at a pace that leaves time to look.
"$BATCHTOP" c.jsonl --plain --checkpoint-every 1 --embed-batch 20 --rpm 1200 \
    >log 2>&1 &
pid=$!
wait_for has_rows c.vectors.sqlite 1000
kill -9 $pid
wait $pid 2>/dev/null
sqlite3 checkpoints/c.ledger 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
mkdir state
mv checkpoints c.vectors.sqlite state
ledger=checkpoints/c.ledger
size=$(stat -c %s state/$ledger)

fresh() {
    rm -rf checkpoints c.vectors.sqlite
    cp -r state/checkpoints state/c.vectors.sqlite .
}
zero() { # page, of 1,024 bytes
    dd if=/dev/zero of=$ledger bs=1024 seek=$(($1 - 1)) count=1 \
        conv=notrunc 2>/dev/null
}
root() { # page of a table
    sqlite3 state/$ledger "SELECT rootpage FROM sqlite_schema
        WHERE name = '$1'"
}
stays() { sed -n 's/.*damaged: \([0-9,]*\) documents stay.*/\1/p' log |
    tr -d ,; }
mended() { # what was done to it: the job ends as it would have
    "$BATCHTOP" c.jsonl --plain --rpm 0 >log 2>&1
    t "LD-21 $1: the rejected are still known, status 1" is $? 1
    t "LD-21 $1: every document is stored" is "$(rows c.vectors.sqlite)" $count
    t "LD-21 $1: it says what stays done" [ "$(stays)" -ge "$2" ]
    t "LD-21 $1: each that failed is named" is \
        "$("$BATCHTOP" failures c | wc -l)" $bad
}

fresh
head -c $((size * 2 / 3)) state/$ledger >$ledger
"$BATCHTOP" verify c >log 2>&1
t "LD-21 who only looks is told" says log "run the job again"
mended "cut by a third" 100
t "LD-21 the damaged one is kept" [ -e checkpoints/completed/c_*.damaged ]

fresh
zero "$(root done)"
mended "all rows forgotten" 800

fresh
zero "$(root source)"
mended "the corpus forgotten" 800

fresh
zero "$(root failed)"
mended "failures forgotten" 800
t "LD-21 with all ids of before" is "$("$BATCHTOP" export c |
    grep -o '"doc-[0-9]*"' | sort -u | wc -l)" $count

fresh
zero "$(root job)"
"$BATCHTOP" c.jsonl --plain --rpm 0 >log 2>&1
t "LD-21 whose it was is not known: status 4" is $? 4
t "LD-21 and the way out is told" says log "begin again with --new-job"
t "LD-21 nothing was done to it" [ ! -e checkpoints/completed/c_*.damaged ]

# --- taken away under a run ---------------------------------------------------
rm -rf checkpoints c.vectors.sqlite
"$BATCHTOP" c.jsonl --plain --embed-batch 20 --rpm 1200 >log 2>&1 &
pid=$!
wait_for has_rows c.vectors.sqlite 100
rm -r checkpoints
t "LD-14 a folder deleted under a run is told" wait_for \
    grep -q "was moved or deleted while in use" log
t "LD-22 and no more room is asked for than is needed" says log \
    "it is written anew within 5 s"
wait_for [ -e $ledger ]
kill -9 $pid
wait $pid 2>/dev/null
"$BATCHTOP" c.jsonl --plain --rpm 0 >log 2>&1
t "LD-14 it was: the job goes on" is "$? $(rows c.vectors.sqlite)" "1 $count"

#!/bin/sh
# The machine under the program: threads, files, clocks, a disk that fails,
# and who may read what it leaves.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need curl
case ${srcdir:-.} in /*) ;; *) srcdir=$OLDPWD/$srcdir ;; esac
plan 42

corpus 4000 >corpus.jsonl
afresh() {
    rm -rf checkpoints corpus.vectors.sqlite*
}
skip() { # how many, name, why
    for i in $(seq "$1"); do
        n=$((n + 1))
        echo "ok $n - $2 # SKIP $3"
    done
}
sanitized=false
grep -q -E '__(asan|tsan)_init' "$BATCHTOP" && sanitized=true

# --- threads and files -----------------------------------------------------------
# with_threads N: no more than N besides the first; sets status
with_threads() {
    afresh
    SHIM_THREADS=$1 LD_PRELOAD=$PWD/shim.so "$BATCHTOP" corpus.jsonl \
        --embed-workers 4 --plain >log 2>&1
    status=$?
}
if $sanitized || ! ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -shared -fPIC \
    -o shim.so "$srcdir/tests/support/shims/shim_threads.c" 2>/dev/null
then
    skip 6 "OS-07 threads run out" "no library before the sanitizer's"
else
    with_threads 0
    t "OS-07 not one thread: status 4" is $status 4
    t "OS-07 and what is missing" says log "gives no thread"
    most=1
    until with_threads $most && [ $status -eq 0 ] || [ $most -gt 30 ]; do
        [ $status -eq 4 ] && grep -q "gives no thread" log || break
        most=$((most + 1))
    done
    t "OS-07 some threads: it runs with fewer workers" is $status 0
    t "OS-07 and says how many" says log "no more than 1 embed worker:"
    t "OS-07 every document is stored" is "$(rows corpus.vectors.sqlite)" 4000
    with_threads 100
    t "OS-07 with threads enough nothing is said" is \
        "$status $(grep -c 'no more than' log)" "0 0"
fi
# with_files N: no more than N open
with_files() {
    afresh
    (ulimit -n "$1" && exec "$BATCHTOP" corpus.jsonl --plain) >log 2>&1
    status=$?
}
most=4
until with_files $most && [ $status -eq 0 ] || [ $most -gt 60 ]; do
    [ $status -ne 0 ] && grep -q . log || break
    case $status in 2 | 3 | 4 | 127) ;; *) break ;; esac
    most=$((most + 1))
done
t "OS-07 files run out: a status and a word, until there are enough" \
    is $status 0
t "OS-07 it needs but a few" [ $most -le 40 ]
t "OS-07 and stores every document" is "$(rows corpus.vectors.sqlite)" 4000

mkdir many
split -l 20 -a 3 -d --additional-suffix=.jsonl corpus.jsonl many/
(ulimit -n 48 && exec "$BATCHTOP" many/*.jsonl --job many --plain) >log 2>&1
t "a corpus of 200 files, with 48 open at most: status 0" is $? 0
t "and every document is stored" is "$(rows many/000.vectors.sqlite)" 4000
printf '{"id":"new","text":"one more"}\n' >>many/117.jsonl
"$BATCHTOP" many/*.jsonl --job many --plain --json >sum 2>log
t "one of them has grown: its new document alone is read" is \
    "$(field sum produced) $(field sum stored)" "1 4001"

# --- few files beside services: each connection takes three
start_api --dim 8 --no-store
head -n 1000 corpus.jsonl >few.jsonl
served_with_files() {
    (ulimit -n "$1" && exec "$BATCHTOP" few.jsonl --job "few$1" --plain \
        --create --embed openai:m --embed-url "http://127.0.0.1:$port/v1" \
        --store "qdrant+http://127.0.0.1:$port/few$1" \
        --progress json) >log 2>&1
}
served_with_files 44
t "OS-07 files for a few connections: status 0" is $? 0
t "OS-07 and one line says how many requests and why" is "$(
    grep -c 'in flight to either side: only 44 files may be open (ulimit -n)' \
        log)" 1
t "OS-07 which is what binds" says log '"bound_by":"open files"'
served_softly() {
    (ulimit -Sn 44 && exec "$BATCHTOP" few.jsonl --job soft --plain \
        --create --embed openai:m --embed-url "http://127.0.0.1:$port/v1" \
        --store "qdrant+http://127.0.0.1:$port/soft") >log 2>&1
}
served_softly
t "OS-07 a soft limit is raised" is "$? $(grep -c ulimit log)" "0 0"
served_with_files 1024
t "OS-07 with files enough nothing is said" is "$? $(grep -c ulimit log)" "0 0"
stop_api

# --- stopped for a while ---------------------------------------------------------
# 200 requests, two at a time: two seconds and a half, however fast the machine
# is.
start_api --dim 8 --embed ms=25,servers=2
"$BATCHTOP" corpus.jsonl --job asleep --embed openai:m --embed-batch 20 \
    --embed-url "http://127.0.0.1:$port/v1" --store jsonl:asleep.out \
    --plain --json >asleep.json 2>log &
pid=$!
pids="$pids $pid"
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
touch asleep.out
wait_for has_lines asleep.out 100
kill -STOP $pid
sleep 1
kill -CONT $pid
wait $pid
t "OS-09 stopped and continued, it ends with status 0" is $? 0
t "OS-09 every document is stored once" is "$(wc -l <asleep.out)" 4000
t "OS-09 nothing failed" is "$(field asleep.json failed)" 0
t "OS-09 the second is no time of the run's" sh -c '[ "${1%.*}" -ge 1 ]' sh \
    "$(field asleep.json paused_s)"
t "OS-09 nor in the mean rate" is "$(sed \
    's/,"embed":{.*//; s/.*"docs_per_s"://; s/,.*//' asleep.json)" "$(
    echo "$(field asleep.json elapsed_s) $(field asleep.json paused_s)" |
        awk '{ printf "%.1f", 4000 / ($1 - $2) }')"

# --- clocks ----------------------------------------------------------------------
if $sanitized || ! faketime -f -1h true >/dev/null 2>&1; then
    skip 6 "LD-13 another clock" "no faketime, or a sanitizer before it"
else
    for by in -1h +10y; do
        afresh
        DONT_FAKE_MONOTONIC=1 faketime -f $by "$BATCHTOP" corpus.jsonl \
            --plain --json >wall.json 2>log
        t "LD-13 the wall clock is off by $by: status 0" is $? 0
        t "LD-13 the time it took is true, $by" sh -c \
            '[ "${1%%.*}" -lt 60 ]' sh "$(field wall.json elapsed_s)"
    done
    afresh
    faketime -f '+0 x1000' "$BATCHTOP" corpus.jsonl --plain >log 2>&1
    t "LD-13 all clocks run too fast: status 0" is $? 0
    t "LD-13 no time left is negative" is "$(grep -c '(-' log)" 0
fi

# --- a disk that fails -----------------------------------------------------------
if $sanitized || ! traced -o trace true 2>/dev/null; then
    skip 5 "IN-25 the disk fails" "no strace, or a sanitizer under it"
else
    faulty() { # WHICH ARGS: reads of the corpus that fail
        which=$1
        shift
        traced -o trace -e inject=read,pread64:error=EIO:when="$which" \
            -P "$PWD/large.jsonl" "$BATCHTOP" large.jsonl --plain "$@"
    }
    corpus 30000 >large.jsonl
    faulty 8..9 >log 2>&1
    t "IN-25 two failed reads are tried again: status 0" is $? 0
    t "IN-25 they failed indeed" is "$(grep -c EIO trace)" 2
    t "IN-25 every document is stored" is "$(rows large.vectors.sqlite)" 30000
    faulty 8+ --job fails --store jsonl:fails.out >log 2>&1 &
    strace=$!
    pids="$pids $strace"
    wait_for grep -q 'reading holds: .*Input/output error' log
    t "IN-25 a disk that stays away pauses the run, by name and place" \
        says log "large.jsonl: reading at byte"
    for pid in $(sed -n 's/^\([0-9]*\) .*/\1/p' trace | sort -un | head -n 1)
    do
        kill -TERM "$pid"
    done
    wait $strace
    t "IN-25 and can be stopped: status 3" is $? 3
fi
afresh
(ulimit -f 600 && exec "$BATCHTOP" corpus.jsonl --job full --plain) \
    >full.log 2>&1 &
pid=$!
pids="$pids $pid"
wait_for grep -q 'next try in' full.log
t "LD-03 a file may not grow: it waits and tries again, by name" \
    says full.log "writing to corpus.vectors.sqlite"
kill -TERM $pid
wait $pid
t "LD-03 stopped, status 3" is $? 3
t "LD-03 without the limit a resume stores the rest" run resume full
t "LD-03 every document is stored" is "$(rows corpus.vectors.sqlite)" 4000

# --- who may read it -------------------------------------------------------------
afresh
awk 'BEGIN { for (i = 0; i < 500; i++)
    printf "{\"id\":\"doc-%d\",\"text\":\"canary-4711 of %d\"}\n", i, i
    print "{\"id\":\"bad\",\"text\":canary-4711}"
    print "{\"id\":\"empty\",\"text\":\"\",\"metadata\":\"canary-4711\"}" }' \
    >private.jsonl
(umask 0 && "$BATCHTOP" private.jsonl --plain >log 2>&1)
t "SE-12 a run with two bad records" is $? 1
t "SE-12 files are the owner's alone, and so are folders" is "$(
    find checkpoints private.vectors.sqlite* -printf '%y %m\n' | sort -u |
        tr '\n' ' ')" "d 700 f 600 "
t "SE-19 neither ledger nor log has a text" is "$(
    cat checkpoints/private.* log | grep -c canary)" 0
"$BATCHTOP" failures private >failures.txt
t "SE-19 nor has what the failures say" is \
    "$(grep -c . failures.txt) $(grep -c canary failures.txt)" "2 0"

# --- planted links ---------------------------------------------------------------
afresh
echo untouched >victim
for name in ledger lock ledger-wal ledger-journal; do
    rm -rf checkpoints
    mkdir -m 700 checkpoints
    ln -s ../victim checkpoints/corpus.$name
    "$BATCHTOP" corpus.jsonl --plain >log 2>&1
    echo "$name $? $(cat victim)"
done >planted
t "SE-13 no planted link is followed" is \
    "$(grep -c ' untouched$' planted)" 4

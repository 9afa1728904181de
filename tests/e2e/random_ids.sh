#!/bin/sh
# LD-34: a corpus with random ids, whose store has no index over them while they
# come: killed at random moments and at system calls, then to the end: nothing
# lost, nothing twice, and an index. Another program sees each id once while the
# run goes on. A second run over the same corpus changes rows and adds none.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 12
# The leak sanitizer cannot work beside strace.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
count=30000
seed=$(date +%N | sed 's/^0*//')
echo "# seed $seed"
random_ids() { # COUNT WORD: the ids are the same for each word
    awk -v n="$1" -v word="$2" 'BEGIN {
        srand(4711)
        for (i = 1; i <= n; i++)
            printf "{\"id\":\"%08x-%04x-4%03x-%08x\",\"text\":\"%s " \
                "document %d speaks of topic %d\"}\n", rand() * 4294967295,
                i % 65536, rand() * 4095, rand() * 4294967295, word, i,
                i * 7919 % 10007 }'
}
sql() { sqlite3 -cmd '.timeout 20000' c.vectors.sqlite "$1"; }
tables() {
    sql "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master
        WHERE name NOT LIKE 'sqlite%' ORDER BY name)"
}
once() { # each id has one row
    sql 'SELECT count(*) = count(DISTINCT id) FROM documents'
}
content() {
    sql 'SELECT id, text, hex(substr(embedding, 1, 32)) FROM documents
        ORDER BY id' | cksum
}
away() { rm -rf checkpoints c.vectors.sqlite*; }

random_ids $count one >c.jsonl
t "an undisturbed run" run c.jsonl
whole=$(content)
t "its store ends with an index" is "$(tables)" "documents documents_id meta"
away

# 300 requests, of which a run has 100 at once and then 100 a second: two seconds,
# on any machine
pace='--embed-batch 100 --rpm 6000'
"$BATCHTOP" c.jsonl --plain $pace >log 2>&1 &
pid=$!
seen=0 wrong=0
while kill -0 $pid 2>/dev/null; do
    case $(once 2>/dev/null) in
    1) seen=$((seen + 1)) ;;
    0) wrong=$((wrong + 1)) ;;
    esac
done
wait $pid
t "another program looked while it went on" [ $seen -gt 0 ]
t "and saw each id once" is $wrong 0
t "the store is that of the undisturbed run" is "$(content)" "$whole"
away

killed=0 wrong=0
for i in 1 2 3 4 5 6 7 8; do
    "$BATCHTOP" c.jsonl --plain $pace >>log 2>&1 &
    pid=$!
    sleep "$(awk -v s="$seed$i" 'BEGIN { srand(s % 2147483647)
        printf "0.%03d", 100 + int(rand() * 300) }')"
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null
    ls checkpoints/completed/c_* >/dev/null 2>&1 && break
    [ -e c.vectors.sqlite ] && [ "$(once)" = 0 ] && wrong=$((wrong + 1))
done
t "LD-34 it was killed at least once, and each id had one row" \
    is "$((killed > 0)) $wrong" "1 0"
t "LD-34 then it ends with status 0" run c.jsonl --rpm 0
t "LD-34 with the store of the undisturbed run" is "$(content)" "$whole"
t "LD-34 and its index" is "$(tables)" "documents documents_id meta"
away

if strace -f -qq -o /dev/null true 2>/dev/null; then
    wrong=0
    for call in fdatasync:3 fdatasync:40 pwrite64:700 unlink:12 unlink:20; do
        strace -f -qq -o /dev/null -e trace="${call%:*}" \
            -e inject="${call%:*}:signal=SIGKILL:when=${call#*:}" \
            "$BATCHTOP" c.jsonl --plain >>log 2>&1
        [ -e c.vectors.sqlite ] && [ "$(once)" = 0 ] && wrong=$((wrong + 1))
    done
    run c.jsonl || wrong=$((wrong + 1))
    [ "$(content)" = "$whole" ] || wrong=$((wrong + 1))
    t "LD-34 likewise, killed at system calls" is $wrong 0
else
    t "LD-34 # SKIP strace cannot trace here" true
fi

random_ids $count two >c.jsonl
t "a second run with other texts" run c.jsonl --new-job
t "changes each row and adds none" is "$(sql "SELECT count(*),
    sum(text LIKE 'two %'), count(DISTINCT id) FROM documents")" \
    "$count|$count|$count"

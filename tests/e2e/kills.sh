#!/bin/sh
# LD-01, LD-20, LD-21: SIGKILL at random moments, and at system calls chosen
# from a trace of an undisturbed run: of a first run, of --new-job over a
# half-done job, of retry, of a detached run, and of one with a damaged ledger;
# their starts and their ends (the ledger that is made, committed, put aside,
# archived) included. After each kill the ledger is not ahead of the store;
# after the next run ids, texts, metadata and vectors are those of an
# undisturbed run, and nothing is left behind.
#
# make kill-test is the long form: KILLS_RANDOM moments in all, and KILLS_CALLS
# calls of each kind of run. The seed is printed; KILLS_SEED repeats it.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
random=${KILLS_RANDOM:-14} calls=${KILLS_CALLS:-5}
seed=${KILLS_SEED:-$(date +%s)}
count=2000 limit=30
# The leak sanitizer cannot work beside strace.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
plan 15
echo "# KILLS_SEED=$seed KILLS_RANDOM=$random KILLS_CALLS=$calls"

# --- what a run must end as -------------------------------------------------
# A state is a folder; work/ is the copy that is killed.
model="--embed openai:m --embed-url"
content() { # of a store
    sqlite3 -cmd '.timeout 5000' "$1" "SELECT id, text, metadata,
        hex(embedding) FROM documents ORDER BY id" | cksum
}
in_work() { # the exit status of batchtop there
    (cd work && timeout $limit "$BATCHTOP" "$@" >>../log 2>&1)
}
start_api --dim 16 --poison 'topic %40'
old=$port url=http://127.0.0.1:$port/v1
mkdir fresh
corpus $count >fresh/c.jsonl
cp -r fresh owing
(cd owing && "$BATCHTOP" c.jsonl --plain $model "$url" >../log 2>&1)
owed=$?
kill $api
wait $api 2>/dev/null
start_api --dim 16 --port "$old"
cp -r fresh whole
t "an undisturbed run" sh -c 'cd whole && "$1" c.jsonl --plain >../log 2>&1' \
    sh "$BATCHTOP"
cp -r fresh mended
t "an undisturbed run of a server" sh -c 'cd mended &&
    "$1" c.jsonl --plain $2 "$3" >../log 2>&1' sh "$BATCHTOP" "$model" "$url"
t "a job that owes some" is "$owed" 1
local_content=$(content whole/c.vectors.sqlite)
served_content=$(content mended/c.vectors.sqlite)

half() { # a job that was killed with some of it done
    cp -r fresh half
    cd half || return 1
    "$BATCHTOP" c.jsonl --plain --checkpoint-every 1 --embed-batch 20 \
        --rpm 1200 >/dev/null 2>&1 &
    slow=$!
    wait_for has_rows c.vectors.sqlite 100
    kill -9 $slow
    wait $slow 2>/dev/null
    cd ..
    is_between=$(rows half/c.vectors.sqlite)
    [ "$is_between" -ge 100 ] && [ "$is_between" -lt $count ]
}
t "a job with half of it done" half
cp -r half damaged # at the root of an index: nothing is lost by it
sqlite3 damaged/checkpoints/c.ledger 'PRAGMA wal_checkpoint(TRUNCATE)' \
    >/dev/null
page=$(sqlite3 damaged/checkpoints/c.ledger "SELECT rootpage
    FROM sqlite_schema WHERE name = 'failed_id'")
dd if=/dev/zero of=damaged/checkpoints/c.ledger bs=1024 seek=$((page - 1)) \
    count=1 conv=notrunc 2>/dev/null

kind() { # of run: sets state, args, again, content
    content=$local_content again=c.jsonl
    case $1 in
    first) state=fresh args="c.jsonl --plain --checkpoint-every 1" ;;
    new-job) state=half again="c.jsonl --rpm 0"
        args="c.jsonl --plain --new-job --checkpoint-every 1 --rpm 0" ;;
    damaged) state=damaged again="c.jsonl --rpm 0"
        args="c.jsonl --plain --rpm 0" ;;
    retry) state=owing args="retry c --plain" content=$served_content
        again="retry c" ;;
    detach) state=fresh args="c.jsonl --detach" ;;
    esac
}

# --- one kill and what comes of it ------------------------------------------
complain() {
    echo "# $what: $*"
    wrong=$((wrong + 1))
}
ahead() { # does the ledger name an id that the store lacks?
    rm -rf look && cp -r work look # looking recovers: not where it is resumed
    (cd look && "$BATCHTOP" verify c --sample 0 >../seen 2>&1) && return 1
    grep -q 'is damaged' seen && return 1 # it is not looked at before
    known=$(sqlite3 look/checkpoints/c.ledger "SELECT value FROM job
        WHERE key = 'ledger.done'" 2>/dev/null)
    [ "${known:-0}" -gt 0 ]
}
left_behind() { # beside the ledger put away, the lock and the log
    (cd work && ls checkpoints | grep -vxE 'completed|c\.lock|c\.log'
    ls | grep -vxE 'c\.jsonl|c\.vectors\.sqlite|checkpoints')
}
judge() {
    [ -e work/checkpoints ] && ahead && complain "the ledger is ahead"
    in_work $again --plain
    # A retry that was at its end has nothing left to do.
    status=$?
    [ $status = 0 ] || { in_work c.jsonl --plain --rpm 0; status=$?; }
    [ $status = 0 ] || complain "status $status: $(tail -n 1 log)"
    [ "$(content work/c.vectors.sqlite)" = "$content" ] ||
        complain "$(rows work/c.vectors.sqlite) rows, or others than they were"
    rest=$(left_behind)
    [ -z "$rest" ] || complain "left behind: $rest"
}
begin() { # kind, how it is killed
    kind "$1"
    what="$1 killed at $2"
    tried=$((tried + 1))
    : >log
    rm -rf work && cp -r $state work
}
let_go() { # of a run that is not our child: gone, or killed
    pid=$(sed -n 's/^process \([0-9]*\) .*/\1/p' work/checkpoints/c.lock \
        2>/dev/null)
    [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
    [ -z "$pid" ] || wait_for gone "$pid"
}
at_moment() { # kind, seconds
    begin "$1" "$2 s"
    if [ "$1" = detach ]; then
        in_work $args
        sleep "$2"
        let_go
    else
        (cd work && timeout -s KILL "$2" "$BATCHTOP" $args >>../log 2>&1)
    fi
    judge
}
at_call() { # kind, name, which of its calls
    begin "$1" "$2 number $3"
    (cd work && traced -o /dev/null -e trace="$2" \
        -e inject="$2:signal=SIGKILL:when=$3" "$BATCHTOP" $args \
        >>../log 2>&1)
    [ "$1" = detach ] && let_go
    judge
}

# --- which moments, which calls ---------------------------------------------
moments() { # kind, how many: seconds, spread over what the run takes
    kind "$1"
    rm -rf work && cp -r $state work
    from=$(date +%s%N)
    in_work $args
    to=$(date +%s%N)
    [ "$1" = detach ] && wait_for sh -c '[ ! -e work/checkpoints/c.ledger ]'
    awk -v n="$2" -v seed="$seed" -v ms=$(((to - from) / 1000000 + 5)) 'BEGIN {
        srand(seed); for (i = 0; i < n; i++)
            printf "%.4f\n", 0.002 + rand() * ms / 1000 }'
}
# The first calls from where the checkpoint's folder is first named, and the
# calls of any time that change files; as "name which", n of them.
trace_of() { # kind, n
    kind "$1"
    rm -rf work && cp -r $state work
    (cd work && traced -o ../trace "$BATCHTOP" $args >>../log 2>&1)
    [ "$1" = detach ] && wait_for sh -c '[ ! -e work/checkpoints/c.ledger ]'
    awk -v most=300 '
        { pid = $1; name = $2; sub(/\(.*/, "", name) }
        /checkpoints/ { begun = 1 }
        name !~ /^[a-z_0-9]+$/ || name ~ /^exit/ { next }
        { which = ++calls[pid " " name]
          changes = name ~ /^(rename|renameat|unlink|fsync|ftruncate|mkdir)$/
          rank = changes ? 0 : 1
          if (begun && (seen++ < most || changes) && !told[name " " which]++)
              print rank, name, which }' trace |
        sort -k1,1 -s | awk -v n="$2" '
        { line[NR] = $2 " " $3; first += $1 == 0 }
        END { # those that change files first, then the others evenly
            for (i = 1; i <= first && n > 0; i++) {
                print line[i]
                n--
            }
            rest = NR - first
            if (n > rest)
                n = rest
            for (i = 0; i < n; i++)
                print line[first + 1 + int(i * rest / n)] }'
}
random_kills() { # kind, how many
    wrong=0 tried=0
    for s in $(moments "$1" "$2"); do at_moment "$1" "$s"; done
    [ $tried -ge "$2" ] && [ $wrong = 0 ]
}
call_kills() { # kind, how many
    wrong=0 tried=0
    trace_of "$1" "$2" >which
    while read -r call which; do at_call "$1" "$call" "$which"; done <which
    [ $tried -gt 0 ] && [ $wrong = 0 ]
}
traceable() { traced -o /dev/null true 2>/dev/null; }

t "LD-01 first runs killed at random moments" random_kills first $((random / 2))
t "LD-20 runs with --new-job, likewise" random_kills new-job $((random / 5))
t "LD-01 retries, likewise" random_kills retry $((random * 3 / 20))
t "LD-01 detached runs, likewise" random_kills detach $((random * 3 / 20))
if traceable; then
    t "LD-01 killed at a system call: first" call_kills first "$calls"
    # It has the most steps to die between.
    t "LD-20 killed at a system call: new-job" \
        call_kills new-job $((calls * 2))
    t "LD-01 killed at a system call: retry" call_kills retry "$calls"
    t "LD-01 killed at a system call: detach" call_kills detach "$calls"
    t "LD-21 killed at a system call: a ledger made whole" \
        call_kills damaged "$calls"
    begin new-job "no room for the new ledger"
    (cd work && traced -o /dev/null \
        -P "$PWD/checkpoints/c.ledger.new" -e trace=openat \
        -e inject=openat:error=ENOSPC:when=1 "$BATCHTOP" $args >>../log 2>&1)
    t "LD-20 no room for the ledger of --new-job: status 4" is "$?" 4
    wrong=0
    judge
    t "LD-20 and the job goes on where it was" is "$wrong" 0
else
    for one in 1 2 3 4 5 6 7; do
        t "LD-20 # SKIP strace cannot trace here" true
    done
fi

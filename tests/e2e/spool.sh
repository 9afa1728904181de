#!/bin/sh
# LD-26: SIGKILL at random moments before a slow store. What is paid for again
# is what was in flight at the embedder, and nobody can tell the result from
# that of a run that was left alone.
. "${srcdir:-.}/tests/support/lib.sh"
plan 27

batch=50 dim=64
seed=$(date +%N | sed 's/^0*//')
embed_port=
stats() { # port, name
    curl -s "http://127.0.0.1:$1/control/stats" >stats.json
    field stats.json "$2"
}
embedded() { stats "$embed_port" texts; }
# One run against the embedder, in the place of this shell: & kills the run.
become() { # options
    OPENAI_API_KEY=k exec "$BATCHTOP" corpus.jsonl --plain --embed openai:m \
        --embed-url "http://127.0.0.1:$embed_port/v1" --dim $dim \
        --embed-batch $batch "$@"
}
go() { # options
    (become "$@") >>log 2>&1
}
pause_for() { # ms at least, ms more at most
    seed=$((seed * 1103 % 2147483647))
    sleep "$(awk -v a="$1" -v b="$2" -v s="$seed" \
        'BEGIN { srand(s); printf "%.3f", (a + rand() * b) / 1000 }')"
}
# Kill it so many times, each after a while, first when something was paid for;
# then let it end. Sets status, starts, and most: the largest file that was seen.
kill_often() { # times, ms at least, ms more, options
    times=$1 least=$2 more=$3
    shift 3
    starts=1 most=0
    for time in $(seq "$times"); do
        become "$@" >>log 2>&1 &
        pid=$!
        [ "$time" -gt 1 ] || wait_for [ -s checkpoints/corpus.spool ]
        pause_for "$least" "$more"
        kill -9 $pid 2>/dev/null && starts=$((starts + 1))
        wait $pid 2>/dev/null
        size=$(stat -c %s checkpoints/corpus.spool 2>/dev/null || echo 0)
        [ "$size" -le $most ] || most=$size
    done
    go "$@" --json
    status=$?
}
# No more texts than these: each once, a request for each worker and kill, and
# the preflight's own.
is_bounded() { # documents, workers
    allowed=$(($1 + (starts - 1) * $2 * batch + starts))
    paid=$(embedded)
    echo "# paid $paid, allowed $allowed, $((starts - 1)) kills"
    [ "$paid" -le "$allowed" ]
}
poison=
# Servers that serve one at a time, or few: a run lasts as long as its requests
# need, however many are in flight and however fast the machine is.
fresh() { # options of the store's server; of the embedder's: poison
    kill $pids 2>/dev/null
    [ -z "$pids" ] || wait $pids 2>/dev/null
    rm -rf checkpoints out.jsonl log
    start_api --dim $dim --embed ms=10,servers=1 ${poison:+--poison "$poison"}
    embed_port=$port embed_api=$api
    : >api.out
    [ $# -eq 0 ] || start_api --dim $dim "$@"
    store="--store qdrant+http://127.0.0.1:$port/docs --create"
}

# --- a slow store, 3 workers
corpus 3000 >corpus.jsonl
fresh --store ms=150,servers=1
kill_often 4 300 700 --embed-workers 3 --store-batch 100 $store
t "LD-26 killed before a slow store, it ends with status 0" is $status 0
t "LD-26 what is paid twice was in flight, with 3 workers" is_bounded 3000 3
t "LD-26 it says that vectors of an earlier run are there" says log \
    "that an earlier run paid for are in the spool"
t "LD-26 every document is stored" is "$(stats "$port" distinct)" 3000
t "LD-26 each with the vector of its text" is "$(stats "$port" bad)" 0
t "LD-29 the file stayed small" [ $most -gt 0 -a $most -lt 2000000 ]
t "LD-29 the file is removed at the end" [ ! -e checkpoints/corpus.spool ]

# --- 16 workers, and a store that often fails: much waits for another try
corpus 6000 >corpus.jsonl
fresh --store ms=200,servers=4 --fail-500 20
kill_often 4 300 500 --embed-workers 16 --store-batch 100 --retries 60 \
    $store
t "LD-26 killed before a slow and sick store, it ends with status 0" is \
    $status 0
t "LD-26 what is paid twice was in flight, with 16 workers" \
    is_bounded 6000 16
t "LD-26 every document is stored after that" is \
    "$(stats "$port" distinct)" 6000
t "LD-26 each with its vector after that" is "$(stats "$port" bad)" 0

# --- the same lines as a run that was left alone
corpus 4000 >corpus.jsonl
fresh
go --store jsonl:whole.jsonl --job whole
kill_often 5 100 250 --store jsonl:out.jsonl
sort -u whole.jsonl >whole.sorted
sort -u out.jsonl >out.sorted
t "LD-26 ids, texts, metadata and vectors equal an undisturbed run" \
    cmp whole.sorted out.sorted
tokens_of() { # a job
    "$BATCHTOP" status "$1" --json >said
    field said tokens
}
t "LD-26 what the killed runs paid is counted" [ \
    "$(tokens_of corpus)" -ge "$(tokens_of whole)" ]

# --- a retry that is killed
corpus 300 >corpus.jsonl
poison='topic %2' batch=5
fresh --store ms=100,servers=1
poison=
go --store-batch 10 --embed-workers 3 $store
failed=$("$BATCHTOP" failures corpus | wc -l)
t "half of them fail at first" [ "$failed" -gt 100 -a "$failed" -lt 200 ]
kill "$embed_api"
wait "$embed_api" 2>/dev/null
: >api.out
start_api --dim $dim --embed ms=10,servers=1 --port "$embed_port"
starts=1
for i in 1 2; do
    OPENAI_API_KEY=k "$BATCHTOP" retry corpus --plain >>log 2>&1 &
    pid=$!
    pause_for 500 300
    kill -9 $pid 2>/dev/null && starts=$((starts + 1))
    wait $pid 2>/dev/null
done
OPENAI_API_KEY=k "$BATCHTOP" retry corpus --plain >>log 2>&1
t "LD-26 a retry that is killed ends, too" is $? 0
t "LD-26 and pays twice for what was in flight" is_bounded "$failed" 3

# --- stopped by hand, with what no store took
batch=50
corpus 3000 >corpus.jsonl
fresh --store ms=100,servers=1
become --embed-workers 3 --store-batch 100 $store >>log 2>&1 &
pid=$!
wait_for [ -s checkpoints/corpus.spool ]
"$BATCHTOP" ctl corpus pause upsert >>log 2>&1
pause_for 300 1
"$BATCHTOP" ctl corpus stop >>log 2>&1
wait $pid
t "LD-26 a stop keeps what is paid for" [ -s checkpoints/corpus.spool ]
starts=2
go --embed-workers 3 --store-batch 100 $store
t "LD-26 and a resume stores it" is "$?, $(stats "$port" distinct)" "0, 3000"
t "LD-26 unpaid" is_bounded 3000 3

# --- --spool
corpus 1000 >corpus.jsonl
fresh --store ms=100,servers=1
become --spool off --store-batch 100 $store >>log 2>&1 &
pid=$!
wait_for [ -e checkpoints/corpus.ledger ]
pause_for 300 1
kill -9 $pid
wait $pid 2>/dev/null
t "--spool off makes no file" [ ! -e checkpoints/corpus.spool ]
OPENAI_API_KEY=k "$BATCHTOP" corpus.jsonl --job cheap --store jsonl:- \
    --plain >local.jsonl 2>>log &
pid=$!
pause_for 20 1
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
t "nor does the local embedder need one" [ ! -e checkpoints/cheap.spool ]

# --- it cannot be written
dim=1536
fresh --store ms=5
mkdir -p checkpoints
echo precious >precious
ln -s ../precious checkpoints/corpus.spool
go $store
t "LD-28 a link in its place: the run goes on" is $? 0
t "LD-28 and says why" says log "symbolic link"
t "LD-28 and leaves what the link names" is "$(cat precious)" precious
rm -rf checkpoints
(
    ulimit -f 300 2>/dev/null # blocks of 512 bytes: enough for a ledger
    go --job small $store
)
t "LD-28 a file that may not grow: the run goes on" is $? 0
t "LD-28 and says once why" is \
    "$(grep -c 'without its spool.*: File too large' log)" 1
t "LD-28 and every document is stored" is "$(stats "$port" distinct)" 1000

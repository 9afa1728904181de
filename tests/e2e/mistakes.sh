#!/bin/sh
# LD-31: the mistakes of a first hour: each is made on purpose, then the right line is
# typed, and it just runs.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 20

corpus 3 >corpus.jsonl
start_api
OPENAI_API_KEY=sk-a-key
export OPENAI_API_KEY
unset HF_TOKEN
here="--embed-url http://127.0.0.1:$port/v1"
nobody=http://127.0.0.1:9/v1

status() {
    "$BATCHTOP" "$@" --plain >log 2>&1
    echo $?
}
nothing_is_left() {
    find . -name '*.ledger' -o -name '*.lock' -o -name '*.vectors.sqlite' \
        >left
    [ ! -s left ] || { sed 's/^/# left: /' left; return 1; }
}
# NAME STATUS OPTIONS...: a first line that leads to nothing, then a plain one.
mistake() {
    what=$1 wanted=$2
    shift 2
    t "$what: status $wanted" is \
        "$(status corpus.jsonl --outage-limit 1s --hold-limit 1s "$@")" \
        "$wanted"
    t "$what: it leaves nothing" nothing_is_left
    t "$what: the line without it just runs" is \
        "$(status corpus.jsonl)$(rows corpus.vectors.sqlite)" 03
    rm -rf checkpoints state ./*.sqlite
}

# --- a start that did nothing binds nobody
mistake "no model" 2 --embed openai
mistake "nobody at the embedder's address" 3 \
    --embed openai:m --embed-url "$nobody"
mistake "nobody at the store's address" 3 \
    --embed openai:m $here --store qdrant+http://127.0.0.1:9/c
mistake "a program that is not there" 2 --embed exec:./nothing

# --- a wrong field
t "a wrong field: status 1" is "$(status corpus.jsonl --text-field body)" 1
t "a wrong field: no empty store is left" test ! -e corpus.vectors.sqlite
t "a wrong field: the right one just runs" is \
    "$(status corpus.jsonl --text-field text)$(rows corpus.vectors.sqlite)" 03

# --- a kill leaves a ledger, which binds nobody either
rm -rf checkpoints state ./*.sqlite
"$BATCHTOP" corpus.jsonl --plain --embed openai:m --embed-url "$nobody" \
    >killed.log 2>&1 &
pid=$!
pids="$pids $pid"
t "killed while nobody answers" wait_for grep -q again killed.log
kill -9 $pid
wait $pid 2>/dev/null
t "killed: a plain line is not caught by its settings" is \
    "$(status corpus.jsonl)$(rows corpus.vectors.sqlite)" 03

# --- what was stored or paid for does bind
corpus 2000 >corpus.jsonl
rm -rf checkpoints state ./*.sqlite
"$BATCHTOP" corpus.jsonl --plain --store jsonl:all.jsonl >paid.log 2>&1 &
pid=$!
pids="$pids $pid"
wait $pid
t "a plain line of a finished job keeps its store" is \
    "$(status corpus.jsonl)" 0
t "and says which" says log all.jsonl
t "and an empty store of others is not removed" sh -c '
    "$1" corpus.jsonl --job two --store sqlite:empty.sqlite \
        --text-field body --max-rejected 5 --plain >log 2>&1
    sqlite3 other.sqlite "CREATE TABLE t(a)"
    "$1" corpus.jsonl --job three --store sqlite:other.sqlite \
        --text-field body --plain >log 2>&1
    [ ! -e empty.sqlite ] && [ -e other.sqlite ]' sh "$BATCHTOP"

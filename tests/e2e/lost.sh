#!/bin/sh
# The store lost what the ledger calls done: said before anything is skipped,
# before a job is called finished, and before a run says that it is done.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 54

status() {
    "$BATCHTOP" "$@" --plain >log 2>&1
    echo $?
}
begin() { # name, documents: a finished job
    corpus "$2" >"$1.jsonl"
    run "$1.jsonl"
}
sql() { sqlite3 -cmd '.timeout 5000' "$1.vectors.sqlite" "$2"; }

# --- a finished job, asked again
begin a 2000
cp a.vectors.sqlite whole
t "ST-41 with its store a job is finished: status 0" is "$(status a.jsonl)" 0
rm a.vectors.sqlite
t "ST-41 without its file it is not: status 6" is "$(status a.jsonl)" 6
t "ST-41 both numbers are told" says log \
    "not there (0 documents, the checkpoint has 2,000"
t "ST-41 and the ways out" says log "--new-job embeds all again, --accept-store"
t "ST-41 no empty store was made" [ ! -e a.vectors.sqlite ]
: >a.vectors.sqlite
t "ST-41 an empty file is no store: status 6" is "$(status a.jsonl)" 6
head -c 300000 whole >a.vectors.sqlite
t "ST-41 nor a file cut short: status 6" is "$(status a.jsonl)" 6
t "ST-41 said to be damaged" says log "is damaged"
cp whole a.vectors.sqlite
sql a "DELETE FROM documents WHERE id = 'doc-0000777'"
t "ST-41 one document of 2,000 is missed: status 6" is "$(status a.jsonl)" 6
t "ST-41 by its number" says log "1,999 documents, the checkpoint 2,000"
corpus 2001 >a.jsonl
t "ST-41 a corpus that grew is asked about, too: status 6" is \
    "$(status a.jsonl)" 6
corpus 2000 >a.jsonl
t "ST-41 whoever knows better may say so: status 0" is \
    "$(status a.jsonl --accept-store)" 0
t "ST-41 how many are lost is told" says log \
    "the store lost 1 of the documents that are done, which is accepted"
t "ST-41 and remembered: status 0" is "$(status a.jsonl)" 0
t "ST-41 with the number" says log "which lost 1 of them, as was accepted"
corpus 2001 >a.jsonl
t "ST-41 a corpus that grew then takes what is new: status 0" is \
    "$(status a.jsonl)" 0
t "ST-41 and what was accepted is not asked for again" is \
    "$(status a.jsonl)" 0
t "ST-41 --new-job stores all of it" sh -c '"$1" a.jsonl --new-job --plain \
    >log 2>&1 && [ "$(sqlite3 a.vectors.sqlite \
    "SELECT count(*) FROM documents")" = 2001 ]' sh "$BATCHTOP"

begin f 100
rm f.vectors.sqlite
t "ST-41 a file that is gone is accepted, too: status 0" is \
    "$(status f.jsonl --accept-store)" 0
t "ST-41 with all of its documents" says log \
    "the store lost 100 of the documents that are done, which is accepted"
t "ST-41 and no empty one is made" [ ! -e f.vectors.sqlite ]
t "ST-41 nor is the job called stored" is "$(status f.jsonl)" 0
t "ST-41 but what it is" says log "which lost 100 of them, as was accepted"

# --- ids that repeat are not lost ones
{ corpus 1000; corpus 1000; } >twice.jsonl
run twice.jsonl
t "ST-41 a corpus that has each id twice stays finished" is \
    "$(status twice.jsonl)" 0

# --- a job that owes only failures, and one that was killed
corpus 50 >owes.jsonl
echo '{"id":"owed","text":""}' >>owes.jsonl
run owes.jsonl
rm owes.vectors.sqlite
t "ST-40 a job that only owes is asked about: status 6" is \
    "$(status owes.jsonl)" 6
"$BATCHTOP" owes.jsonl --json >sum 2>/dev/null
t "ST-40 in its JSON no number is called stored" says sum '"stored":"none"'
t "ST-40 so is its retry" is "$(status retry owes)" 6

has_recorded() { # job, documents at least: they are in its checkpoint
    "$BATCHTOP" status "$1" --json >recorded 2>/dev/null
    [ "$(field recorded stored)" -ge "$2" ] 2>/dev/null
}
corpus 100000 >half.jsonl
# 1,000 requests: ten seconds at that pace, on any machine
"$BATCHTOP" half.jsonl --plain --embed-batch 100 --rpm 6000 >log 2>&1 &
pid=$!
wait_for has_rows half.vectors.sqlite 1000
wait_for has_recorded half 1000
kill -9 $pid
wait $pid 2>/dev/null
sqlite3 half.vectors.sqlite '.backup keep' # with what its WAL has
sqlite3 half.vectors.sqlite 'DELETE FROM documents WHERE rowid % 7 = 0'
t "ST-40 a store robbed of each seventh row: status 6" is \
    "$(status half.jsonl)" 6
rm -f half.vectors.sqlite-*
mv keep half.vectors.sqlite
t "ST-40 put back, the job resumes to its end" run half.jsonl \
    --rpm 0
t "ST-40 and all is there" is "$(rows half.vectors.sqlite)" 100000

# --- lines of JSON
run a.jsonl --job lines --store jsonl:out.jsonl
head -n 1000 out.jsonl >cut && mv cut out.jsonl
t "ST-40 lines cut off a file: status 6" is \
    "$(status a.jsonl --job lines --store jsonl:out.jsonl)" 6
t "ST-40 what goes down a pipe cannot be asked: status 0" sh -c '
    "$1" a.jsonl --job pipe --store jsonl:- --plain >/dev/null 2>log &&
    "$1" a.jsonl --job pipe --store jsonl:- --plain >/dev/null 2>log' \
    sh "$BATCHTOP"

# --- a job that begins with an export
"$BATCHTOP" export a >export.json
import() { # store, options: into a ledger that is new
    store=$1
    shift
    status a.jsonl --job other --store "$store" --import export.json "$@"
}
t "ST-40 what an export calls done is not in a new store: status 6" is \
    "$(import sqlite:other.sqlite)" 6
t "ST-40 in the same words" says log "the checkpoint has 2,001 in it): put"
t "ST-40 nor in new lines of JSON: status 6" is "$(import jsonl:other.jl)" 6
t "ST-40 no ledger is left, and no store" sh -c \
    '! ls checkpoints/other.ledger other.sqlite other.jl 2>/dev/null'
t "ST-40 where it is elsewhere one may say so: status 0" is \
    "$(import sqlite:other.sqlite --accept-store)" 0
t "ST-40 how many are lost is told" says log \
    "the store lost 2,001 of the documents that are done, which is accepted"
t "ST-40 the store that has it all is told nothing: status 0" is \
    "$(import sqlite:a.vectors.sqlite --new-job)" 0

# --- a store over HTTP
start_api --dim 8
url="qdrant+http://127.0.0.1:$port/docs"
run a.jsonl --job far --store "$url" --create
t "ST-41 its store answers: status 0" is \
    "$(status a.jsonl --job far --store "$url" --create)" 0
kill $api
wait $api 2>/dev/null
t "ST-43 a store that cannot be asked: status 3" is \
    "$(status a.jsonl --job far --store "$url" --create --retries 1)" 3
t "ST-43 which is said" says log "could not be asked"
old=$port
start_api --dim 8 --port "$old"
t "ST-41 a collection that --create would make anew: status 6" is \
    "$(status a.jsonl --job far --store "$url" --create)" 6
t "ST-41 and it was not made" sh -c \
    '! curl -sf "http://127.0.0.1:$1/collections/docs" >/dev/null' sh "$old"

# The server's count says which request is the first after the job is done.
stop_api
corpus 50 >near.jsonl
near() { # options
    status near.jsonl --job near --create --store-batch 50 \
        --store "qdrant+http://127.0.0.1:$port/docs" "$@"
}
start_api --dim 8
near >/dev/null
curl -s "http://127.0.0.1:$port/control/stats" >stats
for retries in 0 5; do
    stop_api
    start_api --dim 8 --outage-at "$(($(field stats requests) + 1)):400"
    t "ST-43 a job is done before its store is away" is "$(near --new-job)" 0
    t "ST-43 its store is away for a moment, --retries $retries" is \
        "$(near --retries $retries)" $((retries ? 0 : 3))
done

# --- under a run: the end is not said before the file was looked at
corpus 300 >part
sqlite3 whole "DELETE FROM documents WHERE rowid % 2 = 0"
change() { # job, what is done to its file before the last document
    rm -f pipe && mkfifo pipe
    "$BATCHTOP" - --job "$1" --store "sqlite:$1.vectors.sqlite" \
        --embed-batch 1 --plain <pipe >log 2>&1 &
    pid=$!
    exec 3>pipe
    cat part >&3
    wait_for has_rows "$1.vectors.sqlite" 300
    eval "$2"
    exec 3>&-
    wait $pid
    echo $?
}
t "ST-42 a file deleted under the run: status 4" is \
    "$(change gone 'rm gone.vectors.sqlite')" 4
t "ST-42 an older copy put over it: status 4" is "$(change older \
    'cp whole older.vectors.sqlite')" 4
t "ST-42 cut short: status 4" is "$(change short \
    'head -c 20000 short.vectors.sqlite >x; cat x >short.vectors.sqlite')" 4
lines='jsonl:lines.jsonl'
rm -f pipe && mkfifo pipe
"$BATCHTOP" - --job lines-cut --store $lines --embed-batch 1 --plain \
    <pipe >log 2>&1 &
pid=$!
exec 3>pipe
cat part >&3
wait_for sh -c '[ "$(wc -l <lines.jsonl)" = 300 ]'
head -n 200 lines.jsonl >x && mv x lines.jsonl
exec 3>&-
wait $pid
t "ST-42 lines put in the place of more: status 4" is $? 4
t "ST-42 which is another file" says log "lines.jsonl is another file now"
t "ST-42 and the job is not put away as finished" [ \
    -e checkpoints/short.ledger ]

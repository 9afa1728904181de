#!/bin/sh
# What an earlier line that came to nothing leaves behind for the next one:
# nothing.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 40

status() {
    "$BATCHTOP" "$@" --plain >log 2>&1
    echo $?
}
made_with() { # store, words: how its vectors were made
    sqlite3 "$1" "SELECT value FROM meta WHERE key = 'made_with'" >made
    says made "$2"
}

# --- words of another model -----------------------------------------------------

start_api --dim 8
url="--embed-url http://127.0.0.1:$port"
away="--embed-url http://127.0.0.1:1 --outage-limit 0"
corpus 300 >a.jsonl
t "LD-31 a first try that reaches nobody: status 3" is \
    "$(status a.jsonl --embed ollama:all-minilm $away)" 3
t "LD-31 another model after it begins anew" is \
    "$(status a.jsonl --embed ollama:nomic-embed-text $url)" 0
t "LD-31 with its own words" says log 'wants "search_document: " before'
t "LD-31 which the store is told" made_with a.vectors.sqlite search_document
"$BATCHTOP" status a >log 2>&1
t "LD-31 and status shows" says log 'doc-prefix  "search_document: "'
corpus 300 >b.jsonl
status b.jsonl --embed ollama:nomic-embed-text $away >/dev/null
t "LD-31 one without words after one with them" is \
    "$(status b.jsonl --embed ollama:bge-m3 $url)" 0
t "LD-31 has none" made_with b.vectors.sqlite '"doc-prefix":""'

# --- an end of a pipe is not the end of a file ----------------------------------

corpus 1000 >all
head -n 500 all >one
tail -n 500 all >two.jsonl
run - </dev/null
run - two.jsonl <one
t "IN-21 after a pipe without data a file in its place is read" is \
    "$(rows stdin.vectors.sqlite)" 1000

# --- a wrong line beside a finished job -------------------------------------------

jobs() { # how many the checkpoints know, and what they are
    "$BATCHTOP" jobs >log
}
right="c.jsonl --embed ollama:nomic-embed-text $url --dim 4"
corpus 300 >c.jsonl
t "LD-31 a right line" is "$(status $right)" 0
t "LD-31 with one wrong option: status 2" is \
    "$(status $right --doc-prefix "")" 2
t "LD-31 which is said to leave nothing" says log "none: nothing was sent"
t "LD-31 and the right line is finished as before" is "$(status $right)" 0
t "LD-31 in these words" says log "c is finished"
t "LD-31 nor does a store that cannot be made" is \
    "$(status $right --store jsonl:/nonexistent/x.jsonl)" 2
t "LD-31 or a key that is not there" is \
    "$(status c.jsonl --embed openai:m --embed-key-env NO_SUCH_KEY)" 2
jobs
t "LD-31 the job is still the finished one" is "$(grep -c resumable log)" 0
t "LD-31 and stays it" is "$(status $right)" 0

# --- all was rejected: the next line reads it as it says -------------------------

corpus 500 >d.jsonl
t "LD-32 a field that no record has: status 2" is \
    "$(status d.jsonl --text-field nope)" 2
t "LD-32 typed again nothing is passed over" is \
    "$(status d.jsonl --text-field nope):$("$BATCHTOP" failures d | wc -l)" 2:100
t "LD-32 without it the default counts" is "$(status d.jsonl)" 0
t "LD-32 which is said" says log "read anew, as this line says"
t "LD-32 and all of it is stored" is "$(rows d.vectors.sqlite)" 500
t "LD-32 beside the finished job the field is refused, too" is \
    "$(status d.jsonl --text-field nope)" 2
t "LD-32 which stays finished" is "$(status d.jsonl)" 0
t "LD-32 in these words" says log "d is finished"
corpus 300 | sed 's/"n":[0-9]*/"n":NaN/' >n.jsonl
t "LD-32 NaN everywhere: status 2" is "$(status n.jsonl)" 2
t "LD-32 with the remedy that it names: status 0" is \
    "$(status n.jsonl --nan null)" 0
t "LD-32 all of it is stored" is "$(rows n.vectors.sqlite)" 300
sed -n p n.jsonl >o.jsonl
run o.jsonl
t "LD-32 nor does a resume pass over anything: status 2" is \
    "$(status resume o):$("$BATCHTOP" failures o | wc -l)" 2:100
t "LD-32 which takes the remedy, too" is "$(status resume o --nan null)" 0
t "LD-32 with all of it" is "$(rows o.vectors.sqlite)" 300
corpus 50 >r.jsonl
corpus 51 | sed -n '51s/"n":[0-9]*/"n":NaN/p' >>r.jsonl
run r.jsonl
t "LD-32 a retry that stored some goes on with what it remembers" is \
    "$(status retry r):$(rows r.vectors.sqlite)" 1:50
t "LD-32 and reads NaN as null when told" is \
    "$(status retry r --nan null):$(rows r.vectors.sqlite)" 0:51

# --- a finished pipe out of which nothing comes ----------------------------------

finished() { # how many ledgers of it
    ls checkpoints/completed | grep -c "^$1_"
}
cat one | run - --job p --store sqlite:p.sqlite
t "LD-33 a resume without data: status 0" is "$(status resume p </dev/null)" 0
t "LD-33 is finished" says log "p is finished"
t "LD-33 so it is on a pipe that is closed" is "$(: | status resume p)" 0
t "LD-33 in these words" says log "p is finished"
t "LD-33 no other ledger came of it" is "$(finished p)" 1
cat two.jsonl | run resume p
t "LD-33 what does come is read" is "$?:$(rows p.sqlite)" 0:1000
t "LD-33 and is finished, too" is "$(finished p)" 2

#!/bin/sh
# The console in a real terminal, with keys as a person would press them.
. "${srcdir:-.}/tests/support/lib.sh"
need tmux
plan 39

{
    printf '{"id":"first"}\n{"id":"broken"\n{"id":"no text"}\n'
    corpus 60000
    printf '{"id":"bad","text":"a word of poison"}\n'
} >corpus.jsonl
# A service that takes its time for each byte, and three requests at a time: the
# run lasts five seconds and more, however fast the machine is and whatever is
# tried.
start_api --dim 16 --embed ms=40,kb_us=3500,servers=3 --poison poison
sock=$folder/tmux
tm() { tmux -S "$sock" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; leave' EXIT
tm new-session -d -s w -x 120 -y 40 \
    "TERM=screen-256color '$BATCHTOP' corpus.jsonl --embed openai:slow --dim 16 \
        --embed-url http://127.0.0.1:$port/v1 --store jsonl:out.jsonl
        echo status \$?; sleep 600"
# What comes of a key is waited for; an Esc must not run into the next key.
press() {
    tm send-keys -t w "$@"
    sleep 0.1
}
type() {
    tm send-keys -t w -l "$1"
}
# The screen comes to show these words, within a minute at the latest.
shows() {
    for i in $(seq 300); do
        tm capture-pane -p -t w >screen
        grep -qF -- "$1" screen && return 0
        sleep 0.2
    done
    sed 's/^/# /' screen
    return 1
}
hides() {
    for i in $(seq 300); do
        tm capture-pane -p -t w >screen
        grep -qF -- "$1" screen || return 0
        sleep 0.2
    done
    sed 's/^/# /' screen
    return 1
}

t "it shows the pipeline" shows "1 Pipeline"
t "the bad record is in the log" shows '"text" is missing'
press p
t "p pauses" shows "PAUSED"
press '?'
t "? shows the keys" shows "retry failed documents"
press Escape
t "Esc closes" hides "retry failed documents"
press b
t "b opens Tune" shows "Tune"
press 2 5 0 Enter
t "a typed number is taken over" shows "embed batch auto → 250"
press u
t "u undoes it" shows "embed batch 250 → auto"
press w
press Left Enter
t "a worker fewer" shows "embed workers auto → "
press +
t "+ is a larger batch" shows "embed batch auto → "
press 6 z
t "z zooms the failures" hides "Pipeline"
press z
press o
t "o shows the failures one by one" shows "3 open   follow on"
press Enter
t "Enter says what can be done with a failure" shows "retry this one now"
press Enter
t "Enter again shows the document out of the corpus" shows '{"id":"'
press Escape
press r
t "r asks what to retry" shows "Retry failed documents"
press Escape
press Escape
press /
type missing
t "/ filters as it is typed, and counts" shows 'filter "missing" 2 of 3'
press Enter Escape
t "Esc clears the filter" shows "3 open"
press g n Enter
t "n finds it all the same, Enter opens it" shows "record 1 of the corpus"
press Escape g Space
t "Space tags" shows "1 tagged"
press e
type failed.jsonl
press Enter
t "e writes what is tagged" shows "1 failure written to failed.jsonl"
press e
type failed.jsonl
press Enter
t "a file that is there is not replaced without a question" \
    shows "failed.jsonl is there already. 3 failures would replace it."
press y
t "and with a yes it is" shows "3 failures written to failed.jsonl"
press Enter x
t "x asks before it gives a document up" shows "would never be stored"
press Enter
t "no is the answer unless another is given" hides "would never be stored"
press 2 Enter
t "Enter shows a worker" shows "documents so far"
press Escape
press :
type messages
press Enter
t ":messages shows the events of the run" shows "newest first, / finds"
press Escape
press :
press Up
t ": has its history" shows ":messages"
press C-u
press Escape
press X
t "an unknown key says where the keys are" shows "? shows the keys"
press :
type "rpm 5"
press Enter
t ": takes commands" shows "requests/min none → 5"
press :
type "rpm 0"
press Enter
tm resize-window -t w -x 80 -y 24
t "it fits 80x24" shows "q Quit"
tm resize-window -t w -x 40 -y 12
t "it fits 40x12" shows "embed q"
tm resize-window -t w -x 20 -y 5
t "it fits 20x5" shows "owed"
tm resize-window -t w -x 120 -y 40
shows "1 Pipeline" # where there is room, q asks in a dialog
press q
t "q asks before it leaves" shows "Leave this run?"
press Escape
press p
t "p resumes, and it gets done" shows "DONE"
t "what failed is owed" shows "r Retry 4"
kill "$api"
wait "$api" 2>/dev/null
start_api --dim 16 --port "$port"
press r a Enter
t "r works when all is done: what the service takes now is stored" \
    shows "r Retry 3"
t "and it is done again" shows "DONE"
press q
t "q leaves with status 1" shows "status 1"
t "the summary stays on the screen" shows "batchtop: done in"

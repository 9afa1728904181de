#!/bin/sh
# LD-35: jobs are found from any directory and any terminal, and each belongs to
# its corpus. LD-36: where no state folder can be used, it is said, and
# ./checkpoints is used instead.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 62
unset BATCHTOP_CHECKPOINT_DIR XDG_STATE_HOME
HOME=$folder/home
export HOME
state=$HOME/.local/state/batchtop
mkdir -p home A B else

corpus 3 >A/data.jsonl
corpus 5 | sed 's/doc-/b-/' >B/data.jsonl
status() {
    "$BATCHTOP" "$@" --plain >"$folder/log" 2>&1
    echo $?
}
from() { # DIR ARGS...
    (cd "$1" && shift && status "$@")
}
listed() { # JOB: its line in the list
    (cd else && "$BATCHTOP" jobs | grep "^$1 ")
}

# --- a job is of its corpus
t "LD-35 a corpus in A" is "$(from A data.jsonl)$(rows A/data.vectors.sqlite)" 03
t "LD-35 leaves no checkpoints beside it" is "$(ls A | tr '\n' ' ')" \
    "data.jsonl data.vectors.sqlite "
t "LD-35 but in the state folder" test -d "$state/completed"
t "LD-35 for the user alone" is "$(stat -c %a "$state")" 700
t "LD-35 one of the same name in B is another job" is \
    "$(from B data.jsonl)$(rows B/data.vectors.sqlite)" 05
t "LD-35 and says so" says log \
    "job data is of $folder/A/data.jsonl: this one is data-2"
t "LD-35 typed again each is finished" is "$(from B data.jsonl)" 0
t "LD-35 as its own" says log "data-2 is finished"
t "LD-35 by another path, from elsewhere, it is the same job" is \
    "$(from else ../A/data.jsonl)" 0
t "LD-35 and says where it works" says log "job data works in $folder/A"
t "LD-35 and is finished" says log "data is finished"
t "LD-35 nothing is embedded twice" is "$(rows A/data.vectors.sqlite)" 3

# --- found from anywhere
t "LD-35 jobs lists both, with their corpora" sh -c '
    case $1 in *finished*"$2/B/data.jsonl") ;; *) exit 1 ;; esac' sh \
    "$(listed data-2)" "$folder"
t "LD-35 in JSON, too" sh -c '"$1" jobs --json | grep -q "\"corpus\":\"$2/A/"' \
    sh "$BATCHTOP" "$folder"
t "LD-35 status from elsewhere" is "$(from else status data)" 0
t "LD-35 says of which corpus" says log "$folder/A/data.jsonl"
t "LD-35 a corpus names its job from elsewhere" is \
    "$(from else status ../B/data.jsonl)" 0
t "LD-35 that of its own" says log data-2
t "LD-35 search from elsewhere reads that job's store" is \
    "$(cd else && "$BATCHTOP" search data-2 topic 2>/dev/null | grep -c ' b-')" 5
t "LD-35 in its directory no name is needed" is "$(from B search topic)" 0
t "LD-35 and finds its own" says log b-0000001
t "LD-35 nor is -2: the name of a corpus that is here" is \
    "$(from B search data topic)" 0
t "LD-35 means that one" says log b-0000001
t "LD-35 which is said" says log "data of this directory is job data-2"
t "LD-35 while --job is taken as it is" is "$(from B status --job data)" 0
t "LD-35 wherever that is" says log "$folder/A/data.jsonl"
t "LD-35 elsewhere it is" is "$(from else search topic)" 2
t "LD-35 with the names" says log "name one: data-2, data"
t "LD-35 a name that is nearly one" is "$(from else status dtaa)" 2
t "LD-35 did you mean" says log "did you mean data?"
t "LD-35 failures, export and retry from elsewhere" is \
    "$(from else failures data)$(from else export data)$(from else retry data)" 000

# --- a run that goes on
corpus 200000 >A/long.jsonl
(cd A && exec "$BATCHTOP" long.jsonl --plain --detach >../detached 2>&1)
t "LD-35 a run that is detached" says detached "batchtop attach long"
t "LD-35 is driven from elsewhere" is "$(from else ctl long drain)" 0
ended() { ! "$BATCHTOP" jobs | grep -q running; }
t "LD-35 ends" wait_for ended
t "LD-35 resumes from elsewhere" is "$(from else resume long)" 0
t "LD-35 into the same store" is "$(rows A/long.vectors.sqlite)" 200000
t "LD-35 which is the only one" is "$(ls else A | grep -c sqlite)" 2

# --- a second job over one corpus
t "LD-35 a second job over one corpus" is \
    "$(from A data.jsonl --job two)$(rows A/two.vectors.sqlite)" 03
t "LD-35 has a store of its own, and says so" says log "two.vectors.sqlite"

# --- jobs of older versions
mkdir C
corpus 4 >C/data.jsonl
(cd C && "$BATCHTOP" data.jsonl --plain --checkpoint-dir checkpoints \
    --store jsonl:out.jsonl >/dev/null 2>&1)
t "LD-35 ./checkpoints is found where it has the job" is \
    "$(from C data.jsonl)" 0
t "LD-35 and the job is finished there" says log "data is finished"
t "LD-35 with a new job it is left alone" is \
    "$(corpus 2 >C/new.jsonl; from C new.jsonl; ls C/checkpoints/*)" \
    "$(echo 0; ls C/checkpoints/*)"

# --- lines of older versions, which name the folder where a job was
was=--checkpoint-dir
t "LD-35 B/checkpoints, which is not there, means the job of B" is \
    "$(from else status data $was ../B/checkpoints)" 0
t "LD-35 that one" says log "$folder/B/data.jsonl"
t "LD-35 which is said once" is "$(grep -c 'not in ../B/checkpoints' log)" 1
t "LD-35 with its name and place" says log "job data-2 is in $state, not in"
t "LD-35 from within, and --job, too" is \
    "$(from B status --job data $was checkpoints/)" 0
t "LD-35 the same one" says log "$folder/B/data.jsonl"
t "LD-35 failures, export, retry, resume and search do so" is \
    "$(for verb in failures export retry resume; do
        from else $verb data $was "$folder/B/checkpoints"
    done
    from else search data topic $was "$folder/B/checkpoints")" "0
0
0
0
0"
t "LD-35 by the corpus, and without a name" is "$(
    from else status ../B/data.jsonl $was "$folder/B/checkpoints"
    from B status $was checkpoints)" "0
0"
t "LD-35 by another corpus it is not" is \
    "$(from else status ../C/data.jsonl $was "$folder/B/checkpoints")" 2
t "LD-35 nor by the name of a job of elsewhere" is \
    "$(from else status long $was "$folder/B/checkpoints")" 2
t "LD-35 a folder that holds the job is not left" is \
    "$(from else status data $was "$folder/C/checkpoints")" 0
t "LD-35 and nothing is said" is "$(grep -c 'not in' log)" 0
t "LD-35 a folder is meant from where it was typed, at any depth" is "$(
    mkdir else/deep
    for verb in status failures export resume; do
        from else/deep $verb data $was ../../C/checkpoints
    done)" "0
0
0
0"
t "LD-35 a folder of another name means itself" is \
    "$(from else status data $was "$folder/B")" 2

# --- BATCHTOP_CHECKPOINT_DIR, XDG_STATE_HOME, and nowhere
t "LD-35 the variable names a folder" is "$(
    BATCHTOP_CHECKPOINT_DIR=$folder/else/own; export BATCHTOP_CHECKPOINT_DIR
    from B data.jsonl; ls -d else/own)" "0
else/own"
t "LD-35 XDG_STATE_HOME does, if it is absolute" is "$(
    XDG_STATE_HOME=$folder/xdg; export XDG_STATE_HOME
    from B data.jsonl; ls xdg)" "0
batchtop"
t "LD-36 no home that can be written: ./checkpoints" is "$(
    mkdir D; corpus 2 >D/data.jsonl; : >file
    HOME=$folder/file; export HOME; from D data.jsonl; ls D)" "0
checkpoints
data.jsonl
data.vectors.sqlite"
t "LD-36 it says so, and why" says log \
    "the checkpoint goes into ./checkpoints, for $folder/file/.local/state/batch"
t "LD-36 the reason is the system's" says log "Not a directory"
t "LD-36 and the same line finds it" is "$(
    HOME=$folder/file; export HOME; from D data.jsonl)" 0

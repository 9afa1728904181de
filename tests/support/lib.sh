# For the end-to-end tests: a folder of their own, TAP, and a corpus.
# BATCHTOP is the binary, FAKEAPI the loopback server.
set -u
BATCHTOP=${BATCHTOP:-./batchtop}
FAKEAPI=${FAKEAPI:-tests/fakeapi}
export LC_ALL=C.UTF-8
folder=$(mktemp -d)
XDG_CONFIG_HOME=$folder/config # not the user's
export XDG_CONFIG_HOME
# Checkpoints of a test are where it is, and never the user's; without the
# variable they would be in the state folder, which is the test's, too.
BATCHTOP_CHECKPOINT_DIR=checkpoints
XDG_STATE_HOME=$folder/state
export BATCHTOP_CHECKPOINT_DIR XDG_STATE_HOME
# These are for the tests: the program would say that they are no option's.
for name in BATCHTOP_JVM_SERVERS BATCHTOP_LONG_TESTS BATCHTOP_REAL_SERVERS \
    BATCHTOP_SERVERS_DIR; do
    eval "[ -z \"\${$name+1}\" ] || {
        kept=\$$name; unset $name; $name=\$kept; }"
done
pids=
n=0

leave() {
    for pid in $pids; do
        kill -9 "$pid" 2>/dev/null
    done
    rm -rf "$folder"
}
trap leave EXIT
trap 'exit 1' INT
trap 'echo "Bail out! told to end"; exit 1' TERM
# Whatever a script waits for, it ends some day. What it waits for is killed, too:
# a shell heeds its signals only behind a command.
{
    timeout "${TEST_SECONDS:-900}" tail --pid=$$ -f /dev/null
    [ $? -ne 124 ] ||
        sh -c 'c=$(cat /proc/$1/task/$1/children); kill $1; kill -9 $c' \
            sh $$
    :
} >/dev/null 2>&1 &
# Paths stay good after the change of folder.
case $BATCHTOP in /*) ;; *) BATCHTOP=$PWD/$BATCHTOP ;; esac
case $FAKEAPI in /*) ;; *) FAKEAPI=$PWD/$FAKEAPI ;; esac
support=$(cd "${srcdir:-.}/tests/support" && pwd)
cd "$folder" || exit 1

plan() { echo "1..$1"; }
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
need() {
    command -v "$1" >/dev/null || skip_all "$1 is missing"
}

# A test by its name: ok when the rest of the line succeeds.
t() {
    n=$((n + 1))
    name=$1
    shift
    if "$@"; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        echo "# $*"
        for said in log api.err; do
            [ -s $said ] && tail -n 20 $said | sed "s/^/# $said: /"
        done
    fi
}
is() {
    [ "$1" = "$2" ] || {
        echo "# got \"$1\", wanted \"$2\""
        return 1
    }
}
says() { # file, words
    grep -qF -- "$2" "$1" || {
        echo "# \"$2\" is not in $1:"
        sed 's/^/# /' "$1" | tail -n 20
        return 1
    }
}

# corpus COUNT > FILE: documents with distinct texts
corpus() {
    awk -v n="$1" 'BEGIN {
        for (i = 1; i <= n; i++)
            printf "{\"id\":\"doc-%07d\",\"text\":\"the %d th document " \
                "speaks of topic %d and of nothing else\"," \
                "\"metadata\":{\"n\":%d}}\n", i, i, i * 7919 % 10007, i
    }'
}
# The text of its 77th document.
text_77="the 77 th document speaks of topic 9343 and of nothing else"

# run ARGS...: batchtop without a screen; its words go to log
run() {
    "$BATCHTOP" "$@" --plain >log 2>&1
}

rows() { # of a store
    sqlite3 -cmd '.timeout 5000' "$1" 'SELECT count(*) FROM documents'
}

# A number that stays what it is for half a second: that nothing happens takes a
# time to see.
still() { # a command that says it
    value=$("$@")
    sleep 0.5
    [ "$("$@")" = "$value" ]
}
# Until the rest of the line succeeds, two minutes at most: never a fixed time.
wait_for() {
    for i in $(seq 1200); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    echo "# waited in vain for: $*"
    return 1
}
# strace of a program that guards its memory: nobody but root sees a path there,
# or a file that is open, unless prctl() is kept from guarding it.
traced() { # options, program, arguments
    unguarded=
    if [ "$(id -u)" -ne 0 ]; then
        unguarded=$folder/unguarded.so
        [ -e "$unguarded" ] || ${CC:-cc} -std=gnu11 -shared -fPIC \
            -o "$unguarded" "$support/shims/shim_dumpable.c" || return
    fi
    strace -f -qq ${unguarded:+-E "LD_PRELOAD=$unguarded"} "$@"
}
gone() { ! kill -0 "$1" 2>/dev/null; } # a process
has_rows() { # of a store: at least so many
    [ "$(rows "$1" 2>/dev/null || echo 0)" -ge "$2" ]
}

start_api() { # options: sets port
    : >api.out # the last one's port is not this one's
    "$FAKEAPI" "$@" >api.out 2>api.err &
    api=$!
    pids="$pids $api"
    for i in $(seq 300); do
        port=$(sed -n 's/^port \([0-9]*\).*/\1/p' api.out)
        [ -n "$port" ] && return 0
        sleep 0.1
    done
    echo "Bail out! fakeapi does not start"
    exit 1
}

stop_api() { # the last one
    kill -9 "$api" 2>/dev/null
    wait "$api" 2>/dev/null || :
}

# One number of a JSON object in a file
field() { # file, name
    sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p" "$1" | tail -n 1
}

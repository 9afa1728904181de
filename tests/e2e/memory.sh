# OS-05: an allocation fails, this one or all from there on. Never a signal,
# never success with a document missing.
. "${srcdir:-.}/tests/support/lib.sh"

case $srcdir in /*) ;; *) srcdir=$OLDPWD/$srcdir ;; esac
grep -q -E '__(asan|tsan)_init' "$BATCHTOP" &&
    skip_all "a sanitizer has its own malloc"
${CC:-cc} -std=gnu11 -shared -fPIC -I"${BATCHTOP%/*}" -o shim.so "$srcdir/tests/support/shims/shim_malloc.c" \
    2>/dev/null || skip_all "no shared library can be made"
corpus 20 >corpus.jsonl

dog=
# fails AT COUNT: sets status and stored. A run that pauses or tries again for
# want of memory is right to do so; it is told to stop, twice (of which timeout
# passes on the first alone unless it is --foreground).
fails() {
    rm -rf corpus.vectors.sqlite* checkpoints
    : >log
    SHIM_COUNT=1 SHIM_FAIL_AT=$1 SHIM_FAIL_FOR=$2 LD_PRELOAD=$PWD/shim.so \
        timeout --foreground -k 5 60 "$BATCHTOP" corpus.jsonl --plain >log 2>&1 &
    pid=$!
    pids="$pids $pid"
    if [ "$2" -gt 1 ]; then
        (
            until grep -q -E 'paused|retrying' log; do sleep 0.1; done
            kill -TERM "$pid"
            sleep 0.5
            kill -TERM "$pid"
        ) 2>/dev/null &
        dog=$!
    fi
    wait $pid 2>/dev/null
    status=$?
    [ -z "$dog" ] || kill $dog 2>/dev/null
    dog=
    stored=$(rows corpus.vectors.sqlite 2>/dev/null)
}
clean_end() {
    [ "$status" -lt 124 ] || {
        echo "# ended by a signal or by the clock: $status"
        return 1
    }
    if [ "$status" -eq 0 ]; then
        is "$stored" 20
    else
        grep -q -E 'memory|allocate' log || {
            echo "# no sentence: $(tail -n 1 log)"
            return 1
        }
    fi
}

plan 33
fails 0 0
t "without a failure all is stored" is "$status $stored" "0 20"
all=$(sed -n 's/^allocations //p' log)
fails 1 1000000
t "OS-05 no memory at all is refused" is "$status" 4
t "OS-05 in one sentence" says log "no memory for"
for pct in 2 10 20 30 40 48 53 58 63 68 73 78 83 88 96; do
    fails $((all * pct / 100)) 1
    t "OS-05 the allocation at $pct % fails, status $status" clean_end
done
for pct in 3 12 24 36 45 50 55 60 65 70 76 82 88 94 99; do
    fails $((all * pct / 100)) 1000000
    t "OS-05 all fail from $pct % on, status $status" clean_end
done

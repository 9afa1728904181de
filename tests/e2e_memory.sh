# OS-05: an allocation fails, this one or all from there on. Never a signal,
# never success with a document missing.
. "${srcdir:-.}/tests/lib.sh"

case $srcdir in /*) ;; *) srcdir=$OLDPWD/$srcdir ;; esac
grep -q -E '__(asan|tsan)_init' "$BATCHTOP" &&
    skip_all "a sanitizer has its own malloc"
${CC:-cc} -std=gnu11 -shared -fPIC -I"${BATCHTOP%/*}" -o shim.so "$srcdir/tests/shim_malloc.c" \
    2>/dev/null || skip_all "no shared library can be made"
corpus 20 >corpus.jsonl

# fails AT COUNT: sets status and stored
fails() {
    rm -rf corpus.vectors.sqlite* checkpoints
    SHIM_FAIL_AT=$1 SHIM_FAIL_FOR=$2 LD_PRELOAD=$PWD/shim.so \
        timeout 60 "$BATCHTOP" corpus.jsonl --plain >log 2>&1
    status=$?
    stored=$(rows corpus.vectors.sqlite 2>/dev/null)
}
clean_end() {
    [ "$status" -lt 124 ] || {
        echo "# ended by a signal or by the clock: $status"
        return 1
    }
    [ "$status" -ne 0 ] || is "$stored" 20
}

plan 27
fails 1 1000000
t "OS-05 no memory at all is refused" is "$status" 4
t "OS-05 in one sentence" says log "no memory for"
for at in 2000 2600 2900 3200 3500 3800 4100 4400 4700 5000 5300 6500; do
    fails $at 1
    t "OS-05 allocation $at fails, status $status" clean_end
done
for at in 1000 2000 2500 3000 3250 3500 3750 4000 4250 4500 4750 5000; do
    fails $at 1000000
    t "OS-05 all fail from $at on, status $status" clean_end
done
fails 0 0
t "and without a failure all is stored" is "$status $stored" "0 20"

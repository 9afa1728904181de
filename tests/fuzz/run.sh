#!/bin/sh
# make fuzz: build each target with clang, libFuzzer and the sanitizers in
# fuzz-build/, and let each run, as many at once as there are processors.
#
#   run.sh SOURCE [NAME]
#
# NAME          of one target that is built: only run it
# FUZZ_SECONDS  how long each runs; 20
# FUZZ_TARGETS  which, as tests/fuzz/NAME; all
#
# What the runs found worth keeping stays in fuzz-build/corpus/NAME for the
# next ones; an input that did harm is fuzz-build/found/NAME-*.
set -u
seconds=${FUZZ_SECONDS:-20}
source=$1
cpus=$(nproc 2>/dev/null || echo 2)
sanitizers=address,undefined

skip() {
    echo "fuzz: skipped: $*"
    exit 0
}

# One target, to its end; its last word goes to the screen.
run_one() {
    name=$1
    mkdir -p "corpus/$name" found
    set -- "corpus/$name"
    [ -d "$source/tests/fuzz/seeds/$name" ] &&
        set -- "$@" "$source/tests/fuzz/seeds/$name"
    [ -d "made/$name" ] && set -- "$@" "made/$name"
    if "tests/fuzz/$name" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="found/$name-" "$@" >"found/$name.log" 2>&1
    then
        sed -n "s/^stat::number_of_executed_units: /fuzz: $name: /p" \
            "found/$name.log" | tail -n 1
        return 0
    fi
    tail -n 60 "found/$name.log"
    echo "fuzz: $name found something: tests/fuzz/$name FILE replays it," \
        "FILE in $(pwd)/found"
    return 1
}

if [ "${2:-}" ]; then
    run_one "$2"
    exit
fi

command -v clang >/dev/null || skip "there is no clang (Debian: clang)"
mkdir -p fuzz-build
cd fuzz-build || exit 1
echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n);
int LLVMFuzzerTestOneInput(const char *p, unsigned long n)
{ return p == 0 && n > 1; }' >try.c
clang -fsanitize=fuzzer,$sanitizers try.c -o try 2>try.log ||
    skip "clang has no libFuzzer here (Debian: libclang-rt-14-dev)"

[ -f config.status ] ||
    "$source/configure" -q CC=clang \
        --with-sanitizer=fuzzer-no-link,$sanitizers || exit 1
make -s -j"$cpus" fuzz-programs FUZZ_MAIN=-fsanitize=fuzzer || exit 1
rm -rf made
mkdir made
tests/fuzz/make_seeds made || exit 1
# In memory, if there is such a place: the ledger syncs its files.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
FUZZ_SECONDS=$seconds TMPDIR=$scratch
export ASAN_OPTIONS UBSAN_OPTIONS FUZZ_SECONDS TMPDIR
for target in $FUZZ_TARGETS; do
    echo "${target##*/}"
done | xargs -P "$cpus" -n 1 sh "$source/tests/fuzz/run.sh" "$source"

#!/bin/sh
# The table of bench/README.md: measure the rows and write it anew. See there
# for what they mean; this is what `make bench` starts.
#
#     make bench                   all rows but the long ones
#     make bench ROW="cost full"   these alone; the others keep their figures
#     make bench-quick             small sizes, to see that it works
#
# bench/results/ has a file a row, kept with the source, so that a row measured
# alone costs no other its figures.
#
# Rows: seek refused full cost peers local search; long: memory local_long.
# SERVICE=REGEX measures some services of the row seek, and the others keep
# their figures. BENCH_SCALE multiplies sizes (0.1 is a tenth). Nothing is
# measured twice at once: the rows wait for each other, and a busy machine shows
# in wall times, less in CPU.
set -eu
export LC_ALL=C OPENAI_API_KEY=none PINECONE_API_KEY=none
export BATCHTOP_CHECKPOINT_DIR=checkpoints # of a row, not of the user
here=$(pwd)
absolute() { case $1 in /*) echo "$1" ;; *) echo "$here/$1" ;; esac; }
BATCHTOP=$(absolute "$BATCHTOP")
FAKEAPI=$(absolute "$FAKEAPI")
MEASURE=$(absolute "$MEASURE")
PEERS=$(absolute "$PEERS")
top=$(absolute "${1:-.}")
cache=$here/bench/cache
results=$top/bench/results
quick=
readme=$top/bench/README.md
rows=${ROW:-seek refused full cost peers local search}
if [ -n "${QUICK:-}" ]; then
    results=$here/bench/quick
    readme=$results/README.md
    quick=quick_
    BENCH_SCALE=${BENCH_SCALE:-0.05}
fi
mkdir -p "$cache" "$results"
work=$(mktemp -d)
api=
trap '[ -z "$api" ] || kill "$api"; wait; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. "$top/bench/bench_lib.sh"
for kind in seek cost local peers; do
    # shellcheck disable=SC1090 # one file a kind of row
    . "$top/bench/row_$kind.sh"
done

# sized N [LEAST]: N by the scale, whole
sized() {
    awk -v n="$1" -v by="${BENCH_SCALE:-1}" -v least="${2:-1}" \
        'BEGIN { n *= by; printf "%.0f", n < least ? least : n }'
}
seek_docs=$(sized 3000000 400000)
seek_seconds=$(sized 16 8)
seek_again_seconds=$(sized 8 6)
grid_seconds=$(sized 7 5)
refused_seconds=$(sized 60 10)
skip=3
grid="4 8 16 32 64"
[ -z "$quick" ] || grid="4 16 64"
cost_docs=$(sized 60000)
full_docs=$(sized 20000 6000)
peer_docs=$(sized 40000)
local_docs=$(sized 1000000)
local_long_docs=$(sized 10000000)
memory_docs=$(sized 10000000)
turns=$(sized 3)

for one in $rows; do
    echo "$one ($(date +%T))"
    cd "$work"
    "row_$one"
done

table() {
    echo "| what | measured | goal: at most, or at least | on |"
    echo "|---|---|---|---|"
    find "$results" -type f ! -name '*.md' | sort | xargs cat
}
details() {
    [ ! -d "$results/10-seek" ] || {
        printf '\nThe services of the first rows, each one a run:\n\n'
        seek_table
    }
}
{
    sed '/^<!-- from here/q' "$top/bench/README.md"
    printf '\n%s, %s processors, %s, load %s; batchtop %s.\n\n' \
        "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
        "$(nproc)" \
        "$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" \
        "$(cut -d ' ' -f 2 /proc/loadavg)" \
        "$(git -C "$top" rev-parse --short HEAD 2>/dev/null || echo unknown)"
    table
    details
} >"$work/README.md"
cp "$work/README.md" "$readme"

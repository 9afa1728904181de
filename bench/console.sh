#!/bin/sh
# What the console costs: its first frame, its frames at rest and at work, its
# answers to keys and sizes, and what it takes from a run. Each figure stands
# beside its budget or beside something simpler measured in the same minute:
# on a machine that others use only the ratios mean something.
set -eu
here=$(pwd)
case $BATCHTOP in /*) ;; *) BATCHTOP=$here/$BATCHTOP ;; esac
case $FAKEAPI in /*) ;; *) FAKEAPI=$here/$FAKEAPI ;; esac
case $PTYRUN in /*) ;; *) PTYRUN=$here/$PTYRUN ;; esac
folder=$(mktemp -d)
api=
trap '[ -z "$api" ] || kill $api; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
cd "$folder"
export LC_ALL=C.UTF-8 TERM=xterm-256color OPENAI_API_KEY=none
export BATCHTOP_CHECKPOINT_DIR=checkpoints

awk 'BEGIN { for (i = 1; i <= 2000000; i++)
    printf "{\"id\":\"doc-%07d\",\"text\":\"the %d th document speaks of " \
        "topic %d and of nothing else\",\"metadata\":{\"n\":%d}}\n",
        i, i, i * 7919 % 10007, i }' >corpus.jsonl
head -n 1000 corpus.jsonl >small.jsonl
head -n 500000 corpus.jsonl >some.jsonl

# row WHAT MEASURED UNIT BESIDE: one line of the table
row() { printf '%-44s %8s %-6s  %s\n' "$@"; }
# of FILE WORD FIELD: the field of the line that begins so
of() { awk -v w="$2" -v n="$3" 'index($0, w) == 1 { print $n }' "$1"; }
least() { sort -n | head -n 1; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

jobs=0
# console STEP... -- CORPUS OPTION...: a new job on a terminal; says come to out
console() {
    jobs=$((jobs + 1))
    steps=
    while [ "$1" != -- ]; do
        steps="$steps $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # no step has a space
    "$PTYRUN" $steps -- "$BATCHTOP" "$@" --job "j$jobs" >out
    rm -f out.jsonl
}
# served STEP... -- OPTION...: a job that waits for its services most of the time
served() {
    console "$@" --embed openai:m --embed-url "http://127.0.0.1:$port/v1" \
        --dim 64 --embed-workers 8 --max-concurrent 12 --store-workers 4 \
        --create --store "qdrant+http://127.0.0.1:$port/x"
}

"$FAKEAPI" --dim 64 --no-store --delay-ms 150 --fail-500 1 >api.out 2>&1 &
api=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    port=$(sed -n 's/^port \([0-9]*\).*/\1/p' api.out)
    [ -z "$port" ] || break
    sleep 0.2
done

echo "first frame, least of 20"
for _ in $(seq 20); do
    console first signal:TERM -- small.jsonl --store jsonl:out.jsonl
    of out first 2 >>frames.ms
    "$PTYRUN" -- "$BATCHTOP" --version >out
    of out took 2 >>version.ms
    "$PTYRUN" -- true >out
    of out took 2 >>true.ms
done
row "  batchtop of a new job" "$(least <frames.ms)" ms "budget 50"
row "  batchtop --version" "$(least <version.ms)" ms "the part of the libraries"
row "  true" "$(least <true.ms)" ms "what this machine takes for nothing"

# frames NAME: what out says of them
frames() {
    row "$1" "$(of out frames 4)" bytes \
        "budget 1200; $(of out frames 2) in 20 s, largest $(of out frames 6)"
    row "    the screen's thread" "$(of out frames 8)" "% core" "budget 0.50"
}
echo "a frame, 120x40"
served first sleep:3000 type:p sleep:4000 frames:20000 signal:TERM -- \
    corpus.jsonl
frames "  paused"
served first sleep:62000 frames:20000 signal:TERM -- corpus.jsonl
frames "  12 workers, some failures"
console first sleep:3000 frames:20000 signal:TERM -- corpus.jsonl \
    --store jsonl:out.jsonl
frames "  at full speed"

echo "answers at full speed"
console first sleep:1000 press:tab:100 press:esc:30 resized:80x24 \
    resized:1x1 resized:300x100 resized:20x5 resized:120x40 signal:TERM -- \
    corpus.jsonl --store jsonl:out.jsonl
"$PTYRUN" press:x:100 signal:TERM -- \
    sh -c 'stty raw -echo; exec cat' >echo.out
row "  key, 90 of 100 within" "$(of out 'press tab' 6)" ms \
    "budget 10; cat on a terminal $(of echo.out press 6)"
row "  key, half within" "$(of out 'press tab' 4)" ms \
    "cat on a terminal $(of echo.out press 4)"
row "  Esc, half within" "$(of out 'press esc' 4)" ms \
    "budget 40, 25 of them to tell it from other keys"
row "  a new size, slowest of five" \
    "$(awk '/^resized/ { print $3 }' out | sort -n | tail -n 1)" ms "budget 60"

echo "a run under the console and the same run plain, in turn, 5 times"
for _ in 1 2 3 4 5; do
    console -- some.jsonl --store jsonl:out.jsonl
    of out took 2 >>shown.ms
    of out took 4 >>shown.cpu
    console -- some.jsonl --store jsonl:out.jsonl --plain
    of out took 2 >>plain.ms
    of out took 4 >>plain.cpu
done
row "  time, least with / least without" \
    "$(ratio "$(least <shown.ms)" "$(least <plain.ms)")" times "budget 1.02"
row "  CPU, least with / least without" \
    "$(ratio "$(least <shown.cpu)" "$(least <plain.cpu)")" times "budget 1.02"

#!/bin/sh
# Make the README's pictures anew, out of a real run:
#
#     sh docs/pictures.sh [BUILD]
#
# BUILD (build) is where batchtop and tests/fakeapi are, and are made if need
# be. The corpus is WordNet (examples/wordnet.sh) with a few bad records; the
# embedding service is tests/fakeapi, which takes its time, works on six requests
# at once and refuses texts about lasers.
#
# Takes two minutes and Debian's packages tmux (presses keys and says what
# stands on the screen), xterm and xvfb (the letters, blocks and colours that a
# person sees, which no converter of text has), fonts-dejavu-core, imagemagick
# (import takes the picture), gifsicle (frames to a film) and wordnet-base.
set -eu

cd "$(dirname "$0")/.."
top=$PWD
build=$(cd "${1:-build}" && pwd)
work=$(mktemp -d)
sock=$work/tmux
pids=

for tool in tmux xterm Xvfb import gifsicle; do
    command -v $tool >/dev/null || {
        echo "pictures.sh: $tool is missing; try: apt-get install tmux xterm" \
            "xvfb fonts-dejavu-core imagemagick gifsicle wordnet-base" >&2
        exit 2
    }
done
leave() {
    tmux -S "$sock" kill-server 2>/dev/null || true
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM

make -s -C "$build" batchtop tests/fakeapi
sh examples/wordnet.sh | awk 'NR % 9001 == 500 { print "{\"id\":\"broken" NR }
    NR % 9001 == 4000 { print "{\"id\":\"bare-" NR "\"}" } { print }' \
    >"$work/wordnet.jsonl"

# --- the service, the screen and the terminal on it ---------------------------

"$build/tests/fakeapi" --dim 384 --poison laser \
    --embed ms=150,spread=25,servers=6,kb_us=10000 >"$work/port" &
pids="$pids $!"
Xvfb -displayfd 1 -screen 0 1300x900x24 -nolisten tcp >"$work/display" \
    2>"$work/xvfb.log" &
pids="$pids $!"
until [ -s "$work/port" ] && [ -s "$work/display" ]; do
    sleep 0.1
done
DISPLAY=:$(cat "$work/display")
LC_ALL=C.UTF-8
OPENAI_API_KEY=none
BATCHTOP_CHECKPOINT_DIR=checkpoints
export DISPLAY LC_ALL OPENAI_API_KEY BATCHTOP_CHECKPOINT_DIR

tm() { tmux -S "$sock" -f "$work/tmux.conf" "$@"; }
echo 'set -g status off
set -g escape-time 0
set -g default-terminal tmux-256color' >"$work/tmux.conf"
cat >"$work/run" <<END
cd "$work"
exec "$build/batchtop" wordnet.jsonl --embed openai:text-embedding-3-small \
    --embed-url http://127.0.0.1:$(sed 's/[^0-9]//g' "$work/port")/v1 \
    --dim 384 --rpm 3000 --tpm 9000000 --retries 5
END
tm new-session -d -s w -x 120 -y 40 "sh '$work/run'"
xterm -fa 'DejaVu Sans Mono' -fs 10 -bg '#11151c' -fg '#d4d7dd' -b 6 -bw 0 \
    +sb -geometry 120x40+0+0 -xrm '*cursorColor: #11151c' \
    -e tmux -S "$sock" attach -t w &
pids="$pids $!"

# --- what is done and seen ------------------------------------------------------

shows() { # words: until they stand there
    for i in $(seq 600); do
        tm capture-pane -p -t w | grep -qE -- "$1" && return 0
        sleep 0.1
    done
    echo "pictures.sh: waited in vain for $1 on:" >&2
    tm capture-pane -p -t w >&2
    exit 1
}
press() {
    tm send-keys -t w "$@"
}
picture() { # file; as it is, for import must be quick
    import -silent -window root "$1"
}
# As fast as it goes, while there is a file of that name; each frame is shown
# for as long as it stood.
film() {
    n=1000
    while [ -e "$work/filming" ]; do
        date +%s%N >"$work/frame$n.at"
        picture "$work/frame$n.miff"
        n=$((n + 1))
        sleep 0.1
    done
}
frames() { # arguments of gifsicle
    last=
    for frame in "$work"/frame*.miff; do
        now=$(cat "${frame%.miff}.at")
        convert "$frame" -trim +repage +dither -colors 24 "${frame%.miff}.gif"
        [ -z "$last" ] || echo "--delay $(((now - since) / 10000000)) $last"
        last=${frame%.miff}.gif since=$now
    done
    echo "--delay 150 $last"
}

: >"$work/filming"
shows 'RUNNING'
film &
filming=$!
shows ' 6\.[0-9]%'
press b # Tune: larger batches
shows 'now  *new'
sleep 1.2
press 2 0 0
sleep 0.8
press Enter
sleep 2
press p
shows 'PAUSED'
sleep 1.6
press p
sleep 1
press 6 / # only those that the service refused
sleep 0.6
press 4 0 0 Enter
shows 'filter "400" [0-9,]+ of'
sleep 1
press Enter # what can be done with one
shows 'copy its id'
sleep 1.6
press Enter # the document itself
shows 'lines 1 to'
sleep 1.6
press Escape
sleep 0.6
press Escape
sleep 0.6
press r # what to send again
shows 'Nothing is retried'
sleep 1.6
press Escape
sleep 0.8
press q
shows 'Leave this run'
sleep 1.6
press Escape
sleep 0.6
rm "$work/filming"
wait "$filming"
shows ' (3[2-9]|[4-9][0-9])\.[0-9]%'
press 2
sleep 0.5
picture "$work/console.miff"

convert "$work/console.miff" -trim +repage +dither -colors 64 \
    "PNG8:$top/docs/console.png"
# shellcheck disable=SC2046 # words
gifsicle -O3 --loopcount=0 --colors 24 $(frames) >"$top/docs/console.gif"
ls -l "$top/docs/console.png" "$top/docs/console.gif"

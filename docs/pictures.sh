#!/bin/sh
# Make the README's pictures anew, out of real runs:
#
#     sh docs/pictures.sh [BUILD]
#
# BUILD (build) is where batchtop and tests/fakeapi are, and are made if need
# be. The corpus is WordNet (examples/wordnet.sh); the embedding service is
# tests/fakeapi, which takes its time, works on some requests at once and refuses
# texts about lasers. The film is one job, killed in the middle and begun again;
# what stands below its screen is the caption. What embeds is in the user's
# configuration, as it would be.
#
# Takes four minutes and Debian's packages tmux (presses keys and says what
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
sh examples/wordnet.sh >"$work/wordnet.jsonl"
mkdir "$work/film" "$work/bin" "$work/config" "$work/config/batchtop"
ln -s "$build/batchtop" "$work/bin/batchtop"
cp "$work/wordnet.jsonl" "$work/film/wordnet.jsonl"

# --- the services, the screen and the terminal on it --------------------------

serve() { # FILE OPTIONS: a service; its port is in the file
    "$build/tests/fakeapi" --dim 384 --poison laser --embed "$2" >"$1" &
    pids="$pids $!"
    until [ -s "$1" ]; do
        sleep 0.1
    done
}
serve "$work/quick" ms=150,spread=25,servers=6,kb_us=10000
serve "$work/slow" ms=400,spread=25,servers=12,kb_us=60000
Xvfb -displayfd 1 -screen 0 1300x900x24 -nolisten tcp >"$work/display" \
    2>"$work/xvfb.log" &
pids="$pids $!"
until [ -s "$work/display" ]; do
    sleep 0.1
done
DISPLAY=:$(cat "$work/display")
LC_ALL=C.UTF-8
OPENAI_API_KEY=none
PATH=$work/bin:$PATH
XDG_CONFIG_HOME=$work/config
XDG_STATE_HOME=$work/state
PS1='$ '
export DISPLAY LC_ALL OPENAI_API_KEY PATH XDG_CONFIG_HOME XDG_STATE_HOME PS1

configure() { # FILE: the service of that port is the user's
    cat >"$work/config/batchtop/config.json" <<END
{"embed": "openai:text-embedding-3-small", "dim": 384, "rpm": 3000,
 "tpm": 9000000,
 "embed-url": "http://127.0.0.1:$(sed 's/[^0-9]//g' "$1")/v1"}
END
}

tm() { tmux -S "$sock" -f "$work/tmux.conf" "$@"; }
cat >"$work/tmux.conf" <<'END'
set -g escape-time 0
set -g default-terminal tmux-256color
set -g status-style bg=#1f3a5f,fg=#ffffff
set -g status-left-length 120
set -g status-right ''
set -g window-status-format ''
set -g window-status-current-format ''
END
terminal() { # FOLDER LINES: a shell in it, and the screen on it
    tm new-session -d -s w -x 120 -y "$2" -c "$work/$1" bash --norc -i
    xterm -fa 'DejaVu Sans Mono' -fs 10 -bg '#11151c' -fg '#d4d7dd' -b 6 \
        -bw 0 +sb -geometry "120x$2+0+0" -xrm '*cursorColor: #11151c' \
        -e tmux -S "$sock" attach -t w &
    pids="$pids $!"
}

# --- what is done and seen ------------------------------------------------------

shows() { # words: until they stand there, five minutes at most
    for i in $(seq 3000); do
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
types() { # words: as a person does
    for letter in $(echo "$1" | sed 's/ /_/g; s/./& /g'); do
        [ "$letter" != _ ] || letter=Space
        press "$letter"
        sleep 0.03
    done
    sleep 0.5
    press Enter
}
caption() {
    tm set -g status-left "  $1"
}
picture() { # file; as it is, for import must be quick
    import -silent -window root "$1"
}
# As fast as it goes, while there is a file of that name; each frame is shown
# for as long as it stood.
n=1000
film() {
    while [ -e "$work/filming" ]; do
        date +%s%N >"$work/frame$n.at"
        picture "$work/frame$n.miff"
        n=$((n + 1))
        sleep 0.2
    done
}
camera_on() {
    : >"$work/filming"
    film &
    filming=$!
}
camera_off() { # the next frames go on from here
    rm "$work/filming"
    wait "$filming"
    n=$((n + 1000))
}
frames() { # arguments of gifsicle; a cut stands for a second
    last=
    for frame in "$work"/frame*.miff; do
        now=$(cat "${frame%.miff}.at")
        this=${frame%.miff}.gif
        convert "$frame" -trim +repage +dither -colors 24 "$this"
        if [ -z "$last" ]; then
            last=$this since=$now
        elif ! cmp -s "$this" "$last"; then
            echo "--delay $(((now - since) / 10000000 > 300 ?
                100 : (now - since) / 10000000)) $last"
            last=$this since=$now
        fi
    done
    echo "--delay 300 $last"
}

# --- the film --------------------------------------------------------------------

configure "$work/quick"
terminal film 41
caption 'a corpus, and nothing else: the embedder is in the configuration'
shows '\$$'
camera_on
sleep 0.6
types 'batchtop wordnet.jsonl'
shows ' 6\.[0-9]%'
caption 'b  larger batches, while it runs'
press b
shows 'now  *new'
sleep 1.2
press 2 0 0
sleep 0.8
press Enter
sleep 2
caption 'p  pause; again: go on'
press p
shows 'PAUSED'
sleep 1.6
press p
sleep 1
caption '6 Enter  a cause of failures: its documents'
press 6
sleep 0.8
press Enter
shows 'of one cause'
sleep 1
press Enter
shows 'copy its id'
sleep 1.2
caption 'Enter  the document itself'
press Enter
shows 'lines 1 to'
sleep 1.6
press Escape
sleep 0.5
press Escape
sleep 0.5
press Escape
sleep 0.6
caption 'r  send those again? as they are they would be refused'
press r
shows 'As they stand'
sleep 1.8
press Escape
sleep 0.8
caption 'meanwhile ...'
sleep 0.6
camera_off
shows ' 5[67]\.[0-9]%'
camera_on
shows ' 58\.[0-9]%'
sleep 0.4
caption 'kill -9 at 58 %'
shell=$(tm display -p -t w '#{pane_pid}')
kill -9 "$(tr -d ' ' <"/proc/$shell/task/$shell/children")"
shows 'Killed'
sleep 1.2
types reset
caption 'the same line again: it goes on, and pays for nothing twice'
shows '\$$'
types 'batchtop wordnet.jsonl'
shows ' (59|6[0-9])\.[0-9]%'
sleep 3
caption 'meanwhile ...'
sleep 0.6
camera_off
shows ' 9[3-9]\.[0-9]%'
camera_on
shows '● DONE'
caption 'done, and nothing twice; what failed could be sent again from here'
sleep 2
press q
shows 'done in'
sleep 2
camera_off
tm kill-session -t w

# --- the picture: a long run --------------------------------------------------------

configure "$work/slow"
terminal . 40
tm set -g status off
sleep 1
press 'batchtop wordnet.jsonl --job picture' Enter
shows ' 8[0-9]\.[0-9]%'
press 2
sleep 0.5
picture "$work/console.miff"

convert "$work/console.miff" -trim +repage +dither -colors 64 \
    "PNG8:$top/docs/console.png"
# shellcheck disable=SC2046 # words
gifsicle -O3 --loopcount=0 --colors 24 $(frames) >"$top/docs/console.gif"
ls -l "$top/docs/console.png" "$top/docs/console.gif"

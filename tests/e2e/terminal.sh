#!/bin/sh
# The terminal is whole again, however the console ends. ptyrun is the
# terminal: it looks at the modes and at every byte.
. "${srcdir:-.}/tests/support/terminal.sh"
plan 33
corpus 60000 >corpus.jsonl
# 600 requests, four at a time: half a minute, on any machine
start_api --dim 8 --embed ms=200,servers=4
options='--embed-batch 100'

# A job that lasts, under these steps
jobs=0
under() {
    jobs=$((jobs + 1))
    job_under "j$jobs" "$@"
}
ends() { # by a signal, how
    under 'wait:RUNNING' "signal:$1"
    whole "$2"
}

under 'wait:RUNNING' 'type:q' 'wait:Leave this run' 'type:s'
t "q and stop give it back" whole 'exit 3'
under 'wait:RUNNING' 'type:Q'
t "Q drains and gives it back" whole 'exit 3'
under 'wait:RUNNING' "type:$(printf '\003')"
t "Ctrl-C drains and gives it back" whole 'exit 3'
t "TERM drains and gives it back" ends TERM 'exit 3'
t "INT drains and gives it back" ends INT 'exit 3'
t "QUIT drains and gives it back" ends QUIT 'exit 3'
t "HUP drains and gives it back" ends HUP 'exit 3'
case $(nm -u "$BATCHTOP" 2>/dev/null) in
*__asan_init*) # it has handlers of its own
    n=$((n + 1))
    echo "ok $n - a crash gives it back # SKIP with AddressSanitizer" ;;
*) t "a crash gives it back" ends SEGV 'killed 11' ;;
esac
t "an abort gives it back" ends ABRT 'killed 6'
under 'wait:RUNNING' 'type:m' 'wait:mouse on' 'signal:TERM'
t "the mouse is given back, too" whole 'exit 3'

# Curses goes out and comes back once at the start; then the first key.
under 'wait:[?1l' 'wait:[?1h' 'wait:RUNNING' \
    "type:$(printf '\033OB')" 'signal:TERM'
t "arrows are understood from the first key on" whole 'exit 3'

under 'wait:RUNNING' "type:$(printf '\032')" 'wait:no shell to go back to' \
    'signal:TSTP' stopped 'tty:stopped' \
    'wait:the run goes on' 'signal:CONT' 'wait:[?1h' 'wait:batchtop' \
    'wait:Pipeline' 'signal:TSTP' stopped 'signal:CONT' 'wait:Pipeline' \
    'signal:TERM'
t "OS-03 suspended, the terminal is the shell's" says out 'tty stopped same'
t "OS-03 continued, the screen is whole and the end clean" whole 'exit 3'
"$PTYRUN" -r raw2 'wait:RUNNING' "type:$(printf '\032')" \
    'wait:the run goes on' 'wait:[?1049h' 'wait:Pipeline' 'type:Q' -- \
    sh -mc '"$@"; fg' sh "$BATCHTOP" corpus.jsonl --job shell \
    --embed openai:m --embed-url "http://127.0.0.1:$port/v1" --dim 8 \
    --store jsonl:shell.jsonl $options >out 2>&1
t "OS-03 Ctrl-Z gives a shell its terminal, and fg comes back" whole 'exit 3'
painted() { # whole, since it was suspended last
    tr -d '\n' <raw | LC_ALL=C sed 's/.*the run goes on//' |
        grep -ao "$(printf '\033')\[2J" | wc -l
}
t "it is painted once, and cleared at the end" is "$(painted)" 2
t "and the palette, which may be the person's own, is as it was" is \
    "$(grep -ac "$(printf '\033')]104" raw)" 0
under 'wait:RUNNING' 'signal:STOP' stopped 'signal:CONT' \
    'wait:[?1049h' 'wait:Pipeline' 'signal:TERM'
t "OS-03 stopped without being asked, it takes the terminal anew" \
    whole 'exit 3'

under 'wait:RUNNING' 'storm:200' 'size:120x40' 'wait:Pipeline' 'signal:TERM'
t "OS-03 a storm of sizes from 1x1 to 300x100 is survived" whole 'exit 3'

under 'wait:RUNNING' deaf 'stall:3000' 'signal:TERM'
t "a terminal that does not read does not keep TERM from ending the run" \
    says out 'exit 3'
t "and documents went on flowing" test "$(wc -l <"j$jobs.jsonl")" -gt 1000
t "its modes are given back all the same" says out 'tty same'
under 'wait:RUNNING' hangup
t "OS-02 the terminal goes away: it drains, status 3" says out 'exit 3'

# Text that would take a terminal over, in ids and in what a server says.
{
    printf '{"id":"\\u001b]0;owned\\u0007","text":7}\n'
    printf '{"id":"\\u001b]52;c;b3duZWQ=\\u0007","text":7}\n'
    printf '{"id":"\\u202egnirts\\u200b","text":7}\n'
    printf '{"id":"bad \377\376 bytes","text":"x"}\n'
    printf '{"id":"%010240d","text":7}\n' 7
    printf '{"id":"\\u009b31mred","text":7}\n'
    printf '{"id":"good","text":"a text"}\n'
} >hostile.jsonl
"$PTYRUN" -r raw 'wait:DONE' 'type:6zo' 'wait:owed' 'type:q' -- "$BATCHTOP" \
    hostile.jsonl --job hostile >out 2>&1
t "SE-05 hostile text does not disturb the end" whole 'exit 1'
t "SE-06 no title is set, no clipboard filled" is \
    "$(grep -acE "$(printf '\033')](0;owned|52;)" raw)" 0
t "SE-05 no bidi mark, zero width or C1 byte comes through" is \
    "$(LC_ALL=C grep -acE "$(printf '\342\200\256|\342\200\213|\302\233|\377')" \
        raw)" 0
bells() { LC_ALL=C grep -c "$(printf '\007')" raw; }
t "no bell rings that nobody asked for" is "$(bells)" 0
t "SE-05 it is shown escaped" says raw '<1B>]0'

"$PTYRUN" -r raw 'wait:DONE' 'type:q' -- "$BATCHTOP" hostile.jsonl --job bell \
    --bell >out 2>&1
t "--bell rings" test "$(bells)" -gt 0

head -n 50 corpus.jsonl >short.jsonl
"$PTYRUN" -r raw 'wait:done; q leaves' 'type:6z' 'wait:nothing has failed' \
    'type:q' -- "$BATCHTOP" short.jsonl --stay >out 2>&1
t "--stay keeps the console of a finished run until q" whole 'exit 0'

TERM=dumb "$PTYRUN" -r raw -- "$BATCHTOP" hostile.jsonl --job dumb >out 2>&1
t "OS-10 a dumb terminal gets no escape" says out 'escapes 0'
env -u TERM "$PTYRUN" -r raw -- "$BATCHTOP" hostile.jsonl --job none >out 2>&1
t "OS-10 nor does one without a name" says out 'escapes 0'
LC_ALL=C "$PTYRUN" -r raw 'wait:DONE' 'type:q' -- "$BATCHTOP" hostile.jsonl \
    --job ascii >out 2>&1
t "OS-10 without UTF-8 it is drawn in ASCII" is \
    "$(LC_ALL=C grep -ac "$(printf '[\200-\377]')" raw)" 0
NO_COLOR=1 "$PTYRUN" -r raw 'wait:DONE' 'type:q' -- "$BATCHTOP" \
    hostile.jsonl --job plain >out 2>&1
t "NO_COLOR gives no colour codes" is \
    "$(LC_ALL=C grep -acE "$(printf '\033')\\[[0-9;]*[349][0-7](;[0-9]*)*m" raw)" 0

#!/bin/sh
# SE-05: text that would take a terminal over, wherever it may come from and
# wherever it is shown. What counts are the raw bytes on the terminal.
. "${srcdir:-.}/tests/support/terminal.sh"
RAWCHECK=${PTYRUN%ptyrun}rawcheck
plan 10

# A title, a colour and a cleared screen in C0 and in C1; text turned round,
# isolated, joined, invisible; tags; overwriting; DEL; a reset. Each escape
# sequence has the word OWNED behind it.
json='\u001b]0;OWNED\u0007\u001b[31mOWNED\u001b[2JOWNED\u009b31mOWNED'
json=$json'\u009d0;OWNED\u009c\u202egnirts\u202c\u2066x\u2069\u200b\u200d\ufeff'
json=$json'\u2060\u180e\udb40\udc41\u2028\u0085\b\r\u007f\u001bcOWNED\u000e'
# The same without JSON's escapes: what a reply or a file name can hold.
raw=$(printf '\033]0;OWNED\007\033[31mOWNED\033[2JOWNED\302\23331mOWNED')
raw=$raw$(printf '\342\200\256gnirts\342\200\213\357\273\277\363\240\201\201')
raw=$raw$(printf '\302\205\b\177\033cOWNED\016\377\376\200')
long=$(printf '%010240d' 7)

hostile=$(printf 'a\033]0;OWNED\007\302\23331mOWNED\342\200\256\377.jsonl')
{
    printf '{"id":"%s","text":7}\n' "$json"
    printf '{"id":"%s raw","text":"x"}\n' "$raw"
    printf '{"id":"%s","text":7}\n' "$long"
    printf '{"id":"fine %s","text":"a text %s","metadata":{"%s":"%s"}}\n' \
        "$json" "$json" "$json" "$json"
    printf '{"id":"poisoned %s","text":"poison %s"}\n' "$json" "$json"
    printf '{"id":"long %s","text":"%s"}\n' "$(echo "$long" | cut -c1-400)" \
        "$long"
    printf '{"id":"%s' "$raw"
} >"$hostile"
printf '{"error":{"message":"%s","type":"%s","code":"%s"}}' "$json" "$json" \
    "$json" >say.json
printf '%s%s' "$raw" "$long" >say.raw
start_api --dim 8 --poison poison --say say.json
first=$port
start_api --dim 8 --poison poison --say say.raw
second=$port

clean() { # console or lines: nothing hostile came, though it was shown
    grep -qa OWNED raw && "$RAWCHECK" "$1" OWNED <raw >found && return
    sed 's/^/# /' found
    return 1
}
on_terminal() { # arguments of batchtop
    : >found
    "$PTYRUN" -r raw -s 100x30 -- "$BATCHTOP" "$@" >out 2>&1
}
# Everything the console can show of them: the list, each one's menu and
# document, a copied id, the kinds, a filter, all of it smaller and smaller.
in_console() { # arguments of batchtop
    enter=$(printf '\r') esc=$(printf '\033')
    set -- "type:$enter" 'wait:copy' 'type:y' 'wait:copied' 'type:r' \
        'wait:selected' "type:$esc" 'type:/OWN' "type:$enter" 'type:z' \
        'size:60x14' 'wait:?' 'size:40x12' 'wait:?' 'size:20x5' 'wait:?' \
        'type:q' -- "$BATCHTOP" "$@"
    for row in 4 3 2 1; do
        set -- "type:$enter" 'wait:document' "type:$enter" 'wait:lines' \
            'type:G' "type:$esc" 'wait:final' 'type:j' "$@"
    done
    : >found
    "$PTYRUN" -r raw 'wait:DONE' 'type:6zo' 'wait:follow on' "$@" >out 2>&1
}
# A job from the hostile file, with a server that answers in kind.
job() { # its name, the port, how to run it
    id=$1 at=$2 how=$3
    shift 3
    $how "$hostile" --job "$id" --embed openai:m --dim 8 --embed-url \
        "http://127.0.0.1:$at/v1" --store "sqlite:$id.db" --retries 1 "$@"
}

job console "$first" in_console
t "SE-05 the console's bytes are its own, whatever documents and servers say" \
    clean console
t "and it ends as it should" says out 'exit 1'
LC_ALL=C job c "$second" in_console
t "likewise where the locale has no UTF-8 and a reply no form" clean console
t "there, every byte is ASCII" is "$(LC_ALL=C tr -d '\000-\177' <raw | wc -c)" 0

job plain "$first" on_terminal --plain
t "SE-05 progress lines hold no sequence at all" clean lines
job raw "$second" on_terminal --plain
t "nor when the reply is bytes without form" clean lines
job json "$first" on_terminal --progress json --json
t "nor as JSON" clean lines

# What the commands say of it, one after the other on one terminal; each says
# something.
cat >commands <<'END'
each() {
    echo "$1"
    "$BATCHTOP" "$@" | tee said
    test -s said || echo "nothing said: $*"
}
each status --job plain
each failures plain
each failures raw
each export plain
each jobs
each jobs --json
each search plain fine -k 3
each search plain fine --json
each verify plain
each plan "$1"
each plan "$1" --json
"$BATCHTOP" retry plain --plain
END
export BATCHTOP
"$PTYRUN" -r raw -- sh commands "$hostile" >out 2>&1
t "SE-05 no command brings anything hostile to the terminal" clean lines
t "though each says something of it" is "$(grep -c 'nothing said' raw)" 0
cat >refusals <<'END'
"$BATCHTOP" "$1.none" --plain
"$BATCHTOP" "$1" --job "$1" --plain
"$BATCHTOP" "$1" --plain "--$1"
"$BATCHTOP" "$1" --plain --embed "$1"
"$BATCHTOP" "$1" --plain --store "$1"
"$BATCHTOP" "$1" --plain --dim "$1"
"$BATCHTOP" plan "$1" --config "$1"
"$BATCHTOP" status "$1"
"$BATCHTOP" ctl "$1" status
END
"$PTYRUN" -r raw -- sh refusals "$hostile" >out 2>&1
t "SE-05 nor does a refusal of names, options and values" clean lines

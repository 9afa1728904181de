#!/bin/sh
# A hand on a run without a screen: lines and numbered answers.
. "${srcdir:-.}/tests/support/terminal.sh"
plan 11
{
    printf '{"id":"first"}\n{"id":"second","text":"a word of poison"}\n'
    corpus 8000
} >corpus.jsonl
# 320 requests, two at a time: eight seconds, however fast the machine is.
start_api --dim 8 --embed ms=50,servers=2 --poison poison

options='--embed-batch 25'
jobs=0
under() { # steps
    jobs=$((jobs + 1))
    job_under "j$jobs" "$@"
}
enter=$(printf '\r')

ACCESSIBLE=1
export ACCESSIBLE
under 'wait:what can be typed' "type:?$enter" 'wait:r retries what failed' \
    'wait:new failure kind: embed' "type:p$enter" 'wait:still in flight' \
    "type:r$enter" 'wait:retry which' "type:7$enter" 'wait:not in the list' \
    "type:2$enter" 'wait:on its way' "type:c$enter" \
    'wait:checkpoint written' "type:q$enter" 'wait:Enter to stay' \
    "type:$enter" 'wait:goes on' "type:p${enter}r$enter" 'wait:resumed' \
    'wait:retry which' 'wait: done' "type:a$enter" 'wait:on its way'
t "ACCESSIBLE: what failed is listed, with numbers" \
    grep -qE '^ +[12]  1 of read' raw
t "a number that is not there is named" says raw '"7" is not in the list: 1 to 2'
t "an order answers" says raw "retry is on its way"
t "a run that is done waits for the answer that it asked for" \
    says out "exit 1"
t "no escape code was written" says out "escapes 0"

unset ACCESSIBLE
options="$options --plain"
under 'wait:what can be typed' "type:q${enter}2$enter"
t "q stops it by a number, and it can be resumed" says out "exit 3"
options="$options --read-only"
under 'wait:what can be typed' "type:p${enter}q${enter}1$enter"
t "a run that is only looked at has one word" says raw "q leaves; ? is this"
t "and ends by it" says out "exit 3"
options='--plain --embed-batch 25 --price 100 --budget 0.5'
under 'wait:the budget is spent' "type:p$enter" 'wait:which budget' \
    "type:five$enter" 'wait:a sum like 5' "type:0$enter" 'wait: done'
t "EM-47 a spent budget is asked for" says raw "which budget? USD; 0 for none"
t "EM-47 and a larger one goes on" says raw "budget 0.5000 USD"
corpus 10 >few.jsonl
run few.jsonl --job piped --store jsonl:piped.jsonl
t "without a terminal nothing is asked" is "$(grep -c 'can be typed' log)" 0

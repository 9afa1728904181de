#!/bin/sh
# What failed is kept, named, and can be sent again: by kind, or all of it.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 17

corpus 400 >corpus.jsonl
printf '{"id":"bad","text":"a word of poison"}\n{"id":"no text"}\n' \
    >>corpus.jsonl
start_api --dim 16 --poison poison
t "LD-11 a refused text: status 1" is "$(run corpus.jsonl --embed openai:m \
    --dim 16 --embed-url "http://127.0.0.1:$port/v1"; echo $?)" 1
t "the others are stored" is "$(rows corpus.vectors.sqlite)" 400
"$BATCHTOP" failures corpus >failures.jsonl
t "LD-11 both failures are kept" is "$(wc -l <failures.jsonl)" 2
t "the refused one by its id" says failures.jsonl '"id":"bad"'
"$BATCHTOP" failures corpus --kind refused >refused.jsonl
t "failures can be listed by kind" is "$(wc -l <refused.jsonl)" 1
kill "$api"
wait "$api" 2>/dev/null
start_api --dim 16 --port "$port"
t "a kind that nothing failed of retries nothing" is "$(run retry corpus \
    --kind upsert; rows corpus.vectors.sqlite)" 400
t "what cannot succeed unchanged stays owed: status 1" is \
    "$(run retry corpus; echo $?)" 1
t "LD-11 the refused text is stored now" is \
    "$(sqlite3 corpus.vectors.sqlite \
        "SELECT text FROM documents WHERE id = 'bad'")" "a word of poison"
"$BATCHTOP" failures corpus >failures.jsonl
t "and owed no more" is "$(wc -l <failures.jsonl)" 1
"$BATCHTOP" export corpus >export.json
t "export lists it as processed" says export.json '"bad"'
t "typed again, the job still says what is owed" is \
    "$(run corpus.jsonl; echo $?)" 1

# --- what a list of jobs calls it
states() { # as lines, and as JSON
    "$BATCHTOP" jobs | grep -c "^corpus  *$1  "
    "$BATCHTOP" jobs --json | grep -c "\"job\":\"corpus\",\"state\":\"$1\","
}
t "a job that owes is listed as such" is \
    "$(states "failures owed" | tr '\n' ' ')" "1 1 "
run corpus.jsonl --new-job --store sqlite:new.sqlite
t "which --new-job put aside, not finished" is \
    "$(states "put aside" | tr '\n' ' ')" "1 1 "
grep -v '"no text"' corpus.jsonl >whole.jsonl && mv whole.jsonl corpus.jsonl
run corpus.jsonl --new-job --store sqlite:new.sqlite
t "nor is it after another that was finished" is \
    "$(states finished | tr '\n' ' ')$(states "put aside" | tr '\n' ' ')" \
    "1 1 2 2 "

# A retry sends what was refused and nothing else, so nothing is served.
{
    corpus 400
    awk 'BEGIN { for (i = 0; i < 58; i++)
        printf "{\"id\":\"bad-%d\",\"text\":\"poison, %d\"}\n", i, i }'
} >many.jsonl
start_api --dim 16 --poison poison
t "58 of many texts are refused: status 1" is "$(run many.jsonl \
    --embed openai:m --dim 16 --embed-url "http://127.0.0.1:$port/v1"
    echo $?)" 1
t "EM-50 sent again alone, they hold nothing" is "$(timeout 50 "$BATCHTOP" \
    retry many --json >retried.json 2>log; echo $?)" 1
t "EM-50 all of them failed again" is "$(field retried.json failed)" 58

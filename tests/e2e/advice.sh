#!/bin/sh
# LD-37: a line that the program tells the user to type works as it stands, from
# another directory: with blanks and quotes in names, with a folder of
# checkpoints, with a command that has to be typed again, with a run that goes.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need python3
plan 29

unset BATCHTOP_CHECKPOINT_DIR
mkdir "my work" else
cd "my work"
corpus 4 >"it's data.jsonl"
cat >embed.py <<'END'
import json, os, sys
for line in sys.stdin:
    texts = json.loads(line)["texts"]
    if not os.path.exists("fits") and any("2 th" in t for t in texts):
        answer = {"error": "too long a text"}
    else:
        answer = {"embeddings": [[len(t), 1, 2, 3] for t in texts]}
    print(json.dumps(answer), flush=True)
END

batchtop() { "$BATCHTOP" "$@" --plain; }
# The line of that name in the last summary or message, typed elsewhere.
typed() {
    line=$(sed -n "s/^  $1  *\(batchtop .*\)/\1/p" "$folder/log" | tail -n 1 |
        sed 's/      (.*//')
    [ -n "$line" ] || { echo "# no line \"$1\" in log"; return 9; }
    (cd "$folder/else" && eval "$line" >"$folder/typed" 2>&1 </dev/null)
}
first() { # ARGS...: here
    "$BATCHTOP" "$@" --plain >"$folder/log" 2>&1 </dev/null
}
embed="exec:python3 embed.py 'x y'"

# --- a command, a folder with a blank, a name with a quote
first "it's data.jsonl" --checkpoint-dir "check points" --embed "$embed" \
    --embed-batch 1 --embed-workers 1 --retries 0
t "LD-37 a run of which one document failed" is $? 1
touch fits
typed or
t "LD-37 the failures, as the summary says" is \
    "$?:$(grep -c '"id":"doc-0000002"' ../else/failed.jsonl)" 0:1
first retry it_s_data --checkpoint-dir "check points"
t "LD-37 a retry without the command: status 2" is $? 2
t "LD-37 says what to type" says "$folder/log" \
    "  retry       batchtop retry it_s_data --embed 'exec:"
touch fits
typed retry
t "LD-37 which works" is "$?:$(rows "it's data.vectors.sqlite")" 0:4
rm fits
first "it's data.jsonl" --checkpoint-dir "check points" --embed "$embed" \
    --embed-batch 1 --embed-workers 1 --retries 0 --new-job
touch fits
typed next
t "LD-37 the retry, as the summary says" is \
    "$?:$(rows "it's data.vectors.sqlite")" 0:4

# --- records that lack the fields
other='{"doc_id":1,"body":"a cat","meta":{}}
{"doc_id":2,"body":"a dog","meta":{}}'
echo "$other" >other.jsonl
echo '{"data":{"items":[{"id":1,"text":"a"},{"id":2,"text":"b"}]}}' >nested.json
awk 'BEGIN { while (n++ < 120) printf "{\"doc_id\":%d,\"body\":\"a\"}\n", n }' \
    >many.jsonl
for of in other.jsonl:2 nested.json:2 many.jsonl:120; do
    corpus=${of%:*}
    first "$corpus"
    t "IN-35 $corpus: the summary gives the reason" grep -q \
        "^  reason .*no id: .*--" "$folder/log"
    typed next
    t "IN-35 $corpus: the next line works" is "$?:$(grep -c "^  stored  *${of#*:} " \
        "$folder/typed")" 0:1
done
echo "$other" | "$BATCHTOP" - --plain >log 2>&1
t "IN-35 a pipe has to be typed again" says log \
    "  next        the same line with --id-field doc_id --text-field body"

# --- a run that goes
corpus 100000 >long.jsonl
"$BATCHTOP" long.jsonl --checkpoint-dir "check points" --plain \
    >run.log 2>&1 &
pid=$!
pids="$pids $pid"
wait_for has_rows long.vectors.sqlite 1
"$BATCHTOP" ctl long pause --checkpoint-dir "check points" >/dev/null
first long.jsonl --checkpoint-dir "check points"
t "LD-08 a second start of it: status 5" is $? 5
t "LD-08 says that it goes on" says "$folder/log" "job long is going on in process"
t "LD-08 and how to see it" says "$folder/log" "  attach      batchtop attach long"
{ typed attach; echo "$?" >"$folder/attached"; } &
attached=$!
wait_for grep -q paused "$folder/typed"
t "LD-37 which works from elsewhere" says "$folder/typed" paused
"$BATCHTOP" ctl long resume --checkpoint-dir "check points" >/dev/null
wait $pid
t "LD-37 the run ends" is $? 0
wait $attached
t "LD-37 and so does the guest" is "$(cat "$folder/attached")" 0
t "LD-37 all is stored" is "$(rows long.vectors.sqlite)" 100000

# --- a job that was stopped, in the state folder
unset XDG_STATE_HOME
HOME=$folder/home
export HOME
mkdir "$HOME"
corpus 150000 >stopped.jsonl
"$BATCHTOP" stopped.jsonl --plain >"$folder/log" 2>&1 &
pid=$!
pids="$pids $pid"
wait_for has_rows stopped.vectors.sqlite 1
kill -TERM $pid
wait $pid
t "LD-37 a run that is stopped: status 3" is $? 3
(cd ../else && "$BATCHTOP" ctl stopped status >"$folder/said" 2>&1)
t "LD-37 ctl says how to go on" says "$folder/said" \
    "stopped is not running (batchtop resume stopped)"
typed next
t "LD-37 the summary's line works" is "$?:$(rows stopped.vectors.sqlite)" \
    0:150000
t "LD-37 in the job's directory" says "$folder/typed" \
    "job stopped works in $folder/my work"
t "LD-37 it leaves nothing where it is typed" is \
    "$(ls "$folder/else" | tr '\n' ' ')" "failed.jsonl "

# --- what is no corpus
printf 'id,text\n1,one\n2,"two, with a comma"\n' >"a table's.csv"
first "a table's.csv"
t "IN-27 a table: status 2" is $? 2
t "IN-27 the line that converts it works" sh -c '
    line=$(sed -n "s/.*convert it with: //p" "$2/log")
    batchtop() { "$1" "$@"; }
    printf "%s\n" "$line" | sed "s,| batchtop,| \"$1\" --plain,;s,$, >../typed 2>\&1," >run.sh
    sh run.sh' sh "$BATCHTOP" "$folder"
t "IN-27 and stores it" is "$(rows stdin.vectors.sqlite)" 2
t "a name with a blank is quoted" says run.sh "'a table'\\''s.csv'"

#!/bin/sh
# A command as the store, through the whole program.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
need python3
plan 15

store="exec:python3 '$top/examples/exec_store.py' out"
corpus 500 >corpus.jsonl

t "the example stores a corpus" run corpus.jsonl --store "$store"
t "every document is there" is "$(ls out | wc -l)" 500
t "with its text and its vector" is "$(cat out/* | python3 -c '
import json, sys
d = json.JSONDecoder(); s = sys.stdin.read(); at = 0; rows = {}
while at < len(s):
    r, at = d.raw_decode(s, at)
    rows[r["id"]] = r
r = rows["doc-0000001"]
print(len(rows), r["text"][:18], len({len(x["vector"]) for x in rows.values()}))
')" "500 the 1 th document  1"
t "stored again, nothing doubles" \
    run corpus.jsonl --new-job --store "$store" --store-workers 3
t "still as many" is "$(ls out | wc -l)" 500

"$BATCHTOP" verify corpus --sample 0 --store "$store" >log 2>&1
t "ST-11 verify asks the command for every id" says log \
    "asked for 500 ids, 0 missing"
rm "$(grep -l doc-0000042 out/*)"
"$BATCHTOP" verify corpus --sample 0 --store "$store" >log 2>&1
t "and names the one that is gone" says log "missing: doc-0000042"
"$BATCHTOP" search corpus "$text_77" -k 3 \
    --store "$store" >found 2>log
t "search asks the command for the nearest" is "$(wc -l <found)" 3
t "and finds the one that was meant" says found doc-0000077

# It dies once in the middle, and never takes one of the records.
cat >moody.py <<'END2'
import json, os, sys
for line in sys.stdin:
    ids = [r["id"] for r in json.loads(line)["records"]]
    if ids and not os.path.exists("died"):
        open("died", "w").close()
        sys.exit("the disk fell out")
    print(json.dumps({"results": [
        "no sevens" if i == "doc-0000007" else True for i in ids]}), flush=True)
END2
t "one refused record fails alone, through the death of a child: status 1" sh -c '
    "$1" corpus.jsonl --job moody --store "exec:python3 moody.py" --plain \
        >log 2>&1
    [ $? -eq 1 ] && [ -e died ]' sh "$BATCHTOP"
t "with its reason" sh -c '"$1" failures moody >failed
    [ "$(wc -l <failed)" -eq 1 ] && grep -q "no sevens" failed' sh "$BATCHTOP"
t "a command that is not typed is not run: status 2" sh -c '
    rm died; "$1" retry moody --plain >log 2>&1
    [ $? -eq 2 ] && [ ! -e died ]' sh "$BATCHTOP"
t "and what to type is said" says log "add --store 'exec:python3 moody.py'"
t "verify says that a command knows no questions: status 2" sh -c '
    "$1" verify moody --store "exec:python3 moody.py" >log 2>&1
    [ $? -eq 2 ] && grep -q "cannot be asked that" log' sh "$BATCHTOP"
t "a command that fails at once ends the run, in its own words" sh -c '
    "$1" corpus.jsonl --new-job --plain --store \
        "exec:sh -c \"echo no such base >&2; exit 1\"" >log 2>&1
    [ $? -ne 0 ] && grep -q "no such base" log' sh "$BATCHTOP"

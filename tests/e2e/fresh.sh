#!/bin/sh
# A fresh run from the command line, and what the other commands say of it.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 15

corpus 5000 >corpus.jsonl
t "a fresh run ends with status 0" run corpus.jsonl
t "every document is stored" is "$(rows corpus.vectors.sqlite)" 5000
t "a vector has 384 float32" is "$(sqlite3 corpus.vectors.sqlite \
    'SELECT DISTINCT length(embedding) FROM documents')" 1536
t "metadata keeps its bytes" is "$(sqlite3 corpus.vectors.sqlite \
    "SELECT metadata FROM documents WHERE id = 'doc-0000042'")" '{"n":42}'
t "the ledger is archived" is "$(ls checkpoints/completed | wc -l)" 1
run corpus.jsonl
t "typed again it says that it is finished" says log "is finished"
"$BATCHTOP" search corpus "topic of the 77 th document" -k 3 >found
t "search finds as many as were asked for" is "$(wc -l <found)" 3
"$BATCHTOP" verify corpus --sample 0 >log
t "verify finds every id" says log "asked for 5,000 ids, 0 missing"
"$BATCHTOP" export corpus >export.json
t "export has every id" is "$(grep -o '"doc-[0-9]*"' export.json | sort -u |
    wc -l)" 5000
"$BATCHTOP" corpus.jsonl --new-job --json --store jsonl:out.jsonl \
    >sum.json 2>log
t "--json prints one object with the tallies" is \
    "$(field sum.json processed) $(field sum.json failed)" "5000 0"
t "the jsonl store has a line per document" is "$(wc -l <out.jsonl)" 5000
t "--import skips what was done" sh -c '
    "$1" corpus.jsonl --job again --import export.json --json \
        --store sqlite:again.sqlite --accept-store >sum2.json 2>log &&
    grep -q "\"upserted\":0," sum2.json' sh "$BATCHTOP"
{ cat corpus.jsonl; corpus 5100 | tail -n 100; } >grown.jsonl
mv grown.jsonl corpus.jsonl
"$BATCHTOP" corpus.jsonl --job grown --store sqlite:g.sqlite --json \
    >/dev/null 2>log
corpus 5150 | tail -n 50 >>corpus.jsonl
"$BATCHTOP" corpus.jsonl --job grown --json >sum3.json 2>log
t "IN-20 a grown corpus goes on where it ended" is \
    "$(field sum3.json upserted)" 50
t "and every one is there" is "$(rows g.sqlite)" 5150
gzip -c corpus.jsonl >z.jsonl.gz
"$BATCHTOP" z.jsonl.gz --store sqlite:z.sqlite --plain >log 2>&1
t "IN-24 a compressed corpus is read" is "$(rows z.sqlite)" 5150

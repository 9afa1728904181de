#!/bin/sh
# IN rows as a user meets them: a bad record never stops a run and never
# vanishes.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 26

: >empty.jsonl
t "IN-01 an empty corpus is done" run empty.jsonl
t "IN-01 and it is said that it is empty" says log 'has no record'
printf '\n\n  \n' >blank.jsonl
t "IN-01 blank lines are no records" run blank.jsonl
corpus 300 >bad.jsonl
{
    printf '{"id":"a","text":"one","metadata":{"big":12345678901234567890}}\n'
    printf '{"id":"b","text":"two"\n'
    printf '{"id":"c"}\n'
    printf '{"text":"no id"}\n'
    printf '{"id":"d","text":"\377"}\n'
    printf '{"id":"e","text":"  "}\n'
    printf '{"id":01,"text":"x"}\n'
    printf '{"id":9007199254740993,"text":"a number"}\n'
    printf '{"id":"nul","text":"before\\u0000after"}\n'
    printf '{"id":"last","text":"no newline"}'
} >>bad.jsonl
run bad.jsonl
t "bad records: status 1" is $? 1
t "the good ones are stored" is "$(rows bad.vectors.sqlite)" 304
"$BATCHTOP" failures bad >failures.jsonl
t "each bad one is listed" is "$(wc -l <failures.jsonl)" 6
t "IN-09 with its line" says failures.jsonl "line 302"
t "IN-12 bad UTF-8 by name" says failures.jsonl "bad UTF-8"
t "IN-14 a missing id by name" says failures.jsonl "no id"
t "IN-15 a numeric id keeps its digits" is "$(sqlite3 bad.vectors.sqlite \
    "SELECT count(*) FROM documents WHERE id = '9007199254740993'")" 1
t "IN-19 big numbers in metadata stay" says bad.jsonl 12345678901234567890
t "IN-13 text behind a NUL survives" is "$(sqlite3 bad.vectors.sqlite \
    "SELECT hex(text) LIKE '%006166746572' FROM documents WHERE id = 'nul'")" 1
{
    corpus 50
    awk 'BEGIN { for (i = 0; i < 1000; i++)
        printf "{\"id\":\"dup-%d\",\"text\":\"version %d of a text\"}\n",
            i % 10, i }'
} >dup.jsonl
run dup.jsonl
t "IN-17 duplicate ids end well" is $? 0
t "IN-17 one row an id" is "$(rows dup.vectors.sqlite)" 60
t "IN-17 the last line wins" is "$(sqlite3 dup.vectors.sqlite \
    "SELECT group_concat(text) FROM documents WHERE id = 'dup-9'")" \
    "version 999 of a text"

# IN-35, IN-37: wrong names and wrong files
corpus 200 >names.jsonl
run names.jsonl --metadata-field metdata
t "IN-35 a name that no record has is told, once" is \
    "$?:$(grep -c '"metdata" (--metadata-field) is in none of the first' log)" 0:1
"$BATCHTOP" plan names.jsonl --metadata-field metdata >log
t "IN-35 by the plan, too" says log '"metdata" (--metadata-field) is in none of the first 200 records'
run names.jsonl --new-job --metadata-field metadata --metadata-field id
t "IN-34 several metadata fields make an object" is "$(sqlite3 \
    names.vectors.sqlite "SELECT metadata FROM documents
    WHERE id = 'doc-0000001'")" '{"metadata":{"n":1},"id":"doc-0000001"}'
awk 'BEGIN { for (i = 0; i < 150; i++) printf "[%d,\"a passage\"]\n", i }' \
    >rows.jsonl
"$BATCHTOP" rows.jsonl --json >json 2>log
t "IN-37 a wrong file: status 2" is $? 2
t "IN-37 with the first reason" says json \
    "the first 100 records cannot be used (line 1, column 1: not an object)"
head -n 20 rows.jsonl >short.jsonl
"$BATCHTOP" plan short.jsonl >log
t "IN-37 the plan of a corpus without one record to use: status 1" is $? 1
"$BATCHTOP" plan names.jsonl >log
t "IN-37 and of another status 0" is $? 0

# IN-48: the command that is shown makes a corpus of it
mkdir table
printf 'id,text\n1,"a, b"\n2,c\n' >'table/a b.csv'
(cd table && "$BATCHTOP" 'a b.csv' --plain >../log 2>&1)
t "IN-48 a table: status 2, and nothing is left behind" is "$?:$(ls table)" \
    "2:a b.csv"
sed -n 's/.*convert it with: \(.*\) | batchtop .*/\1/p' log >table.sh
if command -v python3 >/dev/null; then
    (cd table && sh ../table.sh) >table.jsonl
    run table.jsonl
    t "IN-48 what converts it makes records" is "$?:$(rows \
        table.vectors.sqlite)" 0:2
else
    t "IN-48 what converts it makes records" true # no python3 here
fi

# IN-30: what is no JSON at all leaves nothing behind
mkdir empty
cp names.jsonl empty
(cd empty && tar -cf c.tar names.jsonl && "$BATCHTOP" c.tar --plain >../log 2>&1)
t "IN-30 a tar archive: status 2, with the command that unpacks it" is \
    "$?:$(grep -c 'tar -xOf c.tar | batchtop -' log)" 2:1
t "IN-30 no ledger and no store are made" is "$(echo empty/*)" \
    "empty/c.tar empty/names.jsonl"
